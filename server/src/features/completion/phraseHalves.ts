/** Keywords of two words: what may follow the first of them, e.g. BY behind GROUP. */

/** What must follow a word that is half of a phrase. */
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

/** Whether only a certain keyword can come behind this word. */
export function isHalf(previous: string): boolean {
  return Object.hasOwn(secondHalves, previous);
}
