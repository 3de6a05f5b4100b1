/**
 * Reads the values that a CHECK constraint allows for a column, if that is all it says: `c IN ('a', 'b')`, in any of
 * the forms that catalogues write. No IO. Never throws.
 */
import { stringValue } from '../../sql/quoteLiteral';
import { identifierName, tokenize } from '../../sql/tokens';
import type { Dialect } from '../model';

export interface CheckedColumn {
  /** Empty when the constraint names no column: VALUE in a PostgreSQL domain. */
  readonly column: string;
  readonly list: readonly string[];
}

/** Undefined when the expression says anything else, or anything more. */
export function checkValues(expression: string, dialect: Dialect): CheckedColumn | undefined {
  const words = simplify(expression, dialect);
  if (words[0]?.text === 'check' && words[0].kind === 'word') words.shift();
  dropOrNull(words);
  const column = words.shift();
  if (column?.kind !== 'word' && column?.kind !== 'name') return undefined;
  const name = column.kind === 'word' && column.text === 'value' ? '' : column.name;
  const operator = words.shift()?.text;
  if (operator === '=' && words[0]?.text === 'any') words.splice(0, words[1]?.text === 'array' ? 2 : 1);
  else if (operator === '=' && words.length === 1) return oneValue(name, words[0]);
  else if (operator === '=') return equalities(column.name, name, words);
  else if (operator !== 'in') return undefined;
  const list = words.filter((word) => word.text !== ',' || word.kind === 'string');
  if (list.length === 0 || list.some((word) => word.kind !== 'string')) return undefined;
  return { column: name, list: list.map((word) => word.name) };
}

interface Word {
  readonly kind: 'word' | 'name' | 'string' | 'other';
  /** In lower case; strings and names as written. */
  readonly text: string;
  /** The name without quotes, or the string's value. */
  readonly name: string;
}

/** The words without parentheses, brackets, casts, character set introducers and MySQL's escaped quotes. */
function simplify(expression: string, dialect: Dialect): Word[] {
  // MySQL 8 returns the clause with its quotes escaped.
  const text =
    dialect === 'mysql' && expression.includes("\\'") ? expression.replaceAll("\\'", "'") : expression;
  const words: Word[] = [];
  let cast = false;
  for (const token of tokenize(text, dialect)) {
    const raw = text.slice(token.from, token.to);
    if (token.kind === 'whitespace' || token.kind === 'comment') continue;
    if (raw === '::') {
      cast = true;
      continue;
    }
    if (cast && (token.kind === 'word' || token.kind === 'quoted' || raw === '.')) {
      // ::character varying, ::text, ::my_schema.my_type
      cast = raw === '.' || raw.toLowerCase() === 'character' || text.charAt(token.to) === '.';
      continue;
    }
    cast = false;
    if (raw === '(' || raw === ')' || raw === '[' || raw === ']') continue;
    if (token.kind === 'word' && raw.startsWith('_') && text.charAt(token.to) === "'") continue;
    if (token.kind === 'string')
      words.push({ kind: 'string', text: raw, name: stringValue(raw, token.closed, dialect) });
    else if (token.kind === 'quoted')
      words.push({ kind: 'name', text: raw, name: identifierName(token, text) });
    else words.push({ kind: token.kind === 'word' ? 'word' : 'other', text: raw.toLowerCase(), name: raw });
  }
  return words;
}

/** A list of values that also allows NULL says the same, because NULL passes any CHECK. */
function dropOrNull(words: Word[]): void {
  const [or, , is, nothing] = words.slice(-4);
  if (or?.text === 'or' && is?.text === 'is' && nothing?.text === 'null') words.splice(-4);
  const [, first, second, last] = words;
  if (first?.text === 'is' && second?.text === 'null' && last?.text === 'or') words.splice(0, 4);
}

function oneValue(column: string, word: Word | undefined): CheckedColumn | undefined {
  return word?.kind === 'string' ? { column, list: [word.name] } : undefined;
}

/** Reads c = 'a' OR c = 'b'. The words begin behind the first equal sign. */
function equalities(written: string, column: string, words: readonly Word[]): CheckedColumn | undefined {
  const list: string[] = [];
  for (let at = 0; at < words.length; at += 4) {
    const [value, or, again, equal] = words.slice(at, at + 4);
    if (value?.kind !== 'string') return undefined;
    list.push(value.name);
    if (or === undefined) return { column, list };
    if (or.text !== 'or' || again?.name !== written || equal?.text !== '=') return undefined;
  }
  return undefined;
}

/** The values of an ENUM type in the notation of MySQL and DuckDB; undefined for other types. */
export function enumValues(type: string, dialect: Dialect): readonly string[] | undefined {
  const inner = /^\s*enum\s*\((.*)\)/is.exec(type)?.[1];
  if (inner === undefined) return undefined;
  return tokenize(inner, dialect)
    .filter(({ kind }) => kind === 'string')
    .map(({ from, to, closed }) => stringValue(inner.slice(from, to), closed, dialect));
}
