/**
 * Conditions joined by AND and OR: none stands there twice, no column equals two literals at once, and WHEN, THEN, ELSE
 * and END belong to a CASE. This stops a model that has begun to repeat itself. Tokens only; pure.
 */
import { clauseAt } from '../../sql/shape/scope';
import type { Clause } from '../../sql/shape/shape';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** Words and marks behind which a new list of conditions begins. */
const begins =
  /^(?:where|on|having|when|then|else|select|from|join|inner|left|right|full|cross|natural|group|order|limit|union|except|intersect|window|returning|set|values|by|,|;)$/;
const ofCase = /^(?:when|then|else|end)$/;
const judged: ReadonlySet<Clause> = new Set([
  'select',
  'on',
  'where',
  'group by',
  'having',
  'order by',
  'limit',
]);

/** A bracket, a CASE, or what is around them. */
interface Level {
  readonly isCase: boolean;
  /** Conditions since they began anew. */
  readonly seen: Set<string>;
  /** What equals a literal since the last OR. */
  readonly equal: Set<string>;
  /** The token the condition being read begins with. */
  start: number;
  /** The next AND belongs to BETWEEN. */
  between: boolean;
}

/** Conditions with more tokens are not compared: nobody repeats such, and with nested brackets the time would grow as a square. */
const longest = 100;

export function repeatedConditions(reading: Reading): Problem[] {
  const { shape, raw, length } = reading;
  const found: Problem[] = [];
  const level = (isCase: boolean, start: number): Level => ({
    ...{ isCase, start, between: false },
    ...{ seen: new Set<string>(), equal: new Set<string>() },
  });
  const levels = [level(false, 0)];
  const offset = (i: number): number => shape.tokens[i]?.from ?? 0;
  const end = (one: Level, i: number): void => {
    if (i <= one.start || i - one.start > longest) return;
    const condition = textOf(reading, one.start, i);
    if (one.seen.has(condition)) found.push({ kind: 'repeated-condition', at: offset(one.start) });
    one.seen.add(condition);
    if (isLiteral(reading, i - 1) && raw[i - 2] === '=') one.equal.add(textOf(reading, one.start, i - 2));
  };
  for (let i = 0; i < length; i++) {
    const word = raw[i] ?? '';
    const top = levels.at(-1);
    // A word that may still grow is not judged yet.
    if (!top || (reading.isOpen(i) && /\w$/.test(word)) || raw[i - 1] === '.') continue;
    if (ofCase.test(word) && !top.isCase && isJudged(reading, i))
      found.push({ kind: 'stray-case-word', at: offset(i) });
    if (word === '(') levels.push(level(false, i + 1));
    else if (word === 'case') levels.push(level(true, i + 1));
    else if ((word === ')' && !top.isCase) || (word === 'end' && top.isCase)) {
      end(top, i);
      if (levels.length > 1) levels.pop();
    } else if (begins.test(word)) {
      end(top, i);
      levels[levels.length - 1] = level(top.isCase, i + 1);
    } else if (word === 'between') top.between = true;
    else if (word === 'and' && top.between) top.between = false;
    else if (word === 'and' || word === 'or') {
      end(top, i);
      if (word === 'or') top.equal.clear();
      top.start = i + 1;
    } else if (word === '=' && i - top.start <= longest && top.equal.has(textOf(reading, top.start, i)))
      found.push({ kind: 'impossible-condition', at: offset(top.start) });
  }
  const last = levels.at(-1);
  // A condition that ends with a literal or a bracket is whole even if no word follows.
  const closed = shape.tokens[length - 1]?.closed === true;
  if (
    last &&
    closed &&
    (raw[length - 1] === ')' || (raw[length - 1] === '' && isLiteral(reading, length - 1)))
  )
    end(last, length);
  return found;
}

/** Strings in which a word stands three times in a row. */
export function stutteringStrings({ shape, text, length }: Reading): Problem[] {
  return shape.tokens
    .slice(0, length)
    .filter(({ kind, from, to }) => kind === 'string' && /(\b\w+\b)\W+\1\W+\1\b/.test(text.slice(from, to)))
    .map(({ from }) => ({ kind: 'stuttering-string', at: from }));
}

function isJudged({ shape, raw, names }: Reading, i: number): boolean {
  const frame = shape.frames[i] ?? shape.root;
  if (frame.marks[0]?.clause !== 'select' || shape.roles.has(i) || raw[i + 1] === '.') return false;
  if (names.tablesWith(raw[i] ?? '').length > 0) return false;
  return judged.has(clauseAt(frame, shape.tokens[i]?.from ?? 0));
}

function isLiteral({ shape }: Reading, i: number): boolean {
  const kind = shape.tokens[i]?.kind;
  return kind === 'string' || kind === 'number';
}

/** Tokens from one to before another, without white space and case of words. */
function textOf({ shape, raw, text }: Reading, from: number, to: number): string {
  let all = '';
  for (let i = from; i < to; i++) {
    const token = shape.tokens[i];
    all += ` ${raw[i] === '' && token ? text.slice(token.from, token.to) : (raw[i] ?? '')}`;
  }
  return all;
}
