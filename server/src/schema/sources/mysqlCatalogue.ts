/**
 * Turns rows of MySQL's information_schema into tables and functions. The caller passes the function that sends
 * queries.
 */
import type { ConnectionSettings } from '../../settings';
import { checkValues, enumValues } from '../ddl/checkValues';
import type { Column, Schema, SchemaFunction, Table } from '../model';
import checkTablesQuery from '../queries/mysql/check-tables.sql';
import checksQuery from '../queries/mysql/checks.sql';
import columnsQuery from '../queries/mysql/columns.sql';
import functionsQuery from '../queries/mysql/functions.sql';
import keysQuery from '../queries/mysql/keys.sql';
import otherTablesQuery from '../queries/mysql/other-tables.sql';
import schemasQuery from '../queries/mysql/schemas.sql';
import sessionQuery from '../queries/mysql/session.sql';
import tablesQuery from '../queries/mysql/tables.sql';
import { sampleColumns } from './samples';
import { applyCheck, draftTable, pendingTable, setPrimaryKey, type TableDraft } from './tables';

export type Row = Record<string, unknown>;
/** `isOptional`: when this user lacks the right or the server the view, return no rows instead of an error. */
export type Query = (
  text: string,
  values?: readonly unknown[],
  isOptional?: boolean,
) => Promise<readonly Row[]>;

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString('utf8') : '';

/** Properties of a session. */
interface State {
  /** The default database in the catalogue's spelling; empty when there is none. */
  readonly own: string;
  /** True when two names mean the same database or table. */
  readonly isSame: (a: string, b: string) => boolean;
  readonly backslash: 'escapes' | 'plain';
}

/**
 * Most tables of other databases whose names are read. When there are more, none count as known, so that no name is
 * called unknown.
 */
const mostOthers = 20_000;

export class MysqlCatalogue {
  constructor(
    private readonly query: Query,
    private readonly connection: ConnectionSettings,
    private readonly samples: boolean,
  ) {}

  async read(onNames: ((schema: Schema) => void) | undefined): Promise<Schema> {
    const { query, connection } = this;
    const { own, isSame, backslash } = await this.state();
    const schemas = await schemasToRead(query, connection, own);
    const head = {
      dialect: 'mysql' as const,
      source: connection.name,
      backslash,
      ...(own === '' ? {} : { searchPath: [own] }),
    };
    if (schemas.length === 0) return { ...head, tables: [] };
    const named = (await query(tablesQuery, [schemas])).map((row) => draftOf(row, own, isSame));
    const listed = named.filter(({ isSequence }) => !isSequence);
    onNames?.({ ...head, tables: listed.map(({ draft }) => pendingTable(draft)) });
    for (const schema of new Set(listed.map(({ namespace }) => namespace))) {
      const drafts = listed.filter(({ namespace }) => namespace === schema).map(({ draft }) => draft);
      await fillSchema(query, schema, own, isSame, drafts);
    }
    const tables: Table[] = listed.map(({ draft }) => draft);
    const sequences = named
      .filter(({ isSequence }) => isSequence)
      .map(({ draft }): Table => ({ ...draft, columns: sequenceColumns }));
    const unlisted = [...sequences, ...(await this.others(schemas))];
    const functions = await readFunctions(query, schemas, own, isSame);
    const run = (sql: string) => query(sql, [], true);
    return {
      ...head,
      tables: this.samples ? await sampleColumns(tables, 'mysql', run) : tables,
      ...(unlisted.length === 0 ? {} : { unlisted }),
      functions,
    };
  }

  /** Reads columns and keys of tables in other databases. */
  async readTables(tables: readonly Table[]): Promise<Table[]> {
    const { own, isSame } = await this.state();
    const read: Table[] = [];
    for (const [schema = own, some] of Map.groupBy(tables, ({ namespace }) => namespace)) {
      const drafts = some.map(({ name, kind }) =>
        draftTable(name, kind, schema === own ? undefined : schema),
      );
      await fillSchema(this.query, schema, own, isSame, drafts);
      read.push(...drafts);
    }
    return read;
  }

  private async state(): Promise<State> {
    const [row = {}] = await this.query(sessionQuery);
    // 1 and 2: names are compared without case.
    const folds = Number(row['folding']) !== 0;
    const wanted = textOf(row['own']);
    const own = folds && Number(row['folding']) === 1 ? wanted.toLowerCase() : wanted;
    return {
      own,
      isSame: (a, b) => (folds ? a.toLowerCase() === b.toLowerCase() : a === b),
      backslash: /\bNO_BACKSLASH_ESCAPES\b/.test(textOf(row['mode'])) ? 'plain' : 'escapes',
    };
  }

  private async others(schemas: readonly string[]): Promise<Table[]> {
    const rows = await this.query(otherTablesQuery, [schemas, mostOthers + 1], true);
    if (rows.length > mostOthers) return [];
    return rows.map((row) =>
      pendingTable(draftTable(textOf(row['name']), 'table', textOf(row['namespace']))),
    );
  }
}

interface NamedTable {
  readonly namespace: string;
  readonly draft: TableDraft;
  readonly isSequence: boolean;
}

