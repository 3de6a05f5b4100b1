/** Serves the KV inspector: the sequences in the cache, sums, and the last requests. Also writes the trace file. */
import { kvCacheChangedNotification, kvCacheRequest, type KvCacheResult } from '../protocol';
import type { ServerContext } from '../lsp/context';

/** The inspector is notified at most once in this many milliseconds. */
const tellEveryMs = 300;

export function registerKvCache(context: ServerContext): undefined {
  const { connection, problems, records } = context;
  let watched = false;
  let timer: NodeJS.Timeout | undefined;

  const trace = (): void =>
    records.traceTo(context.settings.engine.traceFile, (problem) => problems.say(problem));
  context.onInitialized(trace);
  context.onDidChangeSettings(trace);
  context.onShutdown(() => clearTimeout(timer));

  records.onDidAdd(() => {
    if (!watched || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      connection.sendNotification(kvCacheChangedNotification).catch(() => undefined);
    }, tellEveryMs);
  });
  connection.onRequest(kvCacheRequest, async (): Promise<KvCacheResult> => {
    watched = true;
    const { engine } = context;
    const ready = engine?.status.state === 'ready' ? engine.status : undefined;
    const statistics = ready && (await problems.guard(() => engine?.statistics(), undefined));
    return {
      ...(ready ? { model: ready.model } : {}),
      ...(statistics ? { statistics } : {}),
      requests: records.recent,
    };
  });
}
