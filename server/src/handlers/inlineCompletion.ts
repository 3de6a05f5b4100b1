/** textDocument/inlineCompletion → ghost text of the document's session. */
import type { ServerCapabilities } from 'vscode-languageserver';
import { signalOf } from '../cancellation';
import type { ServerContext } from './context';

export function registerInlineCompletion(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, problems, sessions, status } = context;
  connection.languages.inlineCompletion.on((params, token) =>
    problems.guard(async () => {
      const document = documents.get(params.textDocument.uri);
      const session = document && sessions.of(document);
      const settings = context.options?.settings.inlineCompletion;
      if (!settings?.enabled || !session) return [];
      const started = performance.now();
      const position = params.position;
      const text = await session.document.complete(
        document.offsetAt(position),
        settings.maxTokens,
        signalOf(token),
      );
      if (text === undefined) return [];
      status.latency(Math.round(performance.now() - started));
      return [{ insertText: text, range: { start: position, end: position } }];
    }, []),
  );
  return { inlineCompletionProvider: true };
}
