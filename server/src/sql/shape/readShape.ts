/** Walks a statement's tokens: clauses, parentheses and set operations. Each step goes forward, whatever the token. */
import { isTemplateBlock } from '../placeholders';
import type { Clause, Frame, Shape } from './shape';
import { ShapeRelations } from './readRelations';

/** Words that a query in parentheses starts with, and what may follow such a one within a larger query. */
const startsQuery = new Set(['select', 'with', 'values', 'from', 'table', 'pivot', 'unpivot']);
const behindQuery = new Set(['union', 'except', 'intersect', 'order', 'limit', 'offset', 'fetch', ')']);

/** What follows the FOR that ends a query. */
const behindFor = new Set(['update', 'share', 'no', 'key', 'json', 'xml', 'browse', 'read', 'system_time']);

/** Words between SELECT and its list. */
const behindSelect = new Set(
  'all distinct distinctrow straight_join high_priority sql_calc_found_rows sql_no_cache sql_small_result sql_big_result'.split(
    ' ',
  ),
);

/** Functions with FROM between their arguments. */
const takesFrom = new Set(['extract', 'substring', 'substr', 'trim', 'overlay', 'position']);

/** Behind these a placeholder stands for a value or a condition, and in these clauses for nothing that has names. */
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

export class ShapeReader extends ShapeRelations {
  read(): Shape {
    const root = this.newFrame(undefined, this.statement.from);
    this.levels = [this.newLevel('query', root, 0)];
    let i = 0;
    while (i < this.tokens.length) {
      const next = this.step(i);
      for (; i < next; i++) this.frames[i] = this.frames[i] ?? this.top.frame;
    }
    while (this.levels.length > 0) this.finishQuery(this.end);
    return { root, tokens: this.tokens, roles: this.roles, frames: this.frames };
  }

  /** Handles token i (and those that belong to it); returns the index to go on from. */
  private step(i: number): number {
    const raw = this.raw[i] ?? '';
    const token = this.tokens[i];
    if (token === undefined) return i + 1;
    if (raw === '(') return this.open(i);
    if (raw === ')') return this.close(i);
    if (raw === ',') return this.comma(i);
    if (token.kind === 'word' && !this.isMember(i)) {
      const next = this.keyword(i, raw);
      if (next > i) return next;
    }
    if (this.top.expectsRelation && this.isName(i)) return this.relation(i);
    if (token.kind === 'placeholder') return this.placeholder(i);
    if (this.top.expectsRelation && (token.kind === 'string' || token.kind === 'parameter')) {
      // A file that DuckDB reads, a table variable, a table's name still to be filled in.
      this.top.expectsRelation = false;
      return this.derived(this.top.frame, i, undefined, i);
    }
    if (this.clause() === 'with' && this.isName(i)) return this.commonTable(i);
    this.top.item.push(i);
    return i + 1;
  }

  /** What stands for a table brings unknown columns; elsewhere it may stand for more tables, or name columns. */
  private placeholder(i: number): number {
    const { top } = this;
    const start = this.tokens[i]?.from ?? 0;
    if (top.expectsRelation && !isTemplateBlock(this.text, start)) {
      top.expectsRelation = false;
      return this.unknownRelation(i, i);
    }
    const before = this.tokens[i - 1];
    const isValue =
      top.kind === 'group' ||
      before?.kind === 'operator' ||
      beforeValue.has(this.raw[i - 1] ?? '') ||
      bringsNoNames.has(this.clause());
    if (!isValue) top.frame.lacksRelation = true;
    top.item.push(i);
    return i + 1;
  }

  private open(i: number): number {
    const next = this.raw[i + 1] ?? '';
    const isQuery = startsQuery.has(next) || (next === '(' && this.isParenthesizedQuery(i));
    if (this.top.expectsRelation) {
      const host = this.top;
      host.expectsRelation = false;
      if (!isQuery && i + 1 < this.tokens.length) {
        // FROM (a JOIN b ON …): the relations belong to this query.
        const level = this.newLevel('relations', host.frame, i);
        level.expectsRelation = true;
        this.levels.push(level);
        return i + 1;
      }
      const body: Frame = this.pushQuery(i, (columns, _, close) =>
        this.derived(host.frame, i, columns, close, body),
      );
      return i + 1;
    }
    if (isQuery) this.pushQuery(i);
    else this.levels.push(this.newLevel('group', this.top.frame, i));
    return i + 1;
  }

  /** Whether the parenthesis at i holds a query whose first part is in parentheses itself: ((SELECT …) UNION …). */
  private isParenthesizedQuery(i: number): boolean {
    let k = i + 1;
    while (this.raw[k] === '(') k++;
    if (!startsQuery.has(this.raw[k] ?? '')) return false;
    return behindQuery.has(this.raw[this.behindParenthesis(i + 1)] ?? '');
  }

