/**
 * Applies CREATE TABLE, VIEW, UNIQUE INDEX, FUNCTION and SEQUENCE to the drafts. The cursor stands behind those words.
 */
import { addSystemVersioning, addUniqueKey, readElement } from './createTable';
import type { Dialect } from '../model';
import type { DdlCursor } from './cursor';
import type { Drafts } from './drafts';
import {
  changeColumn,
  findColumn,
  setPrimaryKey,
  without,
  type DraftColumn,
  type DraftTable,
} from './draftTable';
import { queryColumns } from './viewColumns';
import { readVirtualTable } from './virtualTables';

export function createTable(cursor: DdlCursor, drafts: Drafts): void {
  const { dialect } = cursor;
  const isOptional = cursor.skip('if', 'not', 'exists');
  const path = cursor.path();
  if (path.length === 0 || (isOptional && drafts.exactly(path) !== undefined)) return;
  const draft = drafts.add(path, 'table');
  if (cursor.skip('partition', 'of')) {
    const parent = drafts.find(cursor.path());
    draft.standing = 'partition';
    if (parent !== undefined && parent !== draft) {
      draft.parents = [parent];
      draft.columns = parent.columns.map((column) => ({ ...column, primaryKey: 0 }));
    }
    return;
  }
  if (cursor.skip('of')) draft.columns = [...drafts.types.columns(cursor.path())];
  if (cursor.skip('like')) copyTable(cursor, draft, drafts);
  if (cursor.skip('using')) {
    readVirtualTable(cursor, draft, drafts);
    return;
  }
  for (const part of cursor.parts()) {
    if (part.peek() === 'like' && part.isName(1) && dialect !== 'sqlite') {
      part.at++;
      copyTable(part, draft, drafts);
    } else if (part.peek() === 'select' && draft.columns.length === 0) {
      draft.columns = [...queryColumns(part.part(part.at, cursor.at - 1), drafts).columns];
      break;
    } else if (part.peek(1) !== '=') readElement(part, draft, drafts);
  }
  readOptions(cursor, draft, drafts);
}

/** Reads what follows the parenthesis: INHERITS, a query, a comment, SQLite's table options. */
function readOptions(cursor: DdlCursor, draft: DraftTable, drafts: Drafts): void {
  while (!cursor.done) {
    if (cursor.skip('inherits')) {
      const parents = cursor.parts().flatMap((part) => drafts.find(part.path()) ?? []);
      inherit(draft, parents);
    } else if (cursor.skip('as') || cursor.peek() === 'select' || cursor.peek(1) === 'select') {
      takeQuery(cursor, draft, drafts);
      return;
    } else if (cursor.skip('comment')) {
      cursor.skip('=');
      const comment = cursor.strings();
      if (comment !== undefined && comment !== '') draft.comment = comment;
    } else if (cursor.dialect === 'sqlite' && (cursor.skip('without', 'rowid') || cursor.skip('strict'))) {
      // With these options SQLite enforces NOT NULL on primary keys, as other databases always do.
      draft.columns = draft.columns.map((column) =>
        column.primaryKey > 0 ? { ...column, nullable: false } : column,
      );
    } else if (cursor.skip('with', 'system', 'versioning')) {
      const isNamed = [...draft.columns, ...draft.hiddenColumns].some(
        ({ generated, type }) => generated === true && /^timestamp\(6\)$/i.test(type),
      );
      if (!isNamed) addSystemVersioning(draft);
    } else cursor.next();
  }
}

/**
 * CREATE TABLE … AS SELECT: adds the query's columns to those written before (MySQL), or under the names written
 * before.
 */
function takeQuery(cursor: DdlCursor, draft: DraftTable, drafts: Drafts): void {
  const { columns } = queryColumns(cursor, drafts);
  if (draft.columns.length === 0) draft.columns = [...columns];
  else if (cursor.dialect === 'mysql')
    draft.columns.push(...columns.filter(({ name }) => findColumn(draft, name) === undefined));
  else if (draft.columns.length === columns.length)
    draft.columns = columns.map((column, i) => ({ ...column, name: draft.columns[i]?.name ?? column.name }));
}

