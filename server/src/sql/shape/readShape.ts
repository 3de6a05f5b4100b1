/**
 * Reads a statement's shape in one pass over its tokens: clauses, parentheses and set operations. Every step goes
 * forward, whatever the token. The file is over 400 lines long because all words that begin clauses are told apart in
 * this one pass.
 */
import { isTemplateBlock } from '../placeholders';
import type { Clause, Frame, Shape } from './shape';
import { ReaderState, type Level } from './readerState';
import { RelationReader } from './readRelations';
import { insertedRow, rowNames, selectInto, unpivotNames } from './namingClauses';
import type { Dialect } from '../dialect';
import type { Statement } from '../statements/statements';

/** First words of a query in parentheses. */
const startsQuery = new Set(['select', 'with', 'values', 'from', 'table', 'pivot', 'unpivot']);
/** DuckDB's commands whose result can be read like a table. */
const answers = new Set(['describe', 'desc', 'summarize', 'show']);
const isFromEnd = (word: string, next: string): boolean =>
  (word === 'first' || word === 'last') && ['over', 'respect', 'ignore'].includes(next);
/** Words that may follow a query in parentheses inside a larger query. */
const behindQuery = new Set(['union', 'except', 'intersect', 'order', 'limit', 'offset', 'fetch', ')']);

/** Words behind the FOR that ends a query. */
const behindFor = new Set(['update', 'share', 'no', 'key', 'json', 'xml', 'browse', 'read', 'system_time']);

/** Words between SELECT and its list. */
const behindSelect = new Set(
  'all distinct distinctrow straight_join high_priority sql_calc_found_rows sql_no_cache sql_small_result sql_big_result'.split(
    ' ',
  ),
);

/** Functions with FROM between their arguments. */
const takesFrom = new Set(['extract', 'substring', 'substr', 'trim', 'overlay', 'position']);

/**
 * Behind these words a placeholder stands for a value or a condition; and in these clauses for nothing that has names.
 */
const beforeValue = new Set('on and or not when then else between like in by'.split(' '));
const bringsNoNames: ReadonlySet<Clause> = new Set<Clause>([
  'where',
  'having',
  'values',
  'set',
  'limit',
  'group by',
  'order by',
  'window',
  'insert',
  'conflict',
]);

export class ShapeReader {
  private readonly state: ReaderState;
  private readonly relations: RelationReader;

  constructor(text: string, statement: Statement, dialect: Dialect) {
    this.state = new ReaderState(text, statement, dialect);
    this.relations = new RelationReader(this.state);
  }

  read(): Shape {
    const { state } = this;
    const { statement, frames, roles, levels, end } = state;
    const root = state.top.frame;
    let i = 0;
    while (i < statement.tokens.length) {
      const next = this.step(i);
      for (; i < next; i++) frames[i] = frames[i] ?? state.top.frame;
    }
    while (levels.length > 0) state.finishQuery(end);
    return { root, statement, tokens: statement.tokens, roles, frames };
  }

  /** Reads token i and those that belong to it. Returns the index to go on from. */
  private step(i: number): number {
    const raw = this.state.raw(i);
    const token = this.state.statement.tokens[i];
    if (token === undefined) return i + 1;
    if (raw === '(') return this.open(i);
    if (raw === ')') return this.close(i);
    if (raw === '[' || raw === '{') {
      this.state.levels.push(this.state.newLevel('group', this.state.top.frame, i));
      return i + 1;
    }
    if ((raw === ']' || raw === '}') && this.state.top.kind === 'group') return this.close(i);
    if (raw === ',') return this.comma(i);
    if (token.kind === 'word' && !this.state.statement.isMember(i)) {
      const next = this.keyword(i, raw);
      if (next > i) return next;
    }
    if (this.state.top.expectsRelation && this.state.mayName(i)) return this.relations.relation(i);
    if (token.kind === 'placeholder') return this.placeholder(i);
    if (this.state.top.expectsRelation && (token.kind === 'string' || token.kind === 'parameter')) {
      // A file that DuckDB reads, a table variable, or a placeholder for a table's name.
      this.state.top.expectsRelation = false;
      return this.relations.derived(this.state.top.frame, i, undefined, i);
    }
    if (raw === 'as' && this.isInserted()) return insertedRow(this.state, i);
    if (this.state.clause() === 'with' && this.state.mayName(i)) return this.relations.commonTable(i);
    this.state.top.item.push(i);
    return i + 1;
  }

