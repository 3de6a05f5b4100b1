/**
 * The product's language server, unchanged, but its calls to the engine are observed: when each token came, and whether
 * a suggestion was ready when the editor asked. Reports to the parent process over IPC; LSP goes over stdio as usual.
 */
import type { CompleteRequest } from '../../../server/src/engine/engine';
import { DocumentSession } from '../../../server/src/anticipate/session';
import { HostEngine } from '../../../server/src/engine/local/hostEngine';
import { clock } from './clock';

/** One request for ghost text. */
export interface Observation {
  /** Whether anything had to happen before it could be answered. */
  readonly waited: boolean;
  /** When the first token since the last change was there, on the clock that all processes share; absent where none was. */
  readonly firstAt?: number;
  /** Tokens behind that first one until the answer, and the time they took. */
  readonly decoded: number;
  readonly decodeMs: number;
}

const tell = (observation: Observation): void => void process.send?.(observation);
/** Times of the tokens that were chosen since the last change of a document. */
let chosen: number[] = [];

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** Puts `around` around a method of a class. */
function wrap(
  prototype: object,
  name: string,
  around: (args: unknown[], call: () => Promise<unknown>) => Promise<unknown>,
): void {
  const method = Reflect.get(prototype, name) as Method;
  Object.defineProperty(prototype, name, {
    value: function (this: unknown, ...args: unknown[]) {
      return around(args, () => method.apply(this, args));
    },
  });
}

wrap(HostEngine.prototype, 'complete', (args, call) => {
  const request = args[0] as CompleteRequest;
  const { choose } = request;
  if (choose)
    args[0] = {
      ...request,
      choose: (...parameters) => {
        chosen.push(clock());
        return choose(...parameters);
      },
    } satisfies CompleteRequest;
  return call();
});
wrap(DocumentSession.prototype, 'anticipate', (_args, call) => {
  chosen = [];
  return call();
});
wrap(DocumentSession.prototype, 'suggest', async (_args, call) => {
  // What needs no engine, no timer and no file is answered before the event loop turns.
  let turned = false;
  const turn = setImmediate(() => (turned = true));
  try {
    return await call();
  } finally {
    clearImmediate(turn);
    const [firstAt, lastAt] = [chosen[0], chosen.at(-1)];
    tell({
      waited: turned,
      ...(firstAt === undefined ? {} : { firstAt }),
      decoded: Math.max(0, chosen.length - 1),
      decodeMs: (lastAt ?? 0) - (firstAt ?? 0),
    });
  }
});

void import('../../../server/src/main');
