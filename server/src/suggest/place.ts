/**
 * A place where the model may continue the text: the text before and behind it, the schema's epoch and the dialect. Two places
 * that agree in these get the same suggestions. Brackets and quotes that the editor closed by itself do not count: it is the
 * same place whether or not the editor added `)` to the typed `(`. Pure text.
 */
import type { Dialect } from '../schema/model';
import { innermostStatementAt } from '../sql/statements/routines';
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
  const before = withoutCarriageReturns(window.text.slice(0, window.offset));
  const rest = withoutCarriageReturns(window.text.slice(window.offset));
  const closers = closersAt(before, rest, dialect);
  return { before, after: rest.slice(closers.length), closers, epoch, dialect };
}

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
