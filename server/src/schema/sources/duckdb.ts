/**
 * Reads the schema of a DuckDB file, read-only and with catalogue queries only, and checks statements by preparing
 * them. Runs in the file reader (fileReader/main.ts), because preparing computes constant expressions and may take for
 * ever. The driver is a native module beside the bundles (where the platform has one), loaded when first needed.
 */
import type * as duckdb from '@duckdb/node-api';
import { errorMessage, SqlAheadError } from '../../errors';
import { checkRegularFile, FileRefused } from '../../regularFile';
import { checkValues, enumValues } from '../ddl/checkValues';
import { parseDdl } from '../ddl/readDdl';
import type { Column, Schema, Table } from '../model';
import columnsQuery from '../queries/duckdb/columns.sql';
import constraintsQuery from '../queries/duckdb/constraints.sql';
import enumsQuery from '../queries/duckdb/enums.sql';
import functionsQuery from '../queries/duckdb/functions.sql';
import tablesQuery from '../queries/duckdb/tables.sql';
import { judge, onlyPlaceOf, preparable, type Verdict } from '../validate';
import { refusedDatabase } from './databaseFile';
import type { DatabaseFile } from './fileReader/protocol';
import { sampleColumns } from './samples';
import { SchemaSize } from './schemaSize';
import { applyCheck, draftTable, setPrimaryKey, type TableDraft } from './tables';

type Row = Readonly<Record<string, unknown>>;
type Run = (sql: string) => Promise<readonly Row[]>;

/** @throws SqlAheadError ERR_DATABASE_* with a sentence */
export function readDuckdbCatalogue(at: DatabaseFile): Promise<Schema> {
  return withDatabase(at, (connection) => readSchema(runOn(connection), at.name));
}

/** The tables, with values if they may be read. Numbers of rows come from the catalogue. */
export async function readDuckdbContents(
  at: DatabaseFile,
  tables: readonly Table[],
  samples: boolean,
): Promise<readonly Table[]> {
  if (!samples) return tables;
  return withDatabase(at, (connection) => sampleColumns(tables, 'duckdb', runOn(connection)));
}

/** @returns undefined when the file cannot be opened to check */
export async function checkDuckdb(at: DatabaseFile, sql: string): Promise<Verdict | undefined> {
  if (!preparable(sql, 'duckdb')) return undefined;
  try {
    return await withDatabase(at, (connection) => check(connection, sql));
  } catch {
    return undefined;
  }
}

const runOn =
  (connection: duckdb.DuckDBConnection): Run =>
  async (sql) => {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJson();
  };

async function check(connection: duckdb.DuckDBConnection, sql: string): Promise<Verdict> {
  try {
    // The optimizer would compute constant expressions of any size: SELECT sum(range(…)).
    await connection.run('PRAGMA disable_optimizer');
    (await connection.prepare(sql)).destroySync();
    return { ok: true };
  } catch (error) {
    const message = errorMessage(error);
    const at = placeIn(message, sql);
    if (at !== undefined) return judge(message, at);
    const name = /(?:name|column|function|near) "?([^"\s!]+)"?/.exec(message)?.[1];
    return judge(message, name === undefined ? undefined : onlyPlaceOf(name, sql, 'duckdb'));
  }
}

/** Where the caret stands below the line that DuckDB repeats, shortened at both ends where it is long. */
function placeIn(message: string, sql: string): number | undefined {
  const [, number = '', shown = '', indent = ''] = /^(LINE \d+: )(.*)\n( *)\^/m.exec(message) ?? [];
  const column = indent.length - number.length;
  // It counts the width of what is shown, which is not that of letters beyond ASCII.
  if (column < 0 || !/^[\t -~]*$/.test(shown)) return undefined;
  const lines = sql.split('\n');
  const line = Number(number.slice(5, -2)) - 1;
  const start = lines.slice(0, line).join('\n').length + (line > 0 ? 1 : 0);
  const cut = /^\.\.\./.test(shown) ? 3 : 0;
  const at = (lines[line] ?? '').indexOf(shown.slice(cut).replace(/\.\.\.$/, ''));
  return at < 0 ? undefined : start + at + column - cut;
}

/** A file and a person's statement are only looked at: they must reach no other files, no network and no disk. */
const options = {
  access_mode: 'READ_ONLY',
  enable_external_access: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  allow_persistent_secrets: 'false',
  memory_limit: '512MB',
  max_temp_directory_size: '0MB',
  threads: '1',
};

/** Opens the file for one piece of work only, because meanwhile DuckDB lets no other program write to it. */
async function withDatabase<T>(
  at: DatabaseFile,
  work: (connection: duckdb.DuckDBConnection) => Promise<T>,
): Promise<T> {
  let instance: duckdb.DuckDBInstance | undefined;
  let connection: duckdb.DuckDBConnection | undefined;
  try {
    checkRegularFile(at.file);
    const { DuckDBInstance } = await loadDriver();
    instance = await DuckDBInstance.create(at.file, options);
    connection = await instance.connect();
    return await work(connection);
  } catch (error) {
    throw explain(error, at.name);
  } finally {
    connection?.closeSync();
    instance?.closeSync();
  }
}

async function loadDriver(): Promise<typeof duckdb> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    const text =
      'DuckDB files need its driver, which this platform or build lacks: give the schema as a DDL file (EXPORT DATABASE writes one).';
    throw new SqlAheadError('ERR_DATABASE_UNSUPPORTED', text, { cause: error });
  }
}

