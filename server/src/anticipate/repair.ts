/**
 * A statement that the database refused is tried once more: the model reads the database's error as a comment under the
 * statement and writes another. Ask, comments and half-typed statements are repaired here alike.
 */
import type { CompleteRequest, Completion, Engine, RequestStatistics } from '../engine/engine';
import type { Validate } from '../schema/validate';

/** What is put behind the refused statement; a corrected one is expected to follow. One line, whatever the message holds. */
export function refusal(message: string): string {
  return `\n\n-- The statement above fails: ${message.replace(/\s+/g, ' ')}\n`;
}

export interface Repair<T> {
  readonly engine: Engine;
  /** Its prompt ends with the refused statement and the refusal. In a session of its own: the document's stays as it is. */
  readonly request: CompleteRequest & { readonly signal: AbortSignal };
  /** What the completion holds; undefined when that is no whole statement. */
  readonly read: (completion: Completion) => { readonly sql: string; readonly found: T } | undefined;
  readonly validate: Validate;
  /** Called after each request that reached the engine. */
  readonly report?: ((statistics: RequestStatistics) => void) | undefined;
}

/** The repaired statement, or undefined when the database does not take that one either. @throws SqlAheadError */
export async function repair<T>({
  engine,
  request,
  read,
  validate,
  report,
}: Repair<T>): Promise<T | undefined> {
  const completion = await engine.complete(request);
  if (request.signal.aborted) return undefined;
  report?.(completion.statistics);
  const statement = read(completion);
  const verdict = statement && (await validate(statement.sql, request.signal));
  return verdict?.ok ? statement?.found : undefined;
}
