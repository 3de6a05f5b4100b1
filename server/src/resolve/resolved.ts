/** What the resolver tells of a name: what it stands for, or what is wrong with it. Types only. */
import type { Column, Table } from '../schema/model';
import type { RelationInScope } from '../sql/shape/shape';

export type ResolvedKind =
  | 'namespace'
  | 'table'
  | 'cte'
  /** What a relation goes by in its query: an alias, or the name of a table, CTE or derived table used as such. */
  | 'alias'
  | 'column'
  | 'select-alias'
  | 'function'
  | 'window';

export type Problem = 'unknown-table' | 'unknown-column' | 'ambiguous-column';

/** One identifier of a statement. Offsets are document offsets, `to` is exclusive and stands behind the quotes. */
export interface Resolved {
  readonly from: number;
  readonly to: number;
  /** Unquoted, as written. */
  readonly name: string;
  readonly kind: ResolvedKind;
  /** True where the text introduces the name. */
  readonly declares?: true;
  /** The table it is, or that its column belongs to. */
  readonly table?: Table;
  readonly column?: Column;
  /** The relation of the query that it stands for, or whose column it is. */
  readonly relation?: RelationInScope;
  /** The text's own column that it names (of a CTE or derived table): range of the token that introduces it. */
  readonly origin?: { readonly from: number; readonly to: number };
  readonly problem?: Problem;
  /**
   * Neither schema nor text has the name, though the database may: it is in another database, or belongs to a grammar
   * that is not read. Nothing to tell a person, and nothing to suggest.
   */
  readonly doubtful?: true;
  /**
   * With a problem: what could be meant, best first: names as the schema or the text spells them; for an ambiguous
   * column what may stand before its dot. Computed when called.
   */
  readonly candidates?: () => readonly string[];
}

/** What holds around a statement that stands in a routine. */
export interface Surroundings {
  /** False where nothing may be told as a problem. */
  readonly judges: boolean;
  /** The table whose row NEW and OLD are. */
  readonly rowTable?: Table;
}
