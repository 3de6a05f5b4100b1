/**
 * Finds where each statement of a text ends, in one pass from left to right; the text may be unfinished. A statement
 * together with the text before it is a tile; tiles follow one another without a gap. statementIndex.ts keeps them.
 */
import type { Dialect } from '../dialect';
import { statementStarters } from '../keywords';
import { tokenAt, type Token } from '../tokens';
import { clientLineEnd, endsStatement } from './clientLines';

/** A statement with the text before it. Tiles follow one another without a gap; offsets count from the tile's start. */
export interface Tile {
  readonly length: number;
  /**
   * The first and last characters with meaning, comments included. Both are `length` when there is only white space.
   */
  readonly from: number;
  readonly to: number;
  /** The first token that is no comment; `length` when there is none. */
  readonly head: number;
  /** True when it ends with its `;` or DELIMITER. */
  readonly closed: boolean;
  /** True when it ends here whatever text follows. */
  readonly hard: boolean;
  /** True when it ends with a client program's command, or is one: a cursor at its end is still in it. */
  readonly endsInCommand: boolean;
  /** The delimiter that applies where it begins. */
  readonly delimiter: string;
}

/** How many tokens to look ahead for the end of a parenthesis: on its line, and before the next `;`. */
const farthestOnLine = 500;
const farthest = 5000;

const routines = new Set(['trigger', 'procedure', 'function', 'event', 'proc', 'package']);
const afterEnd = new Set(['if', 'loop', 'while', 'repeat', 'case', 'for']);

/** What is known about the statement being read. */
interface Reading {
  /** Its first tokens in lower case, at most 8. */
  head: string[];
  isRoutine: boolean;
  /** True for PostgreSQL's CREATE RULE, which has statements in parentheses, each with its `;`. */
  isRule: boolean;
  bodyDepth: number;
  parentheses: number;
  previous: string;
}

const fresh = (): Reading => ({
  head: [],
  isRoutine: false,
  isRule: false,
  bodyDepth: 0,
  parentheses: 0,
  previous: '',
});

/**
 * Reads tiles from `start`, where one begins, to the end of the text or until `take` returns false. Calls `take` with
 * each tile, the offset of its end, and the delimiter behind it.
 */
