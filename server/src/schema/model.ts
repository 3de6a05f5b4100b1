/**
 * What a schema is, whatever it came from. Plain immutable values; no IO, no SQL text.
 * Names are as the catalogue spells them, unquoted.
 */

export const dialects = ['sqlite', 'postgres', 'mysql', 'duckdb', 'tsql'] as const;
export type Dialect = (typeof dialects)[number];

export interface ColumnReference {
  readonly table: string;
  readonly column: string;
}

export interface Column {
  readonly name: string;
  /** The declared type as written, e.g. "VARCHAR(20)"; empty where none is declared. */
  readonly type: string;
  readonly nullable: boolean;
  /** 1-based place in the primary key, 0 when not part of it. */
  readonly primaryKey: number;
  /** SQL text of the default, or undefined. */
  readonly defaultValue?: string;
  readonly generated?: boolean;
  readonly comment?: string;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  /** Same length as columns. */
  readonly referencedColumns: readonly string[];
}

export interface Table {
  /** Schema (namespace) the table is in; undefined where the dialect has none or it is the default one. */
  readonly namespace?: string;
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly columns: readonly Column[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly comment?: string;
  /** Estimated rows, where the source knows. */
  readonly rowCount?: number;
}

export interface Schema {
  readonly dialect: Dialect;
  /** What a user calls the source: a file's base name, a connection's name. */
  readonly source: string;
  readonly tables: readonly Table[];
}

export const emptySchema = (dialect: Dialect): Schema => ({ dialect, source: '', tables: [] });
