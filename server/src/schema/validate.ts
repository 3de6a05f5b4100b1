/**
 * Whether a database takes a statement, without running it: PREPARE or EXPLAIN in a read-only session with a time-out.
 * The interface only; the sources implement it (sources/*.ts).
 */

export type Verdict =
  | { readonly ok: true }
  /** One sentence as the database says it; offset: where in the statement, in UTF-16 units, when it says so. */
  | { readonly ok: false; readonly message: string; readonly offset?: number };

/**
 * Judges one statement without its semicolon or with it. Undefined where nothing can check it: no database, one that
 * is busy or unreachable, or a kind of statement it cannot prepare. Never rejects, except with ERR_CANCELLED.
 */
export type Validate = (sql: string, signal: AbortSignal) => Promise<Verdict | undefined>;