export function readTiles(
  text: string,
  start: number,
  startDelimiter: string,
  dialect: Dialect,
  take: (tile: Tile, end: number, delimiter: string) => boolean,
): void {
  let tokens: Token[] = [];
  /** Index of the first token of the tile being read; its tokens are counted from there. */
  let first = 0;
  let lexed = start;
  let delimiter = startDelimiter;
  let tileDelimiter = startDelimiter;
  let tileStart = start;
  let reading = fresh();
  const token = (i: number): Token | undefined => {
    while (first + i >= tokens.length && lexed < text.length) {
      const next = tokenAt(text, lexed, dialect);
      tokens.push(next);
      lexed = next.to;
    }
    return tokens[first + i];
  };
  let i = 0;
  /** Ends the tile before token `end`; tokens are counted from there on. */
  const cut = (end: number, closed: boolean, hard: boolean): boolean => {
    const own = tokens.slice(first, first + end);
    const to = own.at(-1)?.to ?? tileStart;
    i -= end;
    first += end;
    // Not after every tile: many tokens may have been read ahead.
    if (first > 4096 && first * 2 > tokens.length) {
      tokens = tokens.slice(first);
      first = 0;
    }
    reading = fresh();
    if (own.length === 0) return true;
    const tile = tileOf(own, tileStart, to, closed, hard, tileDelimiter);
    tileStart = to;
    tileDelimiter = delimiter;
    return take(tile, to, delimiter);
  };

  for (; ; i++) {
    const current = token(i);
    if (current === undefined) break;
    if (current.kind === 'comment') continue;
    const raw = text.slice(current.from, Math.min(current.to, current.from + 32));
    if (current.kind === 'whitespace') continue;
    if (current.kind === 'command') {
      const isEnd = reading.head.length === 0 || endsStatement(text.slice(current.from, current.to), dialect);
      if (!isEnd) continue;
      if (!cut(i + 1, true, true)) return;
      i = -1;
      continue;
    }
    // A command of sqlcmd ends the statement before it, as GO does.
    const lineEnd =
      reading.head.length === 0 || dialect === 'tsql'
        ? clientLineEnd(text, current.from, dialect)
        : undefined;
    if (lineEnd !== undefined) {
      if (reading.head.length > 0 && !cut(i, false, false)) return;
      tokens.length = first + i;
      tokens.push({ kind: 'command', from: current.from, to: lineEnd, closed: true });
      lexed = lineEnd;
      const line = text.slice(current.from, lineEnd);
      if (/^delimiter/i.test(line)) delimiter = /^delimiter\s+(\S+)/i.exec(line)?.[1] ?? ';';
      if (!cut(i + 1, true, true)) return;
      i = -1;
      continue;
    }
    const word = current.kind === 'word' ? raw.toLowerCase() : '';
    if (word === 'go' && dialect === 'tsql' && isAloneOnLine(text, current)) {
      // GO is a T-SQL command; it ends the statement before it.
      if (!cut(i, false, false)) return;
      // A number behind it belongs to it.
      let own = 1;
      while (token(own) !== undefined && !breaksLine(text, token(own))) own++;
      if (token(own - 1)?.kind === 'whitespace') own--;
      if (!cut(own, true, true)) return;
      i = -1;
      continue;
    }
    if (endsAt(text, current, delimiter, reading, i, token)) {
      let end = i + 1;
      while ((token(end)?.from ?? text.length) < Math.min(current.from + delimiter.length, text.length))
        end++;
      if (reading.head[0] === 'copy' && dialect === 'postgres') {
        const rowsEnd = copiedRowsEnd(text.slice(tileStart, current.to), text, current.to);
        if (rowsEnd !== undefined) {
          // Rows, not SQL: they belong to their statement, like white space.
          tokens.length = first + end++;
          tokens.push({ kind: 'whitespace', from: current.to, to: rowsEnd, closed: true });
          lexed = rowsEnd;
        }
      }
      if (!cut(end, true, true)) return;
      i = -1;
      continue;
    }
    const boundary = blankLineBoundary(text, i, reading, word, token);
    if (boundary >= 0 && !cut(boundary, false, false)) return;
    note(reading, word, raw);
  }
  cut(tokens.length - first, false, false);
}

function tileOf(
  tokens: readonly Token[],
  start: number,
  to: number,
  closed: boolean,
  hard: boolean,
  delimiter: string,
): Tile {
  const length = to - start;
  const first = tokens.find((t) => t.kind !== 'whitespace');
  const last = tokens.findLast((t) => t.kind !== 'whitespace');
  const head = tokens.find((t) => t.kind !== 'whitespace' && t.kind !== 'comment');
  return {
    length,
    from: first === undefined ? length : first.from - start,
    to: last === undefined ? length : last.to - start,
    head: head === undefined ? length : head.from - start,
    closed,
    hard,
    endsInCommand: last?.kind === 'command',
    delimiter,
  };
}

/** Where the rows behind `COPY … FROM stdin;` in a dump end; undefined when there are none. */
function copiedRowsEnd(statement: string, text: string, from: number): number | undefined {
  if (!/\bfrom\s+stdin\b/i.test(statement)) return undefined;
  const end = /^\\\.[^\S\n]*$/m.exec(text.slice(from));
  return end === null ? undefined : from + end.index + end[0].length;
}

function breaksLine(text: string, token: Token | undefined): boolean {
  return token?.kind === 'whitespace' && hasLineBreak(text, token);
}

function hasLineBreak(text: string, { from, to }: Token): boolean {
  return text.slice(from, to).includes('\n');
}

/** How many characters around GO are looked at. */
const aroundGo = 200;

