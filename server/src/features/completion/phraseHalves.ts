/** Keywords of two words: which words may follow the first one, for example BY behind GROUP. */

/** First word → words that must follow it. */
export const secondHalves: Readonly<Record<string, readonly string[]>> = {
  group: ['BY'],
  order: ['BY'],
  partition: ['BY'],
  delete: ['FROM'],
  insert: ['INTO'],
  merge: ['INTO'],
  union: ['ALL', 'SELECT'],
  except: ['SELECT'],
  intersect: ['SELECT'],
  is: ['NULL', 'NOT NULL', 'DISTINCT FROM', 'NOT DISTINCT FROM'],
  nulls: ['FIRST', 'LAST'],
};

/** True when only certain keywords can follow this word. */
export function isHalf(previous: string): boolean {
  return Object.hasOwn(secondHalves, previous);
}
