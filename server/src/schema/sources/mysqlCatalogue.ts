/** Rows of information_schema → tables and functions. Sends the queries through the function it is given. */
import type { ConnectionSettings } from '../../settings';
import { checkValues, enumValues } from '../ddl/checkValues';
import type { Schema, SchemaFunction, Table } from '../model';
import checkTablesQuery from '../queries/mysql/check-tables.sql';
import checksQuery from '../queries/mysql/checks.sql';
import columnsQuery from '../queries/mysql/columns.sql';
import functionsQuery from '../queries/mysql/functions.sql';
import keysQuery from '../queries/mysql/keys.sql';
import schemasQuery from '../queries/mysql/schemas.sql';
import tablesQuery from '../queries/mysql/tables.sql';
import { sampleColumns } from './samples';
import { applyCheck, draftTable, pendingTable, setPrimaryKey, type TableDraft } from './tables';

export type Row = Record<string, unknown>;
/** `isOptional`: no rows, instead of an error, where this user lacks the right or the server the view. */
export type Query = (
  text: string,
  values?: readonly unknown[],
  isOptional?: boolean,
) => Promise<readonly Row[]>;

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString('utf8') : '';

export async function readMysql(
  query: Query,
  connection: ConnectionSettings,
  samples: boolean,
  onNames: ((schema: Schema) => void) | undefined,
): Promise<Schema> {
  const own = connection.database ?? '';
  const schemas = await schemasToRead(query, connection);
  const head = {
    dialect: 'mysql' as const,
    source: connection.name,
    ...(own === '' ? {} : { searchPath: [own] }),
  };
  if (schemas.length === 0) return { ...head, tables: [] };
  const drafts = (await query(tablesQuery, [schemas])).map((row) => {
    const isView = row['kind'] === 'VIEW';
    const count = row['row_count'] === null || isView ? undefined : Number(row['row_count']);
    const namespace = textOf(row['namespace']);
    // MySQL puts "VIEW" where a view has no comment.
    const comment = isView ? '' : textOf(row['comment']);
    const draft = draftTable(
      textOf(row['name']),
      isView ? 'view' : 'table',
      namespace === own ? undefined : namespace,
      { rowCount: count, comment },
    );
    return { namespace, draft };
  });
  onNames?.({ ...head, tables: drafts.map(({ draft }) => pendingTable(draft)) });
  for (const schema of schemas) {
    const tables = new Map<string, TableDraft>();
    for (const { namespace, draft } of drafts) if (namespace === schema) tables.set(draft.name, draft);
    if (tables.size > 0) await fillSchema(query, schema, own, tables);
  }
  const tables: Table[] = drafts.map(({ draft }) => draft);
  const functions = await readFunctions(query, schemas, own);
  const run = (sql: string) => query(sql, [], true);
  return {
    ...head,
    tables: samples ? await sampleColumns(tables, 'mysql', run) : tables,
    functions,
  };
}

async function schemasToRead(query: Query, connection: ConnectionSettings): Promise<string[]> {
  const named = [...(connection.schemas ?? [])];
  if (named.length > 0) return named;
  if (connection.database) return [connection.database];
  return (await query(schemasQuery)).map((row) => textOf(row['name']));
}

async function fillSchema(
  query: Query,
  schema: string,
  own: string,
  tables: ReadonlyMap<string, TableDraft>,
): Promise<void> {
  const tableOf = (row: Row) => tables.get(textOf(row['table_name']));
  for (const row of await query(columnsQuery, [schema])) {
    const type = textOf(row['type']);
    const extra = textOf(row['extra']);
    const value = textOf(row['default_value']);
    const comment = textOf(row['comment']);
    const values = row['data_type'] === 'enum' ? enumValues(type) : undefined;
    tableOf(row)?.columns.push({
      name: textOf(row['name']),
      type,
      nullable: Number(row['nullable']) === 1,
      primaryKey: 0,
      // MariaDB writes NULL for none; AUTO_INCREMENT fills the column as a default does.
      ...(value !== '' && value !== 'NULL' ? { defaultValue: value } : {}),
      ...(/\bauto_increment\b/i.test(extra) ? { defaultValue: 'AUTO_INCREMENT' } : {}),
      ...(/\bGENERATED\b/i.test(extra) ? { generated: true } : {}),
      ...(comment === '' ? {} : { comment }),
      ...(values === undefined ? {} : { values: { list: values, from: 'enum' as const } }),
    });
  }
  applyKeys(await query(keysQuery, [schema], true), own, tableOf);

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

function applyKeys(rows: readonly Row[], own: string, tableOf: (row: Row) => TableDraft | undefined): void {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const id = `${textOf(row['table_name'])}\n${textOf(row['constraint_name'])}`;
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    const table = first && tableOf(first);
    if (!table) continue;
    const columns = group.map((row) => textOf(row['column_name']));
    if (first['kind'] === 'PRIMARY KEY') setPrimaryKey(table, columns);
    else if (first['kind'] === 'UNIQUE') table.uniqueKeys.push(columns);
    else {
      const namespace = textOf(first['target_namespace']);
      table.foreignKeys.push({
        columns,
        table: textOf(first['target_table']),
        ...(namespace === own ? {} : { namespace }),
        referencedColumns: group.map((row) => textOf(row['target_column'])),
      });
    }
  }
}

async function readFunctions(
  query: Query,
  schemas: readonly string[],
  own: string,
): Promise<SchemaFunction[]> {
  return (await query(functionsQuery, [schemas], true)).map((row) => {
    const namespace = textOf(row['namespace']);
    const optional = (key: string) => (textOf(row[key]) === '' ? {} : { [key]: textOf(row[key]) });
    return {
      name: textOf(row['name']),
      ...(namespace === own ? {} : { namespace }),
      ...optional('arguments'),
      ...optional('returns'),
      ...optional('comment'),
    };
  });
}
