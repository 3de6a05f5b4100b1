/**
 * A place where the model may continue the text: the text before and behind it, the schema's epoch and the dialect. Two places
 * that agree in these get the same suggestions. Brackets and quotes that the editor closed by itself do not count: it is the
 * same place whether or not the editor added `)` to the typed `(`. Pure text.
 */
import type { Dialect } from '../schema/model';
import { innermostStatementAt, routinePartAt } from '../sql/statements/routines';
import { tokenize } from '../sql/tokens';
import { windowAround } from '../textWindow';

export interface Place {
  /** Line ends are \n, whatever the document's are. In a very large file only what is near. */
  readonly before: string;
  /** What follows behind `closers`. */
  readonly after: string;
  /** Marks right behind the cursor that close what is open before it, innermost first. No part of the key. */
  readonly closers: string;
  readonly epoch: number;
  readonly dialect: Dialect;
}

/** The place at `offset` of a text, both in UTF-16 units. */
export function placeAt(text: string, offset: number, epoch: number, dialect: Dialect): Place {
  const window = windowAround(text, offset);
  const before = endedAboveQuestion(withoutCarriageReturns(window.text.slice(0, window.offset)), dialect);
  const rest = withoutCarriageReturns(window.text.slice(window.offset));
  const closers = closersAt(before, rest, dialect);
  return { before, after: rest.slice(closers.length), closers, epoch, dialect };
}

/** How a statement begins, or may begin while its first word is typed. */
const heads = ['select', 'with', 'insert', 'update', 'delete', 'merge', 'values'];

/**
 * A comment below a statement that nobody ended asks for another one: the text is read as if a semicolon ended the first.
 * With a blank line between them even when the first is unfinished. What follows the comment must be nothing, or begin a
 * statement; else it is a remark within one.
 */
function endedAboveQuestion(before: string, dialect: Dialect): string {
  if (!/\n--[^\n]*\n/.test(before) || routinePartAt(before, before.length, dialect)) return before;
  const from = unendedFrom(before, dialect);
  const tokens = tokenize(before.slice(from), dialect).filter(({ kind }) => kind !== 'whitespace');
  const isQuestion = (i: number): boolean => {
    const token = tokens[i];
    return token?.kind === 'comment' && before.startsWith('\n--', from + token.from - 1);
  };
  for (const i of tokens.keys()) {
    if (!isQuestion(i) || isQuestion(i - 1)) continue;
    let last = i;
    while (isQuestion(last + 1)) last++;
    const above = tokens.slice(0, i).findLast(({ kind }) => kind !== 'comment');
    if (!above || !beginsStatement(before.slice(from + (tokens[last]?.to ?? 0)))) continue;
    const end = from + above.to;
    const isApart = /\n[ \t]*$/.test(before.slice(end, from + (tokens[i]?.from ?? 0) - 1));
    if (isApart || isWhole(before.slice(from, end), dialect))
      return `${before.slice(0, end)};${before.slice(end)}`;
  }
  return before;
}

/** Where the statement at the end begins, or the one above it that no semicolon ends. */
function unendedFrom(before: string, dialect: Dialect): number {
  const { from } = innermostStatementAt(before, before.length, dialect);
  const above = before.slice(0, from).trimEnd();
  return above === '' || above.endsWith(';') ? from : innermostStatementAt(above, above.length, dialect).from;
}

/** True for nothing, for the beginning of a statement, and for what may become one. */
function beginsStatement(behind: string): boolean {
  if (!behind.startsWith('\n')) return false;
  const [word = ''] = /[\p{L}_]+/u.exec(behind.trimStart().slice(0, 8)) ?? [];
  const typed = word.toLowerCase();
  return behind.trim() === word ? heads.some((head) => head.startsWith(typed)) : heads.includes(typed);
}

/** Whether a statement may end here: it names a relation, and nothing is open or missing. */
function isWhole(statement: string, dialect: Dialect): boolean {
  return (
    /\bfrom\s/i.test(statement) && openAtEnd(statement, dialect).length === 0 && !endsOpen.test(statement)
  );
}

/** Behind these words and marks something is missing. */
const endsOpen =
  /(?:[,.(=<>+*/|-]|\b(?:as|on|and|or|not|by|from|join|where|having|group|order|in|like|between|is|set|into|using|case|when|then|else|union|all|distinct|select|limit))$/i;

/** The place that is reached when `typed` stands at the old one. */
export function advance(place: Place, typed: string): Place {
  return { ...place, before: place.before + typed };
}

/** True when both places are continued alike. */
export function isSamePlace(a: Place, b: Place): boolean {
  return sameSurroundings(a, b) && a.before === b.before;
}

/** What was typed to get from one place to the other, or undefined where typing does not lead there. */
export function typedBetween(from: Place, to: Place): string | undefined {
  if (to.before.length < from.before.length || !sameSurroundings(from, to)) return undefined;
  return to.before.startsWith(from.before) ? to.before.slice(from.before.length) : undefined;
}

function sameSurroundings(a: Place, b: Place): boolean {
  return a.epoch === b.epoch && a.dialect === b.dialect && a.after === b.after;
}

function withoutCarriageReturns(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
}

/** A bracket or quote that is open at the end of a text: where it stands, and what will close it. */
export interface Open {
  readonly from: number;
  readonly closer: string;
}

const closingQuotes: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '[': ']' };

/** What is open at the end of a statement's text, outermost first. */
export function openAtEnd(text: string, dialect: Dialect): readonly Open[] {
  const open: Open[] = [];
  for (const token of tokenize(text, dialect)) {
    const mark = text.charAt(token.from);
    if (token.kind === 'punctuation') {
      if (mark === '(' || mark === '[') open.push({ from: token.from, closer: mark === '(' ? ')' : ']' });
      else if (mark === open.at(-1)?.closer) open.pop();
    } else if (!token.closed && token.kind !== 'comment') {
      const closer = closingQuotes[mark];
      if (closer !== undefined) open.push({ from: token.from, closer });
    }
  }
  return open;
}

function closersAt(before: string, rest: string, dialect: Dialect): string {
  if (!/^[)\]"'`]/.test(rest)) return '';
  const { from } = innermostStatementAt(before, before.length, dialect);
  const expected = openAtEnd(before.slice(from), dialect)
    .map(({ closer }) => closer)
    .reverse();
  let count = 0;
  while (count < expected.length && rest.charAt(count) === expected[count]) count++;
  return rest.slice(0, count);
}
