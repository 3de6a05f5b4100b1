/**
 * Reads the schema of a DuckDB file, read-only and with catalogue queries only, and checks statements by preparing
 * them. The driver is native: it lies beside the bundles, where the platform has one, and is loaded only when needed.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type * as duckdb from '@duckdb/node-api';
import { errorMessage, SqlAheadError } from '../../errors';
import { checkValues } from '../ddl/checkValues';
import type { Schema, Table } from '../model';
import columnsQuery from '../queries/duckdb/columns.sql';
import constraintsQuery from '../queries/duckdb/constraints.sql';
import enumsQuery from '../queries/duckdb/enums.sql';
import functionsQuery from '../queries/duckdb/functions.sql';
import tablesQuery from '../queries/duckdb/tables.sql';
import { judge, onlyPlaceOf, preparable, type Verdict } from '../validate';
import { abortable } from './connection';
import { sampleColumns } from './samples';
import type { SchemaSource } from './source';
import { applyCheck, draftTable, setPrimaryKey, type TableDraft } from './tables';

type Row = Readonly<Record<string, unknown>>;
type Run = (sql: string) => Promise<readonly Row[]>;

/** @param file absolute path of the database file */
export function duckdbSource(file: string, samples = false): SchemaSource {
  const description = path.basename(file);
  return {
    id: `duckdb ${file}`,
    description,
    isKept: true,
    watchPaths: [file, `${file}.wal`],
    read: (signal) =>
      withDatabase(file, signal, async (connection) => {
        const run: Run = async (sql) => {
          const reader = await connection.runAndReadAll(sql);
          return reader.getRowObjectsJson();
        };
        const schema = await readSchema(run, description);
        return samples ? { ...schema, tables: await sampleColumns(schema.tables, 'duckdb', run) } : schema;
      }),
    validate: async (sql, signal) => {
      if (!preparable(sql, 'duckdb')) return undefined;
      try {
        return await withDatabase(file, signal, (connection) => check(connection, sql));
      } catch (error) {
        if (error instanceof SqlAheadError && error.code !== 'ERR_CANCELLED') return undefined;
        throw error;
      }
    },
  };
}

async function check(connection: duckdb.DuckDBConnection, sql: string): Promise<Verdict> {
  try {
    (await connection.prepare(sql)).destroySync();
    return { ok: true };
  } catch (error) {
    const message = errorMessage(error);
    const name = /(?:name|column|function|near) "?([^"\s!]+)"?/.exec(message)?.[1];
    return judge(message, name === undefined ? undefined : onlyPlaceOf(name, sql, 'duckdb'));
  }
}

/** The file is open for one piece of work only: DuckDB lets no other program write to it meanwhile. */
async function withDatabase<T>(
  file: string,
  signal: AbortSignal,
  work: (connection: duckdb.DuckDBConnection) => Promise<T>,
): Promise<T> {
  const name = path.basename(file);
  if (!existsSync(file)) {
    const text = `The database ${name} does not exist: correct the settings or create the file.`;
    throw new SqlAheadError('ERR_DATABASE_NOT_FOUND', text);
  }
  const { DuckDBInstance } = await loadDriver();
  let instance: duckdb.DuckDBInstance | undefined;
  let connection: duckdb.DuckDBConnection | undefined;
  try {
    instance = await DuckDBInstance.create(file, {
      access_mode: 'READ_ONLY',
      // The text of a person's query must not reach files or the network while it is only looked at.
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      threads: '1',
    });
    const opened = (connection = await instance.connect());
    return await abortable(work(opened), signal, () => opened.interrupt());
  } catch (error) {
    throw explain(error, name);
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
  const message = errorMessage(error);
  if (/lock/i.test(message)) {
    const text = `Another program writes to the database ${name}: it is read again as soon as it is free.`;
    return new SqlAheadError('ERR_DATABASE_LOCKED', text, { cause: error });
  }
  const [line = ''] = message.split('\n');
  const text = `${name} cannot be read as a DuckDB database (${line}): check the file, or pick another one.`;
  return new SqlAheadError('ERR_DATABASE_INVALID', text, { cause: error });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const namesOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const namespaceOf = (row: Row) => (row['namespace'] === 'main' ? undefined : textOf(row['namespace']));

async function readSchema(run: Run, source: string): Promise<Schema> {
  const drafts = new Map<string, TableDraft>();
  const keyOf = (namespace: unknown, name: unknown) => `${textOf(namespace)}\n${textOf(name)}`;
  for (const row of await run(tablesQuery)) {
    const isView = row['kind'] === 'view';
    const rowCount = isView ? undefined : Number(row['row_count']);
    const comment = textOf(row['comment']);
    drafts.set(
      keyOf(row['namespace'], row['name']),
      draftTable(textOf(row['name']), isView ? 'view' : 'table', namespaceOf(row), { rowCount, comment }),
    );
  }
  const enums = new Map((await run(enumsQuery)).map((row) => [textOf(row['name']), namesOf(row['labels'])]));
  for (const row of await run(columnsQuery)) {
    const type = textOf(row['type']);
    const value = textOf(row['default_value']);
    const comment = textOf(row['comment']);
    const labels = enums.get(type) ?? enumLabels(type);
    drafts.get(keyOf(row['namespace'], row['table_name']))?.columns.push({
      name: textOf(row['name']),
      type,
      nullable: row['nullable'] === true,
      primaryKey: 0,
      ...(value === '' || value === 'NULL' ? {} : { defaultValue: value }),
      ...(comment === '' ? {} : { comment }),
      ...(labels === undefined ? {} : { values: { list: labels, from: 'enum' as const } }),
    });
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
  return { dialect: 'duckdb', source, tables, functions };
}

function enumLabels(type: string): string[] | undefined {
  const inner = /^ENUM\((.*)\)$/is.exec(type)?.[1];
  if (inner === undefined) return undefined;
  return [...inner.matchAll(/'((?:[^']|'')*)'/g)].map(([, value]) => (value ?? '').replaceAll("''", "'"));
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
        // DuckDB has no keys from one schema to another.
        ...(table.namespace === undefined ? {} : { namespace: table.namespace }),
        referencedColumns: namesOf(row['target_columns']),
      });
      break;
    case 'CHECK':
      applyCheck(table, checkValues(textOf(row['expression']), 'duckdb'));
      break;
  }
}
