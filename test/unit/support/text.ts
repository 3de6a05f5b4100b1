/** Reads marks in test texts: `$0` is the cursor, «…» a range. */

export interface Marked {
  readonly text: string;
  readonly offset: number;
}

/** Takes the `$0` out; without one the cursor is at the end. */
export function cursorIn(marked: string): Marked {
  const offset = marked.indexOf('$0');
  return offset < 0 ? { text: marked, offset: marked.length } : { text: marked.replace('$0', ''), offset };
}

/** Takes the «» out; without them the range is the whole text. */
export function rangeIn(marked: string): { text: string; from: number; to: number } {
  const from = marked.indexOf('«');
  if (from < 0) return { text: marked, from: 0, to: marked.length };
  const to = marked.indexOf('»') - 1;
  return { text: marked.replace('«', '').replace('»', ''), from, to };
}