/** Puts the parents' columns first; columns of the same name become one. Keys stay with the parents. */
function inherit(draft: DraftTable, parents: readonly DraftTable[]): void {
  draft.parents = [...parents];
  const own = draft.columns;
  draft.columns = [];
  for (const column of parents.flatMap((parent) => parent.columns))
    if (findColumn(draft, column.name) === undefined) draft.columns.push({ ...column, primaryKey: 0 });
  for (const column of own) {
    const inherited = findColumn(draft, column.name);
    if (inherited === undefined) draft.columns.push(column);
    else changeColumn(draft, inherited.name, { ...column, nullable: column.nullable && inherited.nullable });
  }
}

/** LIKE t [INCLUDING ALL | DEFAULTS | …]: MySQL copies all but foreign keys, PostgreSQL what the statement asks for. */
function copyTable(cursor: DdlCursor, draft: DraftTable, drafts: Drafts): void {
  const source = drafts.find(cursor.path());
  if (source === undefined) return;
  const included = new Set<string>();
  while (!cursor.done) {
    if (cursor.skip('including')) included.add(cursor.peek());
    else if (cursor.skip('excluding')) included.delete(cursor.peek());
    cursor.at++;
  }
  const has = (kind: string) => cursor.dialect === 'mysql' || included.has('all') || included.has(kind);
  const copied = source.columns.map((column): DraftColumn => {
    const isIdentity = column.defaultValue === 'GENERATED AS IDENTITY';
    const left: (keyof DraftColumn)[] = [];
    if (!has(isIdentity ? 'identity' : 'defaults')) left.push('defaultValue');
    if (!has('generated')) left.push('generated');
    if (!has('comments')) left.push('comment');
    if (!has('constraints') && column.values?.from === 'check') left.push('values');
    return { ...without(column, ...left), primaryKey: 0 };
  });
  draft.columns.push(...copied);
  if (cursor.dialect === 'mysql') draft.comment = source.comment;
  if (!has('indexes')) return;
  const key = source.columns.filter(({ primaryKey }) => primaryKey > 0);
  key.sort((a, b) => a.primaryKey - b.primaryKey);
  if (key.length > 0)
    setPrimaryKey(
      draft,
      key.map(({ name }) => name),
      cursor.dialect,
    );
  for (const { columns, name } of source.uniqueKeys)
    addUniqueKey(draft, columns, cursor.dialect, cursor.dialect === 'mysql' ? name : undefined);
}

const sequenceColumns: Readonly<Partial<Record<Dialect, readonly (readonly [string, string])[]>>> = {
  postgres: [
    ['last_value', 'bigint'],
    ['log_cnt', 'bigint'],
    ['is_called', 'boolean'],
  ],
  mysql: [
    ['next_not_cached_value', 'bigint(21)'],
    ['minimum_value', 'bigint(21)'],
    ['maximum_value', 'bigint(21)'],
    ['start_value', 'bigint(21)'],
    ['increment', 'bigint(21)'],
    ['cache_size', 'bigint(21) unsigned'],
    ['cycle_option', 'tinyint(1) unsigned'],
    ['cycle_count', 'bigint(21)'],
  ],
};

/** Queries may read a sequence as a relation of one row. */
export function createSequence(path: readonly string[], drafts: Drafts): void {
  const columns = sequenceColumns[drafts.dialect];
  if (columns === undefined || path.length === 0 || drafts.exactly(path) !== undefined) return;
  const draft = drafts.add(path, 'table');
  draft.standing = 'sequence';
  draft.columns = columns.map(([name, type]) => ({ name, type, nullable: false, primaryKey: 0 }));
}

