/**
 * Holds to LSP's order: no request is answered before `initialize` or after `shutdown`. vscode-languageserver leaves
 * that to the server.
 */
import { ErrorCodes, Message, type Connection, type MessageStrategy } from 'vscode-languageserver';
import { refusal } from './problems';

/** The method that an untimely request is renamed to; its handler refuses. */
const outOfOrder = 'sqlAhead/outOfOrder';

interface OutOfOrder {
  readonly code: number;
  readonly sentence: string;
}

/** For the options of the connection. */
export function lifecycleStrategy(): MessageStrategy {
  let state: 'new' | 'running' | 'down' = 'new';
  const fault = (method: string): OutOfOrder | undefined => {
    if (state === 'down')
      return { code: ErrorCodes.InvalidRequest, sentence: 'The server is shut down; only exit may follow.' };
    if (state === 'new' && method !== 'initialize')
      return { code: ErrorCodes.ServerNotInitialized, sentence: 'The first request must be initialize.' };
    if (state === 'running' && method === 'initialize')
      return { code: ErrorCodes.InvalidRequest, sentence: 'initialize may come only once.' };
    return undefined;
  };
  return {
    handleMessage(message, next) {
      if (Message.isRequest(message)) {
        const params = fault(message.method);
        if (!params && message.method === 'initialize') state = 'running';
        if (!params && message.method === 'shutdown') state = 'down';
        return next(params ? { ...message, method: outOfOrder, params } : message);
      }
      const isTooEarly = Message.isNotification(message) && state === 'new' && message.method !== 'exit';
      return isTooEarly ? undefined : next(message);
    },
  };
}

/** Refuses requests that came before `initialize` or after `shutdown`. */
export function refuseOutOfOrder(connection: Connection): void {
  connection.onRequest(outOfOrder, ({ code, sentence }: OutOfOrder) => {
    throw refusal(sentence, code);
  });
}
