/**
 * Finds operators by each dialect's rule. PostgreSQL and DuckDB read the longest run of operator characters, because
 * extensions define operators of their own (`<<#>>`, `&@~`). Other dialects have fixed operators.
 */
import type { Dialect } from './dialect';
import { isOperandDue, placeholderAt } from './placeholders';

const fixedPattern =
  /<=>|->>|#>>|::|<=|>=|<>|!=|==|\|\||&&|->|#>|=>|:=|<<|>>|\*=|\+=|-=|@>|<@|!~~?\*?|~\*|~~/y;
const tsqlPattern = /!<|!>|[/%&^|]=/y;
const namedPattern = /::|:=/y;
const runPattern = /[-+*/<>=~!@#%^&|`?]+/y;
/** Behind these operators people often leave no space before a parameter: `id=?`, `id=@id`. */
const comparison = '(?:[<>=]|<=|>=|<>|!=|[-+*/%]|\\|\\|)';
const parameterBehind = new RegExp(`^${comparison}[?@]$`);
const parameterBefore = new RegExp(`^\\?${comparison}$`);

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}

/** Length of the operator of two or more characters, or of a whole run, at `at`; 0 when there is none. */
export function operatorLength(text: string, at: number, dialect: Dialect): number {
  if (dialect === 'postgres' || dialect === 'duckdb')
    return matchLength(namedPattern, text, at) || runLength(text, at, dialect);
  return (dialect === 'tsql' ? matchLength(tsqlPattern, text, at) : 0) || matchLength(fixedPattern, text, at);
}

/** The rule of PostgreSQL's manual (4.1.3), except that the beginning of a placeholder is no part of the operator. */
function runLength(text: string, at: number, dialect: Dialect): number {
  let length = matchLength(runPattern, text, at);
  for (let k = 1; k < length; k++) {
    const begins = text.slice(at + k, at + k + 2);
    if (begins === '--' || begins === '/*' || placeholderAt(text, at + k, dialect) !== undefined) length = k;
  }
  let run = text.slice(at, at + length);
  // The run is a parameter: `?`, `?1`, `@id`.
  if (run === '?' && (dialect === 'duckdb' || isOperandDue(text, at))) return 0;
  if (parameterBefore.test(run) && isOperandDue(text, at)) return 0;
  const isName = /[\p{L}_]/u.test(text.charAt(at + length));
  if (run === '@' && isName) return 0;
  if (parameterBehind.test(run) && (run.endsWith('?') || isName)) return length - 1;
  // An operator may end in + or - only when it contains a character that operators of standard SQL do not have.
  if (!/[~!@#%^&|`?]/.test(run)) while (/.[+-]$/.test(run)) run = run.slice(0, -1);
  return run.length;
}
