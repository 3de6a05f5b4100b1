/**
 * Finds the columns of a query in DDL: names as the database gives them, and types when a column comes straight from a
 * table.
 */
import { readShape } from '../../sql/shape/readShape';
import type { Frame, OutputItem, RelationInScope, Shape } from '../../sql/shape/shape';
import { foldedName, type DdlCursor } from './cursor';
import type { Drafts } from './drafts';
import { findColumn, type DraftColumn, type DraftTable } from './draftTable';

const viewColumn = (name: string, type = ''): DraftColumn => ({ name, type, nullable: true, primaryKey: 0 });

/** The column as a query returns it: its type and the type's values, without the rules of its table. */
const handedOut = (name: string, { type, typePath, values }: DraftColumn): DraftColumn => ({
  ...viewColumn(name, type),
  ...(typePath === undefined ? {} : { typePath }),
  ...(values?.from === 'enum' ? { values } : {}),
});

/** MySQL also returns NOT NULL and defaults; a column that counts up has the default 0. */
const handedOutByMysql = (name: string, column: DraftColumn): DraftColumn => ({
  ...handedOut(name, column),
  nullable: column.nullable,
  ...(column.defaultValue === undefined
    ? {}
    : { defaultValue: column.defaultValue === 'AUTO_INCREMENT' ? '0' : column.defaultValue }),
});

export interface QueryColumns {
  readonly columns: readonly DraftColumn[];
  /** The tables that the query reads. */
  readonly sources: readonly DraftTable[];
}

/** The columns of the query at the cursor; none when the text does not tell all of them. */
export function queryColumns(cursor: DdlCursor, drafts: Drafts): QueryColumns {
  const from = cursor.tokens[cursor.at]?.from;
  const to = cursor.tokens[cursor.to - 1]?.to;
  if (from === undefined || to === undefined) return { columns: [], sources: [] };
  const shape = readShape(cursor.text, { from, to }, cursor.dialect);
  const reader = new QueryReader(shape, cursor, drafts);
  const columns = reader.columns(shape.root, 0) ?? [];
  return { columns, sources: [...reader.sources] };
}

/** Words that may follow f(…) while the column keeps its name. */
const behindCall = new Set(['', 'over', 'filter', 'within']);

/** Queries nested deeper than this have unknown columns. */
const deepest = 40;

class QueryReader {
  readonly sources = new Set<DraftTable>();

  constructor(
    private readonly shape: Shape,
    private readonly cursor: DdlCursor,
    private readonly drafts: Drafts,
  ) {}

  /** Undefined when one of them is not known. */
  columns(root: Frame, depth: number): readonly DraftColumn[] | undefined {
    if (depth > deepest) return undefined;
    const isQuery = root.marks.some(({ clause }) => clause === 'select') || root.relations.length > 0;
    const frame = isQuery ? root : root.children.find((child) => !this.isCommonTable(root, child));
    if (frame === undefined || frame.opaque) return undefined;
    if (frame !== root && !isQuery) return this.columns(frame, depth + 1);
    // All tables are sources, even those of a query whose columns get their names elsewhere.
    for (const relation of frame.relations) this.relation(relation, depth);
    // DuckDB: FROM t
    if (frame.items.length === 0) return frame.relations.length > 0 ? this.star(frame, '', depth) : undefined;
    const found: DraftColumn[] = [];
    for (const item of frame.items) {
      const own = item.kind === 'star' ? this.starItem(frame, item, depth) : this.column(frame, item, depth);
      if (own === undefined) return undefined;
      found.push(...own);
    }
    return found;
  }

  private isCommonTable(root: Frame, child: Frame): boolean {
    return root.ctes.some(({ body }) => body === child);
  }

  /** `*` and `t.*`, with what DuckDB lets follow: EXCLUDE (a, b) | REPLACE (… AS a) | RENAME (a AS b). */
  private starItem(frame: Frame, item: OutputItem, depth: number): readonly DraftColumn[] | undefined {
    const at = item.tokens.findIndex((token) => this.raw(token) === '*');
    const last = item.tokens.at(-1);
    let columns = this.star(frame, item.name, depth);
    const star = item.tokens[at];
    if (star === undefined || last === undefined) return undefined;
    let names: string[] = [];
    let word = '';
    const apply = () => {
      if (word === 'exclude')
        columns = columns?.filter((column) => !names.includes(column.name.toLowerCase()));
      else if (word === 'rename') {
        const [before, after] = names;
        columns = columns?.map((column) =>
          column.name.toLowerCase() === before ? { ...column, name: after ?? column.name } : column,
        );
      }
      names = [];
    };
    for (let token = star + 1; token <= last; token++) {
      const raw = this.raw(token);
      if (raw === 'exclude' || raw === 'replace' || raw === 'rename') {
        apply();
        word = raw;
      } else if (word === '') return undefined;
      else if (raw === ',' && word === 'rename') apply();
      else if (raw !== 'as' && this.name(token) !== undefined)
        names.push(
          names.length === 0 || word === 'exclude' ? raw.replace(/^"(.*)"$/, '$1') : (this.name(token) ?? ''),
        );
    }
    apply();
    return columns;
  }