function explain(error: unknown, name: string): unknown {
  if (error instanceof SqlAheadError) return error;
  if (error instanceof FileRefused) return refusedDatabase(error, name);
  const message = errorMessage(error);
  // On Windows the system's own message says that the file is in use. Do not look for "lock" alone: paths and "block"
  // have it too.
  if (/could not set lock on file|conflicting lock|used by another process/i.test(message)) {
    const text = `Another program writes to the database ${name}: it is read again as soon as it is free.`;
    return new SqlAheadError('ERR_DATABASE_LOCKED', text, { cause: error });
  }
  if (/corrupt|checksum|could not read enough bytes/i.test(message)) {
    const text = `The database ${name} is damaged: restore it from a backup.`;
    return new SqlAheadError('ERR_DATABASE_INVALID', text, { cause: error });
  }
  if (/not a valid DuckDB database/i.test(message)) {
    const text = `${name} is not a DuckDB database: pick another file.`;
    return new SqlAheadError('ERR_DATABASE_INVALID', text, { cause: error });
  }
  const [line = ''] = message.split('\n');
  const text = `${name} cannot be read as a DuckDB database (${line}): check the file, or pick another one.`;
  return new SqlAheadError('ERR_DATABASE_INVALID', text, { cause: error });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const namesOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const namespaceOf = (row: Row) => (row['namespace'] === 'main' ? undefined : textOf(row['namespace']));

async function readSchema(run: Run, source: string): Promise<Schema> {
  const size = new SchemaSize(source);
  const drafts = new Map<string, TableDraft>();
  const generated = new Map<TableDraft, readonly string[]>();
  const keyOf = (namespace: unknown, name: unknown) => `${textOf(namespace)}\n${textOf(name)}`;
  for (const row of await run(tablesQuery)) {
    const name = textOf(row['name']);
    size.addTable(name);
    const isView = row['kind'] === 'view';
    const rowCount = isView ? undefined : Number(row['row_count']);
    const comment = textOf(row['comment']);
    const draft = draftTable(name, isView ? 'view' : 'table', namespaceOf(row), { rowCount, comment });
    drafts.set(keyOf(row['namespace'], name), draft);
    generated.set(draft, generatedColumns(textOf(row['definition'])));
  }
  const enums = new Map((await run(enumsQuery)).map((row) => [textOf(row['name']), namesOf(row['labels'])]));
  for (const row of await run(columnsQuery)) {
    const table = drafts.get(keyOf(row['namespace'], row['table_name']));
    if (table === undefined) continue;
    const name = textOf(row['name']);
    const type = textOf(row['type']);
    const isGenerated = generated.get(table)?.includes(name) === true;
    // The catalogue lists the expression of a generated column as its default.
    const value = isGenerated ? '' : textOf(row['default_value']);
    const comment = textOf(row['comment']);
    const labels = enums.get(type) ?? enumValues(type, 'duckdb');
    const column: Column = {
      name,
      type,
      nullable: row['nullable'] === true,
      primaryKey: 0,
      ...(isGenerated ? { generated: true } : {}),
      ...(value === '' || value === 'NULL' ? {} : { defaultValue: value }),
      ...(comment === '' ? {} : { comment }),
      ...(labels === undefined ? {} : { values: { list: labels, from: 'enum' as const } }),
    };
    size.addColumn(column);
    table.columns.push(column);
  }
  for (const row of await run(constraintsQuery)) {
    const table = drafts.get(keyOf(row['namespace'], row['table_name']));
    if (table) applyConstraint(table, row);
  }
  const functions = (await run(functionsQuery)).map((row) => {
    const namespace = namespaceOf(row);
    const parameters = namesOf(row['parameters']).join(', ');
    return {
      name: textOf(row['name']),
      ...(namespace === undefined ? {} : { namespace }),
      ...(parameters === '' ? {} : { arguments: parameters }),
      ...(textOf(row['returns']) === '' ? {} : { returns: textOf(row['returns']) }),
      ...(textOf(row['comment']) === '' ? {} : { comment: textOf(row['comment']) }),
    };
  });
  const tables: Table[] = [...drafts.values()];
  return { dialect: 'duckdb', source, tables, functions, isComplete: true };
}

/** DuckDB's catalogue does not say which columns are generated: read them from the CREATE statement that it writes. */
function generatedColumns(definition: string): readonly string[] {
  if (!/generated always as/i.test(definition)) return [];
  const columns = parseDdl(definition, 'duckdb')[0]?.columns ?? [];
  return columns.filter((column) => column.generated === true).map(({ name }) => name);
}

function applyConstraint(table: TableDraft, row: Row): void {
  const columns = namesOf(row['columns']);
  switch (row['kind']) {
    case 'PRIMARY KEY':
      setPrimaryKey(table, columns);
      break;
    case 'UNIQUE':
      table.uniqueKeys.push(columns);
      break;
    case 'FOREIGN KEY':
      table.foreignKeys.push({
        columns,
        table: textOf(row['target_table']),
        // A foreign key in DuckDB never leads to another schema.
        ...(table.namespace === undefined ? {} : { namespace: table.namespace }),
        referencedColumns: namesOf(row['target_columns']),
      });
      break;
    case 'CHECK':
      applyCheck(table, checkValues(textOf(row['expression']), 'duckdb'));
      break;
  }
}
