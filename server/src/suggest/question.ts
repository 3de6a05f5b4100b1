/**
 * Reads a question in a comment: which names of the schema it mentions, and which values it holds (quoted words, words with a
 * capital letter, numbers). It compares words and asks no model. Pure.
 */
import type { Schema } from '../schema/model';
import { partsOf, singular } from '../schema/names';
import { valuePlaces, type ValuePlace } from '../schema/valuePlaces';
import { tokenize } from '../sql/tokens';

/** Words that have a capital letter only because a sentence begins with them. */
const opening =
  /^(?:what|which|who|whose|how|show|list|find|give|return|count|please|for|the|is|are|when|where|in|tell|get|select|name|of|and|or|i|me|all|top|compute|calculate)$/i;

export class Question {
  readonly text: string;
  /** What stands in quotes. */
  readonly quoted: readonly string[];
  /** Names and other words with capitals, in a row as far as they go, and each alone. */
  readonly capitals: readonly string[];
  readonly numbers: readonly string[];
  /** Where the database has what it names. */
  readonly places: readonly ValuePlace[];
  readonly #stems: ReadonlySet<string>;
  /** All words in a row, so that "net worth" is found in "networth". */
  readonly #joined: string;

  /** @param statement a statement with the comments above and in it; without any there is no question */
  constructor(statement: string, schema: Schema) {
    this.text = tokenize(statement, schema.dialect)
      .filter(({ kind }) => kind === 'comment')
      .map(({ from, to }) => statement.slice(from, to).replace(/^(?:--|#|\/\*)+\s*|\*\/$/g, ''))
      .join(' ')
      .trim();
    const words = this.text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    this.#stems = new Set(words.flatMap((word) => [word, singular(word)]));
    this.#joined = words.map(singular).join('');
    this.quoted = [
      ...this.text.matchAll(/"([^"]+)"|(?<![\p{L}\p{N}])'([^']+)'(?![\p{L}\p{N}])|“([^”]+)”/gu),
    ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
    const runs = this.text.match(/\p{Lu}[\p{L}\p{N}.-]*(?: \p{Lu}[\p{L}\p{N}.-]*)*/gu) ?? [];
    this.capitals = runs
      .flatMap((run) => [run, ...run.split(' '), run.replace(/^\S+ /, '')])
      .map((run) => run.replace(/[.-]+$/, ''))
      .filter((run) => !opening.test(run));
    this.numbers = this.text.match(/\d+(?:\.\d+)?/g) ?? [];
    this.places = this.text === '' ? [] : valuePlaces(this.text, schema);
  }

  get isEmpty(): boolean {
    return this.text === '';
  }

  /** How much of a name the question mentions, 0 to 1. */
  mentions(name: string): number {
    const parts = partsOf(name);
    if (parts.length === 0 || this.isEmpty) return 0;
    const found = parts.filter((part) => this.#stems.has(part) || this.#stems.has(singular(part)));
    if (found.length === parts.length) return 1;
    const joined = parts.map(singular).join('');
    if (joined.length > 5 && this.#joined.includes(joined)) return 1;
    const letters = (list: readonly string[]): number => list.reduce((all, part) => all + part.length, 0);
    return (0.7 * letters(found)) / letters(parts);
  }
}
