/** PostgreSQL's catalogue rows → tables and functions. Sends the queries through the function it is given. */
import { checkValues } from '../ddl/checkValues';
import type { SchemaFunction, Table } from '../model';
import checksQuery from '../queries/postgres/checks.sql';
import columnsQuery from '../queries/postgres/columns.sql';
import commentsQuery from '../queries/postgres/comments.sql';
import enumsQuery from '../queries/postgres/enums.sql';
import functionsQuery from '../queries/postgres/functions.sql';
import keysQuery from '../queries/postgres/keys.sql';
import samplesQuery from '../queries/postgres/samples.sql';
import tablesQuery from '../queries/postgres/tables.sql';
import uniqueKeysQuery from '../queries/postgres/unique-keys.sql';
import { longestValue } from './samples';
import { applyCheck, changeColumn, draftTable, setPrimaryKey, type TableDraft } from './tables';

export type Row = Record<string, unknown>;
/** `isOptional`: no rows, instead of an error, where this user lacks the right. */
export type Query = (
  text: string,
  values?: readonly unknown[],
  isOptional?: boolean,
) => Promise<readonly Row[]>;

export interface NamedTable {
  readonly id: string;
  readonly table: TableDraft;
}

const kinds: Readonly<Record<string, Table['kind']>> = { v: 'view', m: 'materialized view' };
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numbersOf = (value: unknown): readonly number[] => (Array.isArray(value) ? value.map(Number) : []);
const stringsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

export async function readNames(
  query: Query,
  schemas: readonly string[] | undefined,
  searchPath: readonly string[],
): Promise<NamedTable[]> {
  // Unqualified only where the server would find it unqualified.
  const isDefault = (namespace: string) => namespace === 'public' && searchPath.includes('public');
  return (await query(tablesQuery, [schemasOf(schemas)])).map((row) => {
    const namespace = textOf(row['namespace']);
    const kind = kinds[textOf(row['kind'])] ?? 'table';
    const rows = Number(row['row_count']);
    const rowCount = kind !== 'view' && rows >= 0 ? Math.round(rows) : undefined;
    const name = textOf(row['name']);
    return {
      id: textOf(row['id']),
      table: draftTable(name, kind, isDefault(namespace) ? undefined : namespace, { rowCount }),
    };
  });
}

const schemasOf = (schemas: readonly string[] | undefined) =>
  schemas !== undefined && schemas.length > 0 ? schemas : null;

/** How many tables one round of queries is about: keeps a single answer, and a cancelled one, small. */
const batch = 2_000;

export async function readColumns(
  query: Query,
  named: readonly NamedTable[],
  everything: readonly NamedTable[],
  samples: boolean,
): Promise<Table[]> {
  const enums = new Map(
    (await query(enumsQuery, [], true)).map((row) => [textOf(row['type_id']), stringsOf(row['labels'])]),
  );
  // Keys may lead to any of them.
  const all = new Map(everything.map(({ id, table }) => [id, table]));
  const tables: Table[] = [];
  for (let at = 0; at < named.length; at += batch) {
    const part = new Map(named.slice(at, at + batch).map(({ id, table }) => [id, fresh(table)]));
    await fillColumns(query, part, all, enums, samples);
    tables.push(...part.values());
  }
  return tables;
}

const fresh = (table: TableDraft): TableDraft => ({ ...table, columns: [], foreignKeys: [], uniqueKeys: [] });

