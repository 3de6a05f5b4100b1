/**
 * The types of a schema, whichever source it comes from. Plain immutable values; no IO, no SQL text. Names are spelled
 * as in the catalogue, without quotes.
 */

import type { Dialect } from '../sql/dialect';

export { dialects, type Dialect } from '../sql/dialect';

export interface Column {
  readonly name: string;
  /** The declared type as written, for example "VARCHAR(20)"; empty when none is declared. */
  readonly type: string;
  readonly nullable: boolean;
  /** 1-based position in the primary key, 0 when the column is no part of it. */
  readonly primaryKey: number;
  /** SQL text of the default; undefined when there is none. */
  readonly defaultValue?: string;
  readonly generated?: boolean;
  readonly comment?: string;
  readonly values?: ColumnValues;
  /** Fields of a composite type, as in `(column).field`. */
  readonly fields?: readonly Column[];
  /**
   * For a column with too many values for `values`: some that were seen in it, to find the words of a question. Never
   * on disk.
   */
  readonly seen?: readonly string[];
}

/** Values of a column, unquoted, in the order of the source. */
export interface ColumnValues {
  readonly list: readonly string[];
  /** enum and check: no other value is allowed. sample: values that were seen; there may be more. */
  readonly from: 'enum' | 'check' | 'sample';
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  /** Namespace of the referenced table; undefined for the default one, or when it is not known. */
  readonly namespace?: string;
  /** As many as `columns`. */
  readonly referencedColumns: readonly string[];
}

export interface Table {
  /** Schema (namespace) of the table; undefined when it is the default one or the dialect has none. */
  readonly namespace?: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view';
  /** Only the name is known so far: columns and keys are empty, and nothing may be reported about them. */
  readonly columnsPending?: true;
  readonly columns: readonly Column[];
  /**
   * Columns that can be named, but that `*` leaves out and nothing offers: hidden and invisible columns, and those of
   * system versioning.
   */
  readonly hiddenColumns?: readonly Column[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly comment?: string;
  /** Estimated number of rows, when the source knows it. */
  readonly rowCount?: number;
  /**
   * Where the statement that defines the table stands: absolute path, and offsets [from, to) in the file's decoded
   * text.
   */
  readonly definition?: { readonly file: string; readonly from: number; readonly to: number };
}

/** A function or procedure that the database defines; the dialect's own functions are in sql/. */
export interface SchemaFunction {
  readonly name: string;
  readonly namespace?: string;
  /** As the source writes them, for example "from_date date, to_date date"; empty when there are none. */
  readonly arguments?: string;
  /** The type that it returns. */
  readonly returns?: string;
  readonly comment?: string;
}

export interface Schema {
  readonly dialect: Dialect;
  /** The source's name for a person: a file's base name, or a connection's name. */
  readonly source: string;
  /** The tables that are offered, and that a prompt may show. */
  readonly tables: readonly Table[];
  /**
   * Relations that can be named but are not offered: partitions, sequences, and tables of schemas that the settings do
   * not ask for.
   */
  readonly unlisted?: readonly Table[];
  /** Whether the database has no other relations than these and its own, so that any other name is refused. */
  readonly isComplete?: true;
  readonly functions?: readonly SchemaFunction[];
  /** Namespaces in which unqualified names are looked for, in order. Undefined: the dialect's defaults. */
  readonly searchPath?: readonly string[];
  /** What a backslash in '…' means to the server, when it says so; see quoteLiteral. */
  readonly backslash?: 'escapes' | 'plain';
  /** Lower-case names of the variables of the routine around a statement: an unqualified name may be one of them. */
  readonly variables?: readonly string[];
}

export const emptySchema = (dialect: Dialect): Schema => ({ dialect, source: '', tables: [] });
