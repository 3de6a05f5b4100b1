/**
 * What a schema is, whatever it came from. Plain immutable values; no IO, no SQL text.
 * Names are as the catalogue spells them, unquoted.
 */

import type { Dialect } from '../sql/dialect';

export { dialects, type Dialect } from '../sql/dialect';

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
  readonly values?: ColumnValues;
  /** Fields of a composite type: `(column).field`. */
  readonly fields?: readonly Column[];
  /** Where they are too many for `values`: texts seen in it, by which a question's words are found. Never on disk. */
  readonly seen?: readonly string[];
}

/** Values a column holds, unquoted, in the order of the source. */
export interface ColumnValues {
  readonly list: readonly string[];
  /** enum and check: no other value is allowed. sample: values seen, there may be more. */
  readonly from: 'enum' | 'check' | 'sample';
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  /** Namespace of the referenced table; undefined for the default one or where it is not known. */
  readonly namespace?: string;
  /** Same length as columns. */
  readonly referencedColumns: readonly string[];
}

export interface Table {
  /** Schema (namespace) the table is in; undefined where the dialect has none or it is the default one. */
  readonly namespace?: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view';
  /** Only the name is known yet: columns and keys are empty and nothing about them may be judged. */
  readonly columnsPending?: true;
  readonly columns: readonly Column[];
  /**
   * Columns that may be named though `*` leaves them out and nothing offers them: hidden, invisible and system-versioning
   * ones.
   */
  readonly hiddenColumns?: readonly Column[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly comment?: string;
  /** Estimated rows, where the source knows. */
  readonly rowCount?: number;
  /** Where the statement that defines it stands: absolute path, offsets [from, to) in the file's decoded text. */
  readonly definition?: { readonly file: string; readonly from: number; readonly to: number };
}

/** A function or procedure the database itself defines, not one of the dialect's own. */
export interface SchemaFunction {
  readonly name: string;
  readonly namespace?: string;
  /** As the source writes them, e.g. "from_date date, to_date date"; empty where it takes none. */
  readonly arguments?: string;
  /** The type it returns. */
  readonly returns?: string;
  readonly comment?: string;
}

export interface Schema {
  readonly dialect: Dialect;
  /** What a user calls the source: a file's base name, a connection's name. */
  readonly source: string;
  /** The tables that are offered and that a prompt may show. */
  readonly tables: readonly Table[];
  /**
   * Relations that may be named though nothing offers them: partitions, sequences, and tables of schemas that were not
   * asked for.
   */
  readonly unlisted?: readonly Table[];
  readonly functions?: readonly SchemaFunction[];
  /** Namespaces searched for unqualified names, first one first; undefined: the dialect's defaults. */
  readonly searchPath?: readonly string[];
  /** How the server reads a backslash in '…', where it says so; see quoteLiteral. */
  readonly backslash?: 'escapes' | 'plain';
  /** Names that a bare value may have beside columns: variables of the routine around a statement. Lower case. */
  readonly variables?: readonly string[];
}

export const emptySchema = (dialect: Dialect): Schema => ({ dialect, source: '', tables: [] });
