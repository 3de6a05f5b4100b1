/**
 * The shape of one statement: its queries nested in each other (frames), where their clauses begin, and the relations,
 * CTEs and aliases they introduce. One pass over the tokens, total over unfinished text. No schema, no offsets of a
 * cursor: those are scope.ts and identifiers.ts. The pass itself is in shapeReader.ts (clauses and parentheses) over
 * shapeRelations.ts (what FROM, INTO and WITH name) over shapeState.ts (where it stands).
 */
import type { Dialect } from '../schema/model';
import { ShapeReader } from './shapeReader';
import type { Statement } from './statements';
import type { Token } from './tokens';

export type Clause =
  | 'none'
  | 'with'
  | 'select'
  | 'from'
  | 'join'
  | 'on'
  | 'using'
  | 'where'
  | 'group by'
  | 'having'
  | 'window'
  | 'order by'
  | 'limit'
  | 'insert'
  | 'values'
  | 'update'
  | 'set'
  | 'returning'
  | 'ddl';

/** Names are unquoted. A CTE or derived table without `columns` has columns that the text does not tell. */
export interface RelationInScope {
  readonly kind: 'table' | 'cte' | 'derived';
  readonly alias?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly columns?: readonly string[];
  /** Offset of its first token. */
  readonly from: number;
}

export interface CommonTable {
  readonly name: string;
  readonly columns?: readonly string[];
  readonly from: number;
}

/** A token's part in the statement, where the reading settled it. */
export type Role =
  | 'relation'
  | 'namespace'
  | 'relation-alias'
  | 'cte-name'
  | 'column-list'
  | 'select-alias'
  | 'insert-column'
  | 'using-column'
  | 'declared';

/** One query (or the statement around all queries). */
export interface Frame {
  readonly parent: Frame | undefined;
  /** True for the bodies of CTEs and derived tables: they do not see the relations of the query they stand in. */
  readonly isolated: boolean;
  readonly from: number;
  to: number;
  readonly children: Frame[];
  /** Where clauses begin: offset behind the keyword, in order. */
  readonly marks: { readonly clause: Clause; readonly from: number; readonly to: number }[];
  readonly relations: RelationInScope[];
  readonly ctes: CommonTable[];
  readonly selectAliases: string[];
  /** Names of the columns the query returns; undefined where the text does not tell (a star). */
  output: readonly string[] | undefined;
}

export interface Shape {
  readonly root: Frame;
  readonly tokens: readonly Token[];
  /** Roles by index in tokens. */
  readonly roles: ReadonlyMap<number, Role>;
  /** Frame of each token, by index in tokens. */
  readonly frames: readonly Frame[];
}

/** Reads a statement of the text; offsets in the result are document offsets. */
export function readShape(text: string, statement: Statement, dialect: Dialect): Shape {
  return new ShapeReader(text, statement, dialect).read();
}
