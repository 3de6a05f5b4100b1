/**
 * Formats a text statement by statement. layout.ts lays out the statements that sql-formatter can read; the others stay
 * as they are.
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

/** Longer texts (in characters) are not formatted: it would block the server for seconds. */
export const largestFormatted = 512 * 1024;

/**
 * Statements with deeper or unclosed brackets are not formatted: the parser would take seconds to report what is
 * missing.
 */
const deepestBracket = 100;

/**
 * The changes that lay out the statements which touch [from, to). Statements that are laid out already or cannot be
 * read give none. Line breaks are those of the text.
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
      // A statement that is laid out over several lines begins on a line of its own.
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

/** The statement laid out. Undefined when it cannot be, or when more than its layout would change. */
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
    // The statement is unfinished, or sql-formatter does not know this kind: usual while somebody writes.
    return undefined;
  }
}

/** False for lines of a client program and bodies of routines, which have a layout of their own. */
function mayFormat(statement: string, dialect: Dialect): boolean {
  if (isClientLine(statement, { from: 0, to: statement.length }, dialect)) return false;
  const words = significant(tokenize(statement.slice(0, 4096), dialect))
    .slice(0, 8)
    .map((token) => statement.slice(token.from, token.to).toLowerCase());
  if (words[0] === 'copy') return false;
  const routines = ['trigger', 'procedure', 'function', 'event', 'proc'];
  return !(['create', 'alter'].includes(words[0] ?? '') && words.some((word) => routines.includes(word)));
}

/** True when all quotes, comments and brackets close, and the brackets are not too deep. */
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
