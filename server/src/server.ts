/**
 * Wires the language server: makes what the handlers share, registers them, and answers `initialize`. handlers/ has one
 * file for each part of LSP, features/ does their work, and anticipate/session.ts decides what happens at a key.
 */
import {
  TextDocumentSyncKind,
  type ClientCapabilities,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver';
import { createDocuments } from './lsp/documents';
import type { Engine } from './engine/engine';
import { RequestRecords } from './engine/records';
import { registerAsk } from './handlers/ask';
import { registerCompletion } from './handlers/completion';
import type { Register, ServerContext, ServerParts } from './lsp/context';
import { registerDefinition } from './handlers/definition';
import { registerDiagnostics } from './handlers/diagnostics';
import { registerEngine } from './handlers/engine';
import { registerFormat } from './handlers/format';
import { registerHover } from './handlers/hover';
import { registerInlineCompletion } from './handlers/inlineCompletion';
import { registerInspect } from './handlers/inspect';
import { registerKvCache } from './handlers/kvCache';
import { registerLearning } from './handlers/learning';
import { registerOutline } from './handlers/outline';
import { registerRename } from './handlers/rename';
import { registerSchema } from './handlers/schema';
import { registerSessions } from './handlers/sessions';
import { DocumentSessions } from './lsp/documentSessions';
import { AutoModel } from './lsp/autoModel';
import { Learning } from './lsp/usage';
import { Problems } from './lsp/problems';
import { refuseOutOfOrder } from './lsp/lifecycle';
import { Configuration } from './lsp/configuration';
import { readStartOptions, type StartOptions } from './lsp/startOptions';
import { remoteKeyNotification, statusNotification, type RemoteKeyParams } from './protocol';
import type { Settings } from './settings';
import { Catalog } from './schema/catalog';
import { StatusReporter } from './lsp/status';

/** When two handlers listen to the same event, this is their order: the engine starts before the schema is read. */
const surfaces: readonly Register[] = [
  registerEngine,
  registerSchema,
  registerLearning,
  registerSessions,
  registerInlineCompletion,
  registerHover,
  registerCompletion,
  registerDiagnostics,
  registerDefinition,
  registerRename,
  registerFormat,
  registerOutline,
  registerAsk,
  registerInspect,
  registerKvCache,
];

export function startServer(connection: Connection, parts: ServerParts): void {
  refuseOutOfOrder(connection);
  const context = new Context(connection, parts);
  const capabilities = surfaces.map((register) => register(context));
  connection.onInitialize((params: InitializeParams): InitializeResult => {
    context.initialize(params);
    return {
      serverInfo: { name: 'SQL Ahead' },
      capabilities: Object.assign(
        { textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental } },
        ...capabilities,
      ) as InitializeResult['capabilities'],
    };
  });
  connection.listen();
}

class Context implements ServerContext {
  readonly documents;
  readonly problems;
  readonly status;
  readonly sessions: DocumentSessions = new DocumentSessions(this);
  readonly learning: Learning = new Learning(this);
  readonly autoModel = new AutoModel(() => ({
    storagePath: this.options.storagePath,
    settings: this.settings,
    learnt: this.learning.learnt,
    log: (sentence) => this.problems.log('info', sentence),
  }));
  readonly catalog = new Catalog('sqlite');
  options: StartOptions = readStartOptions({});
  client: ClientCapabilities = {};
  engine: Engine | undefined;
  questions: () => Engine | undefined = () => undefined;
  loadedQuestions: Engine | undefined;
  readonly records = new RequestRecords();
  readonly #configuration: Configuration;
  #isStarted = false;
  readonly #initialized: (() => void)[] = [];
  readonly #settings: ((before: Settings, after: Settings) => void)[] = [];
  readonly #shutdown: (() => void | Promise<void>)[] = [];

  constructor(
    readonly connection: Connection,
    readonly parts: ServerParts,
  ) {
    this.documents = createDocuments(connection);
    this.problems = new Problems(connection);
    this.status = new StatusReporter((value) => {
      // The editor may be going away: then this notification fails, and nobody needs it.
      connection.sendNotification(statusNotification, value).catch(() => undefined);
    });
    this.#configuration = new Configuration(connection, this.problems, (before, after) =>
      this.#changed(before, after),
    );
    connection.onInitialized(async () => {
      const { settings, folder } = this.options;
      await this.#configuration.start(this.client, settings, folder?.uri);
      this.#isStarted = true;
      for (const listener of this.#initialized) listener();
    });
    connection.onNotification(remoteKeyNotification, ({ key }: RemoteKeyParams) => {
      this.options = { ...this.options, remoteKey: key };
      this.#changed(this.settings, this.settings);
    });
    connection.onShutdown(async () => {
      await Promise.all(this.#shutdown.map(async (listener) => listener()));
    });
  }

  initialize(params: InitializeParams): void {
    this.options = readStartOptions(params);
    this.client = params.capabilities;
  }

  get settings(): Settings {
    return this.#configuration.settings;
  }
  get folder(): string | undefined {
    return this.options.folder?.path;
  }
  /** One catalogue serves all documents. */
  catalogOf(): Catalog {
    return this.catalog;
  }
  onInitialized(listener: () => void): void {
    this.#initialized.push(listener);
  }
  onDidChangeSettings(listener: (before: Settings, after: Settings) => void): void {
    this.#settings.push(listener);
  }
  onShutdown(listener: () => void | Promise<void>): void {
    this.#shutdown.push(listener);
  }

  /** Settings that arrive before the start change nothing that runs. */
  #changed(before: Settings, after: Settings): void {
    if (!this.#isStarted) return;
    for (const listener of this.#settings) listener(before, after);
  }
}