async function fillColumns(
  query: Query,
  part: ReadonlyMap<string, TableDraft>,
  all: Map<string, TableDraft>,
  enums: ReadonlyMap<string, readonly string[]>,
  samples: boolean,
): Promise<void> {
  const ids = [...part.keys()];
  const tableOf = (row: Row) => part.get(textOf(row['table_id']));
  const names = new Map<string, string>();
  const nameOf = (id: string, number: number) => names.get(`${id} ${String(number)}`) ?? '';
  const namesOf = (id: unknown, numbers: unknown) => numbersOf(numbers).map((n) => nameOf(textOf(id), n));
  for (const row of await query(columnsQuery, [ids])) {
    const name = textOf(row['name']);
    names.set(`${textOf(row['table_id'])} ${String(row['number'])}`, name);
    const labels = enums.get(textOf(row['type_id']));
    const value = row['default_value'];
    const generated = row['generated'] === true;
    tableOf(row)?.columns.push({
      name,
      type: textOf(row['type']),
      nullable: row['not_null'] !== true,
      primaryKey: 0,
      ...(typeof value === 'string' && !generated ? { defaultValue: value } : {}),
      ...(row['is_identity'] === true ? { defaultValue: 'GENERATED AS IDENTITY' } : {}),
      ...(generated ? { generated: true } : {}),
      ...(labels === undefined ? {} : { values: { list: labels, from: 'enum' as const } }),
    });
  }

  const keys = await query(keysQuery, [ids], true);
  // Keys lead to tables of other rounds, whose columns are known by number only.
  const outside = keys.map((row) => textOf(row['target_id'])).filter((id) => all.has(id) && !part.has(id));
  if (outside.length > 0) {
    for (const row of await query(columnsQuery, [[...new Set(outside)]])) {
      names.set(`${textOf(row['table_id'])} ${String(row['number'])}`, textOf(row['name']));
    }
  }
  for (const row of keys) {
    const table = tableOf(row);
    const columns = namesOf(row['table_id'], row['columns']);
    const target = all.get(textOf(row['target_id']));
    if (row['kind'] === 'p' && table) setPrimaryKey(table, columns);
    else if (table && target) {
      table.foreignKeys.push({
        columns,
        table: target.name,
        ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
        referencedColumns: namesOf(row['target_id'], row['target_columns']),
      });
    }
  }
  for (const row of await query(uniqueKeysQuery, [ids], true)) {
    const columns = namesOf(row['table_id'], row['columns']);
    if (columns.length > 0 && !columns.includes('')) tableOf(row)?.uniqueKeys.push(columns);
  }
  applyChecks(await query(checksQuery, [ids], true), part);
  for (const row of await query(commentsQuery, [ids], true)) {
    const table = tableOf(row);
    const comment = textOf(row['comment']);
    if (table && row['number'] === 0) table.comment = comment;
    else if (table) changeColumn(table, nameOf(textOf(row['table_id']), Number(row['number'])), { comment });
  }
  if (samples) applySamples(await query(samplesQuery, [ids], true), tableOf);
}

function applyChecks(rows: readonly Row[], part: ReadonlyMap<string, TableDraft>): void {
  const domains = new Map<string, readonly string[]>();
  for (const row of rows) {
    const checked = checkValues(textOf(row['definition']), 'postgres');
    if (checked === undefined) continue;
    const table = part.get(textOf(row['table_id']));
    if (table) applyCheck(table, checked);
    else if (typeof row['type_name'] === 'string') domains.set(row['type_name'], checked.list);
  }
  if (domains.size === 0) return;
  for (const table of part.values()) {
    for (const column of table.columns) {
      const list = domains.get(column.type);
      if (list !== undefined) applyCheck(table, { column: column.name, list });
    }
  }
}

function applySamples(rows: readonly Row[], tableOf: (row: Row) => TableDraft | undefined): void {
  for (const row of rows) {
    const table = tableOf(row);
    const column = table?.columns.find(({ name }) => name === row['name']);
    const isText = /^(text|character|citext)/.test(column?.type ?? '');
    if (!table || !column || !isText || column.values !== undefined) continue;
    const list = stringsOf(row['list']);
    if (row['are_few'] === true) changeColumn(table, column.name, { values: { list, from: 'sample' } });
    else changeColumn(table, column.name, { seen: list.filter(({ length }) => length <= longestValue) });
  }
}

export async function readFunctions(
  query: Query,
  schemas: readonly string[] | undefined,
): Promise<SchemaFunction[]> {
  return (await query(functionsQuery, [schemasOf(schemas)], true)).map((row) => {
    const optional = (key: string, name: string) => (textOf(row[key]) === '' ? {} : { [name]: row[key] });
    return {
      name: textOf(row['name']),
      ...(row['namespace'] === 'public' ? {} : { namespace: textOf(row['namespace']) }),
      ...optional('arguments', 'arguments'),
      ...optional('returns', 'returns'),
      ...optional('comment', 'comment'),
    };
  });
}
