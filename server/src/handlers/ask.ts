/**
 * Serves the question box of the Ask command: looks for the statement while the question is typed, and answers when
 * Enter is pressed.
 */
import type { CancellationToken } from 'vscode-languageserver';
import { signalOf } from '../cancellation';
import { errorMessage } from '../errors';
import {
  askAnswerNotification,
  askPrefillNotification,
  askRequest,
  type AskAnswerParams,
  type AskParams,
  type AskResult,
} from '../protocol';
import type { ServerContext } from '../lsp/context';
import { refusal } from '../lsp/problems';

export function registerAsk({ connection, problems, sessions }: ServerContext): undefined {
  connection.onNotification(askPrefillNotification, async ({ textDocument, question }: AskParams) => {
    const session = sessions.at(textDocument.uri);
    if (!session) return;
    const found = await problems.guard(() => session.ask.anticipate(question), { sql: undefined });
    if (!found) return;
    const answer: AskAnswerParams = { textDocument, question, sql: found.sql ?? null };
    connection.sendNotification(askAnswerNotification, answer).catch(() => undefined);
  });
  connection.onRequest(
    askRequest,
    async ({ textDocument, question }: AskParams, token: CancellationToken): Promise<AskResult | null> => {
      const session = sessions.at(textDocument.uri);
      if (!session) return null;
      const started = performance.now();
      try {
        const sql = await session.ask.statement(question, signalOf(token));
        return sql === undefined ? null : { sql, milliseconds: Math.round(performance.now() - started) };
      } catch (error) {
        // The person waits for this answer, so the input box shows the error's sentence.
        problems.logOnce(error);
        throw refusal(errorMessage(error));
      }
    },
  );
}
