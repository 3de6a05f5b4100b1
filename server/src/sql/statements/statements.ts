/**
 * Splits any text into statements, finished or not, and finds the one that the cursor is in. Knows no clauses.
 * statementIndex.ts remembers the boundaries from one version of a text to the next.
 */
import type { Dialect } from '../dialect';
import { clientLineEnd } from './clientLines';
import { blankLineEnds, continues, type Tile } from './readTiles';
import { statementIndex } from './statementIndex';
import { isSignificant, tokenAt, tokenize, type Token } from '../tokens';

/** Offsets in the document. `to` is exclusive and includes the statement's `;`. */
export interface Statement {
  readonly from: number;
  readonly to: number;
}

/**
 * The statements of the text in order, without the white space around them. Comments before a statement belong to it. A
 * statement ends at a `;` (or MySQL's DELIMITER, or T-SQL's GO) outside strings, comments and the BEGIN … END bodies of
 * triggers and routines. Without a `;` it also ends when a blank line and the first word of another statement follow.
 */
export function splitStatements(text: string, dialect: Dialect): Statement[] {
  return statementsWithin(text, 0, text.length, dialect);
}

/** The statements that touch [from, to) of the text. */
export function statementsWithin(text: string, from: number, to: number, dialect: Dialect): Statement[] {
  const index = statementIndex(text, dialect);
  const ends = index.tileEnds();
  const found: Statement[] = [];
  for (const [i, tile] of index.tiles.entries()) {
    const end = ends[i] ?? 0;
    if (end < from) continue;
    const start = end - tile.length;
    if (start > to) break;
    const statement = { from: start + tile.from, to: start + tile.to };
    if (statement.to > statement.from && statement.to >= from && statement.from <= to) found.push(statement);
  }
  return found;
}

/**
 * The statement that the cursor is in: it contains `offset` (from ≤ offset ≤ to). Behind a `;`, above the first line of
 * a statement, and behind a query and a blank line, that is a new empty statement at the cursor. On an empty line
 * between a comment and a statement it is the comment alone, because what is typed there is new.
 */
export function statementAt(text: string, offset: number, dialect: Dialect): Statement {
  const at = Math.max(0, Math.min(offset, text.length));
  const index = statementIndex(text, dialect);
  const found = index.tileAt(at);
  const here = { from: at, to: at };
  const before = at === 0 ? undefined : index.tileAt(at - 1);
  if (before?.tile.endsInCommand === true && before.start + before.tile.length === at)
    return { from: before.start + before.tile.from, to: at };
  if (found === undefined) return here;
  const { tile, start } = found;
  // Right behind the last `;` of the text the cursor is in no tile, or at the end of a closed one.
  if (at === start + tile.length && tile.closed) return here;
  const body = { from: start + tile.from, to: start + tile.to };
  if (body.to === body.from) return here;
  // The cursor is among the rows of a COPY, which belong to its tile.
  if (at > body.to && tile.closed) return here;
  if (at < body.from && text.slice(at, body.from).includes('\n')) return here;
  if (at > body.to && isBlankLineBetween(text, body.to, at) && looksComplete(text, body, dialect))
    return here;
  const isBeforeHead = tile.head < tile.length && at < start + tile.head;
  if (isBeforeHead && isEmptyLine(text, at) && !insideComment(text, tile, start, at, dialect)) {
    return { from: Math.min(body.from, at), to: at };
  }
  return { from: Math.min(body.from, at), to: Math.max(body.to, at) };
}

function isEmptyLine(text: string, at: number): boolean {
  const from = text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  return text.slice(at === 0 ? 0 : from, end < 0 ? text.length : end).trim() === '';
}

function isBlankLineBetween(text: string, from: number, to: number): boolean {
  return /\n[^\S\n]*\n/.test(text.slice(from, to));
}

/** True when the statement is a query that could end here, so that a blank line behind it may end it. */
function looksComplete(text: string, statement: Statement, dialect: Dialect): boolean {
  const solid = statementTokens(text, statement, dialect).map((t) => text.slice(t.from, t.to).toLowerCase());
  const opened = solid.filter((raw) => raw === '(').length;
  const closed = solid.filter((raw) => raw === ')').length;
  return opened <= closed && blankLineEnds.has(solid[0] ?? '') && !continues.has(solid.at(-1) ?? '');
}

function insideComment(text: string, tile: Tile, start: number, at: number, dialect: Dialect): boolean {
  const before = tokenize(text.slice(start, start + tile.head), dialect);
  return before.some((t) => t.kind === 'comment' && start + t.from < at && at < start + t.to);
}

/**
 * True when a client program reads the statement itself, so that it is no SQL: psql's `\d`, SQLite's `.mode`, MySQL's
 * DELIMITER, GO. No other code decides this.
 */
export function isClientLine(text: string, statement: Statement, dialect: Dialect): boolean {
  const source = text.slice(statement.from, statement.to);
  for (let at = 0; at < source.length;) {
    const token = tokenAt(source, at, dialect);
    at = token.to;
    if (token.kind === 'whitespace' || token.kind === 'comment') continue;
    if (token.kind === 'command' || clientLineEnd(text, statement.from + token.from, dialect) !== undefined)
      return true;
    return dialect === 'tsql' && /^go(?:\s+\d+)?;?\s*$/i.test(source.slice(token.from));
  }
  return false;
}

/**
 * The tokens of one statement that carry meaning, at their offsets in the document. None for a client program's line.
 */
export function statementTokens(text: string, statement: Statement, dialect: Dialect): Token[] {
  const shift = statement.from;
  const source = text.slice(statement.from, statement.to);
  const tokens: Token[] = [];
  for (let at = 0; at < source.length;) {
    const token = tokenAt(source, at, dialect);
    at = token.to;
    if (!isSignificant(token.kind)) continue;
    if (tokens.length === 0 && clientLineEnd(text, token.from + shift, dialect) !== undefined) return [];
    tokens.push(shift === 0 ? token : { ...token, from: token.from + shift, to: token.to + shift });
  }
  return tokens;
}
