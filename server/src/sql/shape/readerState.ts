/** The state of readShape.ts's pass: the statement's tokens, the open parentheses, and the query of each. */
import type { Dialect } from '../dialect';
import { neverAlias } from '../keywords';
import type { Clause, Frame, Role } from './shape';
import type { Statement } from '../statements/statements';
import { StatementText } from './statementText';

/** An open parenthesis; at the bottom the statement itself. */
export interface Level {
  readonly kind: 'query' | 'group' | 'relations';
  /** The query that the tokens at this level belong to. */
  frame: Frame;
  /** True when a relation may come next: behind FROM, JOIN, INTO, UPDATE, or a comma in FROM. */
  expectsRelation: boolean;
  /** Called when the parenthesis closes. */
  readonly closes?: (outputs: readonly string[] | undefined, from: number, index: number) => number;
  readonly openedAt: number;
  /** How many relations the query had when the parenthesis opened. */
  readonly relationsBefore: number;
  /** The tokens of the current select item at this level. A parenthesis counts as its closing token only. */
  item: number[];
  outputs: (string | undefined)[] | undefined;
  /** The outputs of the first query of a UNION, which name the result's columns. */
  firstOutput: readonly string[] | undefined;
  hasFirstOutput: boolean;
}

/** Behind these words a derived table may name the relations to its left. */
const seesSiblings = new Set(['lateral', 'apply']);

export class ReaderState {
  readonly statement: StatementText;
  readonly roles = new Map<number, Role>();
  /** The query of each token. */
  readonly frames: Frame[] = [];
  readonly levels: Level[] = [];
  /** Offset of the statement's end. */
  readonly end: number;

  constructor(text: string, { from, to }: Statement, dialect: Dialect) {
    this.statement = new StatementText(text, { from, to }, dialect);
    this.end = to;
    this.levels.push(this.newLevel('query', this.newFrame(undefined, from), 0));
  }

  get top(): Level {
    const level = this.levels.at(-1);
    if (level === undefined) throw new Error('unreachable: the bottom level is never popped while reading');
    return level;
  }

