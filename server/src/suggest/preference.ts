/**
 * Prefers, among legal candidates, those that the text suggests. Example: behind `-- names of customers`, the candidate `cust`
 * keeps its probability because it begins `customers`; another table loses some. targets.ts finds the likely names; this file
 * compares candidates with them. It never makes an illegal candidate legal.
 */
import type { Schema } from '../schema/model';
import { functionsOf } from '../sql/keywords';
import { quoteWithin } from '../sql/quoteLiteral';
import type { Question } from './question';
import { aliasTargets, columnTargets, tableTargets, valueTargets, weights, type Targets } from './targets';
import { Reading } from '../legality/reading';
import { comparedColumn, isTextType } from '../legality/comparedColumns';

/** A name with at least this lead is looked for in the whole vocabulary. */
const compelling = 2;

/** What is likely at one place of a statement. */
export class Preference {
  readonly #best: number;
  readonly #targets: Targets;

  /**
   * @param wordFrom where the word in progress begins, in the text that was read
   * @param valuesOf inside a string: the schema that the targets are values of, compared to their end
   */
  constructor(
    readonly wordFrom: number,
    targets: Targets,
    private readonly functions: ReadonlySet<string>,
    private readonly valuesOf?: Schema,
  ) {
    this.#targets = targets;
    this.#best = Math.max(0, ...targets.map(({ score }) => score));
  }

  /** What to add to the log probability of a text that stands at `wordFrom`: how far it leads from the likeliest. */
  of(continuation: string): number {
    if (this.#best === 0) return 0;
    return (this.valuesOf ? this.#ofValue(continuation) : this.#ofName(continuation)) - this.#best;
  }

  /**
   * The rests of the likely texts at `wordFrom`, best first; only the best ones when they stand out. Each text begins with
   * `head` (written already) and `typed` (must come next).
   */
  rests(head: string, typed: string): string[] {
    const least = this.#best >= compelling ? this.#best - 0.5 : -Infinity;
    const begun = head + typed;
    return this.#targets
      .filter(({ score }) => score >= least)
      .sort((a, b) => b.score - a.score)
      .flatMap(({ text }) => (this.valuesOf ? closedLiteral(text, begun, this.valuesOf) : [text]))
      .filter((text) => text.toLowerCase().startsWith(begun.toLowerCase()))
      .map((text) => typed + text.slice(begun.length))
      .filter((rest) => rest !== '');
  }

  #ofName(continuation: string): number {
    const match = /^\s*["`]?([\p{L}\p{N}_$]*)(.*)$/su.exec(continuation);
    const word = match?.[1]?.toLowerCase() ?? '';
    // A blank, a bracket or a star does not tell names apart.
    if (word === '') return this.#best;
    const isWhole = match?.[2] !== '';
    let best = 0;
    for (const { text, score } of this.#targets) {
      const name = text.toLowerCase();
      if (score > best && (isWhole ? name === word : name.startsWith(word))) best = score;
    }
    return best < this.#best && this.#leadsOn(match?.[1] ?? '', isWhole) ? this.#best : best;
  }

  /** COUNT( and the like lead to any column; in capitals, so that a column "country" is not taken for it. */
  #leadsOn(word: string, isWhole: boolean): boolean {
    if (word !== word.toUpperCase()) return false;
    const name = word.toLowerCase();
    for (const known of [this.functions, openers])
      for (const one of known) if (isWhole ? one === name : one.startsWith(name)) return true;
    return false;
  }

  #ofValue(continuation: string): number {
    const literal = continuation.slice(1);
    const end = literal.indexOf("'");
    const value = (end < 0 ? literal : literal.slice(0, end)).replace(/^%|%$/g, '');
    if (value === '') return end < 0 ? this.#best : 0;
    let best = 0;
    for (const { text, score } of this.#targets) {
      const isThere = (known: string, begun: string): boolean =>
        end < 0 ? known.startsWith(begun) : known === begun;
      // Databases compare strings by case: a value in another case counts half.
      const fit = isThere(text, value)
        ? score
        : isThere(text.toLowerCase(), value.toLowerCase())
          ? score / 2
          : 0;
      best = Math.max(best, fit);
    }
    return best;
  }
}

/** Behind a comparison: prefers a literal of the column's type and numbers from the question. */
class LiteralPreference extends Preference {
  constructor(
    wordFrom: number,
    private readonly isText: boolean,
    private readonly numbers: readonly string[],
  ) {
    super(wordFrom, [], new Set());
  }

  override of(continuation: string): number {
    const literal = continuation.trimStart();
    if (/^['"]/.test(literal)) return this.isText ? 0 : -weights.value;
    const number = /^[\d.]+/.exec(literal)?.[0];
    if (number === undefined) return 0;
    if (this.isText) return -weights.value;
    const isWhole = number.length < literal.length;
    const isAsked = this.numbers.some((one) => (isWhole ? one === number : one.startsWith(number)));
    return isAsked || this.numbers.length === 0 ? 0 : -weights.value / 2;
  }
}

/** The whole literal of the value in the string that is begun; none where it cannot be written in such a string. */
function closedLiteral(value: string, begun: string, { dialect, backslash }: Schema): string[] {
  const opening = /^[^'"]*['"]/.exec(begun)?.[0] ?? "'";
  const inner = quoteWithin(value, opening, dialect, backslash);
  return inner === undefined ? [] : [opening + inner + opening.slice(-1)];
}

const openers: ReadonlySet<string> = new Set(['distinct', 'case', 'cast', 'not', 'exists', 'select']);

/** The preference for the next piece of a statement that was read up to its end. */
export function preferenceAt(reading: Reading, question: Question): Preference {
  const { text, shape, schema } = reading;
  const functions = functionsOf(schema.dialect);
  const last = shape.tokens.length - 1;
  const token = shape.tokens[last];
  if (token?.kind === 'string' && !token.closed && token.to === text.length)
    return new Preference(token.from, valueTargets(reading, last, question), functions, schema);
  const wordFrom = text.length - (/["`]?[\p{L}\p{N}_$]*$/u.exec(text)?.[0].length ?? 0);
  // Read the statement with a made-up name at the place: its role shows what may stand there.
  const probe = new Reading(`${text.slice(0, wordFrom)} zq `, wordFrom + 4, schema);
  const at = probe.length - 1;
  const frame = probe.shape.frames[at] ?? probe.shape.root;
  const role = probe.shape.roles.get(at);
  const compared = role === undefined ? comparedColumn(probe, at) : undefined;
  const isText = compared && isTextType(compared.type);
  if (isText !== undefined) return new LiteralPreference(wordFrom, isText, question.numbers);
  const targets =
    role === 'relation'
      ? tableTargets(reading, frame, wordFrom, question)
      : role === 'relation-alias'
        ? aliasTargets(probe, frame)
        : role === undefined
          ? columnTargets(probe, at, frame, question)
          : [];
  return new Preference(wordFrom, targets, functions);
}
