/** The questions of the Ask command: prefilled while they are typed, answered with a statement. */
import { ErrorCodes, ResponseError, type CancellationToken } from 'vscode-languageserver';
import { signalOf } from '../cancellation';
import { errorMessage } from '../errors';
import { askPrefillNotification, askRequest, type AskParams, type AskResult } from '../protocol';
import type { ServerContext } from './context';

export function registerAsk({ connection, problems, sessions }: ServerContext): undefined {
  connection.onNotification(askPrefillNotification, ({ textDocument, question }: AskParams) => {
    const session = sessions.at(textDocument.uri);
    if (session) void problems.guard(() => session.ask.anticipate(question), undefined);
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
        // The person waits for this one: the sentence goes to the input box.
        problems.logOnce(error);
        throw new ResponseError(ErrorCodes.InternalError, errorMessage(error));
      }
    },
  );
}
