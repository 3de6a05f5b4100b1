/**
 * Finds where the statement for a question goes: on lines of its own, never into the middle of another statement. No VS
 * Code here.
 */

export interface Insertion {
  /** Zero-based line. The text replaces its columns `from` to `to`. */
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Finds the place for `sql` when the cursor is on `cursorLine` of a text of `lineCount` lines. */
export function placeStatement(
  sql: string,
  cursorLine: number,
  lineCount: number,
  lineAt: (line: number) => string,
): Insertion {
  const isBlank = (line: number): boolean => line >= lineCount || lineAt(line).trim() === '';
  const last = isBlank(cursorLine) ? cursorLine : lastLine(cursorLine, isBlank, lineAt);
  const text = lineAt(last);
  if (isBlank(last)) {
    // Text right below belongs to another statement: keep it on a line of its own.
    return { line: last, from: 0, to: text.length, text: isBlank(last + 1) ? sql : `${sql}\n` };
  }
  const isComment = /^\s*--/.test(text);
  const gap = isComment ? '\n' : '\n\n'; // when a comment asks the question, the answer goes right below it
  return {
    line: last,
    from: text.length,
    to: text.length,
    text: `${gap}${sql}${isBlank(last + 1) ? '' : '\n'}`,
  };
}

/** Last line of the statement, or of the line comment, that contains `line`. */
function lastLine(
  line: number,
  isBlank: (line: number) => boolean,
  lineAt: (line: number) => string,
): number {
  if (/^\s*--/.test(lineAt(line))) return line;
  let last = line;
  while (!/;\s*(--.*)?$/.test(lineAt(last)) && !isBlank(last + 1)) last++;
  return last;
}
