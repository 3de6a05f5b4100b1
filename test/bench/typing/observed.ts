/**
 * The product's language server, unchanged, with its engine calls watched: when each token was there, and whether a
 * suggestion was there when it was asked for. Reports to the parent process by IPC; LSP goes over stdio as ever.
 */
import type { Choose, EngineModel, EngineStatistics } from '../../../server/src/engine/engine';
import { DocumentSession } from '../../../server/src/anticipate/session';
import { HostEngine } from '../../../server/src/engine/hostEngine';
import { clock } from './clock';

export type Observation =
  /**
   * One request for ghost text. `waited`: whether anything had to happen before it could be answered. `firstAt`: when the
   * first token since the last change was there, on the clock that all processes share; absent where none was decoded.
   * `decoded` and `decodeMs`: tokens behind that first one until the answer, and the time they took.
   */
  | {
      readonly kind: 'answer';
      readonly waited: boolean;
      readonly firstAt?: number;
      readonly decoded: number;
      readonly decodeMs: number;
    }
  | { readonly kind: 'statistics'; readonly statistics: EngineStatistics; readonly model: EngineModel };

const tell = (observation: Observation): void => void process.send?.(observation);
let engine: HostEngine | undefined;
/** Times of the tokens that were chosen since the last change of a document. */
let chosen: number[] = [];

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** Puts `around` around a method of a class. */
function wrap(
  prototype: object,
  name: string,
  around: (self: unknown, args: unknown[], call: () => Promise<unknown>) => Promise<unknown>,
): void {
  const method = Reflect.get(prototype, name) as Method;
  Object.defineProperty(prototype, name, {
    value: function (this: unknown, ...args: unknown[]) {
      return around(this, args, () => method.apply(this, args));
    },
  });
}

for (const name of ['prefill', 'complete'] as const) {
  wrap(HostEngine.prototype, name, (self, args, call) => {
    engine = self as HostEngine;
    const choose = name === 'complete' ? (args[3] as Choose | undefined) : undefined;
    if (choose)
      args[3] = ((...parameters) => {
        chosen.push(clock());
        return choose(...parameters);
      }) satisfies Choose;
    return call();
  });
}
wrap(DocumentSession.prototype, 'anticipate', (_self, _args, call) => {
  chosen = [];
  return call();
});
wrap(DocumentSession.prototype, 'suggest', async (_self, _args, call) => {
  // What needs no engine, no timer and no file is answered before the event loop turns.
  let turned = false;
  const turn = setImmediate(() => (turned = true));
  try {
    return await call();
  } finally {
    clearImmediate(turn);
    const [firstAt, lastAt] = [chosen[0], chosen.at(-1)];
    tell({
      kind: 'answer',
      waited: turned,
      ...(firstAt === undefined ? {} : { firstAt }),
      decoded: Math.max(0, chosen.length - 1),
      decodeMs: (lastAt ?? 0) - (firstAt ?? 0),
    });
  }
});
process.on('message', () => {
  if (engine?.status.state !== 'ready') return;
  const { model } = engine.status;
  void engine.statistics().then((statistics) => tell({ kind: 'statistics', statistics, model }));
});

void import('../../../server/src/main');
