/** Opens the source of the schema, opens another one when the settings say so, and passes on what was read. */
import { passwordRequest, refreshSchemaRequest, type PasswordParams } from '../protocol';
import { cacheOf } from '../schema/catalogCache';
import type { AskPassword } from '../schema/sources/connection';
import { discoverSource, pickedConnection } from '../schema/sources/discover';
import { differ, type ServerContext } from '../lsp/context';

export function registerSchema(context: ServerContext): undefined {
  const { catalog, connection, problems, sessions, status } = context;

  const ask: AskPassword = (wanted, again) =>
    connection
      .sendRequest<string | null>(passwordRequest, { connection: wanted, again } satisfies PasswordParams)
      .then(
        (password) => password ?? undefined,
        // The client cannot ask for a password, or is going away.
        () => undefined,
      );

  const open = async (): Promise<void> => {
    const { options, settings, folder } = context;
    catalog.useCache(cacheOf(options.storagePath));
    const source = options.trusted
      ? await discoverSource(settings, folder, context.parts.fileReader, ask)
      : undefined;
    const { dialect } = settings;
    await catalog.setSource(source, dialect === 'auto' ? 'sqlite' : dialect);
  };
  const onChange = (): void => {
    const { schema, problem } = catalog;
    const tables = schema.tables.length;
    status.schema(
      tables > 0 ? `${schema.source} (${tables.toString()} ${tables === 1 ? 'table' : 'tables'})` : '',
    );
    if (context.engine) status.engine(context.engine.status, problem?.message);
    if (problem) problems.say(problem.message);
    sessions.anticipateLast();
  };

  context.onInitialized(() => {
    catalog.onDidChange(onChange);
    void problems.guard(open, undefined);
  });
  context.onDidChangeSettings((before, after) => {
    const sourceOf = (settings: typeof before): unknown => [
      settings.database,
      settings.ddlFiles,
      settings.dialect,
      settings.sampleValues,
      pickedConnection(settings) ?? settings.connection,
    ];
    if (differ(sourceOf(before), sourceOf(after))) void problems.guard(open, undefined);
  });
  context.onShutdown(() => catalog.dispose());
  connection.onRequest(refreshSchemaRequest, () => problems.guard(open, undefined));
}
