/**
 * Reads the schema of a SQLite file through node:sqlite, read-only and with catalogue queries only.
 * It runs synchronously: a catalogue of a thousand tables takes a few milliseconds.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import type * as sqliteModule from 'node:sqlite';
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { errorMessage, SqlAheadError } from '../../errors';
import { parseDdl } from '../ddl/readDdl';
import type { Column, ColumnValues, ForeignKey, Schema, Table } from '../model';
import columnsQuery from '../queries/sqlite/columns.sql';
import foreignKeysQuery from '../queries/sqlite/foreign-keys.sql';
import rowEstimatesQuery from '../queries/sqlite/row-estimates.sql';
import tablesQuery from '../queries/sqlite/tables.sql';
import uniqueKeysQuery from '../queries/sqlite/unique-keys.sql';
import { sampleColumns } from './samples';
import type { SchemaSource } from './source';
import { sqliteValidator } from './sqliteValidator';

/** How long one read waits for a lock, in milliseconds: it blocks the server, and the catalog tries again anyway. */
const busyTimeout = 200;
/** Rows are counted where ANALYZE has not run, in files up to this size (bytes) and for this long (milliseconds). */
const countableBytes = 64 * 1024 * 1024;
const countingTime = 250;

/** @param file absolute path of the database file */
export function sqliteSource(file: string, samples = false): SchemaSource {
  const description = path.basename(file);
  return {
    id: `sqlite ${file}`,
    description,
    isKept: true,
    watchPaths: [file, `${file}-wal`],
    read: async (signal) => {
      const schema = readSchema(file, description, signal);
      return samples ? { ...schema, tables: await sampleFile(file, schema.tables) } : schema;
    },
    validate: sqliteValidator(file, (at) => open(at)),
  };
}

async function sampleFile(file: string, tables: readonly Table[]): Promise<readonly Table[]> {
  const database = open(file);
  try {
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous, SQLite is not
    return await sampleColumns(tables, 'sqlite', async (sql) => database.prepare(sql).all());
  } finally {
    database.close();
  }
}

