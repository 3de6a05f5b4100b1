/**
 * Relations that a query will have though its FROM is not written yet: the common tables before it, and the tables that
 * a qualifier could be an alias of. Guesses, so that they are made only where nothing is known.
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
  /** What a person calls where its columns come from. */
  readonly description: string;
}

/** More than these are no guess any more. */
const mostTables = 12;

/** Common tables written before the place whose columns are known, nearest first. */
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
 * What the qualifier before the cursor could stand for, best first: common tables before tables; a table that a key
 * connects with those that the query's other qualifiers mean before others; then how alike the names are.
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

/** Tables that the qualifier may be an alias of and that have the columns it brings elsewhere, likeliest first. */
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

/** Column keys of the statement by the qualifier before them, in lower case; the one being written is left out. */
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

/** How well an alias stands for a name: 0 not at all, 4 by its initials. */
function likeness(alias: string, name: string): number {
  // `o2` is another `o`.
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
