/**
 * Types of the shape of one statement: its queries nested in each other (frames), where their clauses begin, and the
 * relations, CTEs and aliases that they introduce. One pass over the tokens reads it, also from unfinished text:
 * readShape.ts (clauses and parentheses) with readRelations.ts (what FROM, INTO and WITH name) and readerState.ts (the
 * pass's state). Knows no schema and no cursor.
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

/**
 * A relation of a query. Names are unquoted. When a CTE or derived table has no `columns`, the text does not tell them.
 */
export interface RelationInScope {
  readonly kind: 'table' | 'cte' | 'derived';
  readonly alias?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly columns?: readonly string[];
  /** Offset of its first token. */
  readonly from: number;
  /** Offset where it ends, with its alias and column names. It can be named from there on. */
  readonly to: number;
  /** True for the right side of SEMI and ANTI JOIN, which only their own condition can name. */
  readonly semi?: true;
  /** Index of the token that names it, when there is one. */
  readonly nameToken?: number;
  readonly aliasToken?: number;
  /** The query that it stands for; undefined for tables and table functions. */
  readonly body?: Frame;
  /** Names in the text for its columns: `d (a, b)`. They may be fewer than the columns. */
  readonly columnNames?: readonly string[];
  /** Of a table function: its name in lower case, and whether WITH ORDINALITY numbers its rows. */
  readonly functionName?: string;
  readonly ordinality?: true;
  /** The common table that it names. */
  readonly commonTable?: CommonTable;
  /** True when it is joined by NATURAL: columns that both sides have become one. */
  readonly natural?: true;
  readonly usingColumns: string[];
  /**
   * Set for the target of a statement: of INSERT and REPLACE (the query that they read from cannot name it), UPDATE,
   * MERGE.
   */
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
  /** True when its own query may name it, and those around it even before it is written. */
  readonly recursive?: true;
  /** True when the text has its whole query. */
  readonly isClosed?: true;
}

/** One item of a select list or of RETURNING. */
export interface OutputItem {
  readonly kind: 'column' | 'star';
  /** Its name; empty when the dialect makes one up. For a star: its qualifier (`t.*`), or empty. */
  readonly name: string;
  /** Indices of its tokens at the level of the query. A parenthesis counts as its closing token only. */
  readonly tokens: readonly number[];
}

/** What a token is in the statement, when the pass has decided it. */
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
  /** INSERT, REPLACE or MERGE in lower case, when the clause begins with it. */
  readonly verb?: string;
}

/** One query, or the statement around all queries. */
export interface Frame {
  readonly parent: Frame | undefined;
  /** True for bodies of CTEs and derived tables, which cannot name the relations of the query around them. */
  readonly isolated: boolean;
  readonly from: number;
  to: number;
  readonly children: Frame[];
  /** Where clauses begin: the offset behind each keyword, in order. */
  readonly marks: Mark[];
  readonly relations: RelationInScope[];
  readonly ctes: CommonTable[];
  readonly selectAliases: string[];
  /** Names of the columns that the query returns; undefined when the text does not tell (a star). */
  output: readonly string[] | undefined;
  /** The items of its select list or, when it has both, of RETURNING. */
  items: OutputItem[];
  /** For the second and later parts of a set operation: the first part, which names the result's columns. */
  readonly firstPart?: Frame;
  /** True when PIVOT or the like gives it columns that the text does not tell. */
  opaque: boolean;
  /** True when UNION BY NAME adds columns to those of this part. */
  byName: boolean;
  /** Names of the rows from RETURNING WITH (OLD AS o). */
  readonly rowNames: string[];
  /** True when a relation is announced and missing, or is no name: FROM and nothing, FROM 'file.csv'. */
  lacksRelation: boolean;
}

export interface Shape {
  readonly root: Frame;
  readonly statement: StatementText;
  readonly tokens: readonly Token[];
  /** Roles by index in tokens. */
  readonly roles: ReadonlyMap<number, Role>;
  /** The frame of each token, by index in tokens. */
  readonly frames: readonly Frame[];
}
