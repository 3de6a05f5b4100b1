/**
 * Cuts the part around the cursor out of a very large text, for features to look at. A key in a 5 MB dump must not cost
 * a walk through 5 MB, and what is cut off is far from the cursor.
 */

/** Texts up to this length are looked at whole, so that features are exact in every ordinary file. */
const wholeTextLength = 256 * 1024;
const charactersBefore = 96 * 1024;
const charactersAfter = 32 * 1024;
/** The window's beginning moves in steps of this length, so that it stays the same while a person types. */
const step = 32 * 1024;

export interface TextWindow {
  readonly text: string;
  /** The cursor's offset in `text`. */
  readonly offset: number;
  /** Where `text` begins in the whole text. */
  readonly start: number;
}

export function windowAround(text: string, offset: number): TextWindow {
  if (text.length <= wholeTextLength) return { text, offset, start: 0 };
  const earliest = Math.max(0, Math.floor((offset - charactersBefore) / step) * step);
  // Begin at a line start, so that no word is cut. A single line longer than the window has to be cut.
  const lineStart = earliest === 0 ? 0 : text.indexOf('\n', earliest) + 1;
  const start = lineStart > 0 && lineStart <= offset ? lineStart : earliest;
  return { text: text.slice(start, offset + charactersAfter), offset: offset - start, start };
}
