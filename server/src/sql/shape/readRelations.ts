/** Reads what FROM, JOIN, INTO, UPDATE and WITH name: tables, derived tables, common tables, their aliases and columns. */
import { statementStarters } from '../keywords';
import type { CommonTable, Frame, RelationInScope } from './shape';
import { ShapeState } from './readerState';

/** Words that may stand between NATURAL and JOIN. */
const joinWords = new Set(['natural', 'inner', 'left', 'right', 'full', 'outer', 'asof']);

export abstract class ShapeRelations extends ShapeState {
  protected relation(i: number): number {
    const level = this.top;
    level.expectsRelation = false;
    let last = i;
    const path = [i];
    while (this.isMember(last + 2)) {
      last += 2;
      path.push(last);
    }
    const from = this.tokens[i]?.from ?? 0;
    if (this.raw[last + 1] === '.' && this.tokens[last + 2]?.kind === 'placeholder')
      return this.unknownRelation(i, last + 2);
    if (this.raw[last + 1] === '.') {
      // A path whose last part is not written yet.
      path.forEach((k) => this.roles.set(k, 'namespace'));
      level.frame.lacksRelation = true;
      return last + 2;
    }
    const isInsert = this.clause() === 'insert';
    const target = this.targetKind();
    if (!isInsert && this.raw[last + 1] === '(' && this.clause() !== 'ddl') {
      // A table function: its columns are not known.
      this.levels.push(
        this.newLevel(
          'query',
          this.newFrame(level.frame, this.tokens[last + 1]?.to ?? this.end),
          last + 1,
          (_, __, close) => this.derived(level.frame, i, undefined, close),
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
    const list = this.aliasColumns(alias);
    const columns = list?.names ?? cte?.columns;
    level.frame.relations.push({
      kind: cte === undefined ? 'table' : 'cte',
      name,
      from,
      nameToken: last,
      usingColumns: [],
      ...(namespace === undefined ? {} : { namespace }),
      ...(alias.name === undefined ? {} : { alias: alias.name, aliasToken: alias.at }),
      ...(columns === undefined ? {} : { columns }),
      ...(cte === undefined ? {} : { commonTable: cte }),
      ...(list === undefined ? {} : { columnNames: list.names }),
      ...(this.isNatural(i) ? { natural: true } : {}),
      ...(target === undefined ? {} : { target }),
    });
    if (isInsert) return this.insertColumns(alias.next);
    return list?.next ?? alias.next;
  }

  /** A relation with a placeholder in its name: of `${schema}.orders` the last name is known, its columns are not. */
  protected unknownRelation(first: number, at: number): number {
    let last = at;
    while (
      this.raw[last + 1] === '.' &&
      (this.isMember(last + 2) || this.tokens[last + 2]?.kind === 'placeholder')
    )
      last += 2;
    const isNamed = this.isPathName(last);
    for (let k = first; k <= last; k++) if (this.isPathName(k)) this.roles.set(k, 'declared');
    return this.derived(this.top.frame, first, undefined, last, undefined, isNamed ? last : undefined);
  }

  /** The column list behind an alias: `t AS x (a, b)`; undefined where there is none. */
  private aliasColumns(alias: {
    name?: string;
    next: number;
  }): { names: string[]; next: number } | undefined {
    if (alias.name === undefined || this.raw[alias.next] !== '(') return undefined;
    if (!['from', 'join'].includes(this.clause())) return undefined;
    const list = this.columnList(alias.next);
    return list.names.length > 0 ? list : undefined;
  }

  /** Whether the relation that begins at i stands behind NATURAL … JOIN. */
  private isNatural(i: number): boolean {
    let k = i - 1;
    if (this.raw[k] !== 'join') return false;
    for (k--; joinWords.has(this.raw[k] ?? ''); k--) if (this.raw[k] === 'natural') return true;
    return false;
  }

  private targetKind(): RelationInScope['target'] {
    const clause = this.clause();
    if (clause === 'update') return 'update';
    if (clause !== 'insert') return undefined;
    const mark = this.top.frame.marks.findLast((m) => m.clause === 'insert' && m.verb !== undefined);
    return mark?.verb === 'merge' ? 'merge' : 'insert';
  }

  /** The alias at i, with or without AS, and a column list behind it; next is the token to go on from. */
  protected alias(i: number): { name?: string; at: number; next: number } {
    const explicit = this.raw[i] === 'as';
    const at = explicit ? i + 1 : i;
    // Behind AS some dialects take keywords as well.
    const isKeyword =
      explicit && this.tokens[at]?.kind === 'word' && !statementStarters.has(this.raw[at] ?? '');
    if (!this.isName(at) && !isKeyword) return { at, next: at };
    this.roles.set(at, 'relation-alias');
    const name = this.name(at);
    return { name, at, next: at + 1 };
  }

  protected derived(
    frame: Frame,
    i: number,
    columns: readonly string[] | undefined,
    close: number,
    body?: Frame,
    nameToken?: number,
  ): number {
    let at = close + 1;
    if (this.raw[at] === 'with' && this.raw[at + 1] === 'ordinality') at += 2;
    const written = this.alias(at);
    const alias =
      written.name === undefined && nameToken !== undefined
        ? { ...written, name: this.name(nameToken), at: nameToken }
        : written;
    let known = columns;
    let names: readonly string[] | undefined;
    let next = alias.next;
    // PostgreSQL lets a function's columns be declared without an alias: AS (a int, b text).
    if ((written.name !== undefined || this.raw[at] === 'as') && this.raw[next] === '(') {
      const list = this.columnList(next);
      if (list.names.length > 0) known = names = list.names;
      next = list.next;
    }
    frame.relations.push({
      kind: 'derived',
      from: this.tokens[i]?.from ?? 0,
      usingColumns: [],
      ...(alias.name === undefined ? {} : { alias: alias.name, aliasToken: alias.at }),
      ...(known === undefined ? {} : { columns: known }),
      ...(body === undefined ? {} : { body }),
      ...(names === undefined ? {} : { columnNames: names }),
      ...(this.isNatural(i) ? { natural: true } : {}),
    });
    return next;
  }

  /** Names in parentheses at i that the text introduces. */
  protected columnList(i: number): { names: string[]; next: number } {
    const names: string[] = [];
    let k = i + 1;
    let depth = 0;
    for (; k < this.tokens.length && (depth > 0 || this.raw[k] !== ')'); k++) {
      if (this.raw[k] === '(') depth++;
      else if (this.raw[k] === ')') depth--;
      if (!this.isPathName(k)) continue;
      this.roles.set(k, 'column-list');
      // Behind a name its type may stand.
      if (k === i + 1 || (depth === 0 && this.raw[k - 1] === ',')) names.push(this.name(k));
    }
    return { names, next: k + 1 };
  }

  protected insertColumns(i: number): number {
    if (this.raw[i] !== '(' || this.raw[i + 1] === 'select') return i;
    let k = i + 1;
    for (; k < this.tokens.length && this.raw[k] !== ')'; k++) {
      if (this.isPathName(k)) this.roles.set(k, 'insert-column');
      else if (this.raw[k] !== ',') return k;
    }
    return k + 1;
  }

  protected findCommonTable(frame: Frame, name: string): CommonTable | undefined {
    const wanted = name.toLowerCase();
    for (let f: Frame | undefined = frame; f !== undefined; f = f.parent) {
      const found = f.ctes.find((c) => c.name.toLowerCase() === wanted);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** name [(columns)] AS [NOT MATERIALIZED] ( query ) */
  protected commonTable(i: number): number {
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
    const explicit = columns === undefined ? {} : { columns, columnNames: columns };
    const index = frame.ctes.push({ name, from, nameToken: i, ...explicit }) - 1;
    if (this.raw[next] === 'as') next++;
    while (this.raw[next] === 'not' || this.raw[next] === 'materialized') next++;
    if (this.raw[next] !== '(') return next;
    for (let k = i; k <= next; k++) this.frames[k] = frame;
    const body = this.pushQuery(next, (outputs, _, close) => {
      const known = columns ?? outputs;
      frame.ctes[index] = {
        ...(frame.ctes[index] ?? { name, from }),
        ...(known === undefined ? {} : { columns: known }),
      };
      return close + 1;
    });
    frame.ctes[index] = { name, from, nameToken: i, ...explicit, body };
    return next + 1;
  }

  protected using(i: number): number {
    const inJoin = ['from', 'join', 'on', 'using'].includes(this.clause());
    if (inJoin && this.raw[i + 1] === '(') {
      this.mark('using', i);
      let k = i + 2;
      for (; k < this.tokens.length && this.raw[k] !== ')'; k++) {
        if (this.isPathName(k)) {
          this.roles.set(k, 'using-column');
          this.top.frame.relations.at(-1)?.usingColumns.push(this.name(k));
        } else if (this.raw[k] !== ',') return k;
      }
      return k + 1;
    }
    if (this.raw[i + 1] === 'sample') {
      this.mark('limit', i);
      return i + 2;
    }
    if (this.clause() === 'insert' || this.clause() === 'from') {
      this.mark('from', i);
      this.top.expectsRelation = true;
      return i + 1;
    }
    return i;
  }
}
