/** What a string literal stands for, as its dialect reads it: doubled quotes, backslashes, $tag$. No IO; total. */
import type { Dialect } from '../model';

const controls: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  0: '\0',
  Z: '\u001a',
};

/** @param literal with its quotes and what stands before them (N, E, U&); the closing quote may be missing */
export function stringValue(literal: string, dialect: Dialect): string {
  const tag = /^\$\w*\$/.exec(literal)?.[0];
  if (tag !== undefined) {
    return literal.slice(tag.length, literal.endsWith(tag) ? -tag.length : undefined);
  }
  const quote = literal.endsWith('"') ? '"' : "'";
  const start = literal.indexOf(quote);
  const isClosed = literal.length > start + 1 && literal.endsWith(quote);
  const inner = literal.slice(start + 1, isClosed ? -1 : undefined).replaceAll(quote + quote, quote);
  const prefix = literal.slice(0, Math.max(0, start)).toLowerCase();
  if (prefix === 'u&') {
    return inner.replace(/\\(?:\+([\da-f]{6})|([\da-f]{4})|\\)/gi, (_, long?: string, short?: string) =>
      codePoint(long ?? short),
    );
  }
  const hasBackslashes =
    dialect === 'mysql' || (prefix === 'e' && dialect !== 'sqlite' && dialect !== 'tsql');
  if (!hasBackslashes || !inner.includes('\\')) return inner;
  return inner.replace(
    /\\(?:([0-7]{1,3})|x([\da-f]{1,2})|u([\da-f]{4})|U([\da-f]{8})|([\s\S]))/gi,
    (whole: string, octal?: string, hex?: string, short?: string, long?: string, one?: string) => {
      if (dialect === 'mysql') return mysqlEscape(whole);
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      const code = hex ?? short ?? long;
      return code === undefined ? (controls[one ?? ''] ?? one ?? '') : codePoint(code);
    },
  );
}

/** MySQL knows single letters only, and keeps the backslash of \% and \_, which are for LIKE. */
function mysqlEscape(whole: string): string {
  const letter = whole.charAt(1);
  if (letter === '%' || letter === '_') return whole;
  return (letter === 'f' ? 'f' : (controls[letter] ?? letter)) + whole.slice(2);
}

function codePoint(hex: string | undefined): string {
  if (hex === undefined) return '\\';
  const code = parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
