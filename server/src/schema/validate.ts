/**
 * Whether a database takes a statement, without running it: PREPARE or EXPLAIN in a read-only session with a time-out.
 * The interface, and what the sources that implement it share (sources/*.ts). No IO.
 */
import { splitStatements, statementTokens } from '../sql/statements/statements';
import { identifierName, tokenize } from '../sql/tokens';
import type { Dialect } from './model';

export type Verdict =
  | { readonly ok: true }
  /** One sentence as the database says it; offset: where in the statement, in UTF-16 units, when it says so. */
  | { readonly ok: false; readonly message: string; readonly offset?: number };

/**
 * Judges one statement without its semicolon or with it. Undefined where nothing can check it: no database, one that
 * is busy or unreachable, or a kind of statement it cannot prepare. Never rejects, except with ERR_CANCELLED.
 */
export type Validate = (sql: string, signal: AbortSignal) => Promise<Verdict | undefined>;

/** Statements that every database prepares without doing anything; some PRAGMAs act when they are prepared. */
const heads = new Set(['select', 'with', 'values', 'insert', 'update', 'delete', 'merge', 'replace', 'from']);

/** Whether the text may be handed to a database's PREPARE: one statement that reads or changes rows. */
export function preparable(sql: string, dialect: Dialect): boolean {
  const statements = splitStatements(sql, dialect).filter(
    (statement) => statementTokens(sql, statement, dialect).length > 0,
  );
  const [only] = statements;
  if (only === undefined || statements.length > 1) return false;
  const tokens = statementTokens(sql, only, dialect);
  const first = tokens.find((token) => sql.slice(token.from, token.to) !== '(');
  return first !== undefined && heads.has(sql.slice(first.from, first.to).toLowerCase());
}

/** The verdict over a statement the database refused; a message of several lines is cut to its first. */
export function judge(message: string, offset?: number): Verdict {
  const [line] = message.trim().split('\n');
  return { ok: false, message: line ?? '', ...(offset === undefined ? {} : { offset }) };
}

/** Offset in UTF-16 units of the character with that number; databases count code points. */
export function utf16Offset(text: string, characters: number): number {
  let offset = 0;
  for (const character of text) {
    if (characters-- <= 0) break;
    offset += character.length;
  }
  return offset;
}

/** Where the word stands, if it stands there just once as a word of its own. */
export function onlyPlaceOf(word: string, sql: string, dialect: Dialect): number | undefined {
  const places = tokenize(sql, dialect).filter((token) => {
    const raw = sql.slice(token.from, token.to);
    const name = token.kind === 'word' || token.kind === 'quoted' ? identifierName(token, sql) : raw;
    return raw.toLowerCase() === word.toLowerCase() || name.toLowerCase() === word.toLowerCase();
  });
  return places.length === 1 ? places[0]?.from : undefined;
}
