/**
 * Guesses which relations a query will have before its FROM is written: the common tables above it, and the tables that
 * a qualifier may be an alias of. Used only when nothing is known for certain.
 */
import type { Schema, Table } from '../../schema/model';
import { SchemaNames } from '../../schema/names';
import { framesOutwards, resolveQualifier } from '../../sql/shape/scope';
import { neighbours } from './joins';
import type { Place } from './cursor';
import { commonTablesAt, tableTitle, type RelationColumn, type Relations } from './relations';

export interface Unwritten {
  readonly name: string;
  readonly table?: Table;
  readonly columns: readonly RelationColumn[];
  /** Where the columns come from, in words for a person. */
  readonly description: string;
}

/** When more tables than this fit, it is no guess any more. */
const mostTables = 12;

/** The common tables before the place whose columns are known, nearest first. */
export function commonBefore(place: Place, relations: Relations): Unwritten[] {
  const around = new Set(framesOutwards(place.frame).map(({ from }) => from));
  return commonTablesAt(place.frame)
    .filter(({ body, nameToken }) => (nameToken ?? 0) < place.index && !(body && around.has(body.from)))
    .toReversed()
    .flatMap((common) => {
      const columns = (relations.columnsOf(common) ?? []).filter(({ name }) => name !== '');
      return columns.length === 0 ? [] : [{ name: common.name, columns, description: common.name }];
    });
}

/**
 * What the qualifier before the cursor may stand for, best first: common tables; then tables that a key connects with
 * the tables of the query's other qualifiers; then by how alike the names are.
 */
export function unwrittenOf(
  qualifier: string,
  place: Place,
  schema: Schema,
  relations: Relations,
): Unwritten[] {
  const members = membersOf(place);
  const wanted = qualifier.toLowerCase();
  const common = commonBefore(place, relations)
    .filter((one) => likeness(wanted, one.name) > 0)
    .toSorted((a, b) => likeness(wanted, b.name) - likeness(wanted, a.name));
  const present = relations.all().flatMap(({ table }) => (table === undefined ? [] : [table]));
  const others = [...members].filter(
    ([other]) => other !== wanted && resolveQualifier(other, place.frame) === undefined,
  );
  const meant = others.flatMap(([other, keys]) => candidates(other, keys, schema).slice(0, mostTables));
  const near = new Set([...present, ...meant].flatMap((table) => [...neighbours(table, schema)]));
  const tables = candidates(wanted, members.get(wanted), schema);
  const ordered = [
    ...tables.filter((table) => near.has(table)),
    ...tables.filter((table) => !near.has(table)),
  ];
  return [
    ...common,
    ...ordered.slice(0, mostTables).map((table) => ({
      name: table.name,
      table,
      columns: table.columns.map((column) => ({ name: column.name, column, table })),
      description: tableTitle(table, schema),
    })),
  ];
}

/**
 * Tables that the qualifier may be an alias of, likeliest first. They must have the columns that the qualifier has
 * elsewhere in the statement.
 */
function candidates(qualifier: string, columns: ReadonlySet<string> | undefined, schema: Schema): Table[] {
  const names = SchemaNames.of(schema);
  const has = (table: Table): boolean =>
    [...(columns ?? [])].every((key) => names.column(table, key) !== undefined);
  return schema.tables
    .map((table) => ({ table, score: likeness(qualifier, table.name) }))
    .filter(({ table, score }) => score > 0 && has(table))
    .toSorted((a, b) => b.score - a.score)
    .map(({ table }) => table);
}

/** For each qualifier of the statement the keys of its columns, in lower case, without the column being written. */
function membersOf({ shape, reading, index }: Place): Map<string, Set<string>> {
  const members = new Map<string, Set<string>>();
  for (let i = 2; i < reading.tokens.length; i++) {
    if (reading.raw(i - 1) !== '.' || shape.roles.has(i) || reading.raw(i - 3) === '.') continue;
    if (!reading.isIdentifier(i - 2)) continue;
    const qualifier = reading.name(i - 2).toLowerCase();
    const keys = members.get(qualifier) ?? new Set();
    members.set(qualifier, keys);
    if (i !== index && reading.isIdentifier(i)) keys.add(reading.key(i));
  }
  return members;
}

/** How well an alias fits a name: 0 not at all, 4 when it is the name's initials. */
function likeness(alias: string, name: string): number {
  // `o2` is a second `o`.
  const letters = alias.toLowerCase().replace(/\d+$/, '');
  if (letters === '') return 0;
  const whole = name.toLowerCase();
  if (whole === alias.toLowerCase()) return 5;
  const words = name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '');
  if (words.map((word) => word.charAt(0)).join('') === letters) return 4;
  if (whole.startsWith(letters)) return 3;
  if (words.some((word) => word.startsWith(letters))) return 2;
  return whole.startsWith(letters.charAt(0)) && inOrder(whole, letters) ? 1 : 0;
}

function inOrder(text: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
