/**
 * Where statements begin and end in any text, finished or not. Reads tokens only; knows no clauses.
 */
import type { Dialect } from '../schema/model';
import { statementStarters } from './keywords';
import { significant, tokenize, type Token } from './tokens';

/** Offsets in the document; `to` is exclusive and stands behind the statement's `;` where it has one. */
export interface Statement {
  readonly from: number;
  readonly to: number;
}

/** A statement with what lies around it: tiles follow one another without a gap. */
interface Tile {
  from: number;
  to: number;
  /** Tokens of the tile, white space and comments included. */
  tokens: readonly Token[];
}

/**
 * Statements of the text in order, without the white space around them; comments before a statement belong to it.
 * Ends at a `;` outside strings, comments, closed parentheses and BEGIN … END bodies of triggers and routines.
 * A statement without `;` also ends where a blank line is followed by the first word of another one.
 */
export function splitStatements(text: string, dialect: Dialect): Statement[] {
  return tiles(text, dialect)
    .map(trimmed)
    .filter((statement) => statement.to > statement.from);
}

/**
 * The statement the cursor is in: it holds `offset` (from ≤ offset ≤ to). Behind a `;`, above the first line of a
 * statement and behind a query and a blank line, this is a new empty statement at the cursor. On an empty line between
 * a comment and a statement it is the comment alone: what is typed there is new.
 */
export function statementAt(text: string, offset: number, dialect: Dialect): Statement {
  const at = Math.max(0, Math.min(offset, text.length));
  const all = tiles(text, dialect);
  const tile = all.find((t) => at < t.to) ?? all.at(-1);
  // A cursor right behind the last `;` of the text is in no tile, or at the end of one that is closed.
  if (tile === undefined || (at === tile.to && endsClosed(tile, text))) return { from: at, to: at };
  const body = trimmed(tile);
  const here = { from: at, to: at };
  if (body.to === body.from) return here;
  if (at < body.from && text.slice(at, body.from).includes('\n')) return here;
  if (at > body.to && isBlankLineBetween(text, body.to, at) && looksComplete(tile, text)) return here;
  const first = tile.tokens.find((t) => t.kind !== 'whitespace' && t.kind !== 'comment');
  if (first !== undefined && at < first.from && isEmptyLine(text, at) && !insideComment(tile, at)) {
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

/** Whether the tile is a query that could end here, so that a blank line behind it may end it. */
function looksComplete(tile: Tile, text: string): boolean {
  const solid = significant(tile.tokens).map((t) => text.slice(t.from, t.to).toLowerCase());
  const opened = solid.filter((raw) => raw === '(').length;
  const closed = solid.filter((raw) => raw === ')').length;
  return opened <= closed && blankLineEnds.has(solid[0] ?? '') && !continues.has(solid.at(-1) ?? '');
}

function insideComment(tile: Tile, at: number): boolean {
  return tile.tokens.some((t) => t.kind === 'comment' && t.from < at && at < t.to);
}

function endsClosed(tile: Tile, text: string): boolean {
  const last = tile.tokens.at(-1);
  return last?.kind === 'punctuation' && text.charAt(last.from) === ';';
}

function trimmed(tile: Tile): Statement {
  const solid = tile.tokens.filter((t) => t.kind !== 'whitespace');
  const first = solid[0];
  const last = solid.at(-1);
  return first === undefined || last === undefined
    ? { from: tile.from, to: tile.from }
    : { from: first.from, to: last.to };
}

const routines = new Set(['trigger', 'procedure', 'function', 'event', 'proc']);
const afterEnd = new Set(['if', 'loop', 'while', 'repeat', 'case', 'for']);

/** What is known of the statement being read. */
interface Reading {
  /** First tokens, lower case, up to 8. */
  head: string[];
  isRoutine: boolean;
  bodyDepth: number;
  previous: string;
}

const fresh = (): Reading => ({ head: [], isRoutine: false, bodyDepth: 0, previous: '' });

function tiles(text: string, dialect: Dialect): Tile[] {
  const tokens = tokenize(text, dialect);
  const covered = insideClosedParentheses(tokens, text);
  const result: Tile[] = [];
  let start = 0;
  let reading = fresh();
  const cut = (end: number) => {
    const last = tokens[end - 1];
    const first = tokens[start];
    if (first !== undefined && last !== undefined && end > start) {
      result.push({ from: first.from, to: last.to, tokens: tokens.slice(start, end) });
    }
    start = end;
    reading = fresh();
  };

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || token.kind === 'comment') continue;
    if (token.kind === 'whitespace') {
      // mysql's DELIMITER and tsql's GO are lines of the client program, not statements.
      if (isClientLine(reading, dialect) && text.slice(token.from, token.to).includes('\n')) cut(i);
      continue;
    }
    const word = token.kind === 'word' ? text.slice(token.from, token.to).toLowerCase() : '';
    const isSemicolon = token.kind === 'punctuation' && text.charAt(token.from) === ';';
    if (isSemicolon && covered[i] !== true && reading.bodyDepth === 0) {
      cut(i + 1);
      continue;
    }
    const boundary = covered[i] === true ? -1 : blankLineBoundary(tokens, text, i, start, reading, word);
    if (boundary >= 0) cut(boundary);
    note(reading, word, isSemicolon ? ';' : text.slice(token.from, Math.min(token.to, token.from + 32)));
  }
  cut(tokens.length);
  return result;
}

