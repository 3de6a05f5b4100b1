/**
 * Makes text of others (names of files, tables, models and servers, and what servers answer) plain before an editor
 * shows it. VS Code turns `[x](command:…)` in messages into a link that runs a command, and `$(name)` in labels into
 * an icon; control and bidirectional characters make a text look like another one.
 */

/** Longer text is cut: a name of a megabyte would freeze the editor that draws it. */
export const longestPlain = 1000;

/** Line ends and tabs: they separate words, so a blank stands for them. */
const breaks = /[\t-\r\u0085\u2028\u2029]+/g;
/**
 * What shows nothing of its own but changes how the rest is shown or read: control characters, bidirectional marks
 * and isolates, deprecated format characters, interlinear annotations, and tags. Joiners stay: Persian and emoji need them.
 */
const invisible =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text without line breaks and without characters that change how it is shown. Markdown stays as it is. */
export function visible(text: string): string {
  return text.toWellFormed().replace(breaks, ' ').replace(invisible, '');
}

/**
 * The text as a message, a label or a title may hold it: one line of at most 1,000 characters without a link and
 * without an icon. `plain(plain(text))` is `plain(text)`.
 */
export function plain(text: string): string {
  // Ahead of the rest: of a text of megabytes only the beginning is looked at.
  const shown = visible(text.slice(0, 2 * longestPlain))
    .replaceAll('](', '] (')
    .replaceAll('$(', '$ (');
  const isCut = shown.length > longestPlain || text.length > 2 * longestPlain;
  return isCut ? `${shown.slice(0, longestPlain - 1).toWellFormed()}…` : shown;
}

/** The same for text of several lines, as the log takes it: its lines stay, and so does its length. */
export function plainLines(text: string): string {
  return text
    .split('\n')
    .map((line) => visible(line))
    .join('\n');
}
