/**
 * A question in plain words → one statement. Knows no LSP and no engine process.
 */
import type { CompleteOptions, Completion } from '../engine/engine';

/** Tokens a statement may have. */
const maxTokens = 200;

export const askOptions: CompleteOptions = { maxTokens, stopBefore: ['\n\n'], stopAfter: [';'] };

/** The statement of a completion, ending in a semicolon; undefined when there is none or it was cut off. */
export function askedStatement(completion: Pick<Completion, 'text' | 'end'>): string | undefined {
  if (completion.end === 'limit' || completion.end === 'context-full') return undefined;
  const sql = completion.text.trim().replace(/;$/, '').trimEnd();
  return sql.length > 0 ? `${sql};` : undefined;
}
