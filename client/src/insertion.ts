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

/**
 * Finds the place for `sql` when the cursor is on `cursorLine` of a text of `lineCount` lines.
 * @param question stands above it as a comment, unless it stands there already
 */
export function placeStatement(
  sql: string,
  cursorLine: number,
  lineCount: number,
  lineAt: (line: number) => string,
  question?: string,
): Insertion {
  const isBlank = (line: number): boolean => line >= lineCount || lineAt(line).trim() === '';
  const last = isBlank(cursorLine) ? cursorLine : lastLine(cursorLine, isBlank, lineAt);
  const text = lineAt(last);
  if (isBlank(last)) {
    const whole = withQuestion(sql, question, last > 0 ? lineAt(last - 1) : '');
    // Text right below belongs to another statement: keep it on a line of its own.
    return { line: last, from: 0, to: text.length, text: isBlank(last + 1) ? whole : `${whole}\n` };
  }
  const isComment = /^\s*--/.test(text);
  const whole = withQuestion(sql, question, text);
  const gap = isComment ? '\n' : '\n\n'; // when a comment asks the question, the answer goes right below it
  return {
    line: last,
    from: text.length,
    to: text.length,
    text: `${gap}${whole}${isBlank(last + 1) ? '' : '\n'}`,
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

/** @param lineAbove the line that it will stand under; a question that stands there already is not written twice */
function withQuestion(sql: string, question: string | undefined, lineAbove: string): string {
  if (question === undefined) return sql;
  const comment = `-- ${question.replace(/\s+/g, ' ').trim()}`;
  return lineAbove.trim() === comment ? sql : `${comment}\n${sql}`;
}
