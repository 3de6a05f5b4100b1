/**
 * What a person gains by suggestions: types true statements key by key, sees what the product shows at each key, and takes
 * what is right of it. Pure but for the suggestions it asks for.
 */
import type { StatementToType } from './data';
import { share } from './typingScore';

export interface KeysResult {
  readonly id: string;
  /** Keys without any suggestion: the statement's characters. */
  readonly characters: number;
  readonly keys: number;
  readonly shown: readonly ShownAtKey[];
}

export interface ShownAtKey {
  /** Characters of the statement before it. */
  readonly at: number;
  readonly text: string;
  readonly firstWord: boolean;
  readonly whole: boolean;
}

/** A suggestion that saves fewer characters than this is not worth looking at. */
const leastTaken = 3;

/** Words and marks, each with the white space before it. */
const units = /\s*(?:[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$])/gu;

/**
 * How many characters of `rest` the suggestion says rightly, unit by unit: those of all its right units in a row from the
 * beginning on, and whether that is all of it. Case and kinds of white space do not count.
 */
export function agreement(
  suggested: string,
  rest: string,
): { units: number; characters: number; whole: boolean } {
  const said = suggested.match(units) ?? [];
  let [at, right] = [0, 0];
  for (const [i, unit] of said.entries()) {
    const word = unit.trimStart();
    const blank = /^\s*/.exec(rest.slice(at))?.[0] ?? '';
    // Two words that the statement has apart must be apart in the suggestion; how it begins does not count.
    const isBlankRight = i === 0 || blank === '' || unit !== word || !/^[\p{L}\p{N}_$]/u.test(word);
    const found = rest.slice(at + blank.length, at + blank.length + word.length);
    const goesOn =
      /[\p{L}\p{N}_$]$/u.test(word) && /^[\p{L}\p{N}_$]/u.test(rest.slice(at + blank.length + word.length));
    if (!isBlankRight || found.toLowerCase() !== word.toLowerCase() || goesOn) break;
    at += blank.length + word.length;
    right++;
  }
  return { units: right, characters: at, whole: right === said.length && right > 0 };
}

/** @param suggest what is shown behind a text, undefined for nothing */
export async function typeStatement(
  { id, head, statement }: StatementToType,
  suggest: (text: string) => Promise<string | undefined>,
): Promise<KeysResult> {
  const shown: ShownAtKey[] = [];
  let keys = 0;
  for (let at = 0; at < statement.length;) {
    const text = await suggest(head + statement.slice(0, at));
    let taken = 0;
    if (text !== undefined) {
      const { units: right, characters, whole } = agreement(text, statement.slice(at));
      shown.push({ at, text, firstWord: right > 0, whole });
      const cost = whole ? 1 : right;
      if (characters >= leastTaken && characters > cost) {
        taken = characters;
        keys += cost;
      }
    }
    if (taken === 0) {
      taken = 1;
      keys++;
    }
    at += taken;
  }
  return { id, characters: statement.length, keys, shown };
}

export function summarizeKeys(results: readonly KeysResult[]) {
  const sum = (of: (result: KeysResult) => number): number => results.reduce((all, one) => all + of(one), 0);
  const all = sum(({ shown }) => shown.length);
  const characters = sum((result) => result.characters);
  const keys = sum((result) => result.keys);
  return {
    n: results.length,
    characters,
    keys,
    keys_saved: share(characters - keys, characters),
    shown: all,
    first_word_right: share(
      sum(({ shown }) => shown.filter(({ firstWord }) => firstWord).length),
      all,
    ),
    wholly_right: share(
      sum(({ shown }) => shown.filter(({ whole }) => whole).length),
      all,
    ),
  };
}