function draftOf(row: Row, own: string, isSame: State['isSame']): NamedTable {
  const isView = row['kind'] === 'VIEW';
  const isSequence = row['kind'] === 'SEQUENCE';
  const count = row['row_count'] === null || isView || isSequence ? undefined : Number(row['row_count']);
  const namespace = textOf(row['namespace']);
  // MySQL writes "VIEW" when a view has no comment.
  const comment = isView ? '' : textOf(row['comment']);
  const draft = draftTable(
    textOf(row['name']),
    isView ? 'view' : 'table',
    isSame(namespace, own) ? undefined : namespace,
    { rowCount: count, comment },
  );
  if (row['kind'] === 'SYSTEM VERSIONED') draft.hiddenColumns = versioningColumns;
  return { namespace, draft, isSequence };
}

const hiddenColumn = (name: string, type: string): Column => ({ name, type, nullable: false, primaryKey: 0 });

/** The columns that MariaDB adds to a system-versioned table, unless it declares its own. */
const versioningColumns = [
  hiddenColumn('row_start', 'timestamp(6)'),
  hiddenColumn('row_end', 'timestamp(6)'),
];

const sequenceColumns = [
  ...['next_not_cached_value', 'minimum_value', 'maximum_value', 'start_value', 'increment', 'cache_size'],
  ...['cycle_option', 'cycle_count'],
].map((name) => hiddenColumn(name, 'bigint'));

async function schemasToRead(query: Query, connection: ConnectionSettings, own: string): Promise<string[]> {
  const named = [...(connection.schemas ?? [])];
  if (named.length > 0) return named;
  if (own !== '') return [own];
  return (await query(schemasQuery)).map((row) => textOf(row['name']));
}

async function fillSchema(
  query: Query,
  schema: string,
  own: string,
  isSame: State['isSame'],
  drafts: readonly TableDraft[],
): Promise<void> {
  const tables = new Map(drafts.map((draft) => [draft.name, draft]));
  const tableOf = (row: Row) => tables.get(textOf(row['table_name']));
  for (const row of await query(columnsQuery, [schema])) {
    const type = textOf(row['type']);
    const extra = textOf(row['extra']);
    const value = textOf(row['default_value']);
    const comment = textOf(row['comment']);
    const values = row['data_type'] === 'enum' ? enumValues(type, 'mysql') : undefined;
    const table = tableOf(row);
    const column: Column = {
      name: textOf(row['name']),
      type,
      nullable: Number(row['nullable']) === 1,
      primaryKey: 0,
      // MariaDB writes NULL for no default. AUTO_INCREMENT fills a column as a default does.
      ...(value !== '' && value !== 'NULL' ? { defaultValue: value } : {}),
      ...(/\bauto_increment\b/i.test(extra) ? { defaultValue: 'AUTO_INCREMENT' } : {}),
      ...(/\bGENERATED\b/i.test(extra) ? { generated: true } : {}),
      ...(comment === '' ? {} : { comment }),
      ...(values === undefined ? {} : { values: { list: values, from: 'enum' as const } }),
    };
    // Neither `*` nor an INSERT without a list of columns includes it.
    if (!/\bINVISIBLE\b/i.test(extra)) table?.columns.push(column);
    else if (table) table.hiddenColumns = [...(table.hiddenColumns ?? []), column];
  }
  applyKeys(await query(keysQuery, [schema], true), own, isSame, tableOf);

  const checks = await query(checksQuery, [schema], true);
  if (checks.length === 0) return;
  const tablesOfChecks = new Map<string, string>();
  for (const row of await query(checkTablesQuery, [schema], true)) {
    tablesOfChecks.set(textOf(row['constraint_name']), textOf(row['table_name']));
  }
  for (const raw of checks) {
    const row = Object.fromEntries(Object.entries(raw).map(([key, value]) => [key.toLowerCase(), value]));
    const name = textOf(row['table_name']) || (tablesOfChecks.get(textOf(row['constraint_name'])) ?? '');
    const table = tables.get(name);
    if (table) applyCheck(table, checkValues(textOf(row['check_clause']), 'mysql'));
  }
}

function applyKeys(
  rows: readonly Row[],
  own: string,
  isSame: State['isSame'],
  tableOf: (row: Row) => TableDraft | undefined,
): void {
  // A unique key and a foreign key of one table may have the same name.
  const groups = Map.groupBy(rows, (row) =>
    [row['table_name'], row['constraint_name'], row['target_table'] !== null].map(String).join('\n'),
  );
  for (const group of groups.values()) {
    const [first] = group;
    const table = first && tableOf(first);
    if (!table) continue;
    const columns = group.map((row) => textOf(row['column_name']));
    if (first['target_table'] === null) {
      if (textOf(first['constraint_name']) === 'PRIMARY') setPrimaryKey(table, columns);
      else table.uniqueKeys.push(columns);
    } else {
      const namespace = textOf(first['target_namespace']);
      table.foreignKeys.push({
        columns,
        table: textOf(first['target_table']),
        ...(isSame(namespace, own) ? {} : { namespace }),
        referencedColumns: group.map((row) => textOf(row['target_column'])),
      });
    }
  }
}

async function readFunctions(
  query: Query,
  schemas: readonly string[],
  own: string,
  isSame: State['isSame'],
): Promise<SchemaFunction[]> {
  return (await query(functionsQuery, [schemas], true)).map((row) => {
    const namespace = textOf(row['namespace']);
    const optional = (key: string) => (textOf(row[key]) === '' ? {} : { [key]: textOf(row[key]) });
    return {
      name: textOf(row['name']),
      ...(isSame(namespace, own) ? {} : { namespace }),
      ...optional('arguments'),
      ...optional('returns'),
      ...optional('comment'),
    };
  });
}
