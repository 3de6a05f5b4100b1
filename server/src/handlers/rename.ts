/** textDocument/rename, prepareRename, references and documentHighlight → features/rename.ts. */
import { ErrorCodes, type Position, type Range, type ServerCapabilities } from 'vscode-languageserver';
import { occurrences, type Occurrences, type Place } from '../features/rename';
import { refusal } from '../lsp/problems';
import { quoteIdentifier } from '../schema/render';
import { windowAround } from '../textWindow';
import type { ServerContext } from '../lsp/context';

interface Found extends Occurrences {
  readonly ranges: readonly Range[];
  readonly rangeOf: (place: Place) => Range;
}

export function registerRename(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, problems } = context;
  const find = (uri: string, position: Position): Found | undefined => {
    const document = documents.get(uri);
    if (!document) return undefined;
    const { text, offset, start } = windowAround(document.text, document.offsetAt(position));
    const { schema } = context.catalogOf(uri);
    const found = occurrences(text, offset, schema, schema.dialect);
    const rangeOf = ({ from, to }: Place): Range => ({
      start: document.positionAt(start + from),
      end: document.positionAt(start + to),
    });
    return found && { ...found, rangeOf, ranges: found.places.map(rangeOf) };
  };

  connection.onPrepareRename(({ textDocument, position }) =>
    problems.guard(() => {
      const found = find(textDocument.uri, position);
      return found ? { range: found.rangeOf(found.at), placeholder: found.name } : null;
    }, null),
  );
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) => {
    const found = find(uri, position);
    if (!found) return null;
    const name = newName.trim();
    // The person waits for this answer: the editor shows the sentence at the name.
    if (name === '') throw refusal('A name cannot be empty.', ErrorCodes.InvalidParams);
    if (found.taken.has(name.toLowerCase())) {
      const text = `This statement has another "${name}"; choose a name that it does not have.`;
      throw refusal(text, ErrorCodes.InvalidParams);
    }
    const newText = quoteIdentifier(name, context.catalogOf(uri).schema.dialect);
    return { changes: { [uri]: found.ranges.map((range) => ({ range, newText })) } };
  });
  connection.onReferences(({ textDocument: { uri }, position }) =>
    problems.guard(() => find(uri, position)?.ranges.map((range) => ({ uri, range })) ?? null, null),
  );
  connection.onDocumentHighlight(({ textDocument: { uri }, position }) =>
    problems.guard(() => find(uri, position)?.ranges.map((range) => ({ range })) ?? null, null),
  );
  return {
    renameProvider: { prepareProvider: true },
    referencesProvider: true,
    documentHighlightProvider: true,
  };
}
