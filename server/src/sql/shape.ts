/**
 * The shape of one statement: its queries nested in each other (frames), where their clauses begin, and the relations,
 * CTEs and aliases they introduce. One pass over the tokens, total over unfinished text. No schema, no offsets of a
 * cursor: those are scope.ts and identifiers.ts.
 */
import type { Dialect } from '../schema/model.js';
import { keywordsOf, neverAlias, statementStarters } from './keywords.js';
import { statementTokens, type Statement } from './statements.js';
import { identifierName, type Token } from './tokens.js';

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
  return new Reader(text, statement, dialect).read();
}

/** An opened parenthesis, or the statement itself at the bottom. */
interface Level {
  readonly kind: 'query' | 'group' | 'relations';
  /** The query whose tokens are read at this level. */
  frame: Frame;
  /** Whether a relation may come next (behind FROM, JOIN, a comma in FROM, INTO, UPDATE). */
  expectsRelation: boolean;
  /** What becomes of the parenthesis when it closes. */
  readonly closes?: (outputs: readonly string[] | undefined, from: number, index: number) => number;
  readonly openedAt: number;
  /** Tokens of the select item being read, at this level only (parentheses as their closing token). */
  item: number[];
  outputs: (string | undefined)[] | undefined;
  /** Outputs of the first query of a UNION: they name the result. */
  firstOutput: readonly string[] | undefined;
  hasFirstOutput: boolean;
}

/** Words before a derived table that let it see the relations to its left. */
const seesSiblings = new Set(['lateral', 'apply']);

/** Functions with FROM between their arguments. */
const takesFrom = new Set(['extract', 'substring', 'substr', 'trim', 'overlay', 'position']);

class Reader {
  private readonly tokens: Token[];
  private readonly raw: string[];
  private readonly roles = new Map<number, Role>();
  private readonly frames: Frame[] = [];
  private readonly keywords: ReadonlySet<string>;
  private readonly end: number;
  private levels: Level[] = [];

  constructor(
    private readonly text: string,
    private readonly statement: Statement,
    dialect: Dialect,
  ) {
    this.tokens = statementTokens(text, statement, dialect);
    this.raw = this.tokens.map((t) => {
      const raw = text.slice(t.from, Math.min(t.to, t.from + 64));
      return t.kind === 'word'
        ? raw.toLowerCase()
        : t.kind === 'punctuation' || t.kind === 'operator'
          ? raw
          : '';
    });
    this.keywords = keywordsOf(dialect);
    this.end = statement.to;
  }

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

  private get top(): Level {
    const level = this.levels.at(-1);
    if (level === undefined) throw new Error('unreachable: the bottom level is never popped while reading');
    return level;
  }

  private newFrame(parent: Frame | undefined, from: number, isolated = false): Frame {
    const frame: Frame = {
      parent,
      isolated,
      from,
      to: this.end,
      children: [],
      marks: [],
      relations: [],
      ctes: [],
      selectAliases: [],
      output: undefined,
    };
    parent?.children.push(frame);
    return frame;
  }

  private newLevel(kind: Level['kind'], frame: Frame, openedAt: number, closes?: Level['closes']): Level {
    return {
      kind,
      frame,
      openedAt,
      expectsRelation: false,
      ...(closes === undefined ? {} : { closes }),
      item: [],
      outputs: undefined,
      firstOutput: undefined,
      hasFirstOutput: false,
    };
  }

  /** Handles token i (and those that belong to it); returns the index to go on from. */
  private step(i: number): number {
    const raw = this.raw[i] ?? '';
    const token = this.tokens[i];
    if (token === undefined) return i + 1;
    if (raw === '(') return this.open(i);
    if (raw === ')') return this.close(i);
    if (raw === ',') return this.comma(i);
    if (token.kind === 'word' && this.raw[i - 1] !== '.') {
      const next = this.keyword(i, raw);
      if (next > i) return next;
    }
    if (this.top.expectsRelation && this.isName(i)) return this.relation(i);
    if (this.clause() === 'with' && this.isName(i)) return this.commonTable(i);
    this.top.item.push(i);
    return i + 1;
  }

