/**
 * Reads the parts of CREATE TABLE and ALTER TABLE ADD: columns and table constraints. Tolerant: what it does not know
 * is stepped over, token by token.
 */
import { checkValues, enumValues } from './checkValues';
import { DdlCursor } from './cursor';
import type { Column, ForeignKey, Table } from '../model';

/** A table while statements still change it. */
export interface DraftTable {
  namespace?: string;
  name: string;
  kind: Table['kind'];
  columns: Column[];
  /** referencedColumns is empty where the text names none: it stands for the primary key. */
  foreignKeys: ForeignKey[];
  uniqueKeys: string[][];
  comment?: string;
  definition?: NonNullable<Table['definition']>;
  /** Enum types known so far, by lower-case name; not part of the finished table. */
  enums?: ReadonlyMap<string, readonly string[]>;
}

/** Words that end a column's type and begin something else. */
const afterType = new Set(
  `primary not null references default unique check collate comment generated auto_increment autoincrement constraint as
  identity on encode storage compression invisible visible stored virtual persisted sparse rowguidcol key deferrable
  initially masked charset using options match enable disable`
    .trim()
    .split(/\s+/),
);

const constraintWords = new Set('constraint primary foreign unique check'.split(' '));

/** Reads one part between the commas of a table's parenthesis (or behind ADD). */
export function readElement(cursor: DdlCursor, table: DraftTable): void {
  if (cursor.kind() !== 'quoted' && readConstraint(cursor, table)) return;
  readColumn(cursor, table);
}

/** Reads a table constraint or index; false (and unmoved) where the part is a column. */
function readConstraint(cursor: DdlCursor, table: DraftTable): boolean {
  const start = cursor.at;
  if (cursor.peek() === 'constraint') {
    cursor.at++;
    if (
      !constraintWords.has(cursor.peek()) ||
      cursor.kind() === 'quoted' ||
      constraintWords.has(cursor.peek(1))
    ) {
      cursor.at++;
    }
  }
  const mysql = cursor.dialect === 'mysql';
  const word = cursor.peek();
  if (word === 'primary' && cursor.peek(1) === 'key') {
    cursor.at += 2;
    toParenthesis(cursor);
    setPrimaryKey(table, cursor.nameList());
    return true;
  }
  if (word === 'foreign' && cursor.peek(1) === 'key') {
    cursor.at += 2;
    toParenthesis(cursor);
    const columns = spelt(table, cursor.nameList());
    if (cursor.skip('references')) addReference(cursor, table, columns);
    return true;
  }
  if (word === 'unique' && isUniqueConstraint(cursor)) {
    toParenthesis(cursor);
    const columns = spelt(table, cursor.nameList());
    if (columns.length > 0) table.uniqueKeys.push(columns);
    return true;
  }
  if (word === 'check' && cursor.peek(1) === '(') {
    cursor.at++;
    addCheck(cursor, table);
    return true;
  }
  if (word === 'exclude' && (cursor.peek(1) === 'using' || cursor.peek(1) === '(')) return true;
  if (word === 'period' && cursor.peek(1) === 'for') return true;
  if (mysql && ['key', 'index', 'fulltext', 'spatial'].includes(word)) return true;
  if (cursor.dialect === 'tsql' && word === 'index') return true;
  if (cursor.at !== start) return true;
  return false;
}

/** UNIQUE (a), UNIQUE KEY k (a), UNIQUE NULLS NOT DISTINCT (a); a column named unique would have to be quoted. */
function isUniqueConstraint(cursor: DdlCursor): boolean {
  for (let ahead = 1; ahead <= 6; ahead++) {
    if (cursor.peek(ahead) === '(') return true;
    if (!cursor.isName(ahead)) return false;
  }
  return false;
}

/** At the parenthesis of a CHECK: values it allows a column, where it says nothing else. Moves behind it. */
function addCheck(cursor: DdlCursor, table: DraftTable): void {
  const from = cursor.at;
  cursor.next();
  const checked = checkValues(cursor.slice(from, cursor.at), cursor.dialect);
  if (checked !== undefined) {
    changeColumn(table, checked.column, { values: { list: checked.list, from: 'check' } });
  }
}

function toParenthesis(cursor: DdlCursor): void {
  while (!cursor.done && cursor.peek() !== '(') cursor.at++;
}

/** Names as the table's own columns spell them. */
function spelt(table: DraftTable, names: readonly string[]): string[] {
  return names.map((name) => findColumn(table, name)?.name ?? name);
}

