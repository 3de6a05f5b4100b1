/** The dialects of SQL that are read here. `mysql` is MariaDB as well; `tsql` is read from DDL files only. */

export const dialects = ['sqlite', 'postgres', 'mysql', 'duckdb', 'tsql'] as const;
export type Dialect = (typeof dialects)[number];