  /** In place of a table it brings unknown columns. Elsewhere it may stand for more tables, or name columns. */
  private placeholder(i: number): number {
    const { top, statement } = this.state;
    if (top.expectsRelation && !isTemplateBlock(statement.text, statement.tokens[i]?.from ?? 0)) {
      top.expectsRelation = false;
      return this.relations.unknownRelation(i, i);
    }
    const isValue =
      top.kind === 'group' ||
      statement.tokens[i - 1]?.kind === 'operator' ||
      beforeValue.has(statement.raw(i - 1)) ||
      bringsNoNames.has(this.state.clause());
    if (!isValue) top.frame.lacksRelation = true;
    top.item.push(i);
    return i + 1;
  }

  /** True when the rows of MySQL's INSERT are written, so that AS gives them a name. */
  private isInserted(): boolean {
    const { top, statement } = this.state;
    if (statement.dialect !== 'mysql' || top.kind !== 'query') return false;
    const clause = this.state.clause();
    return (
      (clause === 'values' || clause === 'set') && top.frame.relations.some((r) => r.target === 'insert')
    );
  }

  private open(i: number): number {
    const next = this.state.raw(i + 1);
    const isQuery = startsQuery.has(next) || (next === '(' && this.isParenthesizedQuery(i));
    if (this.state.top.expectsRelation) {
      const host = this.state.top;
      host.expectsRelation = false;
      if (this.state.statement.dialect === 'duckdb' && answers.has(next)) {
        this.state.pushQuery(i, (_, __, close) =>
          this.relations.derived(host.frame, i, undefined, close),
        ).opaque = true;
        return i + 1;
      }
      if (!isQuery && i + 1 < this.state.statement.tokens.length) {
        // FROM (a JOIN b ON …): the relations belong to this query.
        const level = this.state.newLevel('relations', host.frame, i);
        level.expectsRelation = true;
        this.state.levels.push(level);
        return i + 1;
      }
      const body: Frame = this.state.pushQuery(i, (columns, _, close) =>
        this.relations.derived(host.frame, i, columns, close, body),
      );
      return i + 1;
    }
    if (isQuery) this.state.pushQuery(i);
    else this.state.levels.push(this.state.newLevel('group', this.state.top.frame, i));
    return i + 1;
  }

  /** True when the parenthesis at i holds a query whose first part is in parentheses too: ((SELECT …) UNION …). */
  private isParenthesizedQuery(i: number): boolean {
    let k = i + 1;
    while (this.state.raw(k) === '(') k++;
    if (!startsQuery.has(this.state.raw(k))) return false;
    return behindQuery.has(this.state.raw(this.state.statement.closing(i + 1) + 1));
  }

  private close(i: number): number {
    if (this.state.levels.length === 1) return i + 1;
    const level = this.state.top;
    const token = this.state.statement.tokens[i];
    if (level.kind === 'query') {
      const output = this.state.finishQuery(token?.from ?? this.state.end);
      this.state.top.item.push(i);
      return level.closes?.(output, level.openedAt, i) ?? i + 1;
    }
    this.state.endRelations();
    this.state.levels.pop();
    this.state.top.item.push(i);
    if (level.kind !== 'relations') return i + 1;
    // Joined tables in parentheses may have an alias.
    const isNamed = this.state.raw(i + 1) === 'as' || this.state.mayName(i + 1);
    return isNamed ? this.namedJoin(level, i) : i + 1;
  }

  /** FROM (a JOIN b ON …) x: the joined relations can be named only by the alias. */
  private namedJoin({ frame, openedAt, relationsBefore }: Level, close: number): number {
    const { statement, frames } = this.state;
    const [from, to] = [statement.tokens[openedAt]?.to ?? 0, statement.tokens[close]?.from ?? this.state.end];
    const body = this.state.newFrame(frame, from);
    body.to = to;
    body.relations.push(...frame.relations.splice(relationsBefore));
    const inner = frame.marks.filter((m) => from <= m.from && m.from < to);
    body.marks.push(...inner);
    frame.marks.splice(0, frame.marks.length, ...frame.marks.filter((m) => !inner.includes(m)));
    for (let k = openedAt + 1; k < close; k++) if (frames[k] === frame) frames[k] = body;
    return this.relations.derived(frame, openedAt, undefined, close, body);
  }

  private comma(i: number): number {
    const clause = this.state.clause();
    if (clause === 'select' || clause === 'returning') this.state.endItem();
    else if (this.state.top.kind === 'relations') this.state.top.expectsRelation = true;
    else if (this.state.top.frame.opaque && clause === 'on') {
      // PIVOT t ON a, b: more columns.
    } else if (
      clause === 'from' ||
      clause === 'join' ||
      clause === 'on' ||
      clause === 'using' ||
      clause === 'update'
    ) {
      this.state.top.expectsRelation = true;
    }
    this.state.top.item.length = 0;
    return i + 1;
  }

