/**
 * Wires the language server: makes what the handlers share, registers them, and answers `initialize`. A surface is a
 * file in handlers/, what it does is in features/, the way of a keystroke is in anticipate/session.ts.
 */
import { fileURLToPath } from 'node:url';
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
import { Learning, registerLearning } from './handlers/learning';
import { registerOutline } from './handlers/outline';
import { registerRename } from './handlers/rename';
import { registerSchema } from './handlers/schema';
import { DocumentSessions, registerSessions } from './handlers/sessions';
import { Problems } from './lsp/problems';
import { statusNotification, type InitializationOptions, type Settings } from './protocol';
import { Catalog } from './schema/catalog';
import { StatusReporter } from './lsp/status';

/** Order matters only where two listen to the same event: the engine starts before the schema is read. */
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
  readonly catalog = new Catalog('sqlite');
  options: InitializationOptions | undefined;
  client: ClientCapabilities = {};
  folder: string | undefined;
  engine: Engine | undefined;
  readonly records = new RequestRecords();
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
      // An editor that is just going away does not want to know.
      connection.sendNotification(statusNotification, value).catch(() => undefined);
    });
    connection.onInitialized(() => {
      for (const listener of this.#initialized) listener();
    });
    connection.onDidChangeConfiguration(({ settings }: { settings: { settings: Settings } }) =>
      this.#changeSettings(settings.settings),
    );
    connection.onShutdown(async () => {
      await Promise.all(this.#shutdown.map(async (listener) => listener()));
    });
  }

  initialize(params: InitializeParams): void {
    this.options = params.initializationOptions as InitializationOptions;
    this.client = params.capabilities;
    const uri = params.workspaceFolders?.[0]?.uri;
    this.folder = uri?.startsWith('file:') ? fileURLToPath(uri) : undefined;
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

  #changeSettings(after: Settings): void {
    if (!this.options) return;
    const before = this.options.settings;
    this.options = { ...this.options, settings: after };
    for (const listener of this.#settings) listener(before, after);
  }
}