  private star(frame: Frame, qualifier: string, depth: number): readonly DraftColumn[] | undefined {
    const wanted = qualifier.toLowerCase();
    const of =
      qualifier === ''
        ? frame.relations
        : frame.relations.filter(({ alias, name }) => (alias ?? name)?.toLowerCase() === wanted);
    if (of.length === 0) return undefined;
    const found: DraftColumn[] = [];
    for (const relation of of) {
      const columns = this.relation(relation, depth);
      if (columns === undefined || columns.length === 0) return undefined;
      const merged = new Set(relation.usingColumns.map((name) => name.toLowerCase()));
      const isMerged = ({ name }: DraftColumn) =>
        qualifier === '' &&
        (merged.has(name.toLowerCase()) ||
          (relation.natural === true && found.some((one) => one.name.toLowerCase() === name.toLowerCase())));
      found.push(...columns.filter((column) => !isMerged(column)));
    }
    return found.map((column) => this.handedOut(frame, column.name, column));
  }

  /** The columns of a relation in FROM; undefined when they are not known. */
  private relation(relation: RelationInScope, depth: number): readonly DraftColumn[] | undefined {
    const { commonTable } = relation;
    const body = commonTable?.body ?? relation.body;
    const named = relation.columnNames ?? commonTable?.columnNames ?? [];
    let columns: readonly DraftColumn[] | undefined;
    if (body !== undefined) columns = this.columns(body, depth + 1);
    else if (relation.kind === 'table' && relation.name !== undefined) {
      const table = this.drafts.find(this.path(relation));
      if (table !== undefined) this.sources.add(table);
      columns = table?.columns;
    }
    if (columns === undefined) return named.length > 0 ? named.map((name) => viewColumn(name)) : undefined;
    return columns.map((column, i) => (named[i] === undefined ? column : { ...column, name: named[i] }));
  }

  private path({ name = '', namespace, nameToken }: RelationInScope): string[] {
    if (nameToken === undefined) return namespace === undefined ? [name] : [namespace, name];
    const own = this.name(nameToken) ?? name;
    return namespace === undefined ? [own] : [this.name(nameToken - 2) ?? namespace, own];
  }

  private column(frame: Frame, item: OutputItem, depth: number): readonly DraftColumn[] {
    const last = item.tokens.at(-1);
    const name = item.name === '' ? this.madeUpName(item) : (this.name(last) ?? item.name);
    if (name === undefined) return [];
    const source = this.source(frame, item, depth);
    return [source === undefined ? viewColumn(name) : this.handedOut(frame, name, source)];
  }

  /** The column that the item shows unchanged: c, t.c or s.t.c, with or without an alias. */
  private source(frame: Frame, item: OutputItem, depth: number): DraftColumn | undefined {
    const path: string[] = [];
    let at = 0;
    for (; at < item.tokens.length; at += 2) {
      const name = this.name(item.tokens[at]);
      if (name === undefined) return undefined;
      path.push(name);
      if (this.raw(item.tokens[at + 1]) !== '.') break;
    }
    const behind = item.tokens.slice(at + 1);
    const isAliased =
      behind.length === 0 ||
      (behind.length === 1 && this.name(behind[0]) !== undefined) ||
      (behind.length === 2 && this.raw(behind[0]) === 'as');
    const name = path.at(-1);
    if (!isAliased || name === undefined) return undefined;
    const qualifier = path.at(-2)?.toLowerCase();
    const of = frame.relations.filter(
      (one) => qualifier === undefined || (one.alias ?? one.name)?.toLowerCase() === qualifier,
    );
    const found = of.flatMap((relation) => {
      const columns = this.relation(relation, depth) ?? [];
      return findColumn({ columns } as DraftTable, name) ?? [];
    });
    return new Set(found.map(({ type }) => type)).size === 1 ? found[0] : undefined;
  }

  private handedOut(frame: Frame, name: string, column: DraftColumn): DraftColumn {
    // A join may return NULL for a column that is NOT NULL.
    const isPlain = this.cursor.dialect === 'mysql' && frame.relations.length === 1;
    return isPlain ? handedOutByMysql(name, column) : handedOut(name, column);
  }

  /** The name that the database gives an expression without an alias. */
  private madeUpName(item: OutputItem): string | undefined {
    const first = item.tokens[0];
    const last = item.tokens.at(-1);
    const from = first === undefined ? undefined : this.shape.tokens[first]?.from;
    const to = last === undefined ? undefined : this.shape.tokens[last]?.to;
    if (from === undefined || to === undefined || this.raw(first) === ')') return undefined;
    switch (this.cursor.dialect) {
      case 'postgres':
        // A call is named after its function. Other names that databases make up are not known here.
        return this.raw(item.tokens[1]) === ')' && behindCall.has(this.raw(item.tokens[2]))
          ? this.name(first)
          : undefined;
      case 'sqlite':
      case 'mysql':
      case 'duckdb':
        return this.cursor.text.slice(from, to);
      case 'tsql':
        return undefined;
    }
  }

  private raw(token: number | undefined): string {
    const found = token === undefined ? undefined : this.shape.tokens[token];
    return found === undefined ? '' : this.cursor.text.slice(found.from, found.to).toLowerCase();
  }

  private name(token: number | undefined): string | undefined {
    const found = token === undefined ? undefined : this.shape.tokens[token];
    if (found?.kind !== 'word' && found?.kind !== 'quoted') return undefined;
    return foldedName(found, this.cursor.text, this.cursor.dialect);
  }
}
