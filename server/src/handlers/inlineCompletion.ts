/**
 * textDocument/inlineCompletion → the ghost text of the document's session, as items with the range that each replaces.
 * Also receives where the cursor is, which the editor sends apart from changes.
 */
import {
  InlineCompletionTriggerKind,
  type InlineCompletionContext,
  type InlineCompletionItem,
  type Position,
  type ServerCapabilities,
} from 'vscode-languageserver';
import type { DocumentSession } from '../anticipate/session';
import { signalOf } from '../cancellation';
import type { SqlDocument } from '../lsp/documents';
import { cursorNotification, type CursorParams } from '../protocol';
import type { ServerContext } from '../lsp/context';

export function registerInlineCompletion(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, learning, problems, sessions, status } = context;
  connection.languages.inlineCompletion.on(({ textDocument, position, context: asked }, token) =>
    problems.guard(async () => {
      const document = documents.get(textDocument.uri);
      const session = document && sessions.of(document);
      if (!context.settings.inlineCompletion.enabled || !session) return [];
      const started = performance.now();
      const { version } = document;
      const items = await itemsAt(document, session.document, position, asked, signalOf(token));
      const milliseconds = performance.now() - started;
      if (items.length > 0) status.latency(Math.round(milliseconds));
      // The editor no longer wants this answer, so nobody saw it.
      if (token.isCancellationRequested || document.version !== version) return items;
      return learning.offered(document, document.offsetAt(position), items, milliseconds);
    }, []),
  );
  connection.onNotification(cursorNotification, ({ textDocument, position }: CursorParams) => {
    const document = documents.get(textDocument.uri);
    // A position for a text that the server does not have yet, or no longer has, is ignored.
    if (document?.version === textDocument.version) sessions.moved(document, document.offsetAt(position));
  });
  return { inlineCompletionProvider: true };
}

async function itemsAt(
  document: SqlDocument,
  session: DocumentSession,
  position: Position,
  context: InlineCompletionContext,
  signal: AbortSignal,
): Promise<InlineCompletionItem[]> {
  const offset = document.offsetAt(position);
  const info = context.selectedCompletionInfo;
  const selected = info && {
    from: document.offsetAt(info.range.start),
    to: document.offsetAt(info.range.end),
    text: info.text,
  };
  const suggestions = await session.suggest(
    {
      offset,
      explicit: context.triggerKind === InlineCompletionTriggerKind.Invoked,
      ...(selected ? { selected } : {}),
    },
    signal,
  );
  const { from, to, text: begins } = selected ?? { from: offset, to: offset, text: '' };
  const endOfLine = document.text.includes('\r\n') ? '\r\n' : '\n';
  return suggestions.map(({ text, replaced }) => ({
    insertText: (begins + text).replaceAll('\n', endOfLine),
    range: { start: document.positionAt(from), end: document.positionAt(to + replaced) },
  }));
}
