/** Columns of the table functions that the dialects have themselves. */
import type { Dialect } from '../schema/model';

const columns = (text: string): readonly string[] => text.split(' ');

const json = columns('key value type atom id parent fullkey path');
const jsonPair = columns('key value');

/** An empty name stands for the alias, or for the function's own name where there is none. */
const byDialect: Readonly<Partial<Record<Dialect, ReadonlyMap<string, readonly string[]>>>> = {
  postgres: new Map([
    ...['generate_series', 'generate_subscripts', 'regexp_split_to_table', 'string_to_table'].map(
      (name) => [name, ['']] as const,
    ),
    ...['jsonb_object_keys', 'json_object_keys'].map((name) => [name, ['']] as const),
    ...['jsonb_array_elements', 'json_array_elements'].map((name) => [name, ['value']] as const),
    ...['jsonb_array_elements_text', 'json_array_elements_text'].map((name) => [name, ['value']] as const),
    ...['jsonb_each', 'json_each', 'jsonb_each_text', 'json_each_text'].map(
      (name) => [name, jsonPair] as const,
    ),
  ]),
  duckdb: new Map([
    ['range', ['range']],
    ['generate_series', ['generate_series']],
    ['unnest', ['unnest']],
  ]),
  sqlite: new Map([
    ['json_each', json],
    ['json_tree', json],
    ['jsonb_each', json],
    ['jsonb_tree', json],
    ...(
      [
        ['table_info', 'cid name type notnull dflt_value pk'],
        ['table_xinfo', 'cid name type notnull dflt_value pk hidden'],
        ['table_list', 'schema name type ncol wr strict'],
        ['index_list', 'seq name unique origin partial'],
        ['index_info', 'seqno cid name'],
        ['index_xinfo', 'seqno cid name desc coll key'],
        ['foreign_key_list', 'id seq table from to on_update on_delete match'],
        ['foreign_key_check', 'table rowid parent fkid'],
        ['database_list', 'seq name file'],
        ['collation_list', 'seq name'],
        ['function_list', 'name builtin type enc narg flags'],
      ] as const
    ).map(([name, own]) => [`pragma_${name}`, columns(own)] as const),
  ]),
};

/**
 * @param name as called, in lower case
 * @param alias what the call goes by in its query; undefined where it has no alias
 * @returns the columns in order, those that `*` gives; undefined where they are not known
 */
export function functionColumns(
  name: string,
  alias: string | undefined,
  dialect: Dialect,
): readonly string[] | undefined {
  return byDialect[dialect]?.get(name)?.map((column) => (column === '' ? (alias ?? name) : column));
}

/** SQLite's parameters of a table function, which may be named as columns though `*` leaves them out. */
export const parameterColumns: Readonly<Partial<Record<Dialect, readonly string[]>>> = {
  sqlite: ['json', 'root', 'arg', 'schema'],
};
