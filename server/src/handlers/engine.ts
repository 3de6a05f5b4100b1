/** Starts the engine, replaces it when settings ask for another one, and passes on how it is. */
import type { EngineStatus } from '../engine/engine';
import { recorded } from '../engine/records';
import { restartEngineRequest } from '../protocol';
import type { Settings } from '../settings';
import { differ, type ServerContext } from '../lsp/context';

export function registerEngine(context: ServerContext): undefined {
  const { connection, parts, problems, sessions, status } = context;

  const onStatus = (value: EngineStatus): void => {
    status.engine(value, context.catalog.problem?.message);
    if (value.state === 'failed') problems.say(value.problem);
    if (value.state !== 'ready') return;
    if (value.model.backendReason) problems.log('info', value.model.backendReason);
    sessions.anticipateLast();
  };
  let usedKey = '';
  const keyNow = (): string => (context.settings.engine.remote.url === '' ? '' : context.options.remoteKey);
  const start = (): void => {
    const { settings, options } = context;
    const { storagePath } = options;
    const remoteKey = (usedKey = keyNow());
    const engine = recorded(
      parts.createEngine({ settings, storagePath, remoteKey }, (level, text) => problems.log(level, text)),
      context.records,
    );
    context.engine = engine;
    engine.onDidChangeStatus(onStatus);
    onStatus(engine.status);
  };
  const replace = async (): Promise<void> => {
    // The old engine's sessions end with its connection.
    sessions.clear();
    const old = context.engine;
    problems.forget();
    start();
    await old?.dispose();
  };

  context.onInitialized(start);
  context.onDidChangeSettings((before: Settings, after: Settings) => {
    if (differ([before.model, before.engine, usedKey], [after.model, after.engine, keyNow()]))
      void problems.guard(replace, undefined);
  });
  context.onShutdown(() => context.engine?.dispose());
  connection.onRequest(restartEngineRequest, () =>
    problems.guard(async () => context.engine?.restart(), undefined),
  );
}
