/**
 * Tells the sessions of open documents about changes. A document's session is made when it is first needed, and closed
 * with the document.
 */
import type { ServerContext } from '../lsp/context';

export function registerSessions({ documents, sessions }: ServerContext): undefined {
  documents.onDidChangeContent(({ document }) => sessions.changed(document));
  documents.onDidClose(({ document }) => sessions.closed(document.uri));
}
