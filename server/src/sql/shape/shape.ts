/**
 * The shape of one statement: its queries nested in each other (frames), where their clauses begin, and the relations,
 * CTEs and aliases they introduce. One pass over the tokens, total over unfinished text. No schema, no offsets of a
 * cursor: those are scope.ts and unknownNames.ts. The pass itself is in readShape.ts (clauses and parentheses) over
 * readRelations.ts (what FROM, INTO and WITH name), both over readerState.ts (where the reading stands).
 */
import type { StatementText } from './statementText';
import type { Token } from '../tokens';

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
  | 'conflict'
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
  /** Offset where it is written to the end, alias and column names included: it is named from there on. */
  readonly to: number;
  /** True for the right side of SEMI and ANTI JOIN, which only their own condition sees. */
  readonly semi?: true;
  /** Indices of the tokens that name it, where there are such. */
  readonly nameToken?: number;
  readonly aliasToken?: number;
  /** The query it stands for; undefined for tables and table functions. */
  readonly body?: Frame;
  /** Names written for its columns: `d (a, b)`; the first ones where there are fewer than columns. */
  readonly columnNames?: readonly string[];
  /** The common table it names. */
  readonly commonTable?: CommonTable;
  /** How it is joined to the relations before it: columns that both sides have become one. */
  readonly natural?: true;
  readonly usingColumns: string[];
  /** What is written to: INSERT and REPLACE (not seen by the query they read from), UPDATE, MERGE. */
  readonly target?: 'insert' | 'update' | 'merge';
}

export interface CommonTable {
  readonly name: string;
  readonly columns?: readonly string[];
  readonly from: number;
  readonly nameToken?: number;
  readonly body?: Frame;
  readonly columnNames?: readonly string[];
  /** Columns that SEARCH and CYCLE add to those of the query. */
  readonly addedNames?: readonly string[];
  /** Whether it may be named in its own query, and those around it before they are written. */
  readonly recursive?: true;
  /** Whether its query is read to the end. */
  readonly isClosed?: true;
}

/** One item of a select list or of RETURNING. */
export interface OutputItem {
  readonly kind: 'column' | 'star';
  /** Its name; empty where the dialect makes one up. Of a star: what stands before it (`t.*`), or empty. */
  readonly name: string;
  /** Indices of its tokens at the level of the query: a parenthesis counts as its closing token only. */
  readonly tokens: readonly number[];
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
  | 'window-name'
  | 'declared';

export interface Mark {
  readonly clause: Clause;
  /** The keyword's range. */
  readonly from: number;
  readonly to: number;
  /** INSERT, REPLACE or MERGE in lower case, where the clause begins with it. */
  readonly verb?: string;
}

/** One query (or the statement around all queries). */
export interface Frame {
  readonly parent: Frame | undefined;
  /** True for the bodies of CTEs and derived tables: they do not see the relations of the query they stand in. */
  readonly isolated: boolean;
  readonly from: number;
  to: number;
  readonly children: Frame[];
  /** Where clauses begin: offset behind the keyword, in order. */
  readonly marks: Mark[];
  readonly relations: RelationInScope[];
  readonly ctes: CommonTable[];
  readonly selectAliases: string[];
  /** Names of the columns the query returns; undefined where the text does not tell (a star). */
  output: readonly string[] | undefined;
  /** What it returns, item by item; of the last list read where it has several (SELECT and RETURNING). */
  items: OutputItem[];
  /** For the second and later parts of a set operation: the first, which names the columns of the result. */
  readonly firstPart?: Frame;
  /** Whether PIVOT and the like give it columns that the text does not tell. */
  opaque: boolean;
  /** Whether UNION BY NAME adds columns to those of this part. */
  byName: boolean;
  /** Names of the rows that RETURNING WITH (OLD AS o) gives. */
  readonly rowNames: string[];
  /** Whether a relation is announced that is not written, or not as a name: FROM and nothing, FROM 'file.csv'. */
  lacksRelation: boolean;
}

export interface Shape {
  readonly root: Frame;
  readonly statement: StatementText;
  readonly tokens: readonly Token[];
  /** Roles by index in tokens. */
  readonly roles: ReadonlyMap<number, Role>;
  /** Frame of each token, by index in tokens. */
  readonly frames: readonly Frame[];
}