export function createView(cursor: DdlCursor, drafts: Drafts, isMaterialized: boolean): void {
  const isOptional = cursor.skip('if', 'not', 'exists');
  const path = cursor.path();
  if (path.length === 0 || (isOptional && drafts.exactly(path) !== undefined)) return;
  const named = cursor.nameList();
  const comment = viewComment(cursor);
  cursor.at++;
  const { columns: derived, sources } = queryColumns(cursor, drafts);
  const before = drafts.exactly(path);
  const draft = drafts.add(path, isMaterialized ? 'materialized view' : 'view');
  draft.sources = sources.filter((source) => source !== before);
  if (before !== undefined && before.kind !== 'table') draft.comment = before.comment;
  if (comment !== undefined) draft.comment = comment;
  const known = derived.length === named.length ? derived : [];
  draft.columns =
    named.length === 0
      ? [...derived]
      : named.map((name, i) => ({ type: '', nullable: true, primaryKey: 0, ...known[i], name }));
}

/** Moves to AS over the view's options, one of which may be a comment. */
function viewComment(cursor: DdlCursor): string | undefined {
  let comment: string | undefined;
  while (!cursor.done && cursor.peek() !== 'as') {
    if (cursor.skip('comment')) {
      cursor.skip('=');
      comment = cursor.strings();
    } else cursor.next();
  }
  return comment;
}

/** CREATE UNIQUE INDEX … ON t (a, b). An index over expressions or over a part of the rows is no key. */
export function createUniqueIndex(cursor: DdlCursor, drafts: Drafts): void {
  const from = cursor.at;
  cursor.moveTo('on');
  const name = indexName(cursor, from);
  cursor.skip('on');
  cursor.skip('only');
  const draft = drafts.find(cursor.path());
  if (cursor.skip('using')) cursor.at++;
  const parts = cursor.parts();
  const names = parts.flatMap((part) => {
    const column = part.name();
    // MySQL: c(10) stands for the first characters of a column.
    const isExpression = part.peek() === '.' || (part.peek() === '(' && cursor.dialect !== 'mysql');
    return column === undefined || isExpression ? [] : [column];
  });
  if (cursor.moveTo('where') || draft === undefined) return;
  if (names.length === 0 || names.length !== parts.length) return;
  const columns = names.map((one) => findColumn(draft, one)?.name ?? one);
  addUniqueKey(draft, columns, cursor.dialect, name);
}

/** The name that ends at the cursor, behind UNIQUE INDEX [CONCURRENTLY] [IF NOT EXISTS]. */
function indexName(cursor: DdlCursor, from: number): string | undefined {
  const head = cursor.part(from, cursor.at);
  head.skipAny(new Set(['unique', 'clustered', 'nonclustered', 'index', 'concurrently']));
  head.skip('if', 'not', 'exists');
  return head.path().at(-1);
}

/** CREATE FUNCTION name (arguments) RETURNS type …; trigger functions are left out, because nobody can call them. */
export function createFunction(cursor: DdlCursor, drafts: Drafts): void {
  const path = cursor.path();
  const name = path.at(-1);
  if (name === undefined || cursor.peek() !== '(') return;
  const from = cursor.at;
  cursor.next();
  const written = cursor.slice(from + 1, cursor.at - 1);
  let returns = '';
  if (cursor.skip('returns')) {
    const typeFrom = cursor.at;
    while (!cursor.done && !afterReturns.has(cursor.peek()) && cursor.kind() !== 'string') cursor.next();
    returns = cursor.slice(typeFrom, cursor.at);
  }
  if (returns.toLowerCase() === 'trigger') return;
  const namespace = drafts.namespace(path);
  drafts.functions.set(`${path.join('.')}(${written})`.toLowerCase(), {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(written === '' ? {} : { arguments: written }),
    ...(returns === '' ? {} : { returns }),
  });
}

const afterReturns = new Set(
  'as language deterministic not begin return reads contains modifies sql immutable stable volatile comment strict'.split(
    ' ',
  ),
);
