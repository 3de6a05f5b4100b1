/**
 * Fits a completion to the text behind the cursor: cuts it where it begins to repeat that text or where the rest would not
 * follow, and lets it replace the brackets and quotes that the editor closed by itself. Pure.
 */
import { faultsOf, leadsToRest } from '../legality/leadsToRest';
import type { Schema } from '../schema/model';
import { keepsIntact } from './intact';
import { openAtEnd, type Place } from './place';
import { cutBackToSense } from './presentable';
import type { Suggestion } from './suggestion';
import { innermostStatementAt } from '../sql/statements/routines';
import { tokenize, type Token } from '../sql/tokens';

/** In a longer statement few beginnings are tried, because each is read with the whole statement. */
const longStatement = 4096;

/** At least so many characters of the text behind the cursor must be repeated to count. */
const leastRepeated = 8;

/** Cuts a completion before the text that follows it anyway. */
export function withoutRepetition(completion: string, after: string): string {
  const follows = after.trimStart();
  const line = follows.split('\n', 1)[0]?.trimEnd() ?? '';
  if (line === '') return completion;
  // The completion repeats the whole line, or so much of it that it is no accident.
  const needle = line.length > leastRepeated * 2 ? line.slice(0, leastRepeated * 2) : line;
  if (needle.length >= leastRepeated) {
    const at = completion.indexOf(needle);
    if (at >= 0) return completion.slice(0, at);
  }
  // The completion ends with the beginning of the text behind the cursor.
  const ended = completion.trimEnd();
  for (let length = Math.min(ended.length, line.length); length > 0; length--) {
    const repeated = line.slice(0, length);
    if (!ended.endsWith(repeated)) continue;
    // Whole words only: "o" at the end of "FROM o" is no repetition of "order".
    const begins = ended.length - length;
    if (/[\p{L}\p{N}_]/u.test(repeated.charAt(0)) && /[\p{L}\p{N}_]/u.test(ended.charAt(begins - 1)))
      continue;
    if (/[\p{L}\p{N}_]$/u.test(repeated) && /^[\p{L}\p{N}_]/u.test(line.slice(length))) continue;
    return ended.slice(0, begins);
  }
  return completion;
}

/**
 * Cuts a text where its last tokens are the first of what stands behind the cursor: `id DESC` before `DESC LIMIT 10`.
 * @param rest what follows the cursor in the statement
 */
export function withoutRepeatedTokens(text: string, rest: string, dialect: Place['dialect']): string {
  const code = (all: string): Token[] =>
    tokenize(all, dialect).filter(({ kind }) => kind !== 'whitespace' && kind !== 'comment');
  const [said, follows] = [code(text), code(rest)];
  const word = (all: string, token: Token): string => all.slice(token.from, token.to).toLowerCase();
  for (let count = Math.min(said.length, follows.length); count > 0; count--) {
    const tail = said.slice(-count);
    const isRepeated = tail.every((token, i) => {
      const other = follows[i];
      return other !== undefined && word(text, token) === word(rest, other);
    });
    // A lone bracket closes what the suggestion opened.
    const [first] = tail;
    if (isRepeated && first && !(count === 1 && /^[)\]]$/.test(word(text, first))))
      return text.slice(0, first.from).trimEnd();
  }
  return text;
}

/**
 * What is put in at a place: of a continuation the longest beginning that leaves quotes and brackets intact and that the rest
 * of the statement may follow. Undefined where there is none.
 * @param schema with the names that the text introduces around the statement; undefined where nothing new is planned
 */
export function suggestionAt(
  place: Place,
  continuation: string,
  schema: Schema | undefined,
): Suggestion | undefined {
  const { before, closers, dialect } = place;
  const whole = before + place.after;
  const { from, to } = innermostStatementAt(whole, before.length, dialect);
  const after = closers + whole.slice(before.length, Math.max(before.length, to));
  const start = before.slice(from);
  if (after.trim() === '' || schema === undefined) {
    const suggestion = fitted(place, continuation);
    return suggestion && keepsIntact(place, suggestion) ? suggestion : undefined;
  }
  const earlier = faultsOf(start + after, schema);
  const tries = start.length + after.length > longStatement ? 2 : undefined;
  for (const text of beginnings(start, continuation, after, dialect).slice(0, tries)) {
    const suggestion = fitted(place, text);
    if (!suggestion || !keepsIntact(place, suggestion)) continue;
    const { text: inserted, replaced } = suggestion;
    if (leadsToRest({ before: start, inserted, after: after.slice(replaced) }, schema, earlier))
      return suggestion;
  }
  return undefined;
}

/** The text up to each end of a token, the longest first, with the blank that keeps it from the rest. */
function beginnings(before: string, text: string, after: string, dialect: Place['dialect']): string[] {
  const ends = tokenize(before + text, dialect)
    .filter(({ kind, to }) => kind !== 'whitespace' && kind !== 'comment' && to > before.length)
    .map(({ to }) => to - before.length);
  const found = ends.reverse().map((end) => {
    const beginning = text.slice(0, end);
    const isKept =
      /^\s/.test(after) || !/[\p{L}\p{N}_$'"`,;]$/u.test(beginning) || !/^[\p{L}\p{N}_$'"`[]/u.test(after);
    return isKept ? beginning : `${beginning} `;
  });
  // What ends with a blank says itself where its last word ends.
  return /[\p{L}\p{N}_$]$/u.test(text) && /^[\p{L}\p{N}_$]/u.test(after) ? found.slice(1) : found;
}

/**
 * Fits a continuation between what is open before the cursor and the closers behind it: closers that the text has
 * itself are replaced, and it leaves no bracket or quote open that it opened. Undefined when nothing is left.
 */
export function fitted(place: Place, continuation: string): Suggestion | undefined {
  const { before, closers, dialect } = place;
  const { from } = innermostStatementAt(before, before.length, dialect);
  const start = before.slice(from);
  const openBefore = openAtEnd(start, dialect).length;
  let text = continuation;
  for (;;) {
    const open = openAtEnd(start + text, dialect);
    const added = open.find((one) => one.from >= start.length);
    if (!added) {
      const replaced = Math.min(openBefore - open.length, closers.length);
      return text.trim() === '' ? undefined : { text, replaced };
    }
    // With the function that the bracket belongs to, and what would be left hanging.
    const cut = (start + text).slice(0, added.from).replace(/[\p{L}\p{N}_$]+$/u, '');
    text = withoutHalfCondition(cutBackToSense(cut, dialect), dialect).slice(start.length);
  }
}

/** Takes off the operand that a condition began with, when what it was compared with has been cut: `a > 1 AND b`. */
function withoutHalfCondition(text: string, dialect: Place['dialect']): string {
  const half = /\b(?:where|on|having|and|or|not|when)\s+[\p{L}\p{N}_$."`[\]]+$/iu.exec(text);
  return half ? cutBackToSense(text.slice(0, half.index), dialect) : text;
}