  /** Reads the keyword at i. Returns i when the word begins nothing. */
  private keyword(i: number, raw: string): number {
    if (this.state.top.kind === 'group' && !this.leavesGroup(i, raw)) return i;
    switch (raw) {
      case 'select':
        return this.select(i);
      case 'union':
      case 'except':
      case 'intersect':
        return this.setOperation(i);
      case 'from':
        if (this.state.raw(i - 1) === 'distinct' && ['is', 'not'].includes(this.state.raw(i - 2))) return i;
        // NTH_VALUE(a, 2) FROM FIRST OVER w
        if (this.state.raw(i - 1) === ')' && isFromEnd(this.state.raw(i + 1), this.state.raw(i + 2)))
          return i + 2;
        this.state.mark('from', i);
        this.state.top.expectsRelation = true;
        return i + 1;
      case 'join':
      case 'straight_join':
        this.state.mark('join', i);
        this.state.top.expectsRelation = true;
        return i + 1;
      case 'apply':
        if (!['cross', 'outer'].includes(this.state.raw(i - 1))) return i;
        this.state.mark('join', i);
        this.state.top.expectsRelation = true;
        return i + 1;
      case 'table':
        // TABLE orders is a query.
        if (this.state.top.kind !== 'query' || this.state.top.frame.marks.length > 0) return i;
        this.state.mark('from', i);
        this.state.top.expectsRelation = true;
        return i + 1;
      case 'lateral':
      case 'only':
        return this.state.top.expectsRelation ? i + 1 : i;
      case 'on':
        if (this.state.clause() === 'ddl') {
          // CREATE INDEX i ON t (…), CREATE TRIGGER … ON t
          this.state.top.expectsRelation = true;
          return i + 1;
        }
        return this.on(i);
      case 'using':
        return this.relations.using(i);
      case 'qualify':
        this.state.mark('having', i);
        return i + 1;
      case 'for':
        // FOR UPDATE, FOR JSON and the like. Other FORs belong to expressions.
        if (!behindFor.has(this.state.raw(i + 1))) return i;
        this.state.mark('none', i);
        return i + 1;
      case 'where':
      case 'having':
      case 'window':
      case 'returning':
      case 'set':
      case 'values':
      case 'with':
        // ALTER COLUMN a SET NOT NULL, ON DELETE SET NULL.
        if (raw === 'set' && this.state.clause() === 'ddl' && this.isSetOfDefinition(i)) return i;
        if (raw === 'with' && !['none', 'insert', 'ddl'].includes(this.state.clause())) return i;
        // MySQL's function VALUES(a): the value that could not be inserted.
        if (raw === 'values' && this.state.clause() === 'set' && this.state.raw(i + 1) === '(') return i;
        if (raw === 'with' && this.state.raw(i + 1) === 'recursive') {
          this.state.mark(raw, i, 'recursive');
          return i + 2;
        }
        this.state.mark(raw, i);
        if (raw === 'returning') {
          this.state.top.outputs = [];
          this.state.top.frame.items = [];
          return rowNames(this.state, i + 1);
        }
        return i + 1;
      case 'group':
      case 'order': {
        if (this.state.raw(i - 1) === 'within') return i;
        const by = this.state.raw(i + 1) === 'by';
        this.state.mark(raw === 'group' ? 'group by' : 'order by', by ? i + 1 : i);
        return by ? i + 2 : i + 1;
      }
      case 'limit':
      case 'offset':
      case 'fetch':
        this.state.mark('limit', i);
        return i + 1;
      default:
        return this.writing(i, raw);
    }
  }

  private isSetOfDefinition(i: number): boolean {
    return this.state.raw(0) === 'alter' || ['delete', 'update'].includes(this.state.raw(i - 1));
  }

  /** Reads the ON of a join, ON CONFLICT … [ON CONSTRAINT name], ON DUPLICATE KEY UPDATE. */
  private on(i: number): number {
    const next = this.state.raw(i + 1);
    if (next === 'conflict' || next === 'duplicate') {
      this.state.mark('conflict', i);
      return i + 2;
    }
    if (next === 'constraint' && this.state.clause() === 'conflict') {
      this.state.roles.set(i + 2, 'declared');
      return i + 3;
    }
    this.state.mark('on', i);
    return i + 1;
  }

