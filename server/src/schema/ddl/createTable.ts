/**
 * Reads the parts of CREATE TABLE and ALTER TABLE ADD: columns and table constraints. Tolerant: it skips unknown tokens
 * one by one.
 */
import { quoteLiteral } from '../../sql/quoteLiteral';
import { checkValues } from './checkValues';
import type { DdlCursor } from './cursor';
import type { Drafts } from './drafts';
import {
  changeColumn,
  constraintName,
  findColumn,
  moveColumn,
  setPrimaryKey,
  spelt,
  type DraftColumn,
  type DraftTable,
} from './draftTable';

/** These words end a column's type. */
const afterType = new Set(
  `primary not null references default unique check collate comment generated auto_increment autoincrement constraint as
  identity on encode storage compression invisible visible stored virtual persisted sparse rowguidcol key deferrable
  initially masked charset using options match enable disable foreign`
    .trim()
    .split(/\s+/),
);

const constraintWords = new Set('constraint primary foreign unique check'.split(' '));

/** Reads one part between the commas of a table's parenthesis, or behind ADD. */
export function readElement(cursor: DdlCursor, table: DraftTable, drafts: Drafts): void {
  if (cursor.kind() === 'word' && readConstraint(cursor, table, drafts)) return;
  readColumn(cursor, table, drafts);
}

/** Reads a table constraint or index. False when the part is a column; the cursor then has not moved. */
function readConstraint(cursor: DdlCursor, table: DraftTable, drafts: Drafts): boolean {
  const { dialect } = cursor;
  let name: string | undefined;
  const isNamed = cursor.peek() === 'constraint';
  if (isNamed) {
    cursor.at++;
    const isWord = constraintWords.has(cursor.peek());
    if (!isWord || constraintWords.has(cursor.peek(1))) name = cursor.name();
  }
  const word = cursor.peek();
  if (word === 'primary' && cursor.peek(1) === 'key') {
    cursor.at += 2;
    const columns = keyColumns(cursor, table);
    setPrimaryKey(table, columns, dialect, name);
    return true;
  }
  if (word === 'foreign' && cursor.peek(1) === 'key') {
    cursor.at += 2;
    // MySQL: FOREIGN KEY [IF NOT EXISTS] [index] (…)
    cursor.moveTo('(');
    const columns = spelt(table, cursor.nameList());
    if (cursor.skip('references')) addReference(cursor, table, columns, drafts, name);
    return true;
  }
  if (word === 'unique' && isUniqueConstraint(cursor)) {
    cursor.at++;
    const columns = keyColumns(cursor, table, (index) => (name ??= index));
    addUniqueKey(table, columns, dialect, name);
    return true;
  }
  if (word === 'check' && cursor.peek(1) === '(') {
    cursor.at++;
    addCheck(cursor, table, name);
    return true;
  }
  if (word === 'default' && dialect === 'tsql') {
    // ADD CONSTRAINT d DEFAULT (0) FOR c
    cursor.at++;
    const from = cursor.at;
    const value = cursor.moveTo('for') ? cursor.slice(from, cursor.at) : undefined;
    cursor.at++;
    const column = cursor.name();
    if (value !== undefined && column !== undefined) changeColumn(table, column, { defaultValue: value });
    return true;
  }
  if (word === 'exclude' && (cursor.peek(1) === 'using' || cursor.peek(1) === '(')) return true;
  if (word === 'period' && cursor.peek(1) === 'for') return true;
  if (dialect === 'mysql' && ['key', 'index', 'fulltext', 'spatial', 'vector'].includes(word)) return true;
  if (dialect === 'tsql' && word === 'index') return true;
  if (dialect === 'mysql' && (word === 'partition' || cursor.peek(1) === 'versioning')) return true;
  return isNamed;
}

/** UNIQUE (a), UNIQUE KEY k (a), UNIQUE NULLS NOT DISTINCT (a). A column named unique would have quotes. */
function isUniqueConstraint(cursor: DdlCursor): boolean {
  for (let ahead = 1; ahead <= 6; ahead++) {
    if (cursor.peek(ahead) === '(') return true;
    if (!cursor.isName(ahead)) return false;
  }
  return false;
}

/**
 * Reads [KEY | INDEX] [name] [USING …] (columns). Returns no columns when the key uses an index that was made before.
 */
function keyColumns(cursor: DdlCursor, table: DraftTable, onName?: (name: string) => void): string[] {
  if (cursor.skip('using', 'index')) return takeIndex(cursor, table);
  const isKey = cursor.skip('key') || cursor.skip('index');
  cursor.skip('if', 'not', 'exists');
  if ((isKey || cursor.dialect === 'mysql') && cursor.isName() && cursor.peek() !== 'using') {
    const name = cursor.name();
    if (name !== undefined) onName?.(name);
  }
  cursor.moveTo('(');
  return spelt(table, cursor.nameList());
}

