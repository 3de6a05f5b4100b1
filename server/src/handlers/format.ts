/** textDocument/formatting and rangeFormatting → features/format.ts. */
import type { FormattingOptions, Range, ServerCapabilities, TextEdit } from 'vscode-languageserver';
import { formatChanges, largestFormatted } from '../features/format';
import type { ServerContext } from '../lsp/context';

export function registerFormat(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, problems } = context;
  const edits = (uri: string, { tabSize, insertSpaces }: FormattingOptions, range?: Range): TextEdit[] => {
    const document = documents.get(uri);
    if (!document) return [];
    const { text } = document;
    if (text.length > largestFormatted) {
      const size = `${(largestFormatted / 1024).toString()} KB`;
      problems.noteOnce(`Not formatted: ${uri} is larger than ${size}.`);
      return [];
    }
    return formatChanges(
      text,
      range ? document.offsetAt(range.start) : 0,
      range ? document.offsetAt(range.end) : text.length,
      context.catalogOf(uri).schema.dialect,
      { tabSize, insertSpaces, keywordCase: context.settings.format.keywordCase },
    ).map(({ from, to, text: newText }) => ({
      range: { start: document.positionAt(from), end: document.positionAt(to) },
      newText,
    }));
  };
  connection.onDocumentFormatting(({ textDocument, options }) =>
    problems.guard(() => edits(textDocument.uri, options), []),
  );
  connection.onDocumentRangeFormatting(({ textDocument, options, range }) =>
    problems.guard(() => edits(textDocument.uri, options, range), []),
  );
  return { documentFormattingProvider: true, documentRangeFormattingProvider: true };
}
