/**
 * The order of LSP: nothing is answered before `initialize` and nothing after `shutdown`, as the protocol says; the
 * library leaves that to the server.
 */
import { ErrorCodes, Message, type Connection, type MessageStrategy } from 'vscode-languageserver';
import { refusal } from './problems';

/** What a request is turned into that comes out of order: its handler refuses. */
const outOfOrder = 'sqlAhead/outOfOrder';

interface OutOfOrder {
  readonly code: number;
  readonly sentence: string;
}

/** Goes into the options of the connection. */
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

/** Refuses what came out of order. */
export function refuseOutOfOrder(connection: Connection): void {
  connection.onRequest(outOfOrder, ({ code, sentence }: OutOfOrder) => {
    throw refusal(sentence, code);
  });
}
