/**
 * Reads the schema of a SQLite file through node:sqlite, read-only. Runs in the file reader (fileReader/main.ts),
 * because a foreign file can keep SQLite busy for ever. The catalogue comes only from SQLite's own tables. Rows are
 * read only from ordinary tables: views, virtual tables and generated columns could compute anything. The file is over
 * 400 lines long because opening safely, reading and sampling share the connection's limits.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type * as sqliteModule from 'node:sqlite';
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { errorMessage, SqlAheadError } from '../../errors';
import { checkRegularFile, FileRefused } from '../../regularFile';
import { parseDdl } from '../ddl/readDdl';
import type { Column, ColumnValues, ForeignKey, Schema, Table } from '../model';
import columnsQuery from '../queries/sqlite/columns.sql';
import foreignKeysQuery from '../queries/sqlite/foreign-keys.sql';
import ordinaryTablesQuery from '../queries/sqlite/ordinary-tables.sql';
import rowEstimatesQuery from '../queries/sqlite/row-estimates.sql';
import shadowTablesQuery from '../queries/sqlite/shadow-tables.sql';
import tablesQuery from '../queries/sqlite/tables.sql';
import uniqueKeysQuery from '../queries/sqlite/unique-keys.sql';
import { refusedDatabase } from './databaseFile';
import type { DatabaseFile } from './fileReader/protocol';
import { sampleColumns } from './samples';
import { SchemaSize } from './schemaSize';

/** Milliseconds that one read waits for a lock. It is short, because the catalogue tries again anyway. */
const busyTimeout = 200;
/** When ANALYZE has not run, rows are counted, in files up to this size (bytes) and for this long (milliseconds). */
const countableBytes = 64 * 1024 * 1024;
const countingTime = 250;

/**
 * Reads tables, keys, and the values that CHECK constraints allow.
 * @throws SqlAheadError ERR_DATABASE_* with a sentence
 */
export function readSqliteCatalogue(at: DatabaseFile): Promise<Schema> {
  return withDatabase(at, (database) => ({
    dialect: 'sqlite',
    isComplete: true,
    source: at.name,
    ...readTables(database, new SchemaSize(at.name)),
  }));
}

/**
 * The tables with row counts, and with values if they may be read.
 * @throws SqlAheadError ERR_DATABASE_* with a sentence
 */
export function readSqliteContents(
  at: DatabaseFile,
  tables: readonly Table[],
  samples: boolean,
): Promise<readonly Table[]> {
  return withDatabase(at, async (database) => {
    const isOrdinary = ordinaryTables(database);
    const counts = rowCounts(database, at.file, isOrdinary);
    const counted = tables.map((table) => {
      const rowCount = isOrdinary(table.name) ? counts(table.name) : undefined;
      return rowCount === undefined ? table : { ...table, rowCount };
    });
    if (!samples) return counted;
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous, SQLite is not
    const run = async (sql: string) => database.prepare(sql).all();
    return sampleColumns(counted, 'sqlite', run, ({ name }) => isOrdinary(name));
  });
}

async function withDatabase<T>(
  at: DatabaseFile,
  work: (database: DatabaseSync) => T | Promise<T>,
): Promise<T> {
  let database: DatabaseSync | undefined;
  try {
    database = openSqlite(at.file);
    return await work(database);
  } catch (error) {
    throw explain(error, at);
  } finally {
    if (database?.isOpen === true) database.close();
  }
}

/**
 * Opens a file read-only, so that nothing in its schema is trusted.
 *
 * @throws FileRefused when it is no regular file; SqlAheadError, or SQLite's error
 */
export function openSqlite(file: string): DatabaseSync {
  // Loaded here, not imported: this module must load even in a runtime without node:sqlite.
  const sqlite = process.getBuiltinModule('node:sqlite') as typeof sqliteModule | undefined;
  if (sqlite === undefined) {
    throw new SqlAheadError(
      'ERR_DATABASE_UNSUPPORTED',
      `This runtime (Node ${process.versions.node}) cannot read SQLite files: use VS Code 1.105 or newer, or DDL files.`,
    );
  }
  checkRegularFile(file);
  const open = (location: string | URL): DatabaseSync =>
    readied(
      new sqlite.DatabaseSync(location, { readOnly: true, timeout: busyTimeout, allowExtension: false }),
    );
  if (isUnusedWal(file)) return open(asUnchanging(file));
  try {
    return open(file);
  } catch (error) {
    // The folder is read-only, and the log is empty.
    if (primaryCode(error) === resultCodes.cannotOpen && isWal(file) && sizeOf(`${file}-wal`) === 0)
      return open(asUnchanging(file));
    throw error;
  }
}

/** Trust nothing in the schema, check pages when they are read, sort in memory. */
const pragmas = ['trusted_schema = OFF', 'query_only = ON', 'cell_size_check = ON', 'temp_store = MEMORY'];

