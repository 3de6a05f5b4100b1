/**
 * Whether a suggestion in the middle of a statement may end where the rest behind the cursor begins. The words follow each
 * other up to the first of the rest, no comparison runs into another one, and the statement as a whole has no problem that it
 * did not have before. Example: `name = 'x'` may not stand before `.city`, nor `id` before `total FROM orders`. Pure.
 */
import type { Schema } from '../schema/model';
import { resolveNames } from '../resolve/resolve';
import type { Role } from '../sql/shape/shape';
import { recognize } from '../sql/grammar/statements';
import { comparesInList, comparesTwice, lengthensFixedList, qualifies } from './additions';
import { deadEnds } from './deadEnds';
import type { Problem } from './problem';
import { Reading } from './reading';
import { followsOn } from './tokenPairs';
import { miscalled } from './argumentCounts';
import { violations } from './violations';

/** What is wrong with a statement: offsets behind the cursor move, so that problems are counted. */
export interface Faults {
  /** Unknown names by name, other problems by kind. */
  readonly counts: ReadonlyMap<string, number>;
  /** Tokens from the end where the grammar reads no further; undefined where it reads all. */
  readonly stuck: number | undefined;
  /** Parts that tokens have in the statement, the last token's first. */
  readonly roles: readonly (Role | undefined)[];
}

export function faultsOf(text: string, schema: Schema): Faults {
  const whole = new Reading(text, text.length, schema);
  const counts = new Map<string, number>();
  const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { name, problem, doubtful } of resolveNames(whole.shape, schema, undefined, text.length)
    .resolved)
    if (problem !== undefined || doubtful === true) count(`${problem ?? 'doubtful'} ${name}`);
  for (const { kind } of violations(whole)) count(kind);
  for (const name of miscalled(whole)) count(`arguments ${name}`);
  const { statement, tokens, roles } = whole.shape;
  const read = recognize(statement);
  return {
    counts,
    roles: tokens.map((_, i) => roles.get(i)).reverse(),
    stuck: read.state === 'stuck' ? tokens.length - read.at : undefined,
  };
}

export interface Middle {
  /** The statement before the suggestion. */
  readonly before: string;
  readonly inserted: string;
  /** The rest of the statement. */
  readonly after: string;
}

/** @param earlier the faults of the statement without the suggestion */
export function leadsToRest(middle: Middle, schema: Schema, earlier: Faults): boolean {
  const { before, inserted, after } = middle;
  const text = before + inserted + after;
  const end = before.length + inserted.length;
  const reading = new Reading(text, end, schema);
  const { tokens } = reading.shape;
  const first = tokens.findIndex(({ to }) => to > before.length);
  const rest = tokens.findIndex(({ from }) => from >= end);
  if (first < 0) return true;
  const last = rest < 0 ? tokens.length - 1 : rest;
  if (!readsOn(reading, first, last, earlier.stuck)) return false;
  if (
    earlier.stuck === undefined &&
    (growsKnownWord(middle, earlier) ||
      lengthensFixedList(reading, first, last) ||
      comparesInList(reading, first, last) ||
      // `s.` before `info.lat` makes another path of it.
      (reading.raw[last - 1] === '.' && reading.raw[last + 1] === '.') ||
      !keepsRoles(reading, last, earlier.roles))
  )
    return false;
  if (!qualifies(reading, first, last)) return false;
  if (comparesTwice(reading, first, last)) return false;
  if (deadEnds(reading).some(isNewDeadEnd(before))) return false;
  for (const [key, count] of faultsOf(text, schema).counts)
    if (count > (earlier.counts.get(key) ?? 0)) return false;
  return true;
}

/**
 * Whether the statement reads on beyond the suggestion [first, last), into the rest. Where the grammar is lost before, the
 * tokens are only looked at in pairs.
 * @param stuck tokens from the end where the statement without the suggestion is stuck; undefined where it is not
 */
function readsOn(reading: Reading, first: number, last: number, stuck: number | undefined): boolean {
  const { statement, tokens } = reading.shape;
  const now = recognize(statement);
  if (now.state === 'whole' && !now.unread.some(({ from, to }) => from <= last && to > first)) return true;
  if (now.state === 'stuck' && now.at >= first) {
    if (now.at <= last) return false;
    // The rest was wrong before, at the same place or earlier.
    return stuck !== undefined && tokens.length - now.at <= stuck;
  }
  // A statement whose grammar is not read takes a name or a value at most.
  if (now.state === 'unread')
    for (let i = first; i < last; i++) if (statement.raw(i) === ',' || statement.isKeyword(i)) return false;
  for (let i = Math.max(1, first); i <= last; i++) if (!followsOn(reading, i)) return false;
  return true;
}

/** The rest says what it said: a table does not become an alias. */
function keepsRoles({ shape: { roles, tokens } }: Reading, rest: number, earlier: Faults['roles']): boolean {
  for (let i = tokens.length - 1; i >= rest; i--)
    if (roles.get(i) !== earlier[tokens.length - 1 - i]) return false;
  return true;
}

/** `id` before the cursor, known as it is, does not become another name. */
function growsKnownWord({ before, inserted }: Middle, earlier: Faults): boolean {
  const word = /[\p{L}\p{N}_$]+$/u.exec(before)?.[0];
  if (word === undefined || !/^[\p{L}\p{N}_$]/u.test(inserted)) return false;
  return ![...earlier.counts.keys()].some((key) => key.toLowerCase().endsWith(` ${word.toLowerCase()}`));
}

/** A dead end that the person's own text is in already does not count. */
const isNewDeadEnd =
  (before: string) =>
  ({ at }: Problem): boolean =>
    at >= before.length;