export function findColumn(table: DraftTable, name: string): Column | undefined {
  const exact = table.columns.find((column) => column.name === name);
  return exact ?? table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

export function changeColumn(table: DraftTable, name: string, change: Partial<Column>): void {
  const column = findColumn(table, name);
  table.columns = table.columns.map((c) => (c === column ? { ...c, ...change } : c));
}

/** Columns of a key of one are never null; those of a composite one only where they say so, as in the prompt. */
export function setPrimaryKey(table: DraftTable, names: readonly string[]): void {
  names.forEach((name, i) => {
    changeColumn(table, name, { primaryKey: i + 1, ...(names.length === 1 ? { nullable: false } : {}) });
  });
}

/** Behind REFERENCES: table [(columns)]; actions that follow are left to the caller. */
function addReference(cursor: DdlCursor, table: DraftTable, columns: readonly string[]): void {
  const target = cursor.path().at(-1);
  if (target === undefined) return;
  const referencedColumns = cursor.peek() === '(' ? cursor.nameList() : [];
  if (columns.length > 0) table.foreignKeys.push({ columns, table: target, referencedColumns });
}

/** Reads a column definition and puts it at the end of the table, or in place of one of the same name. */
export function readColumn(cursor: DdlCursor, table: DraftTable): void {
  const name = cursor.name();
  if (name === undefined || cursor.peek() === '.') return;
  const typeFrom = cursor.at;
  while (!cursor.done && !isEndOfType(cursor)) cursor.next();
  let column: Column = {
    name,
    type: cursor.slice(typeFrom, cursor.at),
    nullable: true,
    primaryKey: 0,
  };
  const values = enumValues(column.type) ?? table.enums?.get(column.type.toLowerCase());
  if (values !== undefined) column = { ...column, values: { list: values, from: 'enum' } };
  const checks: [number, number][] = [];
  const set = (change: Partial<Column>) => (column = { ...column, ...change });
  let isPrimary = false;
  const place = table.columns.findIndex((c) => c.name === name);
  while (!cursor.done) {
    if (cursor.skip('not', 'null')) set({ nullable: false });
    else if (cursor.skip('primary', 'key')) isPrimary = true;
    else if (cursor.skip('unique')) table.uniqueKeys.push([name]);
    else if (cursor.skip('references')) addReference(cursor, table, [name]);
    else if (cursor.peek() === 'check' && cursor.peek(1) === '(') {
      cursor.at++;
      const from = cursor.at;
      cursor.next();
      checks.push([from, cursor.at]);
    } else if (cursor.skip('default')) set({ defaultValue: defaultValue(cursor) });
    else if (cursor.skip('comment')) {
      const comment = cursor.string();
      if (comment !== undefined) set({ comment });
      cursor.next();
    } else if (cursor.skip('generated')) {
      cursor.skip('always');
      if (cursor.skip('as') && cursor.peek() === '(') set({ generated: true });
    } else if (cursor.peek() === 'as' && cursor.peek(1) === '(') {
      set({ generated: true });
      cursor.at++;
      cursor.next();
    } else if (['on', 'collate', 'constraint'].includes(cursor.peek())) {
      // Two words that say nothing here. SET DEFAULT of ON DELETE must not be taken for a default.
      cursor.at += 2;
      if (cursor.skip('set')) cursor.at++;
    } else cursor.next();
  }
  if (place >= 0) table.columns[place] = column;
  else table.columns.push(column);
  if (isPrimary) setPrimaryKey(table, [name]);
  // The column must be there before a value is put on it.
  for (const [from, to] of checks) {
    addCheck(new DdlCursor(cursor.text, cursor.tokens, cursor.dialect, from, to), table);
  }
}

function isEndOfType(cursor: DdlCursor): boolean {
  if (cursor.kind() === 'quoted' || cursor.kind() === 'string') return false;
  const word = cursor.peek();
  if (word === 'character' && cursor.peek(1) === 'set') return true;
  // sqlite and duckdb: GENERATED without type; tsql: name AS (…)
  return afterType.has(word);
}

/** Text of a default: one operand, then everything up to the next constraint. */
function defaultValue(cursor: DdlCursor): string {
  const from = cursor.at;
  if (cursor.peek() === '-' || cursor.peek() === '+') cursor.at++;
  cursor.next();
  while (!cursor.done && !endsDefault(cursor)) cursor.next();
  return cursor.slice(from, cursor.at);
}

function endsDefault(cursor: DdlCursor): boolean {
  return cursor.kind() === 'word' && afterType.has(cursor.peek());
}