/** PostgreSQL: the index becomes the constraint and gets its name. */
function takeIndex(cursor: DdlCursor, table: DraftTable): string[] {
  const name = cursor.name();
  const index = table.uniqueKeys.find((key) => key.name === name);
  table.uniqueKeys = table.uniqueKeys.filter((key) => key !== index);
  return [...(index?.columns ?? [])];
}

/** MariaDB adds these when the statement names no columns for system versioning. */
export function addSystemVersioning(table: DraftTable): void {
  for (const name of ['row_start', 'row_end']) {
    if (findColumn(table, name) !== undefined || table.hiddenColumns.some((one) => one.name === name))
      continue;
    const column = { name, type: 'timestamp(6)', nullable: false, primaryKey: 0, generated: true };
    table.hiddenColumns.push(column);
  }
}

export function addUniqueKey(
  table: DraftTable,
  columns: readonly string[],
  dialect: DdlCursor['dialect'],
  name: string | undefined,
): void {
  if (columns.length === 0) return;
  table.uniqueKeys.push({ name: name ?? constraintName(table, 'key', columns, dialect), columns });
}

/**
 * At the parenthesis of a CHECK: stores the values that it allows for a column, if it says nothing else. Moves behind
 * it.
 */
function addCheck(cursor: DdlCursor, table: DraftTable, name: string | undefined): void {
  const from = cursor.at;
  cursor.next();
  const checked = checkValues(cursor.slice(from, cursor.at), cursor.dialect);
  const column = checked === undefined ? undefined : findColumn(table, checked.column);
  if (checked === undefined || column === undefined || column.values?.from === 'enum') return;
  const columns = [column.name];
  table.checks.push({ name: name ?? constraintName(table, 'check', columns, cursor.dialect), columns });
  changeColumn(table, column.name, { values: { list: checked.list, from: 'check' } });
}

/** Behind REFERENCES: reads table [(columns)]. The caller reads the actions that follow. */
function addReference(
  cursor: DdlCursor,
  table: DraftTable,
  columns: readonly string[],
  drafts: Drafts,
  name: string | undefined,
): void {
  const target = cursor.path();
  if (target.length === 0) return;
  const referencedColumns = cursor.peek() === '(' ? cursor.nameList() : [];
  if (columns.length === 0) return;
  // In MySQL and SQLite a key refers to a table of the same database. Other dialects look the table up as queries do.
  const isLocal = cursor.dialect === 'mysql' || cursor.dialect === 'sqlite';
  table.references.push({
    name: name ?? constraintName(table, 'fkey', columns, cursor.dialect),
    columns,
    target: target.slice(-2),
    searched: isLocal ? [table.namespace] : drafts.searched(),
    referencedColumns,
  });
}

/**
 * Reads a column's definition. Adds the column at the end of the table, or replaces the one of the same name: MODIFY
 * and CHANGE define everything about a column except its keys.
 */
