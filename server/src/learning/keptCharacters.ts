/**
 * How much of an accepted text still stands in a document that was edited since. Pure: two texts and a range in, counts
 * out.
 */

/** Longer texts would take too long to compare word by word; text that is further away counts as gone. */
const mostWords = 1000;

export interface Kept {
  /** Characters of the accepted text, white space aside. */
  readonly characters: number;
  /** How many of them still stand there, in their order. */
  readonly kept: number;
}

/**
 * @param before the document as it was with the accepted text in it
 * @param from start of the accepted text in `before`, UTF-16 units
 * @param to its end
 * @param now the document as it is
 */
export function keptCharacters(before: string, from: number, to: number, now: string): Kept {
  const most = Math.min(before.length, now.length);
  let head = 0;
  while (head < most && before[head] === now[head]) head++;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const changedTo = before.length - tail;
  const accepted = before.slice(from, to);
  const untouched = before.slice(from, Math.min(to, head)) + before.slice(Math.max(from, changedTo), to);
  const touched = before.slice(Math.max(from, head), Math.min(to, changedTo));
  const characters = size(accepted);
  const left = touched === '' ? 0 : common(words(touched), words(now.slice(head, now.length - tail)));
  return { characters, kept: Math.min(characters, size(untouched) + left) };
}

function words(text: string): string[] {
  return (text.match(/[\p{L}\p{N}_$]+|\S/gu) ?? []).slice(0, mostWords);
}

function size(text: string): number {
  return text.replace(/\s+/g, '').length;
}

/** Characters of the longest list of words that both have in this order. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    for (const [at, other] of b.entries()) {
      const taken = word === other ? (row[at] ?? 0) + word.length : 0;
      next.push(Math.max(taken, row[at + 1] ?? 0, next[at] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