  /**
   * True when a clause begins at i although a parenthesis of an expression is open. Then its `)` is not written yet, as
   * in `SELECT count( FROM t`, and the parenthesis is closed here.
   */
  private leavesGroup(i: number, raw: string): boolean {
    const before = this.state.raw(this.state.top.openedAt - 1);
    if (raw === 'from' && (takesFrom.has(before) || this.state.raw(i - 1) === 'distinct')) return false;
    if (raw === 'where' && before === 'filter') return false;
    if (raw !== 'from' && raw !== 'where' && raw !== 'join') return false;
    while (this.state.top.kind === 'group') this.state.levels.pop();
    return true;
  }

  /** Reads INSERT, REPLACE, UPDATE, MERGE and DDL. */
  private writing(i: number, raw: string): number {
    const first = this.state.top.frame.marks.length === 0;
    if (raw === 'into' && this.state.top.frame.opaque && this.state.raw(i + 1) === 'name')
      return unpivotNames(this.state, i + 1);
    if (raw === 'into' && this.state.clause() === 'select') return selectInto(this.state, i);
    if (raw === 'into' && ['insert', 'ddl', 'none'].includes(this.state.clause())) {
      this.state.mark('insert', i);
      this.state.top.expectsRelation = true;
      return i + 1;
    }
    if (
      (raw === 'insert' || raw === 'replace' || raw === 'merge') &&
      (first || this.state.clause() === 'with')
    ) {
      this.state.mark('insert', i, raw);
      // T-SQL's MERGE needs no INTO.
      this.state.top.expectsRelation = raw === 'merge' && this.state.raw(i + 1) !== 'into';
      return i + 1;
    }
    if (raw === 'insert' && this.state.raw(i - 1) === 'then') {
      // MERGE … WHEN NOT MATCHED THEN INSERT (…)
      this.state.mark('insert', i);
      return this.relations.insertColumns(i + 1);
    }
    if (raw === 'update' && this.state.clause() === 'conflict' && this.state.raw(i - 1) === 'key') {
      this.state.mark('set', i);
      return i + 1;
    }
    if (raw === 'pivot' || raw === 'unpivot' || raw === 'match_recognize') {
      if (!['(', 'include', 'exclude'].includes(this.state.raw(i + 1)) && !first) return i;
      this.state.top.frame.opaque = true;
      this.state.top.expectsRelation = first;
      return first || this.state.raw(i + 1) === '(' ? i + 1 : i + 3;
    }
    if (raw === 'update' && (first || this.state.clause() === 'with')) {
      this.state.mark('update', i);
      this.state.top.expectsRelation = true;
      let next = this.state.raw(i + 1) === 'or' ? i + 3 : i + 1;
      const isMysql = this.state.statement.dialect === 'mysql';
      while (isMysql && ['low_priority', 'ignore'].includes(this.state.raw(next))) next++;
      return next;
    }
    if (first && ['create', 'alter', 'drop', 'truncate'].includes(raw)) {
      this.state.mark('ddl', i);
      return i + 1;
    }
    return i;
  }

  private select(i: number): number {
    const level = this.state.top;
    const again = level.frame.marks.some((m) => m.clause === 'select');
    if (again) this.state.newSibling(i);
    this.state.mark('select', i);
    this.state.top.outputs = [];
    let next = i + 1;
    while (behindSelect.has(this.state.raw(next))) next++;
    // PostgreSQL's DISTINCT ON (…), T-SQL's TOP (n) PERCENT WITH TIES.
    if (this.state.raw(next) === 'on' && this.state.raw(next + 1) === '(')
      next = this.state.statement.closing(next + 1) + 1;
    if (this.state.raw(next) === 'top' && this.state.statement.tokens[next + 1]?.kind !== 'punctuation')
      next += 2;
    else if (this.state.raw(next) === 'top' && this.state.raw(next + 1) === '(')
      next = this.state.statement.closing(next + 1) + 1;
    if (this.state.raw(next) === 'percent') next++;
    if (this.state.raw(next) === 'with' && this.state.raw(next + 1) === 'ties') next += 2;
    return next;
  }

  private setOperation(i: number): number {
    this.state.newSibling(i + 1);
    let next = i + 1;
    while (['all', 'distinct', 'by', 'name', 'corresponding'].includes(this.state.raw(next))) {
      if (this.state.raw(next) === 'name') this.state.namesDiffer();
      next++;
    }
    return next;
  }
}

/** Reads the shape of one statement of the text. Offsets in the result are document offsets. */
export function readShape(text: string, statement: Statement, dialect: Dialect): Shape {
  return new ShapeReader(text, statement, dialect).read();
}
