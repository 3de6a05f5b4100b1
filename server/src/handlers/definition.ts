/**
 * textDocument/definition → features/definition.ts. Leads to a place in the same text, to the DDL file that defines the
 * table, or to a read-only document that shows the table as the catalogue knows it.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { LocationLink, Range, ServerCapabilities } from 'vscode-languageserver';
import { columnInDdl, definition, type Definition } from '../features/definition';
import { tableDdl } from '../features/tableDdl';
import { ddlRequest, ddlScheme, type DdlParams } from '../protocol';
import { readRegularFile } from '../regularFile';
import type { Schema, Table } from '../schema/model';
import { decoded, largestFile } from '../schema/sources/ddlFiles';
import { windowAround } from '../textWindow';
import type { ServerContext } from '../lsp/context';

type TableDefinition = Extract<Definition, { kind: 'table' }>;
type Target = Pick<LocationLink, 'targetUri' | 'targetRange' | 'targetSelectionRange'>;

export function registerDefinition(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, problems } = context;
  connection.onDefinition(({ textDocument, position }) =>
    problems.guard(async () => {
      const document = documents.get(textDocument.uri);
      if (!document) return null;
      const { text, offset, start } = windowAround(document.text, document.offsetAt(position));
      const { schema } = context.catalogOf(document.uri);
      const found = definition(text, offset, schema, schema.dialect);
      if (!found) return null;
      const rangeAt = ({ from, to }: { readonly from: number; readonly to: number }): Range => ({
        start: document.positionAt(start + from),
        end: document.positionAt(start + to),
      });
      const target: Target | undefined =
        found.kind === 'text'
          ? {
              targetUri: document.uri,
              targetRange: rangeAt(found.target),
              targetSelectionRange: rangeAt(found.target),
            }
          : ((await inFile(found, schema, context)) ?? inDdl(found, schema, document.uri, context));
      if (!target) return null;
      return context.client.textDocument?.definition?.linkSupport === true
        ? [{ originSelectionRange: rangeAt(found), ...target }]
        : { uri: target.targetUri, range: target.targetSelectionRange };
    }, null),
  );
  connection.onRequest(ddlRequest, ({ uri }: DdlParams) =>
    problems.guard(() => {
      const named = readDdlUri(uri);
      if (!named) return '';
      const { schema } = context.catalogOf(named.document);
      const table = schema.tables.find(
        ({ name, namespace }) => name === named.table && (namespace ?? '') === named.namespace,
      );
      return table ? tableDdl(table, schema).text : '';
    }, ''),
  );
  return { definitionProvider: true };
}

/**
 * The place in the DDL file that the table was read from. Undefined when the file is gone or no longer holds the table.
 */
async function inFile(
  { table, column }: TableDefinition,
  schema: Schema,
  { documents }: ServerContext,
): Promise<Target | undefined> {
  const place = table.definition;
  if (!place) return undefined;
  const uri = pathToFileURL(place.file).href;
  const open = documents
    .all()
    .find((one) => one.uri.startsWith('file:') && fileURLToPath(one.uri) === place.file);
  const text = open?.text ?? (await readText(place.file));
  const statement = text?.slice(place.from, place.to);
  // The file changed since it was read: the table is no longer at that place.
  if (text === undefined || !statement?.toLowerCase().includes(table.name.toLowerCase())) return undefined;
  const file = TextDocument.create(uri, 'sql', 0, text);
  const rangeAt = (from: number, to: number): Range => ({
    start: file.positionAt(place.from + from),
    end: file.positionAt(place.from + to),
  });
  const named = statement.toLowerCase().indexOf(table.name.toLowerCase());
  const at = column && columnInDdl(statement, column.name, schema.dialect);
  return {
    targetUri: uri,
    targetRange: rangeAt(0, statement.length),
    targetSelectionRange: at ? rangeAt(at.from, at.to) : rangeAt(named, named + table.name.length),
  };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return decoded(await readRegularFile(file, largestFile));
  } catch {
    // The file has been removed or cannot be read: show the table from the catalogue instead.
    return undefined;
  }
}

function inDdl(
  { table, column }: TableDefinition,
  schema: Schema,
  document: string,
  { options }: ServerContext,
): Target | undefined {
  if (!options.showsDdl) return undefined;
  const { text, columnLines, nameLine } = tableDdl(table, schema);
  const line = (column && columnLines[table.columns.indexOf(column)]) ?? nameLine;
  const lines = text.split('\n');
  const lineRange = (from: number, to: number): Range => ({
    start: { line: from, character: Math.max(0, lines[from]?.search(/\S/) ?? 0) },
    end: { line: to, character: lines[to]?.length ?? 0 },
  });
  return {
    targetUri: ddlUri(table, document),
    targetRange: lineRange(0, lines.length - 1),
    targetSelectionRange: lineRange(line, line),
  };
}

/** The tab shows the last part of the path. The query says which table it is, and of which document's schema. */
function ddlUri({ name, namespace }: Table, document: string): string {
  const query = JSON.stringify([document, namespace ?? '', name]);
  return `${ddlScheme}:/${encodeURIComponent(name)}.sql?${encodeURIComponent(query)}`;
}

function readDdlUri(uri: string): { document: string; namespace: string; table: string } | undefined {
  const parsed: unknown = JSON.parse(decodeURIComponent(uri.slice(uri.indexOf('?') + 1)));
  if (!Array.isArray(parsed)) return undefined;
  const [document, namespace, table] = parsed.map(String);
  return { document: document ?? '', namespace: namespace ?? '', table: table ?? '' };
}
