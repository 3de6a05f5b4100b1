/**
 * Completion items for the columns of the table that a statement writes to or defines: INSERT's list, SET, USING, and
 * names in DDL.
 */
import type { Schema, Table } from '../../schema/model';
import { targetTable } from './expansions';
import type { CompletionItem } from './item';
import { typeItems } from './keywords';
import { columnItem, columnItems } from './names';
import type { Place } from './cursor';
import { tableTitle, type Relation } from './relations';
import type { Style } from './style';

function columnsOf(table: Table, schema: Schema, style: Style, used = new Set<string>()): CompletionItem[] {
  const description = tableTitle(table, schema);
  return table.columns
    .filter(({ name }) => !used.has(name.toLowerCase()))
    .map((column) => columnItem(column.name, column, { description, table }, style));
}

/** Lower-case names of the columns that the database computes: no statement writes them. */
function generatedIn(table: Table): Set<string> {
  return new Set(
    table.columns.filter(({ generated }) => generated === true).map(({ name }) => name.toLowerCase()),
  );
}

/** The columns that an INSERT's list does not have yet; for an empty list also one item with all of them. */
export function insertColumnItems(place: Place, schema: Schema, style: Style): CompletionItem[] {
  const table = targetTable(place, schema);
  if (table === undefined) return [];
  const listed = [...place.shape.roles]
    .filter(([i, role]) => role === 'insert-column' && i !== place.index)
    .map(([i]) => place.reading.name(i).toLowerCase());
  const items = columnsOf(table, schema, style, new Set([...generatedIn(table), ...listed]));
  if (listed.length > 0 || items.length < 2) return items;
  const all = items.map(({ insert }) => insert).join(', ');
  return [{ kind: 'text', label: all, insert: all, filter: '*', description: 'all columns' }, ...items];
}

/** The columns that SET does not assign yet, each with `=`. */
export function setColumnItems(
  place: Place,
  relations: readonly Relation[],
  schema: Schema,
  style: Style,
): CompletionItem[] {
  const table = targetTable(place, schema);
  if (table === undefined) return columnItems(place, relations, style);
  const { reading, index, frame } = place;
  const set = frame.marks.findLast(({ clause }) => clause === 'set');
  const used = generatedIn(table);
  for (const [i, token] of reading.tokens.entries()) {
    const isAssigned = ['set', ','].includes(reading.raw(i - 1)) && reading.raw(i + 1) === '=';
    if (i !== index && token.from > (set?.from ?? 0) && isAssigned) used.add(reading.name(i).toLowerCase());
  }
  const items = columnsOf(table, schema, style, used);
  return reading.raw(index + 1) === '='
    ? items
    : items.map((item) => ({ ...item, insert: `${item.insert} = ` }));
}

/**
 * The columns that the table just joined shares with one before it, key columns first.
 * @param before relations written before the cursor
 */
export function usingColumnItems(before: readonly Relation[], style: Style): CompletionItem[] {
  const own = before.filter(({ depth }) => depth === 0);
  const joined = own.at(-1);
  if (joined === undefined) return [];
  const { description, table } = joined;
  const earlier = new Set(
    own.slice(0, -1).flatMap(({ columns }) => columns.map(({ name }) => name.toLowerCase())),
  );
  const isKey = (name: string): boolean => /id$|code$|key$/i.test(name);
  return joined.columns
    .filter(({ name }) => earlier.has(name.toLowerCase()))
    .toSorted((a, b) => Number(isKey(b.name)) - Number(isKey(a.name)))
    .map(({ name, column }) => columnItem(name, column, { description, table }, style));
}

/** In CREATE, ALTER, DROP and TRUNCATE: tables, columns or types, depending on the words before. */
export function ddlItems(
  place: Place,
  relations: readonly Relation[],
  schema: Schema,
  style: Style,
  { tables, keywords }: { tables: () => CompletionItem[]; keywords: () => CompletionItem[] },
): CompletionItem[] {
  const { reading, index, parenthesis } = place;
  const previous = reading.raw(index - 1);
  const first = reading.raw(0);
  const columnsAt = (i: number): CompletionItem[] => {
    const name = reading.name(i).toLowerCase();
    const table = schema.tables.find((candidate) => candidate.name.toLowerCase() === name);
    return table === undefined ? [] : columnsOf(table, schema, style);
  };
  if (previous === 'references') return tables();
  if (reading.raw(parenthesis - 2) === 'references') return columnsAt(parenthesis - 1);
  if (['table', 'view', 'exists', 'truncate'].includes(previous))
    return first === 'create' ? keywords() : [...tables(), ...keywords()];
  const isIndex = reading.raw(1) === 'index' || reading.raw(2) === 'index';
  if (first === 'create' && isIndex && parenthesis >= 0) return columnItems(place, relations, style);
  if (first === 'alter' && previous === 'column' && reading.raw(index - 2) !== 'add')
    return columnsAt(reading.raw(2) === 'if' ? 4 : 2);
  const isDeclared =
    (first === 'create' && parenthesis >= 0 && ['(', ','].includes(reading.raw(index - 2))) ||
    (first === 'alter' && reading.raw(index - 2) === 'column');
  return isDeclared && reading.isIdentifier(index - 1)
    ? [...typeItems(place, style), ...keywords()]
    : keywords();
}
