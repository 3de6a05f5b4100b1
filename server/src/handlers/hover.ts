/** textDocument/hover → features/hover/hover.ts. */
import type { ServerCapabilities } from 'vscode-languageserver';
import { hover } from '../features/hover/hover';
import { windowAround } from '../textWindow';
import type { ServerContext } from '../lsp/context';

export function registerHover(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, problems } = context;
  connection.onHover(({ textDocument, position }) =>
    problems.guard(() => {
      const document = documents.get(textDocument.uri);
      if (!document) return null;
      const { text, offset, start } = windowAround(document.text, document.offsetAt(position));
      const { schema } = context.catalogOf(document.uri);
      const content = hover(text, offset, schema, schema.dialect);
      if (!content) return null;
      return {
        contents: { kind: 'markdown' as const, value: content.markdown },
        range: {
          start: document.positionAt(start + content.from),
          end: document.positionAt(start + content.to),
        },
      };
    }, null),
  );
  return { hoverProvider: true };
}
