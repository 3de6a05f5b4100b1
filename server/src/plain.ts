/**
 * Makes text of others plain before an editor shows it: names of files, tables, models and servers, and answers of
 * servers. VS Code turns `[x](command:…)` in a message into a link that runs a command, and `$(name)` in a label into
 * an icon. Control and bidirectional characters make one text look like another.
 */

/** Longer text is cut: drawing a name of a megabyte would freeze the editor. */
export const longestPlain = 1000;

/** Line ends and tabs separate words, so a space replaces them. */
const breaks = /[\t-\r\u0085\u2028\u2029]+/g;
/**
 * Characters that show nothing but change how the text around them is shown: control characters, bidirectional marks
 * and isolates, deprecated format characters, interlinear annotations, tags. Joiners stay, because Persian and emoji
 * need them.
 */
const invisible =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Removes line breaks and the characters that change how text is shown. Leaves Markdown alone. */
export function visible(text: string): string {
  return text.toWellFormed().replace(breaks, ' ').replace(invisible, '');
}

/**
 * The text for a message, a label or a title: one line of at most 1,000 characters, without links and icons.
 * `plain(plain(text))` equals `plain(text)`.
 */
export function plain(text: string): string {
  // Cut first: a text of megabytes would take long.
  const shown = visible(text.slice(0, 2 * longestPlain))
    .replaceAll('](', '] (')
    .replaceAll('$(', '$ (');
  const isCut = shown.length > longestPlain || text.length > 2 * longestPlain;
  return isCut ? `${shown.slice(0, longestPlain - 1).toWellFormed()}…` : shown;
}

/** The same for text of several lines in the log: its lines and its length stay. */
export function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => visible(line))
    .join('\n');
}
