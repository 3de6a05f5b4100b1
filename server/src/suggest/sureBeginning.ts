/**
 * Finds the beginning of a suggestion that is worth showing when the whole is not: the part before a condition with a literal
 * that the model made up (`WHERE city = 'Springfield'`), or the part that the model is sure of. The beginning must make sense
 * by itself. Pure.
 */
import type { Completion } from '../engine/engine';
import { shownText, type Plan } from './plan';
import type { Token } from '../sql/tokens';
import { isDangling } from '../legality/rules/wordOrder';
import type { Place } from './place';
import { Reading } from '../legality/reading';
import type { Continuation } from './continuation';
import { cutBackToSense } from './presentable';
import { comparedColumn } from '../legality/comparedColumns';
import { stringValue } from '../sql/quoteLiteral';

/** A literal that nobody mentioned counts as made up when its probability is below this. */
const leastOfLiteral = 0.8;

/** A completion, what is shown of it, and how sure the model was of its parts. */
export interface Generated {
  readonly place: Place;
  readonly plan: Plan;
  readonly completion: Completion;
  /** What is shown of the completion when all of it is. */
  readonly shown: string;
  /** Mean probability, 0 to 1, of the tokens of a beginning of the completion's text, from an offset in it on. */
  readonly confidenceOf: (text: string, from: number) => number;
}

/** Where the shown text may be cut, shortest first; nowhere in what fills a gap. */
export function stopsOf({ place, plan, completion, shown }: Generated): readonly number[] {
  if (plan.fill || shown === '' || !completion.text.startsWith(plan.typed + shown)) return [];
  const { reading, start } = readingOf(place, plan, shown);
  return ends(reading, start, start + shown.length)
    .filter((length) => {
      const text = reading.text.slice(0, start + length);
      return cutBackToSense(text, place.dialect) === text;
    })
    .reverse();
}

type Part = Pick<Continuation, 'madeUp' | 'beginning'>;

/** For a text with a made-up literal: the beginning before the condition that holds it, if there is any. */
export function beforeMadeUp({ place, plan, completion, shown, confidenceOf }: Generated): Part | undefined {
  if (!isCuttable(plan, completion, shown)) return undefined;
  const typed = plan.typed.length;
  const { reading, start } = readingOf(place, plan, shown);
  for (const [i, token] of reading.shape.tokens.entries()) {
    if (token.from < start || !isMadeUp(reading, i, start)) continue;
    const length = ends(reading, start, token.from).find((end) => standsAlone(place, plan, shown, end)) ?? 0;
    const upTo = completion.text.slice(0, typed + token.to - start);
    if (confidenceOf(upTo, typed + length) >= leastOfLiteral) continue;
    if (length === 0) return { madeUp: true };
    const confidence = confidenceOf(completion.text.slice(0, typed + length), typed);
    return { madeUp: true, beginning: { length, confidence } };
  }
  return undefined;
}

/**
 * The longest beginning that the model is sure enough of; undefined when there is none.
 * @param minimum mean probability of its tokens, 0 to 1
 */
export function sureBeginning(generated: Generated, minimum: number): Part | undefined {
  const { place, plan, completion, shown, confidenceOf } = generated;
  if (!isCuttable(plan, completion, shown)) return undefined;
  const typed = plan.typed.length;
  const { reading, start } = readingOf(place, plan, shown);
  for (const length of ends(reading, start, start + shown.length)) {
    const confidence = confidenceOf(completion.text.slice(0, typed + length), typed);
    if (confidence >= minimum && standsAlone(place, plan, shown, length))
      return { beginning: { length, confidence } };
  }
  return undefined;
}

/** False for whole statements and for fillings: those are shown whole or not at all. */
function isCuttable({ reach, fill, typed }: Plan, { text }: Completion, shown: string): boolean {
  return reach === 'line' && !fill && shown !== '' && text.startsWith(typed + shown);
}

function readingOf({ before }: Place, { statement, schema }: Plan, shown: string) {
  const text = before.slice(statement.from) + shown;
  return { reading: new Reading(text, text.length, schema), start: before.length - statement.from };
}

/** Lengths at which the shown text may end: behind a token before `to`, not in the middle of a condition. Longest first. */
function ends(reading: Reading, start: number, to: number): number[] {
  const { tokens } = reading.shape;
  return tokens
    .flatMap((token, i) => {
      const isEnd = token.to > start && token.to < to && !isContinued(tokens[i + 1], reading.raw[i + 1]);
      return isEnd && !isHalfCondition(reading, i, start) ? [token.to - start] : [];
    })
    .reverse();
}

/** A dot or a bracket follows: the name is not whole. */
const isContinued = (next: Token | undefined, word = ''): boolean =>
  next !== undefined && (word === '.' || word === '(');

/** A condition begins behind these words; those of `compares` show that it is more than one operand. */
const beginsCondition = /^(?:where|and|or|on|having|not|when)$/;
const compares = /^(?:is|in|like|ilike|glob|between|exists|null|true|false|end)$/;

/**
 * True behind the first operand of a condition that the suggestion itself began (`WHERE total`), and between the two values
 * of BETWEEN.
 */
function isHalfCondition({ raw, shape: { tokens } }: Reading, last: number, start: number): boolean {
  if (raw[last - 1] === 'between') return true;
  let depth = 0;
  for (let i = last; i >= 0 && (tokens[i]?.from ?? 0) >= start; i--) {
    const word = raw[i] ?? '';
    if (word === ')') depth++;
    else if (depth > 0) depth -= word === '(' ? 1 : 0;
    else if (beginsCondition.test(word)) return true;
    else if (compares.test(word) || (word !== '.' && !/^(?:word|quoted)$/.test(tokens[i]?.kind ?? '')))
      return false;
  }
  return false;
}

function standsAlone(place: Place, plan: Plan, shown: string, length: number): boolean {
  const text = shown.slice(0, length);
  if (isDangling(readingOf(place, plan, text).reading)) return false;
  return shownText(place, plan, { text: plan.typed + text, end: 'no-choice' }) === text;
}

/** True for a literal that the text does not mention and the column is not known to hold. Numbers of rows (LIMIT 10) do not count. */
function isMadeUp(reading: Reading, i: number, start: number): boolean {
  const { text, raw, shape } = reading;
  const token = shape.tokens[i];
  if (token?.kind !== 'string' && token?.kind !== 'number') return false;
  if (/^(?:limit|offset|fetch|first|next|top)$/.test(raw[i - 1] ?? '')) return false;
  const literal = text.slice(token.from, token.to);
  const value =
    token.kind === 'string' ? stringValue(literal, token.closed, reading.schema.dialect) : literal;
  const column = comparedColumn(reading, i);
  if ((column?.values?.list ?? column?.seen)?.includes(value)) return false;
  const spoken = value.replace(/^%+|%+$/g, '').toLowerCase();
  return !text.slice(0, start).toLowerCase().includes(spoken);
}
