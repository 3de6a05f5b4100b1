/**
 * Names that a dialect has although no schema lists them, and the clauses where it lets an alias of the select list be
 * used.
 */
import type { Dialect } from '../schema/model';
import type { Clause } from '../sql/shape/shape';

/** Columns that every table has and no catalogue lists. */
export const pseudoColumns: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: ['rowid', 'oid', '_rowid_'],
  postgres: ['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid', 'oid'],
  duckdb: ['rowid', 'filename', 'merge_action'],
  mysql: [],
  tsql: ['$identity', '$rowguid', '$action'],
};

/** True for the system's own catalogue tables and schemas. */
export function isSystemRelation(key: string): boolean {
  return /^(?:sqlite_|pg_|information_schema|duckdb_|pragma_|performance_schema|(?:sys|dual|mysql|dbstat|bytecode|tables_used|seq_\d+_to_\d+(?:_step_\d+)?)$)/i.test(
    key,
  );
}

/**
 * May a clause name a select alias? `first`: the alias wins over a column of that name; `behind`: the column wins; or
 * `never`.
 */
export function selectAliasesIn(clause: Clause, dialect: Dialect): 'first' | 'behind' | 'never' {
  switch (clause) {
    case 'order by':
      return 'first';
    case 'group by':
      return dialect === 'tsql' ? 'never' : 'behind';
    case 'having':
      return dialect === 'tsql' || dialect === 'postgres' ? 'never' : 'behind';
    case 'where':
    case 'on':
      return dialect === 'sqlite' || dialect === 'duckdb' ? 'behind' : 'never';
    case 'select':
    case 'window':
      return dialect === 'duckdb' ? 'behind' : 'never';
    default:
      return 'never';
  }
}
