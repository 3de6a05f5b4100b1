/**
 * Wires the language server: connection, documents, catalogue, engine and features, with one guard for every
 * request. What a feature does is in features/; the way of a keystroke is in anticipate/session.ts.
 */
import { fileURLToPath } from 'node:url';
import {
  ErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver';
import { AskSession } from './anticipate/askSession';
import { DocumentSession, type SessionHost } from './anticipate/session';
import { signalOf } from './cancellation';
import { createDocuments, type SqlDocument } from './documents';
import type { Engine, EngineStatus } from './engine/engine';
import { errorMessage, SqlAheadError } from './errors';
import { hover } from './features/hover';
import {
  askPrefillNotification,
  askRequest,
  inspectRequest,
  refreshSchemaRequest,
  restartEngineRequest,
  statusNotification,
  type AskParams,
  type AskResult,
  type InitializationOptions,
  type InspectParams,
  type InspectResult,
  type Settings,
} from './protocol';
import { Catalog } from './schema/catalog';
import { discoverSource } from './schema/sources/discover';
import { StatusReporter } from './status';
import { windowAround } from './textWindow';

export interface ServerParts {
  /** Makes the engine for the settings; called again when settings it depends on change. */
  createEngine(options: InitializationOptions, log: (level: string, text: string) => void): Engine;
}

export function startServer(connection: Connection, parts: ServerParts): void {
  const documents = createDocuments(connection);
  const sessions = new Map<string, { readonly document: DocumentSession; readonly ask: AskSession }>();
  const status = new StatusReporter((value) => {
    // An editor that is just going away does not want to know.
    connection.sendNotification(statusNotification, value).catch(() => undefined);
  });
  const saidProblems = new Set<string>();
  const catalog = new Catalog('sqlite');
  let options: InitializationOptions | undefined;
  let folder: string | undefined;
  let engine: Engine | undefined;
  let lastUri: string | undefined;

  const log = (level: string, text: string): void => {
    if (level === 'error') connection.console.error(text);
    else if (level === 'warn') connection.console.warn(text);
    else connection.console.info(text);
  };

  /** Tells the person once; the same sentence again only after it was solved meanwhile. */
  const sayProblem = (problem: string): void => {
    if (saidProblems.has(problem)) return;
    saidProblems.add(problem);
    log('error', problem);
    connection.window.showErrorMessage(problem);
  };
  const logOnce = (error: unknown): void => {
    const text = errorMessage(error);
    if (saidProblems.has(text)) return;
    saidProblems.add(text);
    log('error', error instanceof Error && !(error instanceof SqlAheadError) ? (error.stack ?? text) : text);
  };
  /** One guard for every request: a failed feature returns nothing and is logged once. */
  const guard = async <T>(work: () => T | Promise<T>, fallback: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      logOnce(error);
      return fallback;
    }
  };

  const sessionFor = (
    document: SqlDocument,
  ): { readonly document: DocumentSession; readonly ask: AskSession } | undefined => {
    if (!engine) return undefined;
    const known = sessions.get(document.uri);
    if (known) return known;
    const host: SessionHost = {
      engine,
      schemaState: () => catalog,
      report: (statistics) => status.statistics(statistics),
      fail: logOnce,
    };
    const session = new DocumentSession(host, document);
    const ask = new AskSession(
      engine,
      document.uri,
      () => catalog.schema,
      () => session.schemaText(),
    );
    const made = { document: session, ask };
    sessions.set(document.uri, made);
    return made;
  };

  const anticipateLast = (): void => {
    const document = lastUri === undefined ? undefined : documents.get(lastUri);
    if (document) void sessionFor(document)?.document.anticipate();
  };

  function startEngine(): void {
    if (!options) return;
    engine = parts.createEngine(options, log);
    engine.onDidChangeStatus(onEngineStatus);
    onEngineStatus(engine.status);
  }
  function onEngineStatus(value: EngineStatus): void {
    status.engine(value, catalog.problem?.message);
    if (value.state === 'failed') sayProblem(value.problem);
    if (value.state !== 'ready') return;
    if (value.model.backendReason) log('info', value.model.backendReason);
    anticipateLast();
  }
  async function replaceEngine(): Promise<void> {
    // The old engine's sessions end with its connection.
    sessions.clear();
    const old = engine;
    saidProblems.clear();
    startEngine();
    await old?.dispose();
  }

  async function openCatalog(): Promise<void> {
    if (!options) return;
    const source = options.trusted ? await discoverSource(options.settings, folder) : undefined;
    const { dialect } = options.settings;
    await catalog.setSource(source, dialect === 'auto' ? 'sqlite' : dialect);
  }
  function onCatalogChange(): void {
    const { schema, problem } = catalog;
    const tables = schema.tables.length;
    status.schema(
      tables > 0 ? `${schema.source} (${tables.toString()} ${tables === 1 ? 'table' : 'tables'})` : '',
    );
    if (engine) status.engine(engine.status, problem?.message);
    if (problem) sayProblem(problem.message);
    anticipateLast();
  }

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    options = params.initializationOptions as InitializationOptions;
    const uri = params.workspaceFolders?.[0]?.uri;
    folder = uri?.startsWith('file:') ? fileURLToPath(uri) : undefined;
    return {
      serverInfo: { name: 'SQL Ahead' },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        hoverProvider: true,
        inlineCompletionProvider: true,
      },
    };
  });
  connection.onInitialized(() => {
    startEngine();
    catalog.onDidChange(onCatalogChange);
    void guard(openCatalog, undefined);
  });
  connection.onDidChangeConfiguration(({ settings }: { settings: { settings: Settings } }) => {
    if (!options) return;
    const before = options.settings;
    options = { ...options, settings: settings.settings };
    const after = options.settings;
    if (differ([before.model, before.engine], [after.model, after.engine]))
      void guard(replaceEngine, undefined);
    if (
      differ(
        [before.database, before.ddlFiles, before.dialect],
        [after.database, after.ddlFiles, after.dialect],
      )
    ) {
      void guard(openCatalog, undefined);
    }
  });
  connection.onShutdown(async () => {
    catalog.dispose();
    await engine?.dispose();
  });

  documents.onDidChangeContent(({ document }) => {
    lastUri = document.uri;
    void sessionFor(document)?.document.anticipate();
  });
  documents.onDidClose(({ document }) => {
    const session = sessions.get(document.uri);
    session?.document.close();
    session?.ask.close();
    sessions.delete(document.uri);
    if (lastUri === document.uri) lastUri = undefined;
  });

  connection.languages.inlineCompletion.on((params, token) =>
    guard(async () => {
      const document = documents.get(params.textDocument.uri);
      const session = document && sessionFor(document);
      if (!options?.settings.inlineCompletion.enabled || !session) return [];
      const started = performance.now();
      const position = params.position;
      const text = await session.document.complete(
        document.offsetAt(position),
        options.settings.inlineCompletion.maxTokens,
        signalOf(token),
      );
      if (text === undefined) return [];
      status.latency(Math.round(performance.now() - started));
      return [{ insertText: text, range: { start: position, end: position } }];
    }, []),
  );
  connection.onHover(({ textDocument, position }) =>
    guard(() => {
      const document = documents.get(textDocument.uri);
      if (!document) return null;
      const { text, offset, start } = windowAround(document.text, document.offsetAt(position));
      const { schema } = catalog;
      const content = hover(text, offset, schema, schema.dialect);
      if (!content) return null;
      return {
        contents: { kind: 'markdown' as const, value: content.markdown },
        range: {
          start: document.positionAt(start + content.from),
          end: document.positionAt(start + content.to),
        },
      };
    }, null),
  );

  connection.onNotification(askPrefillNotification, ({ textDocument, question }: AskParams) => {
    const document = documents.get(textDocument.uri);
    const session = document && sessionFor(document);
    if (session) void guard(() => session.ask.anticipate(question), undefined);
  });
  connection.onRequest(
    askRequest,
    async ({ textDocument, question }: AskParams, token: CancellationToken): Promise<AskResult | null> => {
      const document = documents.get(textDocument.uri);
      const session = document && sessionFor(document);
      if (!session) return null;
      const started = performance.now();
      try {
        const sql = await session.ask.statement(question, signalOf(token));
        return sql === undefined ? null : { sql, milliseconds: Math.round(performance.now() - started) };
      } catch (error) {
        // The person waits for this one: the sentence goes to the input box.
        logOnce(error);
        throw new ResponseError(ErrorCodes.InternalError, errorMessage(error));
      }
    },
  );
  connection.onRequest(refreshSchemaRequest, () => guard(openCatalog, undefined));
  connection.onRequest(restartEngineRequest, () => guard(async () => engine?.restart(), undefined));
  connection.onRequest(
    inspectRequest,
    async ({ textDocument, position }: InspectParams): Promise<InspectResult | null> => {
      const document = documents.get(textDocument.uri);
      const session = document && sessionFor(document);
      return session ? await session.document.inspect(document.offsetAt(position)) : null;
    },
  );

  connection.listen();
}

function differ(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}
