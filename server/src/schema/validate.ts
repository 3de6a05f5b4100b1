/**
 * Asks whether a database accepts a statement, without running it (PREPARE or EXPLAIN in a read-only session with a
 * time-out). Holds the interface and what its implementations in sources/ share. No IO.
 */
import { splitStatements, statementTokens } from '../sql/statements/statements';
import { identifierName, tokenize } from '../sql/tokens';
import type { Dialect } from './model';

export type Verdict =
  | { readonly ok: true }
  /**
   * message: one sentence of the database. offset: the place in the statement, in UTF-16 units, when the database tells
   * it.
   */
  | { readonly ok: false; readonly message: string; readonly offset?: number };

/**
 * Checks one statement, with or without its semicolon. Undefined when nothing can check it: there is no database, it is
 * busy or unreachable, or it cannot prepare this kind of statement. Rejects only with ERR_CANCELLED.
 */
export type Validate = (sql: string, signal: AbortSignal) => Promise<Verdict | undefined>;

/**
 * First words of statements that every database prepares without doing anything. PRAGMA is missing, because some act
 * when they are prepared.
 */
const heads = new Set(['select', 'with', 'values', 'insert', 'update', 'delete', 'merge', 'replace', 'from']);

/** True when the text may be sent to a database's PREPARE: one statement that reads or changes rows. */
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

/** The verdict for a statement that the database refused, with the first line of its message. */
export function judge(message: string, offset?: number): Verdict {
  const [line] = message.trim().split('\n');
  return { ok: false, message: line ?? '', ...(offset === undefined ? {} : { offset }) };
}

/** Offset in UTF-16 units of the character with that number. Databases count code points. */
export function utf16Offset(text: string, characters: number): number {
  let offset = 0;
  for (const character of text) {
    if (characters-- <= 0) break;
    offset += character.length;
  }
  return offset;
}

/** Where the word is in the text, if it occurs exactly once as a word of its own. */
export function onlyPlaceOf(word: string, sql: string, dialect: Dialect): number | undefined {
  const places = tokenize(sql, dialect).filter((token) => {
    const raw = sql.slice(token.from, token.to);
    const name = token.kind === 'word' || token.kind === 'quoted' ? identifierName(token, sql) : raw;
    return raw.toLowerCase() === word.toLowerCase() || name.toLowerCase() === word.toLowerCase();
  });
  return places.length === 1 ? places[0]?.from : undefined;
}
