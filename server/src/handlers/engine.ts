/** Starts the engine, replaces it when the settings name another one, and passes its status on to the client. */
import type { Engine, EngineStatus } from '../engine/engine';
import { recorded } from '../engine/records';
import { restartEngineRequest } from '../protocol';
import type { Settings } from '../settings';
import { differ, type ServerContext } from '../lsp/context';

export function registerEngine(context: ServerContext): undefined {
  const { autoModel, connection, parts, problems, sessions, status } = context;

  const onStatus = (value: EngineStatus): void => {
    status.engine(value, context.catalog.problem?.message);
    if (value.state === 'failed') problems.say(value.problem);
    if (value.state !== 'ready') return;
    if (value.model.backendReason) problems.log('info', value.model.backendReason);
    sessions.anticipateLast();
  };
  let usedKey = '';
  let chosen = { model: '', questionModel: '' };
  const keyNow = (): string => (context.settings.engine.remote.url === '' ? '' : context.options.remoteKey);
  const create = (model: string): Engine => {
    const { storagePath } = context.options;
    const settings = { ...context.settings, model };
    const options = { settings, storagePath, remoteKey: usedKey };
    const isHere = settings.engine.remote.url === '';
    const engine = parts.createEngine(options, (level, text) => problems.log(level, text));
    return recorded(engine, {
      add: (record) => {
        context.records.add(record);
        if (isHere) autoModel.measured(model, engine.status, record);
      },
    });
  };
  const start = (): void => {
    usedKey = keyNow();
    chosen = autoModel.choose();
    const engine = create(chosen.model);
    context.engine = engine;
    engine.onDidChangeStatus(onStatus);
    onStatus(engine.status);
  };
  // The status bar shows the other engine's status. Of this one only its problems are reported.
  const onQuestionsStatus = (value: EngineStatus): void => {
    if (value.state === 'failed') problems.say(value.problem);
    if (value.state === 'ready' && value.notice !== undefined) problems.say(value.notice);
  };
  context.questions = () => {
    const { model, questionModel } = chosen;
    // A remote engine serves questions too.
    if (questionModel === '' || questionModel === model || context.settings.engine.remote.url !== '')
      return undefined;
    if (!context.loadedQuestions) {
      context.loadedQuestions = create(questionModel);
      context.loadedQuestions.onDidChangeStatus(onQuestionsStatus);
    }
    return context.loadedQuestions;
  };
  const replace = async (): Promise<void> => {
    // The sessions of the old engine ended with its connection.
    sessions.clear();
    const old = [context.engine, context.loadedQuestions];
    context.loadedQuestions = undefined;
    problems.forget();
    start();
    await Promise.all(old.map(async (engine) => engine?.dispose()));
  };

  context.onInitialized(() => {
    if (!autoModel.isWanted) return start();
    // What was kept of suggestions decides as well.
    void context.learning.load().then(start);
  });
  context.onDidChangeSettings((before: Settings, after: Settings) => {
    const loaded = ({ model, questionModel, engine }: Settings): unknown[] => [model, questionModel, engine];
    if (differ([loaded(before), usedKey], [loaded(after), keyNow()])) void problems.guard(replace, undefined);
  });
  context.onShutdown(async () => {
    autoModel.save();
    await Promise.all([context.engine?.dispose(), context.loadedQuestions?.dispose()]);
  });
  connection.onRequest(restartEngineRequest, () =>
    problems.guard(async () => {
      await Promise.all([context.engine?.restart(), context.loadedQuestions?.restart()]);
    }, undefined),
  );
}
