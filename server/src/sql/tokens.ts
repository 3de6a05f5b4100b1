/**
 * The lexer: turns any text into tokens that cover it without a gap, in linear time, never throwing. No grammar here.
 *
 * We do not use @codemirror/lang-sql, because statements, scopes and DDL need more than it tells: whether a quote was
 * closed, each dialect's exact quoting (E'', $tag$, [..], nested comments), and tokens as a flat array instead of a
 * tree. This file is also shorter to read.
 */
import type { Dialect } from './dialect';
import { operatorLength } from './operators';
import { isBehindOperand, placeholderAt, placeholderBehindWord } from './placeholders';

export type TokenKind =
  | 'word'
  | 'quoted'
  | 'string'
  | 'number'
  /** A value that is sent with the statement: `$1`, `?`, `:id`, `@id`. */
  | 'parameter'
  /** A placeholder, which may stand for anything; see placeholders.ts. */
  | 'placeholder'
  /** A client program's command, no SQL: psql's `\gset` to the end of its line, MySQL's `\G`. */
  | 'command'
  | 'comment'
  | 'operator'
  | 'punctuation'
  | 'whitespace';

/** Offsets are UTF-16 code units, `to` is exclusive. */
export interface Token {
  readonly kind: TokenKind;
  readonly from: number;
  readonly to: number;
  /** False for a string, quoted name or block comment whose end has not been typed. */
  readonly closed: boolean;
}

interface Traits {
  readonly backslashEscapes: boolean;
  readonly doubleQuoteIsString: boolean;
  readonly backtick: boolean;
  readonly brackets: boolean;
  readonly dollarQuotes: boolean;
  readonly nestedComments: boolean;
  readonly hashComments: boolean;
  readonly hashNames: boolean;
  /** True when the dialect has E'..' strings with backslash escapes. */
  readonly escapeStrings: boolean;
  /** The client program whose commands begin with a backslash: psql's lines, or the letters of MySQL's client. */
  readonly backslash: 'psql' | 'mysql' | undefined;
}

const plain: Traits = {
  backslashEscapes: false,
  doubleQuoteIsString: false,
  backtick: false,
  brackets: false,
  dollarQuotes: false,
  nestedComments: false,
  hashComments: false,
  hashNames: false,
  escapeStrings: false,
  backslash: undefined,
};

const traitsOf: Readonly<Record<Dialect, Traits>> = {
  sqlite: { ...plain, backtick: true, brackets: true },
  postgres: {
    ...plain,
    dollarQuotes: true,
    nestedComments: true,
    escapeStrings: true,
    backslash: 'psql',
  },
  duckdb: { ...plain, dollarQuotes: true, nestedComments: true, escapeStrings: true },
  mysql: {
    ...plain,
    backslashEscapes: true,
    doubleQuoteIsString: true,
    backtick: true,
    hashComments: true,
    backslash: 'mysql',
  },
  tsql: { ...plain, brackets: true, nestedComments: true, hashNames: true },
};

const whitespacePattern = /\s+/y;
const wordPattern = /[\p{L}_][\p{L}\p{M}\p{N}_$]*/uy;
const hashNamePattern = /#{1,2}[\p{L}_][\p{L}\p{M}\p{N}_$#@]*/uy;
const numberPattern =
  /0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.\d[\d_]*|\.(?![.\p{L}_]))?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/uy;
const parameterPattern =
  /\$\d+|[:@]{1}[\p{L}_][\p{L}\p{N}_$]*|@@[\p{L}_][\p{L}\p{N}_$]*|\?\d*|\$[\p{L}_][\p{L}\p{N}_]*/uy;
const dollarTagPattern = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
/** In these dialects `name:` and the colon of `a[1:n]` begin no parameter. */
const letsColonFollow: ReadonlySet<Dialect> = new Set(['postgres', 'duckdb']);

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}

/** End of a quoted token whose opening quote is at `at - 1`. A doubled quote is part of it. */
function quoteEnd(
  text: string,
  at: number,
  quote: string,
  backslash: boolean,
  oneLine: boolean,
): { end: number; closed: boolean } {
  for (let i = at; i < text.length; i++) {
    const ch = text.charAt(i);
    if (backslash && ch === '\\') i++;
    else if (oneLine && ch === '\n') return { end: i, closed: false };
    else if (ch === quote) {
      if (text.charAt(i + 1) === quote) i++;
      else return { end: i + 1, closed: true };
    }
  }
  return { end: text.length, closed: false };
}

