/** textDocument/completion and completionItem/resolve → features/completion/completion.ts. */
import {
  CompletionItemKind,
  CompletionTriggerKind,
  InsertTextFormat,
  type CompletionItem as LspItem,
  type ServerCapabilities,
} from 'vscode-languageserver';
import type { SqlDocument } from '../lsp/documents';
import { completion, type CompletionItem, type CompletionList } from '../features/completion/completion';
import { documentation } from '../features/completion/documentation';
import type { CompletionKind, CompletionSubject } from '../features/completion/item';
import { plain } from '../plain';
import { windowAround } from '../textWindow';
import type { ServerContext } from '../lsp/context';

const kinds: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  table: CompletionItemKind.Class,
  view: CompletionItemKind.Interface,
  namespace: CompletionItemKind.Module,
  column: CompletionItemKind.Field,
  relation: CompletionItemKind.Variable,
  join: CompletionItemKind.Reference,
  function: CompletionItemKind.Function,
  value: CompletionItemKind.EnumMember,
  type: CompletionItemKind.TypeParameter,
  text: CompletionItemKind.Snippet,
  keyword: CompletionItemKind.Keyword,
};

/** Data that an item carries until the client asks for its documentation. */
interface ItemData {
  readonly uri: string;
  readonly subject: CompletionSubject;
}

export function registerCompletion(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, problems } = context;
  connection.onCompletion(({ textDocument, position, context: asked }) =>
    problems.guard(async () => {
      const document = documents.get(textDocument.uri);
      if (!document) return null;
      const { version } = document;
      const offset = document.offsetAt(position);
      const { text, offset: local, start } = windowAround(document.text, offset);
      const catalog = context.catalogOf(document.uri);
      const complete = (): CompletionList => completion(text, local, catalog.schema, catalog.schema.dialect);
      let list = complete();
      if (list.pending.length > 0) {
        await catalog.loadColumns(list.pending);
        if (document.version !== version) return null;
        list = complete();
      }
      const typed =
        asked?.triggerKind === CompletionTriggerKind.TriggerCharacter ? asked.triggerCharacter : undefined;
      if (list.items.length === 0 || !mayOpen(list, typed, mayHaveGhostText(context))) return null;
      return { isIncomplete: list.isIncomplete, items: toItems(list, document, start, offset, context) };
    }, null),
  );
  connection.onCompletionResolve((item) =>
    problems.guard(() => {
      const data = item.data as ItemData | undefined;
      if (!data) return item;
      const { schema } = context.catalogOf(data.uri);
      const value = documentation(data.subject, schema);
      return value === undefined ? item : { ...item, documentation: { kind: 'markdown' as const, value } };
    }, item),
  );
  return { completionProvider: { triggerCharacters: ['.', ' ', '(', "'"], resolveProvider: true } };
}

function mayHaveGhostText({ settings, engine }: ServerContext): boolean {
  return settings.inlineCompletion.enabled && engine?.status.state === 'ready';
}

/**
 * True when the list may open for the character that was typed. Behind a space or a parenthesis it opens only when a
 * name of the schema must follow and no ghost text may come there.
 */
function mayOpen({ isAsked }: CompletionList, typed: string | undefined, hasGhostText: boolean): boolean {
  if (typed === ' ' || typed === '(') return isAsked && !hasGhostText;
  return typed !== "'" || isAsked;
}

function toItems(
  list: CompletionList,
  document: SqlDocument,
  start: number,
  offset: number,
  { client }: ServerContext,
): LspItem[] {
  const can = client.textDocument?.completion?.completionItem;
  const at = (place: number) => document.positionAt(start + place);
  const cursor = document.positionAt(offset);
  const insert = { start: at(list.from), end: cursor };
  const replace = { start: at(list.from), end: at(list.to) };
  const open = document.text.charAt(start + list.from);
  // What the person typed of a quoted name begins with its quote.
  const quote = list.isQuoted && /["`[]/.test(open) ? open : '';
  const width = list.items.length.toString().length;
  return list.items.map((item, i) => {
    const isSnippet = item.snippet !== undefined && can?.snippetSupport === true;
    const newText = isSnippet ? item.snippet : item.insert;
    return {
      label: item.label,
      kind: kinds[item.kind],
      sortText: i.toString().padStart(width, '0'),
      ...filterOf(item, quote),
      ...detailOf(item, can?.labelDetailsSupport === true),
      ...(isSnippet ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
      textEdit:
        can?.insertReplaceSupport === true && !list.isQuoted
          ? { newText, insert, replace }
          : { newText, range: list.isQuoted ? replace : insert },
      ...(item.subject === undefined
        ? {}
        : { data: { uri: document.uri, subject: item.subject } satisfies ItemData }),
    };
  });
}

function filterOf({ filter, label }: CompletionItem, quote: string): { filterText?: string } {
  if (quote !== '') return { filterText: quote + (filter ?? label) };
  return filter === undefined ? {} : { filterText: filter };
}

function detailOf(item: CompletionItem, hasLabelDetails: boolean): Partial<LspItem> {
  const [detail, description] = [item.detail, item.description].map((text) => text && plain(text));
  if (detail === undefined && description === undefined) return {};
  if (!hasLabelDetails) return { detail: [detail?.trim(), description].filter(Boolean).join(' · ') };
  return {
    labelDetails: {
      ...(detail === undefined ? {} : { detail }),
      ...(description === undefined ? {} : { description }),
    },
  };
}
