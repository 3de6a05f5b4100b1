/**
 * Turns rows of PostgreSQL's catalogue into tables and functions. The caller passes the function that sends queries.
 */
import { checkValues } from '../ddl/checkValues';
import type { Column, SchemaFunction, Table } from '../model';
import checksQuery from '../queries/postgres/checks.sql';
import columnsQuery from '../queries/postgres/columns.sql';
import commentsQuery from '../queries/postgres/comments.sql';
import enumsQuery from '../queries/postgres/enums.sql';
import functionsQuery from '../queries/postgres/functions.sql';
import keysQuery from '../queries/postgres/keys.sql';
import samplesQuery from '../queries/postgres/samples.sql';
import tablesQuery from '../queries/postgres/tables.sql';
import typesQuery from '../queries/postgres/types.sql';
import uniqueKeysQuery from '../queries/postgres/unique-keys.sql';
import { identifierName, tokenize, type Token } from '../../sql/tokens';
import { longestValue } from './samples';
import { applyCheck, changeColumn, draftTable, setPrimaryKey, type TableDraft } from './tables';

export type Row = Record<string, unknown>;
/** `isOptional`: when this user lacks the right, return no rows instead of an error. */
export type Query = (
  text: string,
  values?: readonly unknown[],
  isOptional?: boolean,
) => Promise<readonly Row[]>;

export interface NamedTable {
  readonly id: string;
  readonly table: TableDraft;
  readonly isSequence: boolean;
  /** True for a partition of another table. */
  readonly isPartition: boolean;
  /** True when the settings ask for its schema. */
  readonly isWanted: boolean;
}

/** True when the relation is offered. The others are only known. */
export const isListed = ({ isSequence, isPartition, isWanted }: NamedTable): boolean =>
  isWanted && !isSequence && !isPartition;

const kinds: Readonly<Record<string, Table['kind']>> = { v: 'view', m: 'materialized view' };
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numbersOf = (value: unknown): readonly number[] => (Array.isArray(value) ? value.map(Number) : []);
const stringsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** The relations of the schemas that the settings ask for, and of those on the search path. */
export async function readNames(
  query: Query,
  schemas: readonly string[] | undefined,
  searchPath: readonly string[],
): Promise<NamedTable[]> {
  const wanted = schemasOf(schemas);
  const rows = await query(tablesQuery, [wanted === null ? null : [...wanted, ...searchPath]]);
  // A table of "public" counts as unqualified only when no schema before it on the search path has that name.
  const before = new Set(searchPath.slice(0, searchPath.indexOf('public')));
  const hiding = new Set(
    rows.filter((row) => before.has(textOf(row['namespace']))).map((row) => textOf(row['name'])),
  );
  return rows.map((row) => {
    const namespace = textOf(row['namespace']);
    const kind = kinds[textOf(row['kind'])] ?? 'table';
    const rows = Number(row['row_count']);
    const isSequence = row['kind'] === 'S';
    const rowCount = kind !== 'view' && !isSequence && rows >= 0 ? Math.round(rows) : undefined;
    const name = textOf(row['name']);
    const isDefault = namespace === 'public' && searchPath.includes('public') && !hiding.has(name);
    return {
      id: textOf(row['id']),
      table: draftTable(name, kind, isDefault ? undefined : namespace, { rowCount }),
      isSequence,
      isPartition: row['is_partition'] === true,
      isWanted: wanted === null || wanted.includes(namespace),
    };
  });
}

/** The columns that every sequence has. */
export function sequenceTable({ table }: NamedTable): Table {
  const column = (name: string, type: string): Column => ({ name, type, nullable: false, primaryKey: 0 });
  const columns = [
    column('last_value', 'bigint'),
    column('log_cnt', 'bigint'),
    column('is_called', 'boolean'),
  ];
  return { ...table, columns };
}

const schemasOf = (schemas: readonly string[] | undefined) =>
  schemas !== undefined && schemas.length > 0 ? schemas : null;

/** Tables in one round of queries: so each answer stays small, and cancelling is quick. */
const batch = 2_000;

/** The parts of types, by oid. */
interface Types {
  /** Labels of enums. */
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** The type that a domain is based on, which may be a domain too. */
  readonly bases: ReadonlyMap<string, string>;
  /** Fields of composite types. */
  readonly fields: ReadonlyMap<string, readonly Column[]>;
  /** The text of a type or expression from the server, without the names of searched schemas. */
  readonly unqualified: (text: string) => string;
}

export async function readColumns(
  query: Query,
  named: readonly NamedTable[],
  everything: readonly NamedTable[],
  samples: boolean,
  searchPath: readonly string[],
): Promise<Table[]> {
  const types = await readTypes(query, searchPath);
  // A foreign key may refer to any of them.
  const all = new Map(everything.map(({ id, table }) => [id, table]));
  const tables: Table[] = [];
  for (let at = 0; at < named.length; at += batch) {
    const part = new Map(named.slice(at, at + batch).map(({ id, table }) => [id, fresh(table)]));
    await fillColumns(query, part, all, types, samples);
    tables.push(...part.values());
  }
  return tables;
}

async function readTypes(query: Query, searchPath: readonly string[]): Promise<Types> {
  const unqualified = (text: string): string => withoutSchemas(text, searchPath);
  const labels = await query(enumsQuery, [], true);
  const bases = new Map<string, string>();
  const fields = new Map<string, Column[]>();
  for (const row of await query(typesQuery, [], true)) {
    const id = textOf(row['type_id']);
    if (typeof row['base_id'] === 'string') bases.set(id, row['base_id']);
    const field: Column = {
      name: textOf(row['field']),
      type: unqualified(textOf(row['type'])),
      nullable: true,
      primaryKey: 0,
    };
    if (field.name !== '') fields.set(id, [...(fields.get(id) ?? []), field]);
  }
  return {
    enums: new Map(labels.map((row) => [textOf(row['type_id']), stringsOf(row['labels'])])),
    bases,
    fields,
    unqualified,
  };
}

