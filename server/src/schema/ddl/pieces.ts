/**
 * Splits what the statement index took for one statement: T-SQL's batches need no `;`, and CREATE SCHEMA contains
 * statements.
 */
import type { Token } from '../../sql/tokens';
import type { Dialect } from '../model';

/** What CREATE, ALTER and DROP can be about. Another word behind them, as in DROP COLUMN, belongs to ALTER TABLE. */
const objects = new Set(
  `table view schema database type unique index clustered nonclustered procedure proc function trigger or sequence role
  user login synonym domain temp temporary unlogged global materialized foreign fulltext xml columnstore virtual`
    .trim()
    .split(/\s+/),
);

/** First words of other statements of a batch. */
const starters = new Set(
  'exec execute insert print use grant revoke deny declare if begin set truncate go'.split(' '),
);

const routines = new Set(['procedure', 'proc', 'function', 'trigger']);

type Raw = (i: number) => string;

/** The statements in what the statement index took for one, without what stands before and behind them. */
export function statementsIn(text: string, all: readonly Token[], dialect: Dialect): (readonly Token[])[] {
  const raw = rawOf(text, all);
  const to = endOf(all, raw);
  const from = startOf(raw, to, dialect);
  const tokens = all.slice(from, to);
  // createSchema splits its statements itself, because they belong to that schema.
  const isSchema = raw(from) === 'create' && raw(from + 1) === 'schema';
  return dialect === 'tsql' && !isSchema ? split(text, tokens, dialect) : [tokens];
}

/** Splits where another statement begins outside parentheses. A routine goes to the end. */
export function split(text: string, tokens: readonly Token[], dialect: Dialect): (readonly Token[])[] {
  const raw = rawOf(text, tokens);
  const pieces: (readonly Token[])[] = [];
  let from = 0;
  let depth = 0;
  for (let i = 0; i < tokens.length && !isRoutine(raw, from); i++) {
    const word = raw(i);
    if (word === '(') depth++;
    else if (word === ')') depth = Math.max(0, depth - 1);
    if (i === from || depth > 0 || !startsStatement(raw, i, dialect)) continue;
    pieces.push(tokens.slice(from, i));
    from = i;
  }
  pieces.push(tokens.slice(from));
  return pieces.filter((piece) => piece.length > 0);
}

/** Text of words (in lower case), punctuation and operators; '' for quoted names, strings and missing tokens. */
function rawOf(text: string, tokens: readonly Token[]): Raw {
  return (i) => {
    const token = tokens[i];
    if (token === undefined || token.kind === 'quoted' || token.kind === 'string') return '';
    return text.slice(token.from, Math.min(token.to, token.from + 32)).toLowerCase();
  };
}

/** Index behind the last token that is no delimiter: no `;`, and none that a client program was told to use. */
function endOf(tokens: readonly Token[], raw: Raw): number {
  let to = tokens.length;
  while (to > 0 && (raw(to - 1) === ';' || (tokens[to - 1]?.kind === 'operator' && raw(to - 1) !== '*')))
    to--;
  return to;
}

/**
 * Index of the statement's first word: behind a leading delimiter, and in a block behind BEGIN, IF … THEN and EXCEPTION
 * WHEN … THEN.
 */
function startOf(raw: Raw, to: number, dialect: Dialect): number {
  let from = 0;
  for (; from < to; from++) {
    const word = raw(from);
    if (dialect !== 'tsql' && ['if', 'elsif', 'exception', 'when'].includes(word)) {
      let then = from;
      while (then < to && raw(then) !== 'then') then++;
      if (then === to) break;
      from = then;
    } else if (word !== 'begin' && word !== 'else' && !/^[^\w("[\s]+$/.test(word)) break;
  }
  return from;
}

function startsStatement(raw: Raw, i: number, dialect: Dialect): boolean {
  const word = raw(i);
  if (word === 'create' || word === 'alter' || word === 'drop') return objects.has(raw(i + 1));
  if (dialect !== 'tsql') return word === 'grant';
  if (!starters.has(word)) return false;
  const next = raw(i + 1);
  if (word === 'if') return next !== 'exists' || raw(i + 2) === '(';
  // ON DELETE SET NULL; ALTER TABLE t SET (…)
  if (word === 'set') return next !== 'null' && next !== 'default' && next !== '(';
  return true;
}

/** True when a routine is created at i: all that follows is its body. */
function isRoutine(raw: Raw, i: number): boolean {
  if (raw(i) !== 'create' && raw(i) !== 'alter') return false;
  for (let k = i + 1; k < i + 5; k++) if (routines.has(raw(k))) return true;
  return false;
}
