/** textDocument/documentSymbol and foldingRange → features/symbols.ts and folding.ts. */
import {
  FoldingRangeKind,
  SymbolKind,
  type DocumentSymbol,
  type FoldingRange,
  type Range,
  type ServerCapabilities,
} from 'vscode-languageserver';
import type { SqlDocument } from '../lsp/documents';
import { folds, type Fold } from '../features/folding';
import { symbols, type Symbol } from '../features/symbols';
import type { ServerContext } from '../lsp/context';
import { plain } from '../plain';

/** Longer texts (in characters) get no outline: nobody needs that of a dump. */
const largestOutlined = 2 * 1024 * 1024;

const symbolKinds: Readonly<Record<Symbol['kind'], SymbolKind>> = {
  table: SymbolKind.Class,
  view: SymbolKind.Interface,
  query: SymbolKind.Function,
  change: SymbolKind.Event,
  'common table': SymbolKind.Variable,
  other: SymbolKind.Module,
};

const foldKinds: Partial<Readonly<Record<Fold['kind'], FoldingRangeKind>>> = {
  comment: FoldingRangeKind.Comment,
  region: FoldingRangeKind.Region,
};

export function registerOutline(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, problems } = context;
  const documentOf = (uri: string): SqlDocument | undefined => {
    const document = documents.get(uri);
    return document && document.text.length <= largestOutlined ? document : undefined;
  };
  connection.onDocumentSymbol(({ textDocument: { uri } }) =>
    problems.guard(() => {
      const document = documentOf(uri);
      if (!document) return [];
      const { dialect } = context.catalogOf(uri).schema;
      return symbols(document.text, dialect).map((one) => toSymbol(one, document));
    }, []),
  );
  connection.onFoldingRanges(({ textDocument: { uri } }) =>
    problems.guard(() => {
      const document = documentOf(uri);
      if (!document) return [];
      const { dialect } = context.catalogOf(uri).schema;
      return folds(document.text, dialect).map(({ from, to, kind }): FoldingRange => {
        const lspKind = foldKinds[kind];
        return {
          startLine: document.positionAt(from).line,
          endLine: document.positionAt(to).line,
          ...(lspKind === undefined ? {} : { kind: lspKind }),
        };
      });
    }, []),
  );
  return { documentSymbolProvider: true, foldingRangeProvider: true };
}

function toSymbol(symbol: Symbol, document: SqlDocument): DocumentSymbol {
  const range = (from: number, to: number): Range => ({
    start: document.positionAt(from),
    end: document.positionAt(to),
  });
  return {
    name: plain(symbol.name).trim() || 'statement',
    detail: plain(symbol.detail),
    kind: symbolKinds[symbol.kind],
    range: range(symbol.from, symbol.to),
    selectionRange: range(symbol.nameFrom, symbol.nameTo),
    children: symbol.children.map((child) => toSymbol(child, document)),
  };
}
