/** An index of the words in a schema's names, in which the words of a question are looked up. Built once for each schema. */
import type { Column, Schema, Table } from '../../schema/model';
import { apart, isCommonWord, nameWords, writtenWords } from './nameWords';
import { fillerWords, genericWords, lemma, sharedBeginning } from './words';

/** A table or a column, by the words of its name. */
export interface Named {
  readonly table: Table;
  /** Undefined for the table itself. */
  readonly column?: Column;
  /** Lemmas; without words that say nothing, where others are left. */
  readonly words: readonly string[];
  /** How much each word tells. */
  readonly weights: readonly number[];
  /** Those of a column's words that are not its table's; all where all are. */
  readonly ownWords: readonly string[];
  /** All letters of the name in lower case. */
  readonly written: string;
  /** The column holds a key of another table. */
  readonly isReference: boolean;
}

/** A column that a question names. */
export interface NamedColumn {
  readonly named: Named;
  /** Indexes of the question's words, ascending. */
  readonly at: readonly number[];
  /** How likely it is meant; of more than 0.85 hardly anything else is. */
  readonly score: number;
}

const indexes = new WeakMap<readonly Table[], SchemaIndex>();

export class SchemaIndex {
  readonly #byWord = new Map<string, Named[]>();
  readonly #byBeginning = new Map<string, string[]>();
  readonly #byWritten = new Map<string, Named[]>();
  /** Names in one piece that nothing takes apart but, perhaps, a question's words. */
  readonly #whole = new Map<string, Named[]>();
  /** The same names by how they begin and how they end. */
  readonly #wholeByEdge = new Map<string, string[]>();
  readonly #tableWords: ReadonlySet<string>;
  readonly #named = new Map<Table, Named>();

  /** By tables, not by schema: within a routine the schema has the same tables and more names. */
  static of({ tables }: Schema): SchemaIndex {
    let index = indexes.get(tables);
    if (!index) indexes.set(tables, (index = new SchemaIndex(tables)));
    return index;
  }

  private constructor(tables: readonly Table[]) {
    this.#tableWords = new Set(tables.flatMap(({ name }) => writtenWords(name).map(lemma)));
    for (const table of tables) {
      const tableWords = this.#wordsOf(table.name);
      const named = namedTable(table, tableWords);
      this.#named.set(table, named);
      this.#add(named, table.name);
      const isSplit = hasSplitName(table);
      const references = new Set(table.foreignKeys.flatMap(({ columns }) => columns));
      for (const column of table.columns)
        this.#add(
          namedColumn(
            table,
            column,
            this.#wordsOf(withoutInitial(column.name, table.name)),
            isSplit ? [...tableWords, ...partsOfName] : tableWords,
            references.has(column.name),
          ),
          column.name,
        );
    }
  }

  /** The table by its words. */
  table(table: Table): Named | undefined {
    return this.#named.get(table);
  }

  /** What has the word in its name. */
  withWord(word: string): readonly Named[] {
    return this.#byWord.get(word) ?? [];
  }

  has(word: string): boolean {
    return this.#byWord.has(word);
  }

  /** Words of names that begin as the word does. */
  beginningLike(word: string): readonly string[] {
    return this.#byBeginning.get(word.slice(0, sharedBeginning)) ?? [];
  }

  /** The names that are written with exactly these letters. */
  written(letters: string): readonly Named[] {
    return this.#byWritten.get(letters) ?? [];
  }

  /** Names in one piece that the question's words take apart: "petage" where it says "age" and "pet". */
  apartBy(said: ReadonlySet<string>): readonly Named[] {
    const found: Named[] = [];
    const isKnown = (part: string): boolean => said.has(part) || this.#isKnown(part);
    const names = new Set<string>();
    for (const word of said) {
      for (const name of this.#wholeByEdge.get(`${word.slice(0, 3)}-`) ?? [])
        if (name.startsWith(word)) names.add(name);
      for (const name of this.#wholeByEdge.get(`-${word.slice(-3)}`) ?? [])
        if (name.endsWith(word)) names.add(name);
    }
    for (const name of names) {
      const parts = apart(name, isKnown);
      if (parts.length < 2) continue;
      const words = parts.map(lemma);
      for (const { table, column, isReference } of this.#whole.get(name) ?? [])
        found.push(
          column
            ? namedColumn(table, column, words, this.#named.get(table)?.words ?? [], isReference)
            : namedTable(table, words),
        );
    }
    return found;
  }

  readonly #isKnown = (word: string): boolean => isCommonWord(word) || this.#tableWords.has(word);

  #wordsOf(name: string): readonly string[] {
    return nameWords(name, this.#isKnown);
  }

  #add(named: Named, name: string): void {
    for (const word of new Set(named.words)) {
      if (!this.#byWord.has(word)) append(this.#byBeginning, word.slice(0, sharedBeginning), word);
      append(this.#byWord, word, named);
    }
    append(this.#byWritten, named.written, named);
    const [one, ...more] = writtenWords(name);
    if (one === undefined || more.length > 0 || named.words.length > 1 || one.length <= 4) return;
    if (!this.#whole.has(one)) {
      append(this.#wholeByEdge, `${one.slice(0, 3)}-`, one);
      append(this.#wholeByEdge, `-${one.slice(-3)}`, one);
    }
    append(this.#whole, one, named);
  }
}

/** "gname" of the table "games" is its name; other short beginnings mean nothing that a question would say either. */
function withoutInitial(column: string, table: string): string {
  const rest = column.slice(1);
  const isInitial = column.slice(0, 1).toLowerCase() === table.slice(0, 1).toLowerCase();
  return isInitial && /^[a-z]{4,}$/.test(rest) && isCommonWord(rest) ? rest : column;
}

/** Words of the columns that a person's name may be split over. */
const partsOfName = ['first', 'last', 'given', 'middle', 'family'];

/** A person's name is in several columns: whoever asks for names means all of them. */
function hasSplitName({ columns }: Table): boolean {
  const names = columns.map(({ name }) => name.toLowerCase().replace(/[^a-z]/g, ''));
  const has = (form: RegExp): boolean => names.some((name) => form.test(name));
  return has(/^\w*f(?:irst)?name$/) && has(/^\w*l(?:ast)?name$/) && !has(/^(?:full)?name$/);
}

function namedTable(table: Table, words: readonly string[]): Named {
  const telling = tellingWords(words);
  return {
    table,
    words: telling,
    // The last word of a compound is what it is.
    weights: telling.map((_, i) => (i === telling.length - 1 ? 1.2 : 1)),
    ownWords: telling,
    written: writtenWords(table.name).join(''),
    isReference: false,
  };
}

function namedColumn(
  table: Table,
  column: Column,
  words: readonly string[],
  tableWords: readonly string[],
  isReference: boolean,
): Named {
  let telling = tellingWords(words);
  // "participant_details": without its table's words there is nothing but the filler left.
  if (telling.every((word) => tableWords.includes(word))) telling = words;
  const own = telling.filter((word) => !tableWords.includes(word));
  return {
    table,
    column,
    words: telling,
    weights: telling.map((word) =>
      tableWords.includes(word) && own.length > 0 ? 0.35 : genericWords.has(word) ? 0.7 : 1,
    ),
    ownWords: own.length > 0 ? own : telling,
    written: writtenWords(column.name).join(''),
    isReference,
  };
}

function tellingWords(words: readonly string[]): readonly string[] {
  const telling = words.filter((word) => !fillerWords.has(word));
  return telling.length > 0 ? telling : words;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