  private clause(): Clause {
    return this.top.kind === 'group' ? 'none' : (this.top.frame.marks.at(-1)?.clause ?? 'none');
  }

  private isName(i: number): boolean {
    const token = this.tokens[i];
    if (token?.kind === 'quoted') return true;
    return token?.kind === 'word' && !neverAlias.has(this.raw[i] ?? '');
  }

  private name(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : identifierName(token, this.text);
  }

  private mark(clause: Clause, i: number): void {
    const token = this.tokens[i];
    if (token === undefined) return;
    this.endItem();
    this.top.expectsRelation = false;
    this.top.frame.marks.push({ clause, from: token.from, to: token.to });
  }

  // Parentheses

  private open(i: number): number {
    const next = this.raw[i + 1] ?? '';
    const isQuery = next === 'select' || next === 'with' || next === 'values' || next === 'from';
    const from = this.tokens[i]?.to ?? this.end;
    if (this.top.expectsRelation) {
      const host = this.top;
      host.expectsRelation = false;
      if (!isQuery && next !== '') {
        // FROM (a JOIN b ON …): the relations belong to this query.
        const level = this.newLevel('relations', host.frame, i);
        level.expectsRelation = true;
        this.levels.push(level);
        return i + 1;
      }
      const derivedFrom = this.tokens[i]?.from ?? from;
      this.pushQuery(i, (columns, _, close) => this.derived(host.frame, derivedFrom, columns, close));
      return i + 1;
    }
    if (isQuery) this.pushQuery(i);
    else this.levels.push(this.newLevel('group', this.top.frame, i));
    return i + 1;
  }

  private pushQuery(i: number, closes?: Level['closes']): void {
    const isolated = closes !== undefined && !seesSiblings.has(this.raw[i - 1] ?? '');
    const frame = this.newFrame(this.top.frame, this.tokens[i]?.to ?? this.end, isolated);
    this.levels.push(this.newLevel('query', frame, i, closes));
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
    this.levels.pop();
    this.top.item.push(i);
    return i + 1;
  }

  /** Ends the top level's query and takes the level away; returns the names of its columns. */
  private finishQuery(to: number): readonly string[] | undefined {
    const level = this.top;
    if (level.kind === 'query') this.endQuery(to);
    this.levels.pop();
    return level.firstOutput;
  }

  private endQuery(to: number): void {
    const level = this.top;
    this.endItem();
    level.frame.to = to;
    const outputs = level.outputs;
    const isKnown = outputs !== undefined && outputs.length > 0 && outputs.every((o) => o !== undefined);
    const known = isKnown ? outputs : undefined;
    level.frame.output = known;
    if (!level.hasFirstOutput) level.firstOutput = known;
    level.hasFirstOutput = true;
    level.outputs = undefined;
  }

  private comma(i: number): number {
    const clause = this.clause();
    if (clause === 'select' || clause === 'returning') this.endItem();
    else if (this.top.kind === 'relations') this.top.expectsRelation = true;
    else if (clause === 'from' || clause === 'join' || clause === 'on' || clause === 'using') {
      this.top.expectsRelation = true;
    }
    this.top.item.length = 0;
    return i + 1;
  }