  private close(i: number): number {
    if (this.levels.length === 1) return i + 1;
    const level = this.top;
    const token = this.tokens[i];
    if (level.kind === 'query') {
      const output = this.finishQuery(token?.from ?? this.end);
      this.top.item.push(i);
      return level.closes?.(output, level.openedAt, i) ?? i + 1;
    }
    this.endRelations();
    this.levels.pop();
    this.top.item.push(i);
    if (level.kind !== 'relations') return i + 1;
    // Joined tables in parentheses may go by a name of their own.
    const isNamed = this.raw[i + 1] === 'as' || this.isName(i + 1);
    return isNamed ? this.derived(level.frame, level.openedAt, undefined, i) : i + 1;
  }

  private comma(i: number): number {
    const clause = this.clause();
    if (clause === 'select' || clause === 'returning') this.endItem();
    else if (this.top.kind === 'relations') this.top.expectsRelation = true;
    else if (
      clause === 'from' ||
      clause === 'join' ||
      clause === 'on' ||
      clause === 'using' ||
      clause === 'update'
    ) {
      this.top.expectsRelation = true;
    }
    this.top.item.length = 0;
    return i + 1;
  }

  /** Handles the keyword at i; returns i where the word starts nothing. */
  private keyword(i: number, raw: string): number {
    if (this.top.kind === 'group' && !this.leavesGroup(i, raw)) return i;
    switch (raw) {
      case 'select':
        return this.select(i);
      case 'union':
      case 'except':
      case 'intersect':
        return this.setOperation(i);
      case 'from':
        if (this.raw[i - 1] === 'distinct' && ['is', 'not'].includes(this.raw[i - 2] ?? '')) return i;
        this.mark('from', i);
        this.top.expectsRelation = true;
        return i + 1;
      case 'join':
      case 'straight_join':
      case 'apply':
        this.mark('join', i);
        this.top.expectsRelation = true;
        return i + 1;
      case 'lateral':
      case 'only':
        return this.top.expectsRelation ? i + 1 : i;
      case 'on':
        if (this.clause() === 'ddl') {
          // CREATE INDEX i ON t (…), CREATE TRIGGER … ON t
          this.top.expectsRelation = true;
          return i + 1;
        }
        return this.on(i);
      case 'using':
        return this.using(i);
      case 'qualify':
        this.mark('having', i);
        return i + 1;
      case 'for':
        // FOR UPDATE, FOR JSON and the like; other FORs belong to expressions.
        if (!behindFor.has(this.raw[i + 1] ?? '')) return i;
        this.mark('none', i);
        return i + 1;
      case 'where':
      case 'having':
      case 'window':
      case 'returning':
      case 'set':
      case 'values':
      case 'with':
        if (raw === 'with' && !['none', 'insert', 'ddl'].includes(this.clause())) return i;
        // MySQL's function for the value that could not be inserted.
        if (raw === 'values' && this.clause() === 'set' && this.raw[i + 1] === '(') return i;
        this.mark(raw, i);
        if (raw === 'with' && this.raw[i + 1] === 'recursive') return i + 2;
        if (raw === 'returning') {
          this.top.outputs = [];
          this.top.frame.items = [];
        }
        return i + 1;
      case 'group':
      case 'order': {
        const by = this.raw[i + 1] === 'by';
        this.mark(raw === 'group' ? 'group by' : 'order by', by ? i + 1 : i);
        return by ? i + 2 : i + 1;
      }
      case 'limit':
      case 'offset':
      case 'fetch':
        this.mark('limit', i);
        return i + 1;
      default:
        return this.writing(i, raw);
    }
  }

  /** ON of a join, ON CONFLICT … [ON CONSTRAINT name], ON DUPLICATE KEY UPDATE. */
  private on(i: number): number {
    const next = this.raw[i + 1];
    if (next === 'conflict' || next === 'duplicate') {
      this.mark('conflict', i);
      return i + 2;
    }
    if (next === 'constraint' && this.clause() === 'conflict') {
      this.roles.set(i + 2, 'declared');
      return i + 3;
    }
    this.mark('on', i);
    return i + 1;
  }

  /**
   * Whether a clause begins at i though a parenthesis of an expression is open: then its `)` is not written yet, as in
   * `SELECT count( FROM t`, and it is closed here.
   */
  private leavesGroup(i: number, raw: string): boolean {
    const before = this.raw[this.top.openedAt - 1] ?? '';
    if (raw === 'from' && (takesFrom.has(before) || this.raw[i - 1] === 'distinct')) return false;
    if (raw === 'where' && before === 'filter') return false;
    if (raw !== 'from' && raw !== 'where' && raw !== 'join') return false;
    while (this.top.kind === 'group') this.levels.pop();
    return true;
  }

