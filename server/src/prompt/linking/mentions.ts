/** Finds where a question says the words of a name, and how clearly: all of them, or only some. Pure. */
import type { Named, SchemaIndex } from './schemaIndex';
import { isYear, lemma, likeness, stopWords, synonymsOf } from './words';

/** Words of a question that are read; nobody asks more. */
const mostWords = 120;

/** A place where a question says a word of a name. */
interface Place {
  /** Index of the question's word. */
  readonly at: number;
  /** How much it means the name's word, up to 1. */
  readonly likeness: number;
}

export interface Mention {
  /** About 1 where all words are said, more where they are several. */
  readonly score: number;
  /** Indexes of the question's words, ascending. */
  readonly at: readonly number[];
  /** All words of the name are said. */
  readonly isWhole: boolean;
}

const none: Mention = { score: 0, at: [], isWhole: false };

/** What a word more that is said adds. */
const oneWordMore = 0.12;

export class QuestionWords {
  /** As typed, in lower case. */
  readonly raw: readonly string[];
  readonly lemmas: readonly string[];
  /** Characters before each word. */
  readonly starts: readonly number[];
  /** Words that are part of a value name nothing else. */
  readonly #isTaken: readonly boolean[];
  readonly #places = new Map<string, Place[]>();
  /** First word and number of words, by their letters in a row. */
  readonly #joined = new Map<string, readonly [number, number]>();

