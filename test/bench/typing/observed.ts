/**
 * The product's language server, unchanged, with its engine calls watched: what each cost, and whether a suggestion was
 * there when it was asked for. Reports to the parent process by IPC; LSP goes over stdio as ever.
 */
import type { EngineModel, EngineStatistics, RequestStatistics } from '../../../server/src/engine/engine';
import { DocumentSession } from '../../../server/src/anticipate/session';
import { HostEngine } from '../../../server/src/engine/hostEngine';

export type Observation =
  | { readonly kind: 'engine'; readonly at: number; readonly statistics: RequestStatistics }
  /** One request for ghost text; `waited` is whether anything had to happen before it could be answered. */
  | { readonly kind: 'answer'; readonly at: number; readonly waited: boolean }
  | { readonly kind: 'statistics'; readonly statistics: EngineStatistics; readonly model: EngineModel };

const tell = (observation: Observation): void => void process.send?.(observation);
let engine: HostEngine | undefined;

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** Puts `around` around a method of a class. */
function wrap(
  prototype: object,
  name: string,
  around: (self: unknown, call: () => Promise<unknown>) => Promise<unknown>,
): void {
  const method = Reflect.get(prototype, name) as Method;
  Object.defineProperty(prototype, name, {
    value: function (this: unknown, ...args: unknown[]) {
      return around(this, () => method.apply(this, args));
    },
  });
}

for (const name of ['prefill', 'complete'] as const) {
  wrap(HostEngine.prototype, name, async (self, call) => {
    engine = self as HostEngine;
    const result = await call();
    const statistics = (result as { statistics?: RequestStatistics }).statistics ?? result;
    tell({ kind: 'engine', at: Date.now(), statistics: statistics as RequestStatistics });
    return result;
  });
}
wrap(DocumentSession.prototype, 'suggest', async (_self, call) => {
  // What needs no engine, no timer and no file is answered before the event loop turns.
  let turned = false;
  const turn = setImmediate(() => (turned = true));
  try {
    return await call();
  } finally {
    clearImmediate(turn);
    tell({ kind: 'answer', at: Date.now(), waited: turned });
  }
});
process.on('message', () => {
  if (engine?.status.state !== 'ready') return;
  const { model } = engine.status;
  void engine.statistics().then((statistics) => tell({ kind: 'statistics', statistics, model }));
});

void import('../../../server/src/main');
