/**
 * Asks the database about the statements of open documents, one at a time, and remembers its verdicts until the schema
 * changes. It asks again only about refused statements, because somebody may have added a function or a right meanwhile.
 * The caller gives the function that asks; no LSP and no clock here.
 */
import { isDeepStrictEqual } from 'node:util';
import { errorCode } from '../../errors';
import type { Validate, Verdict } from '../../schema/validate';
import type { AskedStatement } from './databaseMarks';

/** Statements asked about in one pass; the next pass goes on with the others. */
const mostAsked = 50;
const mostKept = 1000;
/** So many without an answer in a row: the database is gone or busy, and the rest can wait. */
const mostSilent = 3;

export class DatabaseVerdicts {
  readonly #kept = new Map<string, Verdict>();
  #stand = '';

  /** Forgets what was said of another schema; `stand` names the schema: its source and epoch. */
  #enter(stand: string): void {
    if (stand === this.#stand) return;
    this.#stand = stand;
    this.#kept.clear();
  }

  /** What is known of the statement already. */
  known(stand: string, { sql }: AskedStatement): Verdict | undefined {
    this.#enter(stand);
    return this.#kept.get(sql);
  }

  /**
   * Asks about the statements without a verdict, the one nearest to `cursor` first, then again about refused ones. Stops when
   * the signal is set.
   *
   * @returns whether a verdict is new; false when the signal was set, because nobody wants the result then
   */
  async ask(
    stand: string,
    statements: readonly AskedStatement[],
    cursor: number,
    validate: Validate,
    signal: AbortSignal,
  ): Promise<boolean> {
    const distance = ({ from, to }: AskedStatement) => Math.max(from - cursor, cursor - to, 0);
    const nearest = [...statements].sort((a, b) => distance(a) - distance(b));
    const [unknown, refused] = [undefined, false].map((state) =>
      nearest.filter((one) => this.known(stand, one)?.ok === state).map(({ sql }) => sql),
    );
    const wanted = [...new Set([...(unknown ?? []), ...(refused ?? [])])].slice(0, mostAsked);
    let isNew = false;
    let silent = 0;
    for (const sql of wanted) {
      const verdict = await validate(sql, signal).catch((error: unknown) => {
        if (errorCode(error) === 'ERR_CANCELLED') return undefined;
        throw error;
      });
      // Said of an older text or schema, perhaps.
      if (signal.aborted || stand !== this.#stand) return false;
      if (verdict === undefined) {
        if (++silent === mostSilent) break;
        continue;
      }
      silent = 0;
      if (!isDeepStrictEqual(this.#kept.get(sql), verdict)) isNew = true;
      const [oldest] = this.#kept.keys();
      if (this.#kept.size >= mostKept && oldest !== undefined) this.#kept.delete(oldest);
      this.#kept.set(sql, verdict);
    }
    return isNew;
  }
}