  /** @param values ranges of the text, in characters, that are values */
  constructor(text: string, values: readonly (readonly [number, number])[], index: SchemaIndex) {
    const found = [...text.matchAll(/\p{L}+|\d+(?:\.\d+)?/gu)].slice(0, mostWords);
    this.raw = found.map(([word]) => word.toLowerCase());
    this.lemmas = this.raw.map((word, at) => (this.#isPlaced(at) ? 'order' : lemma(word)));
    this.starts = found.map(({ index: start }) => start);
    const isValue = this.starts.map((start) => values.some(([from, to]) => from <= start && start < to));
    // "students called Ann": the value's own column says more than "called".
    this.#isTaken = isValue.map(
      (taken, at) =>
        taken || (isValue[at + 1] === true && /^(?:called|named|titled)$/.test(this.raw[at] ?? '')),
    );
    for (const length of [1, 2, 3])
      for (let at = 0; at + length <= this.raw.length; at++)
        for (const words of [this.lemmas, this.raw]) {
          const letters = words.slice(at, at + length).join('');
          if (!this.#joined.has(letters)) this.#joined.set(letters, [at, length]);
        }
    this.raw.forEach((_, at) => {
      if (!this.#isTaken[at] && !this.#isConjunction(at)) this.#lookUp(at, index);
    });
  }

  /** The names' words that the question says. */
  get said(): Iterable<string> {
    return this.#places.keys();
  }

  /** One to three words in a row, without what is between them. */
  get joinedLetters(): Iterable<string> {
    return this.#joined.keys();
  }

  /** Words that may be a part of a name in one piece. */
  get longWords(): ReadonlySet<string> {
    return new Set([...this.raw, ...this.lemmas].filter((word) => word.length > 2 && !stopWords.has(word)));
  }

  placesOf(nameWord: string): readonly Place[] {
    return this.#places.get(nameWord) ?? [];
  }

  /** How much the question's word means the name's word. */
  likenessAt(at: number, nameWord: string): number {
    return this.placesOf(nameWord).find((place) => place.at === at)?.likeness ?? 0;
  }

  isStopWord(at: number): boolean {
    return stopWords.has(this.raw[at] ?? '') && !this.#isPlaced(at);
  }

  /** "How many", "the number of", "total number": it asks for a count, not for a column. */
  isCounting(at: number): boolean {
    const [word = '', next = '', before = ''] = [this.raw[at], this.raw[at + 1], this.raw[at - 1]];
    return (
      (word === 'many' && before === 'how') ||
      (/^(?:numbers?|count)$/.test(word) && next === 'of') ||
      (word === 'total' && /^(?:numbers?|count)$/.test(next)) ||
      (word === 'count' && (at === 0 || next === 'the'))
    );
  }

  /** The mention of what is written in one piece in the name and in several words in the question, or the other way. */
  inOnePiece(letters: readonly string[]): Mention | undefined {
    for (const one of letters) {
      const found = this.#joined.get(one);
      if (!found) continue;
      const at = Array.from({ length: found[1] }, (_, i) => found[0] + i);
      if (at.some((i) => this.#isTaken[i])) continue;
      return { score: 1 + oneWordMore * (found[1] - 1), at, isWhole: true };
    }
    return undefined;
  }

  /** Words that are looked up although the index does not have them: of names that were taken apart for this question. */
  addWords(nameWords: Iterable<string>): void {
    for (const word of nameWords) {
      if (this.#places.has(word)) continue;
      this.raw.forEach((_, at) => {
        if (!this.#isTaken[at] && !this.#isConjunction(at)) this.#compare(at, word);
      });
    }
  }

  /** "Customers who never ordered" and "the last order" speak of orders; "ordered by" and "in descending order" do not. */
  #isPlaced(at: number): boolean {
    const [word = '', before = '', next = ''] = [this.raw[at], this.raw[at - 1], this.raw[at + 1]];
    if (/^(?:by|in|on|of|from|with|the|them|alphabetically|ascending|descending|asc|desc)$/.test(next))
      return false;
    return (
      word === 'ordered' || (word === 'order' && at > 0 && !/(?:ing|al|ic|^in|^and|^reverse)$/.test(before))
    );
  }

  /** "where" and "who" in the middle of a question ask for nothing. */
  #isConjunction(at: number): boolean {
    return (
      at > 0 &&
      /^(?:where|when|who)$/.test(this.raw[at] ?? '') &&
      !/^(?:and|or|from|to)$/.test(this.raw[at - 1] ?? '')
    );
  }

  #lookUp(at: number, index: SchemaIndex): void {
    const word = this.lemmas[at] ?? '';
    const names = new Set([word, this.raw[at] ?? '', ...synonymsOf(word)]);
    if (isYear(word)) names.add('year').add('date');
    for (const name of names) if (index.has(name)) this.#compare(at, name);
    for (const name of index.beginningLike(word)) if (!names.has(name)) this.#compare(at, name);
  }

  #compare(at: number, name: string): void {
    const alike = likeness(this.raw[at] === name ? name : (this.lemmas[at] ?? ''), name);
    if (alike === 0) return;
    const places = this.#places.get(name);
    if (places) places.push({ at, likeness: alike });
    else this.#places.set(name, [{ at, likeness: alike }]);
  }
}

/** What the question may mean: whatever has one of its words in its name. */
export function candidatesOf(question: QuestionWords, index: SchemaIndex): readonly Named[] {
  const found = new Set<Named>();
  for (const word of question.said) for (const named of index.withWord(word)) found.add(named);
  for (const letters of question.joinedLetters) for (const named of index.written(letters)) found.add(named);
  const apart = index.apartBy(question.longWords);
  question.addWords(new Set(apart.flatMap(({ words }) => words)));
  return [...found, ...apart];
}

/**
 * The best place where the question says the words of a name: near each other, and near what is at home there.
 * @param weights how much each word counts
 * @param home words near which the name is more likely meant: "names of singers" more than "singers ... names"
 */
export function mentionOf(
  question: QuestionWords,
  words: readonly string[],
  weights: readonly number[],
  home: readonly number[] = [],
): Mention {
  const places = words.map((word) => question.placesOf(word));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let best = none;
  places.forEach((anchors, anchored) => {
    for (const anchor of anchors) {
      const at = new Set<number>();
      let [got, clear] = [0, 0];
      places.forEach((options, i) => {
        const one = i === anchored ? anchor : nearest(options, anchor.at, at);
        if (!one) return;
        got += (weights[i] ?? 0) * one.likeness;
        at.add(one.at);
        if (one.likeness >= 0.8) clear++;
      });
      let score = got / total + oneWordMore * (at.size - 1);
      if (home.length > 0) {
        const distance = Math.min(...home.map((h) => (h > anchor.at ? h - anchor.at : 1 + anchor.at - h)));
        score += (0.05 * Math.max(0, 8 - distance)) / 8;
      }
      if (score > best.score + 1e-9)
        best = { score, at: [...at].sort((a, b) => a - b), isWhole: clear === words.length };
    }
  });
  return best;
}

/** The likeliest of the places that are free, farther ones counting less. */
function nearest(options: readonly Place[], anchor: number, taken: ReadonlySet<number>): Place | undefined {
  let best: Place | undefined;
  for (const { at, likeness: alike } of options) {
    if (at === anchor || taken.has(at)) continue;
    const distance = Math.abs(at - anchor);
    const likely = alike * (distance <= 3 ? 1 : distance <= 5 ? 0.8 : 0.3);
    if (likely > (best?.likeness ?? 0)) best = { at, likeness: likely };
  }
  return best;
}
