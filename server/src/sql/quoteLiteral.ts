/**
 * String literals: writes a value as SQL of a dialect, and reads the value of a written literal. This is the only place
 * that puts quotes around values. What a database holds is hostile: a value that its quotes did not hold would become
 * SQL. Pure.
 */
import type { Dialect } from './dialect';
import { tokenize } from './tokens';

/**
 * What a backslash in '…' means on a server: the beginning of an escape, or itself. Undefined when it is not known,
 * because MySQL's NO_BACKSLASH_ESCAPES and PostgreSQL's standard_conforming_strings change it, and a file tells
 * neither.
 */
export type Backslash = 'escapes' | 'plain' | undefined;

const utf8Hex = (value: string): string => Buffer.from(value, 'utf8').toString('hex').toUpperCase();
const doubled = (value: string, quote = "'"): string => value.replaceAll(quote, quote + quote);
const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('\0', '\\0');

/**
 * An expression for the value; a single string literal when the dialect has one for it. It means the same string in
 * every mode of a server, unless `backslash` says which mode that is.
 */
export function quoteLiteral(value: string, dialect: Dialect, backslash?: Backslash): string {
  const hasNul = value.includes('\0');
  if (hasNul || value.includes('\\')) {
    switch (dialect) {
      case 'mysql':
        return backslash === 'escapes' ? `'${doubled(escaped(value))}'` : `_utf8mb4 X'${utf8Hex(value)}'`;
      case 'postgres':
        // PostgreSQL has no text with a NUL: the server refuses this literal.
        return `E'${doubled(value.replaceAll('\\', '\\\\')).replaceAll('\0', '\\000')}'`;
      case 'sqlite':
        if (hasNul) return `CAST(X'${utf8Hex(value)}' AS TEXT)`;
        break;
      case 'duckdb':
        if (hasNul) return `decode(from_hex('${utf8Hex(value)}'))`;
        break;
      case 'tsql':
        if (hasNul)
          return value
            .split('\0')
            .map((part) => quoteLiteral(part, dialect))
            .join(' + NCHAR(0) + ');
    }
  }
  // Without N the server would convert the value to the database's code page.
  const prefix = dialect === 'tsql' && /[^\0-\x7F]/.test(value) ? 'N' : '';
  return `${prefix}'${doubled(value)}'`;
}

/**
 * The value as it has to be written inside a string that is open already.
 *
 * @param opening the beginning of the string with its quote: `'`, `E'`, `"`
 * @returns undefined when we and the server could read the written text as different values
 */
export function quoteWithin(
  value: string,
  opening: string,
  dialect: Dialect,
  backslash?: Backslash,
): string | undefined {
  const quote = opening.slice(-1);
  const prefix = opening.slice(0, -1).toLowerCase();
  if (value.includes('\0') || !/^(?:e|n)?$/.test(prefix)) return undefined;
  if (!value.includes('\\')) return doubled(value, quote);
  const escapes = dialect === 'mysql' || prefix === 'e';
  // A server that reads it the other way would end the string elsewhere.
  const isSure =
    prefix === 'e' || dialect === 'sqlite' || dialect === 'duckdb' || dialect === 'tsql'
      ? true
      : backslash === (escapes ? 'escapes' : 'plain');
  return isSure ? doubled(escapes ? escaped(value) : value, quote) : undefined;
}

const common: Readonly<Record<string, string>> = { b: '\b', n: '\n', r: '\r', t: '\t' };
const mysqlEscapes: Readonly<Record<string, string>> = { ...common, '0': '\0', Z: '\u001A' };
const cEscapes: Readonly<Record<string, string>> = { ...common, f: '\f' };

/** An escape in E'…': a hexadecimal, Unicode or octal number, or one character. */
const cEscape = /\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{1,3})|([\s\S]))/g;

function unescaped(text: string, dialect: Dialect): string {
  if (dialect === 'mysql') {
    return text.replace(/\\([\s\S])/g, (whole, one: string) =>
      // These two keep their backslash, for the pattern of a LIKE.
      one === '%' || one === '_' ? whole : (mysqlEscapes[one] ?? one),
    );
  }
  return text.replace(cEscape, (...[, hex, short, long, octal, one = '']: (string | undefined)[]) => {
    const digits = hex ?? short ?? long;
    const code = digits === undefined ? parseInt(octal ?? '', 8) : parseInt(digits, 16);
    if (Number.isNaN(code)) return cEscapes[one] ?? one;
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
  });
}

/** The character with that number in U&'…'; without a number, the backslash that is doubled there. */
function codePoint(hex: string | undefined): string {
  const code = hex === undefined ? 0x5c : parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
}

/**
 * The value of a string literal: without quotes and prefix, doubled quotes halved, escapes resolved by the dialect's
 * default.
 *
 * @param closed false when its end has not been typed
 */
export function stringValue(literal: string, closed: boolean, dialect: Dialect): string {
  const tag = /^\$[^$]*\$/.exec(literal)?.[0];
  if (tag !== undefined) return literal.slice(tag.length, closed ? -tag.length : undefined);
  const opening = /^[^'"]*['"]/.exec(literal)?.[0] ?? '';
  const quote = opening.slice(-1);
  const prefix = opening.slice(0, -1).toLowerCase();
  const inner = literal.slice(opening.length, closed ? -1 : undefined);
  if (prefix === 'x' && dialect === 'mysql') return Buffer.from(inner, 'hex').toString('utf8');
  if (prefix === 'u&') {
    return inner
      .replaceAll(quote + quote, quote)
      .replace(/\\(?:\+([\da-f]{6})|([\da-f]{4})|\\)/gi, (_, long?: string, short?: string) =>
        codePoint(long ?? short),
      );
  }
  const escapes = dialect === 'mysql' || prefix === 'e';
  if (!escapes || !inner.includes('\\')) return inner.replaceAll(quote + quote, quote);
  // Pairs first: in \'' the backslash belongs to the first quote only.
  const halved = inner
    .split(/(\\[\s\S])/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(quote + quote, quote)));
  return unescaped(halved.join(''), dialect);
}

/** The value of an expression that is one string literal; undefined for any other text. */
export function literalValue(text: string, dialect: Dialect): string | undefined {
  const tokens = tokenize(text.trim(), dialect).filter((token) => token.kind !== 'whitespace');
  // MySQL allows the name of a character set before the string.
  if (dialect === 'mysql' && text.trim().startsWith('_')) tokens.shift();
  const [only] = tokens;
  if (tokens.length !== 1 || only?.kind !== 'string' || !only.closed) return undefined;
  return stringValue(text.trim().slice(only.from, only.to), true, dialect);
}
