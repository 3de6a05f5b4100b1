/**
 * What the resolvers of one statement share: its shape, the lookups over it, the names resolved so far, and what to
 * report about an unknown name.
 */
import type { Schema, Table } from '../schema/model';
import { catalogKey, SchemaNames } from '../schema/names';
import { nearestNames } from '../sql/nearest';
import type { RelationInScope, Shape } from '../sql/shape/shape';
import type { StatementText } from '../sql/shape/statementText';
import { Words } from './nonIdentifiers';
import type { RelationColumn } from './relationColumns';
import type { Problem, Resolved, Surroundings } from './resolved';
import { Unfinished } from './unfinished';
import { Visible } from './visible';

export type Meaning = Omit<Resolved, 'from' | 'to' | 'name'>;

/** First words of the statements whose grammar is read well enough to find problems in them. */
const judged = new Set(
  'select with insert replace update delete merge from values table create explain ('.split(' '),
);

/** Routines have variables, which are known only when their parts are read. */
const routines = new Set(['procedure', 'function', 'event', 'macro']);

function isJudged({ words }: StatementText): boolean {
  const isRoutine = words[0] === 'create' && words.slice(1, 8).some((word) => routines.has(word));
  return judged.has(words[0] ?? '') && !isRoutine;
}

export class NameContext {
  readonly statement: StatementText;
  readonly names: SchemaNames;
  readonly visible: Visible;
  readonly words: Words;
  readonly meanings = new Map<number, Meaning>();
  /** True when problems are reported. */
  readonly judges: boolean;
  /** The table of the rows NEW and OLD. */
  readonly rowTable: Table | undefined;
  /** True for a statement of a routine, which may have rows and variables of its own. */
  readonly isInRoutine: boolean;
  readonly unfinished: Unfinished;

  /** @param to offset where a text that is being written ends; undefined for a complete text */
  constructor(
    readonly shape: Shape,
    schema: Schema,
    around?: Surroundings,
    to?: number,
  ) {
    this.statement = shape.statement;
    this.names = SchemaNames.of(schema);
    this.visible = new Visible(shape, this.names);
    this.words = new Words(shape);
    this.judges = schema.tables.length > 0 && (around?.judges ?? isJudged(this.statement));
    this.rowTable = around?.rowTable;
    this.isInRoutine = around !== undefined;
    this.unfinished = new Unfinished(shape, this.names, to);
  }

  /** True when the database defines a function of that name: PostgreSQL lets `t.f` stand for `f(t)`. */
  isFunction(key: string): boolean {
    return (
      this.statement.dialect === 'postgres' &&
      this.names.schema.functions?.some((one) => one.name === key) === true
    );
  }

  /** True when the statement ends with its semicolon, so that nothing can follow. */
  get isEnded(): boolean {
    return this.statement.raw(this.statement.tokens.length - 1) === ';';
  }

  /**
   * What to report about the unknown name at i.
   *
   * @param isCertain true when the database will certainly refuse it
   * @param names what it could mean: names as the schema spells them, and names of the text in lower case
   */
  unknown(
    i: number,
    problem: Problem,
    isCertain: boolean,
    names: () => readonly string[],
    candidates = () => nearestNames(this.statement.key(i), names()),
  ): Partial<Meaning> {
    const keys = () => names().map((name) => catalogKey(name, this.statement.dialect));
    if (this.unfinished.isPartial(i) && this.unfinished.mayBecome(i, keys())) return {};
    return isCertain && this.judges ? { problem, candidates } : { doubtful: true };
  }

  aliasMeaning(relation: RelationInScope): Meaning {
    const table = this.visible.columns.tableOf(relation);
    return {
      kind: 'alias',
      relation,
      ...(table === undefined ? {} : { table }),
      ...this.originOf(relation.aliasToken ?? relation.nameToken),
    };
  }

  columnMeaning(relation: RelationInScope | undefined, { table, column, token }: RelationColumn): Meaning {
    return {
      kind: 'column',
      ...withRelation(relation),
      ...(table === undefined ? {} : { table }),
      ...(column === undefined ? {} : { column }),
      ...this.originOf(token),
    };
  }

  originOf(i: number | undefined): Pick<Resolved, 'origin'> {
    const token = i === undefined ? undefined : this.shape.tokens[i];
    return token === undefined ? {} : { origin: { from: token.from, to: token.to } };
  }

  /** The names of a relation's columns, as far as they are known. */
  columnNames(relation: RelationInScope): readonly string[] {
    return this.visible.columns.of(relation)?.map((column) => column.name) ?? [];
  }
}

/** The name that a relation has in its query. */
export function goesBy(relation: RelationInScope): string {
  return relation.alias ?? relation.name ?? '';
}

export function withRelation(relation: RelationInScope | undefined): { relation?: RelationInScope } {
  return relation === undefined ? {} : { relation };
}
