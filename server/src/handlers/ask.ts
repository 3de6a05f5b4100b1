/**
 * Serves the question box of the Ask command: looks for the statement while the question is typed, and answers when
 * Enter is pressed.
 */
import type { CancellationToken } from 'vscode-languageserver';
import type { Answer } from '../anticipate/askSession';
import { signalOf } from '../cancellation';
import { errorMessage } from '../errors';
import {
  askAnswerNotification,
  askPrefillNotification,
  askRequest,
  type AskAnswer,
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
    const found = await problems.guard(() => session.ask.anticipate(question), noAnswer);
    if (!found) return;
    const params: AskAnswerParams = { textDocument, question, answer: answerOf(found) };
    connection.sendNotification(askAnswerNotification, params).catch(() => undefined);
  });
  connection.onRequest(
    askRequest,
    async ({ textDocument, question }: AskParams, token: CancellationToken): Promise<AskResult | null> => {
      const session = sessions.at(textDocument.uri);
      if (!session) return null;
      const started = performance.now();
      try {
        const answer = answerOf((await session.ask.answer(question, signalOf(token))) ?? noAnswer);
        return answer && { ...answer, milliseconds: Math.round(performance.now() - started) };
      } catch (error) {
        // The person waits for this answer, so the input box shows the error's sentence.
        problems.logOnce(error);
        throw refusal(errorMessage(error));
      }
    },
  );
}

const noAnswer: Answer = { statements: [], isSure: false };

function answerOf({ statements, isSure }: Answer): AskAnswer | null {
  const [first] = statements;
  return first ? { sql: first.sql, isSure, statements } : null;
}
