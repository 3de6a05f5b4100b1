/**
 * Finds in which columns the values stand that a question names: "Ben Jones" → cartoon.directed_by. Looks only at the
 * values that were read with the schema (Column.values, Column.seen), never in the database. Pure.
 */
import type { Column, Schema, Table } from './model';
import { partsOf, SchemaNames } from './names';

export interface ValuePlace {
  readonly table: Table;
  readonly column: Column;
  /** In the database's spelling. */
  readonly value: string;
}

/** Most words of a value, most places of one value, and most places of all. */
const mostWords = 8;
const mostOfOne = 3;
const mostOfAll = 4;

/** Common words that are values in some databases, but hardly ever meant as such. */
const plain = new Set(
  `a all an and any are as at average be been between both but by can count did do does each either every few find first for from
  get give had has have higher highest how i id if in is it its last least less list lowest many max maximum me min minimum more
  most much name names neither new no nor not number of off on one only or other our out over per please return same select show
  some sum than that the their them then there these they this those to top total two type under unknown up value was we were
  what when where which who whose why with without year yes you your`.split(/\s+/),
);

interface Word {
  readonly text: string;
  readonly key: string;
  /** Capitalized or in quotes: more likely a name than a word. */
  readonly isMarked: boolean;
}

type Index = ReadonlyMap<string, readonly ValuePlace[]>;

/** Kept by the list of tables, because the schema inside a routine has the same tables and more names. */
const indexes = new WeakMap<readonly Table[], Index>();

function indexOf({ tables }: Schema): Index {
  let index = indexes.get(tables);
  if (!index) indexes.set(tables, (index = indexed(tables)));
  return index;
}

/** Places by the value's words in lower case. */
function indexed(tables: readonly Table[]): Index {
  const index = new Map<string, ValuePlace[]>();
  for (const table of tables) {
    for (const column of table.columns) {
      for (const value of column.values?.list ?? column.seen ?? []) {
        const words = wordsOf(value);
        if (words.length === 0 || words.length > mostWords) continue;
        const key = words.map((word) => word.key).join(' ');
        const places = index.get(key);
        if (places === undefined) index.set(key, [{ table, column, value }]);
        else if (!places.some((place) => place.column === column)) places.push({ table, column, value });
      }
    }
  }
  return index;
}

/** The places of the values that the question names, in its order. Few; of each value the likeliest first. */
export function valuePlaces(question: string, schema: Schema): readonly ValuePlace[] {
  const index = indexOf(schema);
  if (index.size === 0) return [];
  const names = SchemaNames.of(schema);
  const words = wordsOf(question);
  const found: ValuePlace[] = [];
  for (let at = 0; at < words.length;) {
    let length = Math.min(mostWords, words.length - at);
    let places: readonly ValuePlace[] | undefined;
    for (; length > 0; length--) {
      places = placesAt(index, words.slice(at, at + length), at === 0, names);
      if (places) break;
    }
    for (const place of likeliest(places ?? [], words).slice(0, mostOfOne))
      if (!found.includes(place)) found.push(place);
    at += Math.max(1, length);
  }
  return found.slice(0, mostOfAll);
}

function placesAt(
  index: Index,
  words: readonly Word[],
  isFirst: boolean,
  names: SchemaNames,
): readonly ValuePlace[] | undefined {
  const keys = words.map(({ key }) => key);
  const last = keys.at(-1) ?? '';
  const one = withoutS(last);
  const places = index.get(keys.join(' ')) ?? index.get([...keys.slice(0, -1), one].join(' '));
  if (!places || words.length > 1) return places;
  const [word] = words;
  // A single word counts as a value only when it is neither a common word nor a name of the schema.
  if (!word || /^\d+$/.test(last) || word.text.length < 2 || plain.has(last)) return undefined;
  if (word.isMarked && !isFirst) return places;
  if (one.length < 3 || isName(last, names)) return undefined;
  const others = places.filter(
    ({ table, column }) => !wordsIn(table.name).has(one) && !wordsIn(column.name).has(one),
  );
  return others.length > 0 ? others : undefined;
}

const withoutS = (word: string): string => word.replace(/s$/, '');
/** The words of a name, in the singular. */
const wordsIn = (name: string): ReadonlySet<string> => new Set(partsOf(name).map(withoutS));

const isName = (word: string, names: SchemaNames): boolean =>
  [word, withoutS(word), `${word}s`].some(
    (form) => names.table(form) !== undefined || names.tablesWith(form).length > 0,
  );

/** Places whose column or table the question names come first, then those of columns with few values. */
function likeliest(places: readonly ValuePlace[], words: readonly Word[]): readonly ValuePlace[] {
  const said = new Set(words.map(({ key }) => withoutS(key)));
  const mentions = (name: string): number => [...wordsIn(name)].filter((part) => said.has(part)).length;
  const score = ({ table, column }: ValuePlace): number =>
    2 * mentions(column.name) + mentions(table.name) + (column.values ? 0.5 : 0);
  return [...places].sort((a, b) => score(b) - score(a));
}

function wordsOf(text: string): Word[] {
  const quoted = [...text.matchAll(/"[^"]*"|(?<![\p{L}\p{N}])['‘“][^'’”]*['’”](?![\p{L}\p{N}])/gu)].map(
    (match) => [match.index, match.index + match[0].length] as const,
  );
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ 0: word, index }) => ({
    text: word,
    key: word.toLowerCase(),
    isMarked: /\p{Lu}/u.test(word) || quoted.some(([from, to]) => from < index && index < to),
  }));
}