  /** INSERT, REPLACE, UPDATE, MERGE and DDL. */
  private writing(i: number, raw: string): number {
    const first = this.top.frame.marks.length === 0;
    if (raw === 'into' && ['insert', 'ddl', 'none'].includes(this.clause())) {
      this.mark('insert', i);
      this.top.expectsRelation = true;
      return i + 1;
    }
    if ((raw === 'insert' || raw === 'replace' || raw === 'merge') && (first || this.clause() === 'with')) {
      this.mark('insert', i, raw);
      // T-SQL's MERGE does without INTO.
      this.top.expectsRelation = raw === 'merge' && this.raw[i + 1] !== 'into';
      return i + 1;
    }
    if (raw === 'insert' && this.raw[i - 1] === 'then') {
      // MERGE … WHEN NOT MATCHED THEN INSERT (…)
      this.mark('insert', i);
      return this.insertColumns(i + 1);
    }
    if (raw === 'update' && this.clause() === 'conflict' && this.raw[i - 1] === 'key') {
      this.mark('set', i);
      return i + 1;
    }
    if (raw === 'pivot' || raw === 'unpivot' || raw === 'match_recognize') {
      if (this.raw[i + 1] !== '(' && !first) return i;
      this.top.frame.opaque = true;
      this.top.expectsRelation = first;
      return i + 1;
    }
    if (raw === 'update' && (first || this.clause() === 'with')) {
      this.mark('update', i);
      this.top.expectsRelation = true;
      return this.raw[i + 1] === 'or' ? i + 3 : i + 1;
    }
    if (first && ['create', 'alter', 'drop', 'truncate'].includes(raw)) {
      this.mark('ddl', i);
      return i + 1;
    }
    return i;
  }

  private select(i: number): number {
    const level = this.top;
    const again = level.frame.marks.some((m) => m.clause === 'select');
    if (again) this.newSibling(i);
    this.mark('select', i);
    this.top.outputs = [];
    let next = i + 1;
    while (behindSelect.has(this.raw[next] ?? '')) next++;
    // PostgreSQL's DISTINCT ON (…), T-SQL's TOP (n) PERCENT WITH TIES.
    if (this.raw[next] === 'on' && this.raw[next + 1] === '(') next = this.behindParenthesis(next + 1);
    if (this.raw[next] === 'top' && this.tokens[next + 1]?.kind !== 'punctuation') next += 2;
    else if (this.raw[next] === 'top' && this.raw[next + 1] === '(') next = this.behindParenthesis(next + 1);
    if (this.raw[next] === 'percent') next++;
    if (this.raw[next] === 'with' && this.raw[next + 1] === 'ties') next += 2;
    return next;
  }

  /** Index behind the parenthesis that closes the one at i. */
  private behindParenthesis(i: number): number {
    let depth = 0;
    let k = i;
    for (; k < this.tokens.length; k++) {
      if (this.raw[k] === '(') depth++;
      else if (this.raw[k] === ')' && --depth === 0) return k + 1;
    }
    return k;
  }

  private setOperation(i: number): number {
    this.newSibling(i + 1);
    let next = i + 1;
    while (['all', 'distinct', 'by', 'name'].includes(this.raw[next] ?? '')) next++;
    return next;
  }

  /** Ends the query of this level before token i and starts another in its place (UNION, or a second SELECT). */
  private newSibling(i: number): void {
    const level = this.top;
    const from = this.tokens[i]?.from ?? this.end;
    const previousTo = this.tokens[i - 1]?.to ?? from;
    const old = level.frame;
    this.endQuery(previousTo);
    // The bottom frame stays open as the parent: what WITH introduces holds for all parts of a UNION.
    if (old.parent === undefined) {
      const first = this.newFrame(old, old.from);
      this.moveQuery(old, first);
      first.to = previousTo;
      old.to = this.end;
      level.frame = this.newFrame(old, from, false, first);
    } else {
      const parent = old.ctes.length > 0 ? old : old.parent;
      level.frame = this.newFrame(parent, from, parent === old || old.isolated, old.firstPart ?? old);
      if (parent === old) old.to = this.end;
    }
  }

  /** Moves the query part of the bottom frame into a frame of its own. */
  private moveQuery(from: Frame, to: Frame): void {
    // What an INSERT writes to stays around all parts of the query it reads from.
    moveAll(from.marks, to.marks);
    moveAll(
      to.marks.filter((m) => m.clause === 'insert'),
      from.marks,
    );
    const relations = from.relations.splice(0);
    for (const relation of relations) (relation.target === 'insert' ? from : to).relations.push(relation);
    moveAll(from.selectAliases, to.selectAliases);
    to.items = from.items;
    from.items = [];
    const inner = from.children.filter((c) => c !== to);
    from.children.length = 0;
    from.children.push(to);
    to.output = from.output;
    for (const child of inner) {
      (child as { parent: Frame | undefined }).parent = to;
      to.children.push(child);
    }
    for (let k = 0; k < this.frames.length; k++) if (this.frames[k] === from) this.frames[k] = to;
  }
}

/** One by one: as arguments of one call, a hundred thousand would be more than the stack holds. */
function moveAll<T>(from: T[], to: T[]): void {
  for (const one of from.splice(0)) to.push(one);
}