/** The type, and if it is a domain the types it is based on. The server allows no cycles. */
function* domainsOf(id: string, { bases }: Types): Iterable<string> {
  for (let one: string | undefined = id; one !== undefined; one = bases.get(one)) yield one;
}

/**
 * Catalogue queries search only the system's schema, so the server qualifies all other names: take the searched ones
 * off.
 */
function withoutSchemas(text: string, searchPath: readonly string[]): string {
  if (!text.includes('.')) return text;
  const tokens = tokenize(text, 'postgres');
  return tokens
    .map((token, i) => {
      const isSearched = (one: Token | undefined): boolean =>
        (one?.kind === 'word' || one?.kind === 'quoted') &&
        searchPath.includes(identifierName(one, text)) &&
        text.charAt(one.to) === '.' &&
        text.charAt(one.from - 1) !== '.';
      const isDot = text.slice(token.from, token.to) === '.' && isSearched(tokens[i - 1]);
      return isSearched(token) || isDot ? '' : text.slice(token.from, token.to);
    })
    .join('');
}

const fresh = (table: TableDraft): TableDraft => ({ ...table, columns: [], foreignKeys: [], uniqueKeys: [] });

async function fillColumns(
  query: Query,
  part: ReadonlyMap<string, TableDraft>,
  all: Map<string, TableDraft>,
  types: Types,
  samples: boolean,
): Promise<void> {
  const ids = [...part.keys()];
  const tableOf = (row: Row) => part.get(textOf(row['table_id']));
  const names = new Map<string, string>();
  const nameOf = (id: string, number: number) => names.get(`${id} ${String(number)}`) ?? '';
  const namesOf = (id: unknown, numbers: unknown) => numbersOf(numbers).map((n) => nameOf(textOf(id), n));
  const typeIds = new Map<Column, string>();
  for (const row of await query(columnsQuery, [ids])) {
    const name = textOf(row['name']);
    names.set(`${textOf(row['table_id'])} ${String(row['number'])}`, name);
    const made = [...domainsOf(textOf(row['type_id']), types)].at(-1) ?? '';
    const labels = types.enums.get(made);
    const fields = types.fields.get(made);
    const value = row['default_value'];
    const generated = row['generated'] === true;
    const column: Column = {
      name,
      type: types.unqualified(textOf(row['type'])),
      nullable: row['not_null'] !== true,
      primaryKey: 0,
      ...(typeof value === 'string' && !generated ? { defaultValue: types.unqualified(value) } : {}),
      ...(row['is_identity'] === true ? { defaultValue: 'GENERATED AS IDENTITY' } : {}),
      ...(generated ? { generated: true } : {}),
      ...(labels === undefined ? {} : { values: { list: labels, from: 'enum' as const } }),
      ...(fields === undefined ? {} : { fields }),
    };
    typeIds.set(column, textOf(row['type_id']));
    tableOf(row)?.columns.push(column);
  }
  const domainsOfColumn = (column: Column): Iterable<string> => domainsOf(typeIds.get(column) ?? '', types);

  const checks = await query(checksQuery, [ids], true);
  applyDomainChecks(checks, part, domainsOfColumn);
  const keys = await query(keysQuery, [ids], true);
  // A key may refer to a table of another round, whose columns are known only by number.
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
  applyChecks(checks, part);
  for (const row of await query(commentsQuery, [ids], true)) {
    const table = tableOf(row);
    const comment = textOf(row['comment']);
    if (table && row['number'] === 0) table.comment = comment;
    else if (table) changeColumn(table, nameOf(textOf(row['table_id']), Number(row['number'])), { comment });
  }
  if (samples) applySamples(await query(samplesQuery, [ids], true), tableOf);
}

function applyChecks(rows: readonly Row[], part: ReadonlyMap<string, TableDraft>): void {
  for (const row of rows) {
    const table = part.get(textOf(row['table_id']));
    if (table) applyCheck(table, checkValues(textOf(row['definition']), 'postgres'));
  }
}

/** Must run while the columns are still the ones that were read. */
function applyDomainChecks(
  rows: readonly Row[],
  part: ReadonlyMap<string, TableDraft>,
  domainsOfColumn: (column: Column) => Iterable<string>,
): void {
  const domains = new Map<string, readonly string[]>();
  for (const row of rows) {
    if (typeof row['type_id'] !== 'string') continue;
    const checked = checkValues(textOf(row['definition']), 'postgres');
    if (checked !== undefined) domains.set(row['type_id'], checked.list);
  }
  if (domains.size === 0) return;
  for (const table of part.values()) {
    for (const column of table.columns) {
      const list = [...domainsOfColumn(column)].map((id) => domains.get(id)).find((one) => one !== undefined);
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
  searchPath: readonly string[],
): Promise<SchemaFunction[]> {
  return (await query(functionsQuery, [schemasOf(schemas)], true)).map((row) => {
    const optional = (key: 'arguments' | 'returns') =>
      textOf(row[key]) === '' ? {} : { [key]: withoutSchemas(textOf(row[key]), searchPath) };
    const comment = textOf(row['comment']);
    return {
      name: textOf(row['name']),
      ...(row['namespace'] === 'public' ? {} : { namespace: textOf(row['namespace']) }),
      ...optional('arguments'),
      ...optional('returns'),
      ...(comment === '' ? {} : { comment }),
    };
  });
}
