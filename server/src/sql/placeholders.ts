/**
 * Finds placeholders: text in SQL that a program or a template engine replaces before a database sees it. `%s`,
 * `%(id)s`, `${x}`, `{{ ref('t') }}`, `{% if x %}`, `{# note #}`, `{x}`, `@{x}`, `#{x}`, `<<x>>`, psql's `:"x"`,
 * sqlcmd's `$(x)`. One may stand for anything: a name, a table, a list, a condition, nothing. Looks at text alone, in
 * linear time.
 */
import type { Dialect } from './dialect';

/** A placeholder's length in UTF-16 units, and whether it is closed. */
export interface PlaceholderEnd {
  readonly length: number;
  readonly closed: boolean;
}

/** Blocks of template engines. They may span several lines. */
const blocks: Readonly<Record<string, string>> = { '{{': '}}', '{%': '%}', '{#': '#}' };

/** The beginning of a placeholder up to its brace: `${x}`, `@{x}`, JasperReports' `$P{x}`. */
const bracedPattern = /(?:\$(?:[A-Z]!?)?|@)\{/y;
const hashBracedPattern = /#\{[\p{L}_][\p{L}\p{N}_.,=\x20]*\}/uy;
const sqlcmdPattern = /\$\([\p{L}_][\p{L}\p{N}_]*\)/uy;
/** A name in braces. No DuckDB struct, because that would have a colon. */
const bareBracePattern = /\{[\p{L}_][\p{L}\p{N}_.]*\}/uy;
/** ODBC's `{d '2024-01-01'}` and `{fn now()}`: MySQL and SQL Server read them as SQL. */
const odbcPattern = /\{\s*(?:d|t|ts|fn|oj|call|escape|guid|interval)\s/iy;
const formatPattern = /%(?:\([\p{L}_][\p{L}\p{N}_\x20]*\)|\d+\$)?[sdfi](?![\p{L}\p{N}(])/uy;
const angledPattern = /<<[\p{L}_][\p{L}\p{N}_.]*>>/uy;
/** Management Studio's `<name, type, default>`. */
const studioPattern = /<[\p{L}_][\p{L}\p{N}_\x20]*,[^,<>\n]*,[^<>\n]*>/uy;
const psqlPattern = /:(?:"[^"\n]*"|'[^'\n]*'|\{\?[\p{L}\p{N}_]+\})/uy;
const wordRestPattern = /(?:[\p{L}\p{M}\p{N}_]|\$(?!\{))+/uy;

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}

/** The placeholder that begins at `at`, with the parts of a name that touch it: `${prefix}_orders`. */
export function placeholderAt(text: string, at: number, dialect: Dialect): PlaceholderEnd | undefined {
  switch (text.charAt(at)) {
    case '{':
      return blockAt(text, at) ?? withNameParts(text, at, bracedAt(text, at, dialect), dialect);
    case '$':
    case '@':
    case '#':
      return withNameParts(text, at, bracedAt(text, at, dialect), dialect);
    case '%':
      return withNameParts(text, at, formatAt(text, at), dialect);
    case '<':
      return angledAt(text, at, dialect);
    case ':': {
      const length =
        dialect === 'postgres' && !isBehindOperand(text, at) ? matchLength(psqlPattern, text, at) : 0;
      return length === 0 ? undefined : { length, closed: true };
    }
    default:
      return undefined;
  }
}

/** The end of a name that begins with the word [at, to) and goes on with placeholders: `orders_${year}`. */
export function placeholderBehindWord(
  text: string,
  at: number,
  to: number,
  dialect: Dialect,
): PlaceholderEnd | undefined {
  // A word may end with the dollar sign of the placeholder.
  const end = text.charAt(to) === '{' && text.charAt(to - 1) === '$' && to - 1 > at ? to - 1 : to;
  if (!'{$@#%'.includes(text.charAt(end)) || end >= text.length) return undefined;
  if (text.charAt(end) === '%' && text.charAt(end - 1) !== '_') return undefined;
  const next = placeholderAt(text, end, dialect);
  if (next === undefined || isTemplateBlock(text, end)) return undefined;
  return { ...next, length: end - at + next.length };
}

/** True when a template's statement or comment begins at `at`, which is neither a value nor a part of a name. */
export function isTemplateBlock(text: string, at: number): boolean {
  return text.startsWith('{%', at) || text.startsWith('{#', at);
}

function withNameParts(
  text: string,
  at: number,
  first: PlaceholderEnd | undefined,
  dialect: Dialect,
): PlaceholderEnd | undefined {
  let end = first;
  while (end?.closed === true) {
    const to = at + end.length;
    const word = matchLength(wordRestPattern, text, to);
    const next = word > 0 ? { length: word, closed: true } : partAt(text, to, dialect);
    if (next === undefined) break;
    end = { length: end.length + next.length, closed: next.closed };
  }
  return end;
}

function partAt(text: string, at: number, dialect: Dialect): PlaceholderEnd | undefined {
  if (isTemplateBlock(text, at)) return undefined;
  return text.startsWith('{{', at) ? blockAt(text, at) : bracedAt(text, at, dialect);
}

/** A block that is not closed goes to the end of the text, as a string does. */
function blockAt(text: string, at: number): PlaceholderEnd | undefined {
  const closer = blocks[text.slice(at, at + 2)];
  if (closer === undefined) return undefined;
  const found = text.indexOf(closer, at + 2);
  if (found < 0) return { length: text.length - at, closed: false };
  let to = found + 2;
  if (text.startsWith('{{{', at) && text.charAt(to) === '}') to++;
  return { length: to - at, closed: true };
}

function bracedAt(text: string, at: number, dialect: Dialect): PlaceholderEnd | undefined {
  const whole =
    matchLength(hashBracedPattern, text, at) ||
    matchLength(sqlcmdPattern, text, at) ||
    matchLength(bareBracePattern, text, at);
  if (whole > 0) return { length: whole, closed: true };
  const opened = matchLength(bracedPattern, text, at);
  if (opened > 0) {
    const closed = braceEnd(text, at + opened - 1);
    if (closed !== undefined) return { length: closed - at, closed: true };
    const line = text.indexOf('\n', at);
    return { length: (line < 0 ? text.length : line) - at, closed: false };
  }
  if (text.charAt(at) !== '{' || dialect === 'duckdb' || matchLength(odbcPattern, text, at) > 0)
    return undefined;
  const end = braceEnd(text, at);
  return end === undefined ? undefined : { length: end - at, closed: true };
}

/** Offset behind the brace that closes the one at `at` on its line. */
function braceEnd(text: string, at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const ch = text.charAt(i);
    if (ch === '\n') return undefined;
    if (ch === '{') depth++;
    else if (ch === '}' && --depth === 0) return i + 1;
  }
  return undefined;
}

function formatAt(text: string, at: number): PlaceholderEnd | undefined {
  const length = matchLength(formatPattern, text, at);
  if (length === 0 || isBehindOperand(text, at)) return undefined;
  const isSure = text.charAt(at + 1) === '(' || (length === 2 && text.charAt(at + 1) === 's');
  // `a %d` and `a %s_total` are remainders.
  if ((!isSure || text.charAt(at + length) === '_') && !isOperandDue(text, at)) return undefined;
  return { length, closed: true };
}

function angledAt(text: string, at: number, dialect: Dialect): PlaceholderEnd | undefined {
  let length = matchLength(angledPattern, text, at);
  // `1 <<n>> 2` shifts twice.
  if (length > 0 && !isOperandDue(text, at)) length = 0;
  if (length === 0 && dialect === 'tsql') length = matchLength(studioPattern, text, at);
  return length === 0 ? undefined : { length, closed: true };
}

/** True when an operand ends right before `at`, without a space between. */
export function isBehindOperand(text: string, at: number): boolean {
  return at > 0 && /[\p{L}\p{N})\]"'`]/u.test(text.charAt(at - 1));
}

/** Words that must be followed by an operand. */
const beforeOperand = new Set(
  `select distinct all from join where and or not on having by limit offset in like ilike between values set into
  update table when then else case using as is escape returning fetch first top interval exists any some union
  begin loop`.split(/\s+/),
);

/** How many characters back the word before is looked for. */
const farthestWord = 40;

/** True when an operand must follow at `at`: behind an operator, a comma, an open bracket, a keyword, or nothing. */
export function isOperandDue(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - farthestWord), at).trimEnd();
  if (before === '') return true;
  const word = /[\p{L}\p{N}_$]+$/u.exec(before)?.[0];
  if (word !== undefined) return beforeOperand.has(word.toLowerCase());
  return /[-+*/<>=~!@#%^&|?:,;([{]$/.test(before);
}
