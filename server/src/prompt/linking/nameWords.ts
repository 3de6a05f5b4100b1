/** The words of a table's or column's name: "CustFName" → customer, first, name. Pure. */
import { commonWords, lemma, writtenOut } from './words';

/** The words as the name is written, in lower case: by case, digits and signs. */
export function writtenWords(name: string): readonly string[] {
  const words = name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\d+|[\p{Lo}\p{Lm}]+/gu);
  return words?.map((word) => word.toLowerCase()) ?? [name.toLowerCase()];
}

/**
 * The name's words as lemmas, abbreviations written out, words that are written together taken apart.
 * @param isKnown whether a part of a word is a word by itself
 */
export function nameWords(name: string, isKnown: (word: string) => boolean): readonly string[] {
  const whole = writtenOut(name.toLowerCase());
  const words = (whole ?? writtenWords(name).flatMap((word) => writtenOut(word) ?? apart(word, isKnown))).map(
    lemma,
  );
  const long = words.filter((word) => word.length > 1 || /\d/.test(word));
  return long.length > 0 ? long : words;
}

const shortestJoined = 5;
const longestJoined = 32;
const longestPart = 14;
const mostParts = 3;

/** The parts of a word that is put together from known ones: as few as can be; the word itself where there are none. */
export function apart(word: string, isKnown: (word: string) => boolean): readonly string[] {
  if (word.length < shortestJoined || word.length > longestJoined || isKnown(word)) return [word];
  // best[i]: the parts of the first i letters.
  const best: (readonly string[] | undefined)[] = [[]];
  for (let to = 1; to <= word.length; to++) {
    for (let from = Math.max(0, to - longestPart); from < to; from++) {
      const before = best[from];
      if (!before || before.length >= (best[to]?.length ?? mostParts + 1) - 1) continue;
      const part = word.slice(from, to);
      const isWord = part.length > 2 ? isKnown(part) : part === 'id' && to === word.length;
      if (isWord) best[to] = [...before, ...(writtenOut(part) ?? [part])];
    }
  }
  const parts = best[word.length];
  return parts && parts.length <= mostParts ? parts : [word];
}

export const isCommonWord = (word: string): boolean => commonWords.has(word);