export function readColumn(cursor: DdlCursor, table: DraftTable, drafts: Drafts): void {
  const { dialect } = cursor;
  const name = cursor.name();
  if (name === undefined || cursor.peek() === '.') return;
  const typeFrom = cursor.at;
  while (!cursor.done && !isEndOfType(cursor)) cursor.next();
  const before = table.columns.findIndex((c) => c.name === name);
  const typeCursor = cursor.part(typeFrom, cursor.at);
  const type = readType(typeCursor, drafts);
  const primaryKey = table.columns[before]?.primaryKey ?? 0;
  let column: DraftColumn = { name, ...type, nullable: primaryKey === 0, primaryKey };
  const set = (change: Partial<DraftColumn>) => (column = { ...column, ...change });
  if (dialect === 'postgres' && /^(?:small|big)?serial[248]?$/i.test(type.type))
    set({
      nullable: false,
      defaultValue: `nextval(${quoteLiteral(`${table.name}_${name}_seq`, dialect)}::regclass)`,
    });
  if (dialect === 'mysql' && /^serial$/i.test(type.type)) {
    set({ nullable: false, defaultValue: 'AUTO_INCREMENT' });
    addUniqueKey(table, [name], dialect, undefined);
  }
  const checks: { readonly name: string | undefined; readonly from: number; readonly to: number }[] = [];
  let primary: { readonly name: string | undefined } | undefined;
  let place: { readonly behind: string | undefined } | undefined;
  let isHidden = false;
  /** The name before the next constraint. */
  let named: string | undefined;
  const take = () => {
    const one = named;
    named = undefined;
    return one;
  };
  while (!cursor.done) {
    if (cursor.skip('not', 'null')) set({ nullable: false });
    else if (cursor.skip('primary', 'key')) primary = { name: take() };
    else if (cursor.skip('unique')) {
      if (dialect === 'mysql') cursor.skip('key');
      addUniqueKey(table, [name], dialect, take());
    } else if (dialect === 'mysql' && cursor.skip('key')) primary = { name: take() };
    else if (cursor.skip('references')) addReference(cursor, table, [name], drafts, take());
    else if (cursor.peek() === 'check' && cursor.peek(1) === '(') {
      cursor.at++;
      const from = cursor.at;
      cursor.next();
      checks.push({ name: take(), from, to: cursor.at });
    } else if (cursor.skip('default')) {
      const value = defaultValue(cursor);
      // DEFAULT NULL means no default. SQLite's catalogue lists it all the same.
      if (dialect === 'sqlite' || !/^\(?null\)?$/i.test(value)) set({ defaultValue: value });
    } else if (cursor.skip('auto_increment')) set({ defaultValue: 'AUTO_INCREMENT' });
    else if (cursor.skip('identity')) set({ nullable: false, defaultValue: 'IDENTITY' });
    else if (cursor.skip('comment')) {
      cursor.skip('=');
      const comment = cursor.strings();
      if (comment !== undefined && comment !== '') set({ comment });
    } else if (cursor.skip('generated')) {
      if (!cursor.skip('always')) cursor.skip('by', 'default');
      cursor.skip('on', 'null');
      if (!cursor.skip('as')) continue;
      if (cursor.skip('identity')) {
        set({ nullable: false, defaultValue: 'GENERATED AS IDENTITY' });
        if (cursor.peek() === '(') cursor.next();
      } else {
        set({ generated: true });
        cursor.next();
      }
    } else if (cursor.peek() === 'as' && (cursor.peek(1) === '(' || dialect === 'tsql')) {
      set({ generated: true });
      cursor.at++;
      cursor.next();
      if (dialect === 'tsql') toEndOfExpression(cursor);
    } else if (cursor.skip('constraint')) named = cursor.name();
    else if (dialect === 'mysql' && cursor.skip('invisible')) isHidden = true;
    else if (dialect === 'mysql' && cursor.skip('first')) place = { behind: undefined };
    else if (dialect === 'mysql' && cursor.skip('after')) place = { behind: cursor.name() };
    else if (cursor.peek() === 'on' || cursor.peek() === 'collate') {
      // These two words are not needed. SET DEFAULT in ON DELETE must not be read as a default.
      cursor.at += 2;
      if (cursor.skip('set')) cursor.at++;
    } else cursor.next();
  }
  if (isHidden) {
    table.columns = table.columns.filter((one) => one.name !== name);
    table.hiddenColumns = [...table.hiddenColumns.filter((one) => one.name !== name), column];
    return;
  }
  table.hiddenColumns = table.hiddenColumns.filter((one) => one.name !== name);
  if (before >= 0) table.columns = table.columns.with(before, column);
  else table.columns = [...table.columns, column];
  if (place !== undefined) moveColumn(table, name, place.behind);
  if (primary !== undefined) setPrimaryKey(table, [name], dialect, primary.name);
  // The checks come last, because the column must be there to hold their values.
  for (const check of checks) addCheck(cursor.part(check.from, check.to), table, check.name);
}

/** Reads a type: its text, its name when the text may have made it, and its values. */
export function readType(
  cursor: DdlCursor,
  drafts: Drafts,
): Pick<DraftColumn, 'type' | 'typePath' | 'values'> {
  const { at: from, to } = cursor;
  let type = cursor.slice(from, to);
  if (cursor.peek() === 'enum' && cursor.peek(1) === '(') {
    cursor.at++;
    const list = cursor.parts().flatMap((part) => part.strings() ?? []);
    return { type, values: { list, from: 'enum' } };
  }
  const path = cursor.path();
  // public.mood is mood. An array, or a type with words behind it, has no name of its own.
  const isOwnName = path.length > 0 && (cursor.done || (cursor.peek() === '(' && cursor.closing() === to));
  if (!isOwnName) return { type };
  if (path.length === 2 && (drafts.own(path[0]) === undefined || path[0] === 'pg_catalog'))
    type = cursor.slice(from + 2, to);
  return { type, typePath: path };
}

function isEndOfType(cursor: DdlCursor): boolean {
  if (cursor.kind() !== 'word') return false;
  const word = cursor.peek();
  if (word === 'character' && cursor.peek(1) === 'set') return true;
  if (cursor.dialect === 'mysql' && (word === 'first' || word === 'after')) return true;
  // sqlite and duckdb: GENERATED without a type; tsql: name AS (…)
  return afterType.has(word);
}

/** Text of a default: one operand, then everything up to the next constraint. */
function defaultValue(cursor: DdlCursor): string {
  const from = cursor.at;
  if (cursor.peek() === '-' || cursor.peek() === '+') cursor.at++;
  cursor.next();
  toEndOfExpression(cursor);
  return cursor.slice(from, cursor.at);
}

function toEndOfExpression(cursor: DdlCursor): void {
  while (!cursor.done && !endsDefault(cursor)) cursor.next();
}

function endsDefault(cursor: DdlCursor): boolean {
  if (cursor.kind() !== 'word') return false;
  const word = cursor.peek();
  if (cursor.dialect === 'mysql' && (word === 'first' || word === 'after')) return true;
  return afterType.has(word);
}