  // Keywords

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
        this.mark(this.raw[i + 1] === 'conflict' || this.raw[i + 1] === 'duplicate' ? 'none' : 'on', i);
        return i + 1;
      case 'using':
        return this.using(i);
      case 'where':
      case 'having':
      case 'window':
      case 'returning':
      case 'set':
      case 'values':
      case 'with':
        if (raw === 'with' && !['none', 'insert', 'ddl'].includes(this.clause())) return i;
        this.mark(raw, i);
        if (raw === 'with' && this.raw[i + 1] === 'recursive') return i + 2;
        if (raw === 'returning') this.top.outputs = [];
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
      this.mark('insert', i);
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
    if (this.raw[next] === 'distinct' || this.raw[next] === 'all') next++;
    return next;
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
      level.frame = this.newFrame(old, from);
    } else {
      const parent = old.ctes.length > 0 ? old : old.parent;
      level.frame = this.newFrame(parent, from, parent === old || old.isolated);
      if (parent === old) old.to = this.end;
    }
  }

  /** Moves the query part of the bottom frame into a frame of its own. */
  private moveQuery(from: Frame, to: Frame): void {
    to.marks.push(...from.marks.splice(0));
    to.relations.push(...from.relations.splice(0));
    to.selectAliases.push(...from.selectAliases.splice(0));
    const inner = from.children.filter((c) => c !== to);
    from.children.length = 0;
    from.children.push(to);
    to.children.push(...inner);
    to.output = from.output;
    for (const child of inner) (child as { parent: Frame | undefined }).parent = to;
    for (let k = 0; k < this.frames.length; k++) if (this.frames[k] === from) this.frames[k] = to;
  }

  private using(i: number): number {
    const inJoin = ['from', 'join', 'on', 'using'].includes(this.clause());
    if (inJoin && this.raw[i + 1] === '(') {
      this.mark('using', i);
      let k = i + 2;
      for (; k < this.tokens.length && this.raw[k] !== ')'; k++) {
        if (this.isName(k)) this.roles.set(k, 'using-column');
        else if (this.raw[k] !== ',') return k;
      }
      return k + 1;
    }
    if (this.clause() === 'insert' || this.clause() === 'from') {
      this.mark('from', i);
      this.top.expectsRelation = true;
      return i + 1;
    }
    return i;
  }

  // Relations, CTEs, select items

  private relation(i: number): number {
    const level = this.top;
    level.expectsRelation = false;
    let last = i;
    const path = [i];
    while (this.raw[last + 1] === '.' && this.isPathName(last + 2)) {
      last += 2;
      path.push(last);
    }
    const from = this.tokens[i]?.from ?? 0;
    if (this.raw[last + 1] === '.') {
      // A path whose last part is not written yet.
      path.forEach((k) => this.roles.set(k, 'namespace'));
      return last + 2;
    }
    const isInsert = this.clause() === 'insert';
    if (!isInsert && this.raw[last + 1] === '(' && this.clause() !== 'ddl') {
      // A table function: its columns are not known.
      this.levels.push(
        this.newLevel(
          'query',
          this.newFrame(level.frame, this.tokens[last + 1]?.to ?? this.end),
          last + 1,
          (_, __, close) => this.derived(level.frame, from, undefined, close),
        ),
      );
      this.top.frame.marks.push({ clause: 'select', from, to: from });
      return last + 2;
    }
    path.forEach((k) => this.roles.set(k, k === last ? 'relation' : 'namespace'));
    const alias = this.alias(last + 1);
    const namespace = path.length > 1 ? this.name(path.at(-2) ?? i) : undefined;
    const name = this.name(last);
    const cte = namespace === undefined ? this.findCommonTable(level.frame, name) : undefined;
    level.frame.relations.push({
      kind: cte === undefined ? 'table' : 'cte',
      name,
      from,
      ...(namespace === undefined ? {} : { namespace }),
      ...(alias.name === undefined ? {} : { alias: alias.name }),
      ...(cte?.columns === undefined ? {} : { columns: cte.columns }),
    });
    if (isInsert) return this.insertColumns(alias.next);
    return alias.next;
  }

  private isPathName(i: number): boolean {
    const kind = this.tokens[i]?.kind;
    return kind === 'word' || kind === 'quoted';
  }

  /** The alias at i, with or without AS, and a column list behind it; next is the token to go on from. */
  private alias(i: number): { name?: string; columns?: string[]; next: number } {
    const explicit = this.raw[i] === 'as';
    const at = explicit ? i + 1 : i;
    // Behind AS some dialects take keywords as well.
    const isKeyword =
      explicit && this.tokens[at]?.kind === 'word' && !statementStarters.has(this.raw[at] ?? '');
    if (!this.isName(at) && !isKeyword) return { next: at };
    this.roles.set(at, 'relation-alias');
    const name = this.name(at);
    return { name, next: at + 1 };
  }

  private derived(frame: Frame, from: number, columns: readonly string[] | undefined, close: number): number {
    const alias = this.alias(close + 1);
    let known = columns;
    let next = alias.next;
    if (alias.name !== undefined && this.raw[next] === '(') {
      const list = this.columnList(next);
      known = list.names.length > 0 ? list.names : columns;
      next = list.next;
    }
    frame.relations.push({
      kind: 'derived',
      from,
      ...(alias.name === undefined ? {} : { alias: alias.name }),
      ...(known === undefined ? {} : { columns: known }),
    });
    return next;
  }

  /** Names in parentheses at i that the text introduces. */
  private columnList(i: number): { names: string[]; next: number } {
    const names: string[] = [];
    let k = i + 1;
    for (; k < this.tokens.length && this.raw[k] !== ')'; k++) {
      if (!this.isName(k)) continue;
      this.roles.set(k, 'column-list');
      names.push(this.name(k));
    }
    return { names, next: k + 1 };
  }

  private insertColumns(i: number): number {
    if (this.raw[i] !== '(' || this.raw[i + 1] === 'select') return i;
    let k = i + 1;
    for (; k < this.tokens.length && this.raw[k] !== ')'; k++) {
      if (this.isPathName(k)) this.roles.set(k, 'insert-column');
      else if (this.raw[k] !== ',') return k;
    }
    return k + 1;
  }

  private findCommonTable(frame: Frame, name: string): CommonTable | undefined {
    const wanted = name.toLowerCase();
    for (let f: Frame | undefined = frame; f !== undefined; f = f.parent) {
      const found = f.ctes.find((c) => c.name.toLowerCase() === wanted);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** name [(columns)] AS [NOT MATERIALIZED] ( query ) */
  private commonTable(i: number): number {
    this.roles.set(i, 'cte-name');
    const frame = this.top.frame;
    const from = this.tokens[i]?.from ?? 0;
    const name = this.name(i);
    let next = i + 1;
    let columns: readonly string[] | undefined;
    if (this.raw[next] === '(') {
      const list = this.columnList(next);
      columns = list.names;
      next = list.next;
    }
    // Known inside its own body as well: it may be recursive.
    const index = frame.ctes.push({ name, from, ...(columns === undefined ? {} : { columns }) }) - 1;
    if (this.raw[next] === 'as') next++;
    while (this.raw[next] === 'not' || this.raw[next] === 'materialized') next++;
    if (this.raw[next] !== '(') return next;
    for (let k = i; k <= next; k++) this.frames[k] = frame;
    this.pushQuery(next, (outputs, _, close) => {
      const known = columns ?? outputs;
      if (known !== undefined) frame.ctes[index] = { name, from, columns: known };
      return close + 1;
    });
    return next + 1;
  }

  /** Ends the select item read at this level: notes its alias and its name as an output column. */
  private endItem(): void {
    const level = this.top;
    const item = level.item;
    level.item = [];
    const clause = this.clause();
    if ((clause !== 'select' && clause !== 'returning') || level.outputs === undefined || item.length === 0)
      return;
    level.outputs.push(this.outputName(item, level.frame));
  }

  private outputName(item: readonly number[], frame: Frame): string | undefined {
    const last = item.at(-1) ?? -1;
    const before = item.at(-2);
    if (this.raw[last] === '*') return undefined;
    if (!this.isPathName(last)) return '';
    const name = this.name(last);
    if (before === undefined || this.raw[before] === '.') return name;
    const isAlias =
      this.raw[before] === 'as' ||
      (this.isOperand(before) &&
        (this.tokens[last]?.kind === 'quoted' || !this.keywords.has(this.raw[last] ?? '')));
    if (!isAlias) return '';
    this.roles.set(last, 'select-alias');
    frame.selectAliases.push(name);
    return name;
  }

  private isOperand(i: number): boolean {
    const token = this.tokens[i];
    if (token === undefined) return false;
    const raw = this.raw[i] ?? '';
    if (raw === ')' || raw === 'end') return true;
    if (token.kind === 'word') return !this.keywords.has(raw) || ['null', 'true', 'false'].includes(raw);
    return ['quoted', 'string', 'number', 'parameter'].includes(token.kind);
  }
}
