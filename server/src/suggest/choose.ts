/**
 * Makes ghost text legal while it is generated. For each token the engine offers candidates; this file takes the best one
 * that brings in no invented name (resolve/unknownNames.ts) and breaks no rule (legality/violations.ts). "Best" is the
 * model's probability plus what question and text speak for (preference.ts). When the text does not tell whether a candidate
 * is legal, it counts as legal. Pure text and schema.
 */
import type { Choose } from '../engine/engine';
import type { Dialect, Schema } from '../schema/model';
import { tokenize } from '../sql/tokens';
import { isDangling } from '../legality/rules/wordOrder';
import { faultsOf, leadsToRest, type Faults } from '../legality/leadsToRest';
import { Legality } from '../legality/legality';
import { preferenceAt, type Preference } from './preference';
import { Question } from './question';
import { Reading } from '../legality/reading';

export interface ConstraintInput {
  /** The statement up to where generation begins: the cursor, or the start of the word before it. */
  readonly before: string;
  /** What is typed from there to the cursor: generation must begin with it (token healing). */
  readonly typed?: string;
  /** The rest of the statement behind the cursor. */
  readonly after: string;
  readonly schema: Schema;
  readonly dialect: Dialect;
  /** A whole statement is wanted: it goes on to its end however unlikely that is. Default false. */
  readonly toTheEnd?: boolean;
  /** The rest behind the cursor is to be reached: it ends only where that follows on. Default false. */
  readonly fill?: boolean;
}

/** A legal candidate below this probability (1 %, as a natural logarithm) is not taken. */
const leastLogProbability = Math.log(0.01);

export function legalChoice({
  before,
  typed = '',
  after,
  schema,
  dialect,
  toTheEnd = false,
  fill = false,
}: ConstraintInput): Choose {
  const judge = new Legality(before, after, schema, typed);
  // Read only where something is generated: a plan alone costs nothing of it.
  let earlier: Faults | undefined;
  const mayEndHere = (reading: Reading, text: string): boolean => {
    if (!fill) return !isDangling(reading);
    earlier ??= faultsOf(before + typed + after, schema);
    return leadsToRest(
      { before, inserted: spaced(text.slice(before.length), after), after },
      schema,
      earlier,
    );
  };
  const question = new Question(before, schema);
  return (generated, candidates, logProbabilities) => {
    const reproducing = generated.length < typed.length;
    const text = before + generated;
    const reading = new Reading(text, text.length, schema);
    const preference = preferenceAt(reading, question);
    const isWhole = !reproducing && mayEndHere(reading, text) && !judge.isHalfName(text);
    // For the first piece the best legal name is taken even if the model preferred an illegal one; a word that was begun
    // is always finished.
    const mayEnd = !toTheEnd && isWhole && generated.trim() !== '';
    const isLegal = ({ candidate, logProbability }: Ranked): boolean =>
      // A very unlikely candidate is only left because the likely ones are illegal: better to end here.
      !(mayEnd && logProbability < leastLogProbability) &&
      agrees(generated + candidate, typed) &&
      (candidate !== '' || isWhole) &&
      isPlain(generated + candidate, dialect) &&
      judge.allows(text, completed(text, candidate));
    const best = ranked(candidates, logProbabilities, text, preference).find(isLegal);
    if (best === undefined && mayEnd) return undefined;
    // Names that the engine did not offer are less likely than all it offered. One may still win if the question speaks for it.
    const least = logProbabilities.at(-1) ?? -Infinity;
    if (best !== undefined && (best.score >= least || candidates.length < 2)) return best.index;
    const oneOf = preference
      .rests(text.slice(preference.wordFrom), typed.slice(generated.length))
      .slice(0, mostNames)
      .filter((rest) => judge.allows(text, `${rest} `) || judge.allows(text, `${rest}.`));
    return oneOf.length > 0 ? { oneOf } : best?.index;
  };
}

/** With a blank where the last word would run into the rest. */
const spaced = (text: string, after: string): string =>
  /[\p{L}\p{N}_$]$/u.test(text) && /^[\p{L}\p{N}_$]/u.test(after) ? `${text} ` : text;

const clause = /(?:^|\s)(WHERE|HAVING|LIMIT|UNION|EXCEPT|INTERSECT|GROUP|ORDER|GROUP BY|ORDER BY)$/;
/** Behind these words, WHERE and the like are read as names. */
const expectsName = /(?:[.,(]|\b(?:FROM|JOIN|AS|SELECT|BY|WHERE|AND|OR|ON))\s*$/i;

/**
 * The candidate with the text that surely follows it. WHERE is a whole word already, so a clause must be legal there; GROUP is
 * followed by BY.
 */
function completed(text: string, candidate: string): string {
  const found = clause.exec(text + candidate);
  if (found?.[1] === undefined || expectsName.test((text + candidate).slice(0, found.index)))
    return candidate;
  return found[1] === 'GROUP' || found[1] === 'ORDER' ? `${candidate} BY ` : `${candidate} `;
}

/** Whole names are looked up in the vocabulary only up to this many. */
const mostNames = 200;

/** No control characters, whatever the schema, and no comment: a suggestion is SQL. */
function isPlain(text: string, dialect: Dialect): boolean {
  if (/(?![\t\n\r])\p{Cc}/u.test(text)) return false;
  return !/--|\/\*|#/.test(text) || tokenize(text, dialect).every(({ kind }) => kind !== 'comment');
}

interface Ranked {
  readonly index: number;
  readonly candidate: string;
  readonly logProbability: number;
  readonly score: number;
}

/** Candidates in order of their score, best first: the model's log probability plus the preference. */
function ranked(
  candidates: readonly string[],
  logProbabilities: readonly number[],
  text: string,
  preference: Preference,
): Ranked[] {
  const head = text.slice(preference.wordFrom);
  return candidates
    .map((candidate, index) => {
      const logProbability = logProbabilities[index] ?? 0;
      const score = logProbability + preference.of(head + candidate);
      return { index, candidate, logProbability, score };
    })
    .sort((a, b) => b.score - a.score || a.index - b.index);
}

/** True when one text begins with the other: generation has not left what the person typed. */
function agrees(generated: string, typed: string): boolean {
  return typed.startsWith(generated) || generated.startsWith(typed);
}

/** Where the word begins that ends at the cursor, so that a half-typed name is judged as a whole. */
export function wordStart(before: string): number {
  return before.length - (/[\p{L}\p{N}_$]*$/u.exec(before)?.[0].length ?? 0);
}