function blockCommentEnd(text: string, at: number, nested: boolean): { end: number; closed: boolean } {
  let depth = 1;
  let i = at + 2;
  while (i < text.length) {
    if (text.startsWith('*/', i)) {
      i += 2;
      depth--;
      if (depth === 0) return { end: i, closed: true };
    } else if (nested && text.startsWith('/*', i)) {
      i += 2;
      depth++;
    } else i++;
  }
  return { end: text.length, closed: false };
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/**
 * The tokens of any text, without a gap from 0 to text.length. A string that is not closed goes to the end of the text.
 * A quoted name that is not closed goes to the end of its line, because names do not span lines, and a half-typed one
 * must not swallow the statements below.
 */
export function tokenize(text: string, dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const token = tokenAt(text, at, dialect);
    tokens.push(token);
    at = token.to;
  }
  return tokens;
}

/** The token that begins at `at`, where another token ends or the text begins. */
export function tokenAt(text: string, at: number, dialect: Dialect): Token {
  const traits = traitsOf[dialect];
  const ch = text.charAt(at);
  const next = text.charAt(at + 1);
  // Most tokens are plain words, which their first letter tells, unless it begins a string (E'…', U&'…').
  if (isPlainLetter(text.charCodeAt(at)) && next !== "'" && next !== '&')
    return wordToken(text, at, matchLength(wordPattern, text, at), dialect);
  const space = matchLength(whitespacePattern, text, at);
  if (space > 0) return tokenOf('whitespace', at, at + space);
  if ('{$@#%<:'.includes(ch)) {
    const placeholder = placeholderAt(text, at, dialect);
    if (placeholder) return tokenOf('placeholder', at, at + placeholder.length, placeholder.closed);
  }
  if (ch === '\\' && traits.backslash !== undefined) {
    const length = commandLength(text, at, traits.backslash);
    if (length > 0) return tokenOf('command', at, at + length);
  }
  if (ch === '-' && next === '-' && startsDashComment(text, at, dialect))
    return tokenOf('comment', at, lineEnd(text, at));
  if (ch === '#' && traits.hashComments) return tokenOf('comment', at, lineEnd(text, at));
  if (ch === '/' && next === '*') {
    const { end, closed } = blockCommentEnd(text, at, traits.nestedComments);
    return tokenOf('comment', at, end, closed);
  }
  if (ch === "'") return quoted('string', text, at, at + 1, "'", traits.backslashEscapes);
  if (ch === '"') {
    const isString = traits.doubleQuoteIsString;
    return quoted(isString ? 'string' : 'quoted', text, at, at + 1, '"', isString);
  }
  if (ch === '`' && traits.backtick) return quoted('quoted', text, at, at + 1, '`', false);
  if (ch === '[' && traits.brackets) return quoted('quoted', text, at, at + 1, ']', false);
  if (ch === '$' && traits.dollarQuotes) {
    const length = matchLength(dollarTagPattern, text, at);
    if (length > 0) {
      const end = text.indexOf(text.slice(at, at + length), at + length);
      return end < 0 ? tokenOf('string', at, text.length, false) : tokenOf('string', at, end + length);
    }
  }
  return plainToken(text, at, traits, dialect);
}

function wordToken(text: string, at: number, length: number, dialect: Dialect): Token {
  const placeholder = placeholderBehindWord(text, at, at + length, dialect);
  if (placeholder === undefined) return tokenOf('word', at, at + length);
  return tokenOf('placeholder', at, at + placeholder.length, placeholder.closed);
}

/** psql's commands go to the end of their line. Only `\;` does not: it separates statements that are sent together. */
function commandLength(text: string, at: number, client: 'psql' | 'mysql'): number {
  const next = text.charAt(at + 1);
  const end = lineEnd(text, at);
  const toLineEnd = (text.charAt(end - 1) === '\r' ? end - 1 : end) - at;
  if (client === 'psql') return next === ';' ? 0 : toLineEnd;
  // MySQL's \N means NULL.
  if (!/[a-zA-Z!.]/.test(next) || next === 'N') return 0;
  return 'Ggc'.includes(next) ? 2 : toLineEnd;
}

function isPlainLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

function tokenOf(kind: TokenKind, from: number, to: number, closed = true): Token {
  return { kind, from, to, closed };
}

function quoted(
  kind: TokenKind,
  text: string,
  at: number,
  contentAt: number,
  quote: string,
  backslash: boolean,
): Token {
  const { end, closed } = quoteEnd(text, contentAt, quote, backslash, kind === 'quoted');
  return tokenOf(kind, at, end, closed);
}