  newFrame(parent: Frame | undefined, from: number, isolated = false, firstPart?: Frame): Frame {
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
      items: [],
      opaque: false,
      byName: false,
      rowNames: [],
      lacksRelation: false,
      ...(firstPart === undefined ? {} : { firstPart }),
    };
    parent?.children.push(frame);
    return frame;
  }

  newLevel(kind: Level['kind'], frame: Frame, openedAt: number, closes?: Level['closes']): Level {
    return {
      kind,
      frame,
      openedAt,
      relationsBefore: frame.relations.length,
      expectsRelation: false,
      ...(closes === undefined ? {} : { closes }),
      item: [],
      outputs: undefined,
      firstOutput: undefined,
      hasFirstOutput: false,
    };
  }

  clause(): Clause {
    return this.top.kind === 'group' ? 'none' : (this.top.frame.marks.at(-1)?.clause ?? 'none');
  }

  /** True when the token may name a relation: a quoted name, or a word that neither begins nor continues a clause. */
  mayName(i: number): boolean {
    return this.statement.isName(i) && !neverAlias.has(this.raw(i));
  }

  raw(i: number): string {
    return this.statement.raw(i);
  }

  mark(clause: Clause, i: number, verb?: string): void {
    const token = this.statement.tokens[i];
    if (token === undefined) return;
    this.endItem();
    this.endRelations();
    const { from, to } = token;
    this.top.frame.marks.push({ clause, from, to, ...(verb === undefined ? {} : { verb }) });
  }

  /** Notes that no more relations follow at this level, and whether one was announced and did not come. */
  endRelations(): void {
    if (this.top.expectsRelation) this.top.frame.lacksRelation = true;
    this.top.expectsRelation = false;
  }

  pushQuery(i: number, closes?: Level['closes']): Frame {
    const isolated = closes !== undefined && !seesSiblings.has(this.raw(i - 1));
    const frame = this.newFrame(this.top.frame, this.statement.tokens[i]?.to ?? this.end, isolated);
    this.levels.push(this.newLevel('query', frame, i, closes));
    return frame;
  }

  /** Ends the query of the top level and removes the level. Returns the names of the query's columns. */
  finishQuery(to: number): readonly string[] | undefined {
    const level = this.top;
    if (level.kind === 'query') this.endQuery(to);
    this.levels.pop();
    return level.firstOutput;
  }

  endQuery(to: number): void {
    const level = this.top;
    this.endItem();
    this.endRelations();
    level.frame.to = to;
    const outputs = level.outputs;
    const isKnown = outputs !== undefined && outputs.length > 0 && outputs.every((o) => o !== undefined);
    const known = isKnown ? outputs : undefined;
    level.frame.output = known;
    if (!level.hasFirstOutput) level.firstOutput = known;
    level.hasFirstOutput = true;
    level.outputs = undefined;
  }

  /** Ends the current select item: notes its alias, and its name as an output column. */
  endItem(): void {
    const level = this.top;
    const item = level.item;
    level.item = [];
    const clause = this.clause();
    if ((clause !== 'select' && clause !== 'returning') || level.outputs === undefined || item.length === 0)
      return;
    const name = this.outputName(item, level.frame);
    level.outputs.push(name);
    const qualifier = this.raw(item[1] ?? -1) === '.' ? this.statement.name(item[0] ?? -1) : '';
    level.frame.items.push(
      name === undefined
        ? { kind: 'star', name: qualifier, tokens: item }
        : { kind: 'column', name, tokens: item },
    );
  }

  outputName(item: readonly number[], frame: Frame): string | undefined {
    const last = item.at(-1) ?? -1;
    const before = item.at(-2);
    // `*`, `t.*`, `s.t.*`, and what DuckDB lets follow: `* EXCLUDE (a)`.
    const star = item.findIndex((k) => this.raw(k) === '*');
    if (star === 0 || (star > 0 && this.raw(item[star - 1] ?? -1) === '.')) return undefined;
    if (this.raw(item[0] ?? -1) === 'columns' && this.raw((item[0] ?? -1) + 1) === '(') return undefined;
    const first = item[0] ?? -1;
    if (this.raw(item[1] ?? -1) === ':' && this.statement.isName(first)) {
      // DuckDB's alias before the expression: SELECT total: price * 2
      this.roles.set(first, 'select-alias');
      frame.selectAliases.push(this.statement.name(first));
      return this.statement.name(first);
    }
    if (!this.statement.isName(last)) return '';
    const name = this.statement.name(last);
    if (before === undefined || this.raw(before) === '.') return name;
    const isAlias =
      this.raw(before) === 'as' ||
      (this.statement.isOperand(before) &&
        (this.statement.isQuoted(last) || !this.statement.isKeyword(last)));
    if (!isAlias) return '';
    this.roles.set(last, 'select-alias');
    frame.selectAliases.push(name);
    return name;
  }

  /** Notes that UNION BY NAME adds the columns of all its parts. */
  namesDiffer(): void {
    const { top } = this;
    top.frame.byName = true;
    if (top.frame.firstPart !== undefined) top.frame.firstPart.byName = true;
    top.firstOutput = undefined;
  }

  /** Ends the query of this level before token i and begins another in its place (UNION, or a second SELECT). */
  newSibling(i: number): void {
    const level = this.top;
    const from = this.statement.tokens[i]?.from ?? this.end;
    const previousTo = this.statement.tokens[i - 1]?.to ?? from;
    const old = level.frame;
    this.endQuery(previousTo);
    // The bottom frame stays open as the parent, because WITH introduces its names for all parts of a UNION.
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

  /** Moves the query's part of the bottom frame into a frame of its own. */
  private moveQuery(from: Frame, to: Frame): void {
    // The target of an INSERT stays in the outer frame, around all parts of the query that it reads from.
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

/** Moves one by one: a hundred thousand arguments of one call would overflow the stack. */
function moveAll<T>(from: T[], to: T[]): void {
  for (const one of from.splice(0)) to.push(one);
}
