/**
 * Operators by each dialect's own rule. PostgreSQL and DuckDB take the longest run of operator characters, because
 * extensions define operators of their own (`<<#>>`, `&@~`); the others have fixed ones.
 */
import type { Dialect } from './dialect';
import { isOperandDue, placeholderAt } from './placeholders';

const fixedPattern =
  /<=>|->>|#>>|::|<=|>=|<>|!=|==|\|\||&&|->|#>|=>|:=|<<|>>|\*=|\+=|-=|@>|<@|!~~?\*?|~\*|~~/y;
const tsqlPattern = /!<|!>|[/%&^|]=/y;
const namedPattern = /::|:=/y;
const runPattern = /[-+*/<>=~!@#%^&|`?]+/y;
/** Operators behind which nobody leaves a blank before a parameter: `id=?`, `id=@id`. */
const comparison = '(?:[<>=]|<=|>=|<>|!=|[-+*/%]|\\|\\|)';
const parameterBehind = new RegExp(`^${comparison}[?@]$`);
const parameterBefore = new RegExp(`^\\?${comparison}$`);

function matchLength(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}

/** Length of the operator of several characters, or of a whole run, at `at`; 0 where there is none. */
export function operatorLength(text: string, at: number, dialect: Dialect): number {
  if (dialect === 'postgres' || dialect === 'duckdb')
    return matchLength(namedPattern, text, at) || runLength(text, at, dialect);
  return (dialect === 'tsql' ? matchLength(tsqlPattern, text, at) : 0) || matchLength(fixedPattern, text, at);
}

/** As PostgreSQL's manual has it (4.1.3), with what is no SQL yet taken off. */
function runLength(text: string, at: number, dialect: Dialect): number {
  let length = matchLength(runPattern, text, at);
  for (let k = 1; k < length; k++) {
    const begins = text.slice(at + k, at + k + 2);
    if (begins === '--' || begins === '/*' || placeholderAt(text, at + k, dialect) !== undefined) length = k;
  }
  let run = text.slice(at, at + length);
  // A parameter of its own: `?`, `?1`, `@id`.
  if (run === '?' && (dialect === 'duckdb' || isOperandDue(text, at))) return 0;
  if (parameterBefore.test(run) && isOperandDue(text, at)) return 0;
  const isName = /[\p{L}_]/u.test(text.charAt(at + length));
  if (run === '@' && isName) return 0;
  if (parameterBehind.test(run) && (run.endsWith('?') || isName)) return length - 1;
  // A sign ends an operator only where the operator holds a character that standard SQL's do not.
  if (!/[~!@#%^&|`?]/.test(run)) while (/.[+-]$/.test(run)) run = run.slice(0, -1);
  return run.length;
}