/** Most bytes of one value, and most instructions of one compiled statement: each view over a view may double them. */
const longestValue = 256 * 1024 * 1024;
const longestProgram = 2_000_000;

function readied(database: DatabaseSync): DatabaseSync {
  // Older runtimes lack these functions, although the types have them.
  const newer: Pick<DatabaseSync, 'exec'> & Partial<Pick<DatabaseSync, 'enableDefensive' | 'limits'>> =
    database;
  try {
    for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`);
    newer.enableDefensive?.(true);
    if (newer.limits !== undefined) {
      newer.limits.length = longestValue;
      newer.limits.vdbeOp = longestProgram;
    }
    // SQLite opens the file only at the first statement.
    database.prepare('SELECT 1 FROM main.sqlite_schema LIMIT 1').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * True for a database in WAL mode that nobody has open. SQLite would create files beside it and leave them there, or
 * fail to read it in a folder where it cannot.
 */
function isUnusedWal(file: string): boolean {
  return isWal(file) && sizeOf(`${file}-wal`) === 0 && !existsSync(`${file}-shm`);
}

/** The numbers of the file's format in its header: 2 means WAL. */
function isWal(file: string): boolean {
  const header = Buffer.alloc(20);
  const descriptor = openSync(file, 'r');
  try {
    return readSync(descriptor, header, 0, 20, 0) === 20 && header[18] === 2 && header[19] === 2;
  } finally {
    closeSync(descriptor);
  }
}

/** Size in bytes; 0 when there is no such file. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/**
 * Reads without locks and without a log. If somebody writes to the file meanwhile, the change leads to another read.
 */
function asUnchanging(file: string): URL {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return url;
}

/** SQLite's primary result codes, and an extended one: a journal must be rolled back before the file can be read. */
const resultCodes = {
  error: 1,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  corrupt: 11,
  cannotOpen: 14,
  notADatabase: 26,
};
const hotJournal = 776;

const extendedCode = (error: unknown): number => (error as { errcode?: number }).errcode ?? 0;
const primaryCode = (error: unknown): number => extendedCode(error) & 0xff;

function explain(error: unknown, { file, name }: DatabaseFile): unknown {
  if (error instanceof SqlAheadError) return error;
  if (error instanceof FileRefused) return refusedDatabase(error, name);
  const options = { cause: error };
  const code = primaryCode(error);
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
  if (extendedCode(error) === hotJournal) {
    const message = `A program broke off while it wrote to ${name}, and ${name}-journal holds what must be undone: open ${name} once with that program or with sqlite3.`;
    return new SqlAheadError('ERR_DATABASE_INVALID', message, options);
  }
  if ((code === resultCodes.cannotOpen || code === resultCodes.readOnly) && sizeOf(`${file}-wal`) > 0) {
    const message = `The newest changes of ${name} stand in ${name}-wal, which is only read where this user may write to the folder: copy both files to such a folder and pick the copy.`;
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

interface Relation {
  readonly name: string;
  readonly definition: string;
  readonly isView: boolean;
}

function readTables(database: DatabaseSync, size: SchemaSize): Pick<Schema, 'tables' | 'unlisted'> {
  const relations = readRelations(database, size);
  const columnsOf = database.prepare(columnsQuery);
  const foreignKeys = database.prepare(foreignKeysQuery);
  const uniqueKeys = database.prepare(uniqueKeysQuery);
  const read = relations.map(({ name, definition, isView }): Table => {
    const columnRows = rowsOf(columnsOf, name);
    const { columns, hiddenColumns } = columnsFrom(columnRows, size);
    return {
      ...(name === 'sqlite_temp_schema' ? { namespace: 'temp' } : {}),
      name,
      kind: isView ? 'view' : 'table',
      // A virtual table whose module is missing here, or a view that calls a function of its own program.
      ...(columnRows.length === 0 ? { columnsPending: true } : {}),
      columns: isView ? columns : withCheckedValues(columns, definition),
      ...(hiddenColumns.length === 0 ? {} : { hiddenColumns }),
      foreignKeys: isView ? [] : foreignKeysFrom(rowsOf(foreignKeys, name)),
      uniqueKeys: isView ? [] : uniqueKeysFrom(rowsOf(uniqueKeys, name)),
    };
  });
  // Last: SQLite first finds the columns of all views for it, and begins its search again after each view whose columns
  // it did not know yet. By now it knows them all.
  const shadows = shadowTables(database);
  const isListed = ({ name, columnsPending }: Table): boolean =>
    columnsPending !== true && !isInternal(name) && !shadows.has(name.toLowerCase());
  return {
    tables: resolveReferences(read.filter(isListed)),
    unlisted: read.filter((table) => !isListed(table)).flatMap(underBothNames),
  };
}

/** The relations of the file, and SQLite's own catalogues. */
function readRelations(database: DatabaseSync, size: SchemaSize): readonly Relation[] {
  const relations: Relation[] = [];
  for (const row of database.prepare(tablesQuery).iterate()) {
    const name = text(row['name']);
    size.addTable(name);
    relations.push({ name, definition: text(row['definition']), isView: row['type'] === 'view' });
  }
  const own = ['sqlite_schema', 'sqlite_temp_schema'];
  return [...relations, ...own.map((name) => ({ name, definition: '', isView: false }))];
}

/** Lower-case names of the tables in which the modules of virtual tables keep their data. */
function shadowTables(database: DatabaseSync): ReadonlySet<string> {
  const rows = database.prepare(shadowTablesQuery).all();
  return new Set(rows.map((row) => text(row['name']).toLowerCase()));
}

const isInternal = (name: string): boolean => /^sqlite_/i.test(name);

/** SQLite's own catalogue has two names. */
function underBothNames(table: Table): Table[] {
  const former = table.name.replace(/_schema$/, '_master');
  return former === table.name ? [table] : [table, { ...table, name: former }];
}

/** Longer definitions (in characters) are not searched for CHECK constraints. */
const longestDefinition = 200_000;

/** SQLite has no catalogue of CHECK constraints: read them from the table's CREATE statement. */
function withCheckedValues(columns: readonly Column[], definition: string): readonly Column[] {
  if (definition.length > longestDefinition || !/check/i.test(definition)) return columns;
  const values = new Map(
    (parseDdl(definition, 'sqlite')[0]?.columns ?? []).flatMap((column): [string, ColumnValues][] =>
      column.values === undefined ? [] : [[column.name.toLowerCase(), column.values]],
    ),
  );
  return columns.map((column) => {
    const allowed = values.get(column.name.toLowerCase());
    return allowed === undefined ? column : { ...column, values: allowed };
  });
}

/** Rows of a catalogue query about one table; none when SQLite cannot compile that table. */
function rowsOf(statement: { all(...values: SQLInputValue[]): Row[] }, name: string): Row[] {
  try {
    return statement.all(name);
  } catch (error) {
    // A view that exceeds the limits counts like one that does not compile.
    if ([resultCodes.error, resultCodes.noMemory].includes(primaryCode(error))) return [];
    throw error;
  }
}

function columnsFrom(
  rows: readonly Row[],
  size: SchemaSize,
): { readonly columns: readonly Column[]; readonly hiddenColumns: readonly Column[] } {
  const keys = rows.filter((row) => integer(row['primary_key']) > 0).length;
  const columns: Column[] = [];
  const hiddenColumns: Column[] = [];
  for (const row of rows) {
    const type = text(row['type']);
    const primaryKey = integer(row['primary_key']);
    // Only an INTEGER PRIMARY KEY is NOT NULL without saying so: it is the rowid.
    const isRowid = primaryKey > 0 && keys === 1 && type.toUpperCase() === 'INTEGER';
    const column: Column = {
      name: text(row['name']),
      type,
      nullable: integer(row['not_null']) === 0 && !isRowid,
      primaryKey,
      ...(typeof row['default_value'] === 'string' ? { defaultValue: row['default_value'] } : {}),
      ...(integer(row['hidden']) >= 2 ? { generated: true } : {}),
    };
    size.addColumn(column);
    (integer(row['hidden']) === 1 ? hiddenColumns : columns).push(column);
  }
  return { columns, hiddenColumns };
}

/**
 * The rows of one key follow one another. A key without target columns refers to the primary key and is resolved later.
 */
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

/** Gives references the catalogue's spelling, and fills in primary keys. */
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

/** True for a table whose rows are in the file itself: neither a view nor a module computes them. */
function ordinaryTables(database: DatabaseSync): (table: string) => boolean {
  const rows = database.prepare(ordinaryTablesQuery).all();
  const names = new Set(rows.map((row) => text(row['name']).toLowerCase()));
  return (table) => names.has(table.toLowerCase());
}

/** Row counts of ordinary tables by name: from ANALYZE, else counted within the limits above. */
function rowCounts(
  database: DatabaseSync,
  file: string,
  isOrdinary: (table: string) => boolean,
): (table: string) => number | undefined {
  const estimates = new Map<string, number>();
  if (isOrdinary('sqlite_stat1')) {
    for (const row of database.prepare(rowEstimatesQuery).iterate()) {
      estimates.set(text(row['name']).toLowerCase(), integer(row['row_count']));
    }
  }
  const isCountable = sizeOf(file) <= countableBytes;
  const started = performance.now();
  return (table) => {
    const estimate = estimates.get(table.toLowerCase());
    if (estimate !== undefined || !isCountable || performance.now() - started > countingTime) return estimate;
    const query = `SELECT count(*) AS row_count FROM main."${table.replaceAll('"', '""')}"`;
    return integer(database.prepare(query).get()?.['row_count']);
  };
}
