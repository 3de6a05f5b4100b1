/** The types of the resolver's answer: what a name stands for, or what is wrong with it. */
import type { Column, Table } from '../schema/model';
import type { RelationInScope } from '../sql/shape/shape';

export type ResolvedKind =
  | 'namespace'
  | 'table'
  | 'cte'
  /** A name within its query: an alias, or the name of a table, CTE or derived table that qualifies a column. */
  | 'alias'
  | 'column'
  | 'select-alias'
  | 'function'
  | 'window';

export type Problem = 'unknown-table' | 'unknown-column' | 'ambiguous-column';

/** One identifier of a statement. Offsets are document offsets; `to` is exclusive and includes the closing quote. */
export interface Resolved {
  readonly from: number;
  readonly to: number;
  /** As written, without quotes. */
  readonly name: string;
  readonly kind: ResolvedKind;
  /** True when the text introduces the name here. */
  readonly declares?: true;
  /** The table that the name stands for, or whose column it is. */
  readonly table?: Table;
  readonly column?: Column;
  /** The relation of the query that the name stands for, or whose column it is. */
  readonly relation?: RelationInScope;
  /** When the text itself introduces the column (in a CTE or derived table): range of the token that does. */
  readonly origin?: { readonly from: number; readonly to: number };
  readonly problem?: Problem;
  /**
   * Neither schema nor text has the name, but the database may: it is in another database, or belongs to grammar that
   * is not read. It is not reported, and not suggested either.
   */
  readonly doubtful?: true;
  /**
   * For a name with a problem: what it could mean, best first, as the schema or the text spells it. For an ambiguous
   * column: the qualifiers that would help. Computed when called.
   */
  readonly candidates?: () => readonly string[];
}

/** What a statement inside a routine needs to know about the routine. */
export interface Surroundings {
  /** False when nothing may be reported as a problem. */
  readonly judges: boolean;
  /** The table of the rows NEW and OLD. */
  readonly rowTable?: Table;
}
