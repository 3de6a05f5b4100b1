/**
 * Reads one whole, sound statement out of what the model wrote for a question. Knows no LSP and no engine process.
 */
import { isSensible } from '../legality/violations';
import type { CompleteOptions, Completion } from '../engine/engine';
import type { Schema } from '../schema/model';
import { unknownIdentifiers } from '../resolve/unknownNames';
import { tokenize } from '../sql/tokens';

/** Tokens a statement may have. */
const maxTokens = 200;

export const askOptions: CompleteOptions = { maxTokens, stopBefore: ['\n\n'], stopAfter: [';'] };

/**
 * The statement in a completion, ending in a semicolon. Undefined when there is none, when it was cut off, or when it names
 * something that the schema does not have: no answer is better than a statement that cannot run.
 */
export function askedStatement(
  completion: Pick<Completion, 'text' | 'end'>,
  schema: Schema,
): string | undefined {
  if (completion.end !== 'stop' && completion.end !== 'end-of-text') return undefined;
  const sql = completion.text.trim().replace(/;$/, '').trimEnd();
  if (sql === '') return undefined;
  const statement = `${sql};`;
  const sound =
    tokenize(statement, schema.dialect).every(({ closed }) => closed) &&
    unknownIdentifiers(statement, 0, statement.length, schema, schema.dialect).length === 0 &&
    isSensible(statement, schema);
  return sound ? statement : undefined;
}
