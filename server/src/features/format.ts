/**
 * Formatting, statement by statement: those that sql-formatter can read are laid out (layout.ts), the others stay as
 * they are.
 */
import type { Dialect } from '../schema/model';
import { isClientLine, splitStatements, type Statement } from '../sql/statements/statements';
import { significant, tokenize } from '../sql/tokens';
import { layOut, type FormatOptions } from './layout';

export type { FormatOptions } from './layout';

/** Replaces [from, to) of the text. */
export interface TextChange {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Characters of a text above which nothing is formatted: it would hold up the server for seconds. */
export const largestFormatted = 512 * 1024;

/** Deeper brackets are not laid out, nor what does not close: the parser would take seconds to say what it misses. */
const deepestBracket = 100;

/**
 * Changes that lay out the statements that touch [from, to); none for those that are fine or cannot be read.
 * Line breaks are as the text has them.
 */
export function formatChanges(
  text: string,
  from: number,
  to: number,
  dialect: Dialect,
  options: FormatOptions,
): TextChange[] {
  if (text.length > largestFormatted) return [];
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const changes: TextChange[] = [];
  let previous: Statement | undefined;
  for (const statement of splitStatements(text, dialect)) {
    const isWanted = statement.from <= to && from <= statement.to;
    const before = text.slice(statement.from, statement.to);
    const after = isWanted ? formatStatement(before, dialect, options, lineBreak) : undefined;
    if (after !== undefined) {
      const gap = previous === undefined ? '\n' : text.slice(previous.to, statement.from);
      // A statement laid out over several lines begins on one of its own.
      const start = /\S/.test(gap) || gap.includes('\n') || gap === '' ? '' : lineBreak;
      const laidOut = start + after;
      const begin = start === '' ? statement.from : statement.from - gap.length;
      if (laidOut !== text.slice(begin, statement.to))
        changes.push({ from: begin, to: statement.to, text: laidOut });
    }
    previous = statement;
  }
  return changes;
}

/** The statement laid out; undefined where it cannot be, or where more than its layout would change. */
function formatStatement(
  statement: string,
  dialect: Dialect,
  options: FormatOptions,
  lineBreak: string,
): string | undefined {
  if (!mayFormat(statement, dialect) || !isClosed(statement, dialect)) return undefined;
  try {
    return layOut(statement, dialect, options, lineBreak);
  } catch {
    // Unfinished or of a kind it does not know: the usual case while somebody writes.
    return undefined;
  }
}

/** Lines of a client program and bodies of routines have a layout of their own. */
function mayFormat(statement: string, dialect: Dialect): boolean {
  if (isClientLine(statement, { from: 0, to: statement.length }, dialect)) return false;
  const words = significant(tokenize(statement.slice(0, 4096), dialect))
    .slice(0, 8)
    .map((token) => statement.slice(token.from, token.to).toLowerCase());
  if (words[0] === 'copy') return false;
  const routines = ['trigger', 'procedure', 'function', 'event', 'proc'];
  return !(['create', 'alter'].includes(words[0] ?? '') && words.some((word) => routines.includes(word)));
}

/** Whether all quotes, comments and brackets close, and these not too deep. */
function isClosed(statement: string, dialect: Dialect): boolean {
  let depth = 0;
  for (const { kind, from, closed } of tokenize(statement, dialect)) {
    if (!closed) return false;
    if (kind !== 'punctuation') continue;
    const mark = statement.charAt(from);
    if (mark === '(' || mark === '[') depth++;
    else if (mark === ')' || mark === ']') depth--;
    if (depth < 0 || depth > deepestBracket) return false;
  }
  return depth === 0;
}