function readSchema(file: string, name: string, signal: AbortSignal): Schema {
  throwIfAborted(signal);
  const bytes = fileSize(file, name);
  let database: DatabaseSync | undefined;
  try {
    database = open(file);
    return { dialect: 'sqlite', source: name, tables: readTables(database, bytes, signal) };
  } catch (error) {
    throw explain(error, name);
  } finally {
    if (database?.isOpen === true) database.close();
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new SqlAheadError('ERR_CANCELLED', 'Reading the schema was cancelled.');
}

function fileSize(file: string, name: string): number {
  let stat;
  try {
    stat = statSync(file);
  } catch (error) {
    const denied = ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
    const message = denied
      ? `The database ${name} may not be read by this user: change its permissions or pick another file.`
      : `The database ${name} does not exist: correct the setting sqlAhead.database or create the file.`;
    throw new SqlAheadError('ERR_DATABASE_NOT_FOUND', message, { cause: error });
  }
  if (stat.isFile()) return stat.size;
  throw new SqlAheadError(
    'ERR_DATABASE_INVALID',
    `${name} is a folder, not a SQLite file: pick a database file.`,
  );
}

function open(file: string): DatabaseSync {
  // Loaded here, not imported: a runtime without node:sqlite must be able to load this module.
  const sqlite = process.getBuiltinModule('node:sqlite') as typeof sqliteModule | undefined;
  if (sqlite === undefined) {
    throw new SqlAheadError(
      'ERR_DATABASE_UNSUPPORTED',
      `This runtime (Node ${process.versions.node}) cannot read SQLite files: use VS Code 1.105 or newer, or DDL files.`,
    );
  }
  return new sqlite.DatabaseSync(file, { readOnly: true, timeout: busyTimeout, allowExtension: false });
}

/** SQLite's primary result codes. */
const resultCodes = { busy: 5, locked: 6, corrupt: 11, cannotOpen: 14, notADatabase: 26 };

function explain(error: unknown, name: string): unknown {
  if (error instanceof SqlAheadError) return error;
  const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
  const options = { cause: error };
  if (code === resultCodes.busy || code === resultCodes.locked) {
    const message = `Another program holds the database ${name}: it is read again as soon as it is free.`;
    return new SqlAheadError('ERR_DATABASE_LOCKED', message, options);
  }
  if (code === resultCodes.notADatabase) {
    const message = `${name} is not a SQLite database: pick another file.`;
    return new SqlAheadError('ERR_DATABASE_INVALID', message, options);
  }
  if (code === resultCodes.corrupt) {
    const message = `The database ${name} is damaged: restore it from a backup or run ".recover" on it.`;
    return new SqlAheadError('ERR_DATABASE_INVALID', message, options);
  }
  if (code === resultCodes.cannotOpen) {
    const message = `The database ${name} cannot be opened: check that this user may read it and its folder.`;
    return new SqlAheadError('ERR_DATABASE_NOT_FOUND', message, options);
  }
  const message = `The schema of ${name} cannot be read (${errorMessage(error)}): check the file with the sqlite3 program.`;
  return new SqlAheadError('ERR_DATABASE_INVALID', message, options);
}

type Row = Record<string, SQLOutputValue>;
const text = (value: SQLOutputValue | undefined): string => (typeof value === 'string' ? value : '');
const integer = (value: SQLOutputValue | undefined): number =>
  typeof value === 'number' ? value : Number(value ?? 0);

function readTables(database: DatabaseSync, bytes: number, signal: AbortSignal): Table[] {
  const columns = database.prepare(columnsQuery);
  const foreignKeys = database.prepare(foreignKeysQuery);
  const uniqueKeys = database.prepare(uniqueKeysQuery);
  const counts = rowCounts(database, bytes, signal);
  const tables: Table[] = [];
  for (const row of database.prepare(tablesQuery).all()) {
    throwIfAborted(signal);
    const name = text(row['name']);
    const kind = row['type'] === 'view' ? 'view' : 'table';
    const columnRows = rowsOf(columns, name);
    // A view over something that is gone, or a virtual table of a module that is not there, has no columns.
    if (columnRows.length === 0) continue;
    const rowCount = kind === 'table' ? counts(name) : undefined;
    const checked =
      kind === 'table' ? checkedValues(text(row['definition'])) : new Map<string, ColumnValues>();
    tables.push({
      name,
      kind,
      columns: columnsFrom(columnRows).map((column) => {
        const values = checked.get(column.name.toLowerCase());
        return values === undefined ? column : { ...column, values };
      }),
      foreignKeys: kind === 'table' ? foreignKeysFrom(rowsOf(foreignKeys, name)) : [],
      uniqueKeys: kind === 'table' ? uniqueKeysFrom(rowsOf(uniqueKeys, name)) : [],
      ...(rowCount === undefined ? {} : { rowCount }),
    });
  }
  return resolveReferences(tables);
}

/** SQLite has no catalogue of CHECK constraints: they are read from the statement that made the table. */
function checkedValues(definition: string): Map<string, ColumnValues> {
  const columns = /check/i.test(definition) ? (parseDdl(definition, 'sqlite')[0]?.columns ?? []) : [];
  return new Map(
    columns.flatMap(({ name, values }) => (values === undefined ? [] : [[name.toLowerCase(), values]])),
  );
}

/** Rows of a catalogue query about one table; none where SQLite cannot compile that table. */
function rowsOf(statement: { all(...values: SQLInputValue[]): Row[] }, name: string): Row[] {
  try {
    return statement.all(name);
  } catch (error) {
    if (((error as { errcode?: number }).errcode ?? 0) === 1) return [];
    throw error;
  }
}

function columnsFrom(rows: readonly Row[]): Column[] {
  const keys = rows.filter((row) => integer(row['primary_key']) > 0).length;
  return rows.map((row) => {
    const type = text(row['type']);
    const primaryKey = integer(row['primary_key']);
    // Only an INTEGER PRIMARY KEY is never null without saying so: it is the rowid.
    const isRowid = primaryKey > 0 && keys === 1 && type.toUpperCase() === 'INTEGER';
    return {
      name: text(row['name']),
      type,
      nullable: integer(row['not_null']) === 0 && !isRowid,
      primaryKey,
      ...(typeof row['default_value'] === 'string' ? { defaultValue: row['default_value'] } : {}),
      ...(integer(row['hidden']) >= 2 ? { generated: true } : {}),
    };
  });
}

/** Rows of one key follow one another; an unnamed target column stands for the primary key and is resolved later. */
function foreignKeysFrom(rows: readonly Row[]): ForeignKey[] {
  return groupById(rows).map((group) => ({
    columns: group.map((row) => text(row['column_name'])),
    table: text(group[0]?.['target_table']),
    referencedColumns: group.flatMap((row) =>
      typeof row['target_column'] === 'string' ? [row['target_column']] : [],
    ),
  }));
}

function uniqueKeysFrom(rows: readonly Row[]): string[][] {
  return groupById(rows)
    .map((group) => group.map((row) => text(row['column_name'])))
    .filter((columns) => columns.every((column) => column !== ''));
}

function groupById(rows: readonly Row[]): Row[][] {
  const groups = new Map<SQLOutputValue, Row[]>();
  for (const row of rows) {
    const id = row['id'] ?? null;
    groups.set(id, [...(groups.get(id) ?? []), row]);
  }
  return [...groups.values()];
}

/** Spells names in references as the catalogue does, and fills in primary keys. */
function resolveReferences(tables: readonly Table[]): Table[] {
  const byName = new Map(tables.map((table) => [table.name.toLowerCase(), table]));
  return tables.map((table) => ({
    ...table,
    foreignKeys: table.foreignKeys.flatMap((key) => resolve(key, byName)),
  }));
}

function resolve(key: ForeignKey, byName: ReadonlyMap<string, Table>): ForeignKey[] {
  const target = byName.get(key.table.toLowerCase());
  if (target === undefined) return key.referencedColumns.length === key.columns.length ? [key] : [];
  const primary = target.columns
    .filter((column) => column.primaryKey > 0)
    .sort((a, b) => a.primaryKey - b.primaryKey)
    .map((column) => column.name);
  const named = key.referencedColumns.length === key.columns.length ? key.referencedColumns : primary;
  if (named.length !== key.columns.length) return [];
  const spelt = named.map(
    (name) => target.columns.find((column) => column.name.toLowerCase() === name.toLowerCase())?.name ?? name,
  );
  return [{ columns: key.columns, table: target.name, referencedColumns: spelt }];
}

/** Row counts by table name: from ANALYZE, else counted within the limits above. */
function rowCounts(
  database: DatabaseSync,
  bytes: number,
  signal: AbortSignal,
): (table: string) => number | undefined {
  const estimates = new Map<string, number>();
  const analyzed =
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").get() !== undefined;
  if (analyzed) {
    for (const row of database.prepare(rowEstimatesQuery).all()) {
      estimates.set(text(row['name']).toLowerCase(), integer(row['row_count']));
    }
  }
  const started = performance.now();
  return (table) => {
    const estimate = estimates.get(table.toLowerCase());
    if (estimate !== undefined || bytes > countableBytes || performance.now() - started > countingTime)
      return estimate;
    throwIfAborted(signal);
    const [row] = countOf(database, table);
    return row === undefined ? undefined : integer(row['row_count']);
  };
}

function countOf(database: DatabaseSync, table: string): Row[] {
  try {
    return [
      database.prepare(`SELECT count(*) AS row_count FROM "${table.replaceAll('"', '""')}"`).get() ?? {},
    ];
  } catch (error) {
    // A virtual table may fail to answer; a damaged or locked file must be told.
    if (((error as { errcode?: number }).errcode ?? 0) === 1) return [];
    throw error;
  }
}
