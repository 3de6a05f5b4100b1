/** Tells the sessions of open documents what changes: each has one, made when first needed and closed with it. */
import type { ServerContext } from '../lsp/context';

export function registerSessions({ documents, sessions }: ServerContext): undefined {
  documents.onDidChangeContent(({ document }) => sessions.changed(document));
  documents.onDidClose(({ document }) => sessions.closed(document.uri));
}