function isClientLine(reading: Reading, dialect: Dialect): boolean {
  if (dialect === 'mysql') return reading.head[0] === 'delimiter';
  return dialect === 'tsql' && reading.head.length === 1 && reading.head[0] === 'go';
}

function note(reading: Reading, word: string, raw: string): void {
  const text = word === '' ? raw : word;
  if (reading.head.length < 8) {
    reading.head.push(text);
    if (reading.head[0] === 'create' && routines.has(word)) reading.isRoutine = true;
  }
  if (reading.isRoutine) {
    if (word === 'begin' && reading.previous !== 'end') reading.bodyDepth++;
    else if (word === 'case' && reading.previous !== 'end') reading.bodyDepth++;
    else if (word === 'end') reading.bodyDepth = Math.max(0, reading.bodyDepth - 1);
    else if (reading.previous === 'end' && afterEnd.has(word) && word !== 'case') reading.bodyDepth++;
  }
  reading.previous = text;
}

/**
 * Index of the first token of a new statement when token i (a statement's first word) follows a blank line behind a
 * query that looks complete; -1 otherwise. Comments between the blank line and the word go with the new statement.
 */
function blankLineBoundary(
  tokens: readonly Token[],
  text: string,
  i: number,
  start: number,
  reading: Reading,
  word: string,
): number {
  if (!statementStarters.has(word) || word === 'replace') return -1;
  if (!blankLineEnds.has(reading.head[0] ?? '')) return -1;
  if (continues.has(reading.previous)) return -1;
  let boundary = -1;
  for (let k = i - 1; k >= start; k--) {
    const token = tokens[k];
    if (token === undefined || (token.kind !== 'whitespace' && token.kind !== 'comment')) break;
    if (token.kind === 'whitespace' && /\n[^\S\n]*\n/.test(text.slice(token.from, token.to)))
      boundary = k + 1;
  }
  return boundary;
}

/** Statements that a blank line may end; INSERT and WITH often have one inside. */
const blankLineEnds = new Set(['select', 'update', 'delete']);

/** After these a statement cannot be complete, so that what follows belongs to it. */
const continues = new Set([
  'union',
  'all',
  'except',
  'intersect',
  'as',
  '(',
  ',',
  'in',
  'exists',
  'for',
  'on',
  'not',
]);

/** For each token whether it stands inside a pair of parentheses that is closed. */
function insideClosedParentheses(tokens: readonly Token[], text: string): boolean[] {
  const open: number[] = [];
  const change = new Array<number>(tokens.length + 1).fill(0);
  tokens.forEach((token, i) => {
    if (token.kind !== 'punctuation') return;
    const ch = text.charAt(token.from);
    if (ch === '(') open.push(i);
    else if (ch === ')') {
      const from = open.pop();
      if (from === undefined) return;
      change[from] = (change[from] ?? 0) + 1;
      change[i] = (change[i] ?? 0) - 1;
    }
  });
  let depth = 0;
  return tokens.map((_, i) => {
    depth += change[i] ?? 0;
    return depth > 0;
  });
}

/** Tokens of one statement that carry meaning, at their offsets in the document. */
export function statementTokens(text: string, statement: Statement, dialect: Dialect): Token[] {
  const shift = statement.from;
  return significant(tokenize(text.slice(statement.from, statement.to), dialect)).map((token) =>
    shift === 0 ? token : { ...token, from: token.from + shift, to: token.to + shift },
  );
}
