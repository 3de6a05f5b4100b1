/**
 * Reads the relations in FROM, JOIN, INTO, UPDATE and WITH: tables, derived tables, common tables, their aliases and
 * columns. Part of readShape.ts's pass.
 */
import { statementStarters } from '../keywords';
import type { CommonTable, Frame, RelationInScope } from './shape';
import type { ReaderState } from './readerState';
import { isSnapshot, recursionColumns, skipHints, skipPartitions } from './relationClauses';

/** Words that may stand between NATURAL and JOIN. */
const joinWords = new Set(['natural', 'inner', 'left', 'right', 'full', 'outer', 'asof', 'semi', 'anti']);

/** DuckDB reads a quoted name with one of these characters as a file. */
const isFile = /[./*]/;

export class RelationReader {
  constructor(private readonly state: ReaderState) {}

  /** Reads a table, a table function or a file at i. */
  relation(at: number): number {
    const { statement } = this.state;
    const level = this.state.top;
    level.expectsRelation = false;
    const isDuckdb = statement.dialect === 'duckdb';
    // DuckDB's alias before the table: FROM o: orders
    const prefix = isDuckdb && statement.raw(at + 1) === ':' ? at : undefined;
    if (prefix !== undefined && !statement.isName(prefix + 2)) {
      this.state.roles.set(prefix, 'declared');
      // What the name stands for is not read.
      level.frame.lacksRelation = true;
      level.expectsRelation = true;
      return prefix + 2;
    }
    const i = prefix === undefined ? at : prefix + 2;
    if (statement.raw(i) === 'rows' && statement.raw(i + 1) === 'from' && statement.raw(i + 2) === '(')
      return this.functionCall(i, i + 2);
    let last = i;
    const path = [i];
    while (this.state.statement.isMember(last + 2)) {
      last += 2;
      path.push(last);
    }
    const from = this.state.statement.tokens[i]?.from ?? 0;
    if (this.state.raw(last + 1) === '.' && this.state.statement.tokens[last + 2]?.kind === 'placeholder')
      return this.unknownRelation(i, last + 2);
    if (this.state.raw(last + 1) === '.') {
      // The last part of the path is not written yet.
      path.forEach((k) => this.state.roles.set(k, 'namespace'));
      level.frame.lacksRelation = true;
      return last + 2;
    }
    const isInsert = this.state.clause() === 'insert';
    const target = this.targetKind();
    if (!isInsert && this.state.raw(last + 1) === '(' && this.state.clause() !== 'ddl')
      return this.functionCall(i, last + 1);
    if (isDuckdb && path.length === 1 && statement.isQuoted(i) && isFile.test(statement.name(i))) {
      this.state.roles.set(i, 'declared');
      return this.derived(level.frame, i, undefined, i);
    }
    path.forEach((k) => this.state.roles.set(k, k === last ? 'relation' : 'namespace'));
    let next = skipPartitions(this.state, last + 1);
    // PostgreSQL's `orders *` means the table with its children.
    if (statement.dialect === 'postgres' && statement.raw(next) === '*' && !isInsert) next++;
    const snapshot = skipHints(this.state, next);
    const alias = prefix === undefined ? this.alias(snapshot) : this.prefixAlias(prefix, snapshot);
    const namespace = path.length > 1 ? this.state.statement.name(path.at(-2) ?? i) : undefined;
    const name = this.state.statement.name(last);
    const cte = namespace === undefined ? this.findCommonTable(level.frame, name) : undefined;
    const list = this.aliasColumns(alias);
    const columns = list?.names ?? cte?.columns;
    const end = list?.next ?? alias.next;
    level.frame.relations.push({
      kind: cte === undefined ? 'table' : 'cte',
      name,
      from,
      to: this.endBefore(end),
      nameToken: last,
      usingColumns: [],
      ...(namespace === undefined ? {} : { namespace }),
      ...(alias.name === undefined ? {} : { alias: alias.name, aliasToken: alias.at }),
      ...(columns === undefined ? {} : { columns }),
      ...(cte === undefined ? {} : { commonTable: cte }),
      ...(list === undefined ? {} : { columnNames: list.names }),
      ...this.joinedAs(at),
      ...(target === undefined ? {} : { target }),
    });
    if (isInsert) return this.insertColumns(alias.next);
    return skipHints(this.state, end);
  }

  /** Reads a table function, or several in ROWS FROM. Its columns are not known. */
  private functionCall(i: number, opening: number): number {
    const { state } = this;
    const { frame } = state.top;
    const from = state.statement.tokens[i]?.from ?? 0;
    const within = state.newFrame(frame, state.statement.tokens[opening]?.to ?? state.end);
    state.levels.push(
      state.newLevel('query', within, opening, (_, __, close) => {
        const next = this.derived(frame, i, undefined, close);
        const made = frame.relations.pop();
        if (made !== undefined)
          frame.relations.push({ ...made, ...this.functionFacts(i, opening, close, made) });
        return next;
      }),
    );
    within.marks.push({ clause: 'select', from, to: from });
    return opening + 1;
  }

  /** What is known of a table function by its name. Without an alias it goes by that name. */
  private functionFacts(
    i: number,
    opening: number,
    close: number,
    { alias }: RelationInScope,
  ): Pick<RelationInScope, 'name' | 'functionName' | 'ordinality'> {
    const { statement } = this.state;
    if (!statement.isName(opening - 1) || statement.raw(i) === 'rows') return {};
    const isOwn = opening - 1 === i || statement.raw(i) === 'pg_catalog';
    return {
      ...(alias === undefined ? { name: statement.name(opening - 1) } : {}),
      ...(isOwn ? { functionName: statement.raw(opening - 1) } : {}),
      ...(statement.raw(close + 1) === 'with' && statement.raw(close + 2) === 'ordinality'
        ? { ordinality: true }
        : {}),
    };
  }

  private prefixAlias(at: number, next: number): { name: string; at: number; next: number } {
    this.state.roles.set(at, 'relation-alias');
    return { name: this.state.statement.name(at), at, next };
  }

  /** Offset where the token before i ends. */
  private endBefore(i: number): number {
    return this.state.statement.tokens[i - 1]?.to ?? this.state.end;
  }

  /**
   * Reads a relation with a placeholder in its name. Of `${schema}.orders` the last name is known, its columns are not.
   */
  unknownRelation(first: number, at: number): number {
    const { statement, roles } = this.state;
    let last = at;
    while (
      statement.raw(last + 1) === '.' &&
      (statement.isMember(last + 2) || statement.tokens[last + 2]?.kind === 'placeholder')
    )
      last += 2;
    for (let k = first; k <= last; k++) if (statement.isName(k)) roles.set(k, 'declared');
    return this.derived(
      this.state.top.frame,
      first,
      undefined,
      last,
      undefined,
      statement.isName(last) ? last : undefined,
    );
  }

  /** Reads the column list behind an alias: `t AS x (a, b)`. Undefined when there is none. */
  private aliasColumns(alias: {
    name?: string;
    next: number;
  }): { names: string[]; next: number } | undefined {
    if (alias.name === undefined || this.state.raw(alias.next) !== '(') return undefined;
    if (!['from', 'join'].includes(this.state.clause())) return undefined;
    const list = this.columnList(alias.next);
    return list.names.length > 0 ? list : undefined;
  }

  /** How the relation that begins at i is joined, by the words before its JOIN. */
  private joinedAs(i: number): { natural?: true; semi?: true } {
    let k = this.state.raw(i - 1) === 'lateral' ? i - 2 : i - 1;
    if (this.state.raw(k) !== 'join') return {};
    const words = new Set<string>();
    for (k--; joinWords.has(this.state.raw(k)); k--) words.add(this.state.raw(k));
    const isSemi = this.state.statement.dialect === 'duckdb' && (words.has('semi') || words.has('anti'));
    return { ...(words.has('natural') ? { natural: true } : {}), ...(isSemi ? { semi: true } : {}) };
  }

  private targetKind(): RelationInScope['target'] {
    const clause = this.state.clause();
    if (clause === 'update') return 'update';
    if (clause !== 'insert') return undefined;
    const mark = this.state.top.frame.marks.findLast((m) => m.clause === 'insert' && m.verb !== undefined);
    return mark?.verb === 'merge' ? 'merge' : 'insert';
  }

  /** Reads the alias at i, with or without AS, and a column list behind it. `next` is the token to go on from. */
  private alias(i: number): { name?: string; at: number; next: number } {
    if (isSnapshot(this.state, i)) return { at: i, next: i };
    const explicit = this.state.raw(i) === 'as';
    const at = explicit ? i + 1 : i;
    // Behind AS some dialects allow keywords too.
    const isKeyword =
      explicit &&
      this.state.statement.tokens[at]?.kind === 'word' &&
      !statementStarters.has(this.state.raw(at));
    // SQLite takes a string for a name here.
    const isString =
      explicit &&
      this.state.statement.dialect === 'sqlite' &&
      this.state.statement.tokens[at]?.kind === 'string';
    if (isString) return { name: this.state.statement.written(at).slice(1, -1), at, next: at + 1 };
    if (!this.state.mayName(at) && !isKeyword) return { at, next: at };
    this.state.roles.set(at, 'relation-alias');
    const name = this.state.statement.name(at);
    return { name, at, next: at + 1 };
  }

  derived(
    frame: Frame,
    i: number,
    columns: readonly string[] | undefined,
    close: number,
    body?: Frame,
    nameToken?: number,
  ): number {
    let at = close + 1;
    if (this.state.raw(at) === 'with' && this.state.raw(at + 1) === 'ordinality') at += 2;
    const written = this.alias(at);
    const alias =
      written.name === undefined && nameToken !== undefined
        ? { ...written, name: this.state.statement.name(nameToken), at: nameToken }
        : written;
    let known = columns;
    let names: readonly string[] | undefined;
    let next = alias.next;
    // PostgreSQL lets AS (a int, b text) declare a function's columns without an alias.
    if ((written.name !== undefined || this.state.raw(at) === 'as') && this.state.raw(next) === '(') {
      const list = this.columnList(next);
      if (list.names.length > 0) known = names = list.names;
      next = list.next;
    }
    frame.relations.push({
      kind: 'derived',
      from: this.state.statement.tokens[i]?.from ?? 0,
      to: this.endBefore(next),
      usingColumns: [],
      ...(alias.name === undefined ? {} : { alias: alias.name, aliasToken: alias.at }),
      ...(known === undefined ? {} : { columns: known }),
      ...(body === undefined ? {} : { body }),
      ...(names === undefined ? {} : { columnNames: names }),
      ...this.joinedAs(i),
    });
    return next;
  }

  /** Reads the names in the parentheses at i, which the text introduces. */
  private columnList(i: number): { names: string[]; next: number } {
    const names: string[] = [];
    let k = i + 1;
    let depth = 0;
    for (; k < this.state.statement.tokens.length && (depth > 0 || this.state.raw(k) !== ')'); k++) {
      if (this.state.raw(k) === '(') depth++;
      else if (this.state.raw(k) === ')') depth--;
      if (!this.state.statement.isName(k)) continue;
      this.state.roles.set(k, 'column-list');
      // A type may follow a name.
      if (k === i + 1 || (depth === 0 && this.state.raw(k - 1) === ','))
        names.push(this.state.statement.name(k));
    }
    return { names, next: k + 1 };
  }

  insertColumns(i: number): number {
    if (this.state.raw(i) !== '(' || this.state.raw(i + 1) === 'select') return i;
    let k = i + 1;
    for (; k < this.state.statement.tokens.length && this.state.raw(k) !== ')'; k++) {
      // Of `home[1].street` the first name is the column.
      if (this.state.statement.isName(k))
        this.state.roles.set(
          k,
          this.state.raw(k - 1) === '.' && this.state.raw(k - 2) === ']' ? 'declared' : 'insert-column',
        );
      else if (this.state.raw(k) === '[') k = this.behindSubscript(k);
      else if (this.state.raw(k) !== ',' && this.state.raw(k) !== '.') return k;
    }
    return k + 1;
  }

  /** Index of the `]` that closes the `[` at i. */
  private behindSubscript(i: number): number {
    let k = i;
    while (k < this.state.statement.tokens.length && this.state.raw(k) !== ']') k++;
    return k;
  }

  private findCommonTable(frame: Frame, name: string): CommonTable | undefined {
    const wanted = name.toLowerCase();
    for (let f: Frame | undefined = frame; f !== undefined; f = f.parent) {
      const found = f.ctes.find(
        (c) => c.name.toLowerCase() === wanted && (c.isClosed === true || c.recursive === true),
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** name [(columns)] AS [NOT MATERIALIZED] ( query ) */
  commonTable(i: number): number {
    this.state.roles.set(i, 'cte-name');
    const frame = this.state.top.frame;
    const from = this.state.statement.tokens[i]?.from ?? 0;
    const name = this.state.statement.name(i);
    let next = i + 1;
    let columns: readonly string[] | undefined;
    if (this.state.raw(next) === '(') {
      const list = this.columnList(next);
      columns = list.names;
      next = list.next;
    }
    const isRecursive = frame.marks.some((m) => m.clause === 'with' && m.verb === 'recursive');
    const explicit = {
      ...(columns === undefined ? {} : { columns, columnNames: columns }),
      // In SQLite and T-SQL every common table may be recursive, because the word RECURSIVE is optional or missing.
      ...(isRecursive || ['sqlite', 'tsql'].includes(this.state.statement.dialect)
        ? { recursive: true as const }
        : {}),
    };
    const index = frame.ctes.push({ name, from, nameToken: i, ...explicit }) - 1;
    if (this.state.raw(next) === 'as') next++;
    while (this.state.raw(next) === 'not' || this.state.raw(next) === 'materialized') next++;
    if (this.state.raw(next) !== '(') return next;
    for (let k = i; k <= next; k++) this.state.frames[k] = frame;
    const body = this.state.pushQuery(next, (outputs, _, close) => {
      const { names: addedNames, next: end } = recursionColumns(this.state, close + 1);
      const known = columns ?? outputs;
      frame.ctes[index] = {
        ...(frame.ctes[index] ?? { name, from }),
        ...(known === undefined ? {} : { columns: [...known, ...addedNames] }),
        ...(addedNames.length === 0 ? {} : { addedNames }),
        isClosed: true,
      };
      return end;
    });
    frame.ctes[index] = { name, from, nameToken: i, ...explicit, body };
    return next + 1;
  }

  /** PostgreSQL's `USING (a, b) AS j`: a name for the joined columns. */
  private usingAlias(i: number, next: number): number {
    const { statement, roles, top } = this.state;
    if (statement.dialect !== 'postgres' || statement.raw(next) !== 'as' || !statement.isName(next + 1))
      return next;
    const names = [...(top.frame.relations.at(-1)?.usingColumns ?? [])];
    roles.set(next + 1, 'relation-alias');
    top.frame.relations.push({
      kind: 'derived',
      from: statement.tokens[i]?.from ?? 0,
      to: this.endBefore(next + 2),
      alias: statement.name(next + 1),
      aliasToken: next + 1,
      columns: names,
      columnNames: names,
      usingColumns: names,
    });
    return next + 2;
  }

  using(i: number): number {
    const inJoin = ['from', 'join', 'on', 'using'].includes(this.state.clause());
    if (inJoin && this.state.raw(i + 1) === '(') {
      this.state.mark('using', i);
      let k = i + 2;
      for (; k < this.state.statement.tokens.length && this.state.raw(k) !== ')'; k++) {
        if (this.state.statement.isName(k)) {
          this.state.roles.set(k, 'using-column');
          this.state.top.frame.relations.at(-1)?.usingColumns.push(this.state.statement.name(k));
        } else if (this.state.raw(k) !== ',') return k;
      }
      return this.usingAlias(i, k + 1);
    }
    if (this.state.raw(i + 1) === 'sample') {
      this.state.mark('none', i);
      return i + 2;
    }
    if (this.state.clause() === 'insert' || this.state.clause() === 'from') {
      this.state.mark('from', i);
      this.state.top.expectsRelation = true;
      return i + 1;
    }
    return i;
  }
}