function plainToken(text: string, at: number, traits: Traits, dialect: Dialect): Token {
  const ch = text.charAt(at);
  if ((ch === 'u' || ch === 'U') && traits.escapeStrings && text.startsWith('&"', at + 1))
    return quoted('quoted', text, at, at + 3, '"', false);
  const prefix = stringPrefix(text, at, ch, text.charAt(at + 1));
  if (prefix > 0) {
    const backslash = traits.backslashEscapes || (traits.escapeStrings && (ch === 'e' || ch === 'E'));
    return quoted('string', text, at, at + prefix + 1, "'", backslash);
  }
  const word = matchLength(wordPattern, text, at);
  if (word > 0) return wordToken(text, at, word, dialect);
  const number = matchLength(numberPattern, text, at);
  if (number > 0) return tokenOf('number', at, at + number);
  const hashName = traits.hashNames ? matchLength(hashNamePattern, text, at) : 0;
  if (hashName > 0) return tokenOf('word', at, at + hashName);
  if (ch === '\\' && traits.backslash === 'psql')
    return tokenOf('operator', at, Math.min(at + 2, text.length));
  const operator = operatorLength(text, at, dialect);
  if (operator > 0) return tokenOf('operator', at, at + operator);
  if (ch === ':' && letsColonFollow.has(dialect) && isBehindOperand(text, at))
    return tokenOf('operator', at, at + 1);
  const parameter = matchLength(parameterPattern, text, at);
  if (parameter > 0) return tokenOf('parameter', at, at + parameter);
  if ('(),;.[]{}'.includes(ch)) return tokenOf('punctuation', at, at + 1);
  return tokenOf('operator', at, at + charLength(text, at));
}

/** Without codePointAt: once V8 has compiled it, it reads past the end of a text that is a slice of a longer one. */
function charLength(text: string, at: number): number {
  const isPair =
    at + 1 < text.length &&
    (text.charCodeAt(at) & 0xfc00) === 0xd800 &&
    (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
  return isPair ? 2 : 1;
}

/** MySQL needs white space (or the end) behind the two dashes. */
function startsDashComment(text: string, at: number, dialect: Dialect): boolean {
  return dialect !== 'mysql' || at + 2 >= text.length || /\s/.test(text.charAt(at + 2));
}

/** Length of the letters before the quote of E'', N'', X'', B'' and U&''; 0 when there are none. */
function stringPrefix(text: string, at: number, ch: string, next: string): number {
  if (next === "'" && 'eEnNxXbB'.includes(ch)) return 1;
  if ((ch === 'u' || ch === 'U') && next === '&' && text.charAt(at + 2) === "'") return 2;
  return 0;
}

/** The name that a word or quoted token stands for: without quotes, doubled quotes halved, letter case kept. */
export function identifierName(token: Token, text: string): string {
  const raw = text.slice(token.from, token.to);
  if (token.kind !== 'quoted') return raw;
  if (raw.charAt(1) === '&') {
    const name = identifierName({ ...token, from: token.from + 2 }, text);
    // U&"d\0061ta": PostgreSQL writes characters by their code points.
    return name.replace(/\\(?:\+([0-9a-f]{6})|([0-9a-f]{4}))/gi, (all, long: string, short: string) => {
      const code = parseInt(long || short, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    });
  }
  const close = raw.startsWith('[') ? ']' : raw.charAt(0);
  const inner = raw.slice(1, token.closed ? -1 : undefined);
  return inner.replaceAll(close + close, close);
}

/**
 * The key under which a name is looked up. PostgreSQL folds unquoted names to lower case and compares quoted ones
 * exactly; other dialects ignore case.
 */
export function nameKey(name: string, quoted: boolean, dialect: Dialect): string {
  if (dialect !== 'postgres') return name.toLowerCase();
  return quoted ? name : name.toLowerCase();
}

/** True for tokens that carry meaning: no white space, no comment, no client program's command. */
export function isSignificant(kind: TokenKind): boolean {
  return kind !== 'whitespace' && kind !== 'comment' && kind !== 'command';
}

/** True for a parameter or a placeholder, which gets its value later. */
export function isFilledIn(kind: TokenKind | undefined): boolean {
  return kind === 'parameter' || kind === 'placeholder';
}

/** The tokens that carry meaning. */
export function significant(tokens: readonly Token[]): Token[] {
  return tokens.filter(({ kind }) => isSignificant(kind));
}
