/** Answers what the cache holds for a document's session. For tests and the KV inspector. */
import { inspectRequest, type InspectParams, type InspectResult } from '../protocol';
import type { ServerContext } from '../lsp/context';

export function registerInspect({ connection, documents, sessions }: ServerContext): undefined {
  connection.onRequest(
    inspectRequest,
    async ({ textDocument, position }: InspectParams): Promise<InspectResult | null> => {
      const document = documents.get(textDocument.uri);
      const session = document && sessions.of(document);
      return session ? await session.document.inspect(document.offsetAt(position)) : null;
    },
  );
}