function isAloneOnLine(text: string, token: Token): boolean {
  const start = Math.max(0, token.from - aroundGo);
  const before = text.slice(start, token.from);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const [rest = ''] = text.slice(token.to, token.to + aroundGo).split('\n', 1);
  if (line.length === aroundGo || rest.length === aroundGo) return false;
  // GO 5 runs the batch five times.
  return line.trim() === '' && /^(?:\s+\d+)?;?\s*$/.test(rest);
}

type TokenOf = (i: number) => Token | undefined;

/** True when the delimiter at token i ends the statement. */
function endsAt(
  text: string,
  current: Token,
  delimiter: string,
  reading: Reading,
  i: number,
  token: TokenOf,
): boolean {
  if (!text.startsWith(delimiter, current.from)) return false;
  if (current.kind === 'string' || current.kind === 'quoted') return false;
  if (delimiter !== ';') return true;
  if (reading.bodyDepth > 0) return false;
  if (reading.parentheses === 0) return true;
  if (reading.isRule) return false;
  // Inside parentheses it ends the statement only when they are not closed on this line.
  let depth = reading.parentheses;
  for (let k = i + 1; k < i + farthestOnLine; k++) {
    const next = token(k);
    // A string that goes over the end of the line ends the search too: the text below must not move this boundary.
    if (next === undefined || hasLineBreak(text, next)) return true;
    depth += depthOf(text, next);
    if (depth === 0) return false;
  }
  return true;
}

function depthOf(text: string, token: Token): number {
  if (token.kind !== 'punctuation') return 0;
  const ch = text.charAt(token.from);
  return ch === '(' ? 1 : ch === ')' ? -1 : 0;
}

function note(reading: Reading, word: string, raw: string): void {
  const text = word === '' ? raw : word;
  if (raw === '(') reading.parentheses++;
  else if (raw === ')') reading.parentheses = Math.max(0, reading.parentheses - 1);
  if (reading.head.length < 8) {
    reading.head.push(text);
    if (reading.head[0] === 'create' && routines.has(word)) reading.isRoutine = true;
    if (word === 'rule' && /^create (?:or replace )?rule$/.test(reading.head.join(' ')))
      reading.isRule = true;
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
 * Index of the first token of a new statement, when token i (the first word of a statement) follows a blank line behind
 * a query that looks complete; otherwise -1. Comments between the blank line and the word belong to the new statement.
 */
function blankLineBoundary(text: string, i: number, reading: Reading, word: string, token: TokenOf): number {
  if (!statementStarters.has(word) || word === 'replace') return -1;
  if (!blankLineEnds.has(reading.head[0] ?? '') || continues.has(reading.previous)) return -1;
  let boundary = -1;
  for (let k = i - 1; k >= 0; k--) {
    const before = token(k);
    if (before === undefined || (before.kind !== 'whitespace' && before.kind !== 'comment')) break;
    if (before.kind === 'whitespace' && /\n[^\S\n]*\n/.test(text.slice(before.from, before.to)))
      boundary = k + 1;
  }
  return boundary >= 0 && closesBehind(text, i, reading, token) ? -1 : boundary;
}

/** True when the parentheses that are open at token i close before the next `;`, so that token i is inside them. */
function closesBehind(text: string, i: number, reading: Reading, token: TokenOf): boolean {
  let depth = reading.parentheses;
  for (let k = i; depth > 0 && k < i + farthest; k++) {
    const next = token(k);
    if (next === undefined || (next.kind === 'punctuation' && text.charAt(next.from) === ';')) return false;
    depth += depthOf(text, next);
  }
  return reading.parentheses > 0 && depth <= 0;
}

/** Statements that a blank line may end. INSERT and WITH often have a blank line inside. */
export const blankLineEnds: ReadonlySet<string> = new Set(['select', 'update', 'delete']);

/** After these words a statement cannot be complete, so the next line belongs to it. */
export const continues: ReadonlySet<string> = new Set(
  'union all except intersect as ( , in exists for on not'.split(' '),
);
