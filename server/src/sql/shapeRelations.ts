/** Reads what FROM, JOIN, INTO, UPDATE and WITH name: tables, derived tables, common tables, their aliases and columns. */
import { statementStarters } from './keywords';
import type { CommonTable, Frame } from './shape';
import { ShapeState } from './shapeState';

export abstract class ShapeRelations extends ShapeState {
  protected relation(i: number): number {
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

  /** The alias at i, with or without AS, and a column list behind it; next is the token to go on from. */
  protected alias(i: number): { name?: string; columns?: string[]; next: number } {
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

  protected derived(
    frame: Frame,
    from: number,
    columns: readonly string[] | undefined,
    close: number,
  ): number {
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
  protected columnList(i: number): { names: string[]; next: number } {
    const names: string[] = [];
    let k = i + 1;
    for (; k < this.tokens.length && this.raw[k] !== ')'; k++) {
      if (!this.isName(k)) continue;
      this.roles.set(k, 'column-list');
      names.push(this.name(k));
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

  protected using(i: number): number {
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
}
