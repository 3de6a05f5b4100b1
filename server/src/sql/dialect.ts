/** The dialects of SQL that can be read. `mysql` includes MariaDB; `tsql` is read from DDL files only. */

export const dialects = ['sqlite', 'postgres', 'mysql', 'duckdb', 'tsql'] as const;
export type Dialect = (typeof dialects)[number];
