/**
 * An editor window without an editor, for tests: starts the bundled language server over stdio and speaks LSP to it. It
 * edits documents as an editor does: incremental changes with rising versions.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Hover, InlineCompletionItem, Position } from 'vscode-languageserver-protocol';
import {
  askPrefillNotification,
  askRequest,
  inspectRequest,
  passwordRequest,
  statusNotification,
  type AskResult,
  type InspectResult,
  type PasswordParams,
  type Status,
} from '../../server/src/protocol';
import { readSettings, type InitializationOptions, type Settings } from '../../server/src/settings';

export const root = process.cwd();
export const starterModel = path.join(root, 'models', 'starter', 'sql-ahead-starter-q8_0.gguf');

export const defaultSettings: Settings = readSettings({
  engine: { backend: 'cpu', keepAliveMinutes: 0 },
  // No threshold: what is shown must not depend on how sure this model is.
  inlineCompletion: { minimumConfidence: 0 },
}).settings;

/** A fresh folder, removed by disposeAll(). */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-lsp-'));
  // A host that is just leaving may still write its last file.
  cleanups.push(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 }));
  return folder;
}
const cleanups: (() => void | Promise<void>)[] = [];

/** Has this done by disposeAll(), before what was begun earlier is undone. */
export function onDispose(cleanup: () => void | Promise<void>): void {
  cleanups.push(cleanup);
}

/** Ends every window and removes every folder a test made; call it in afterEach. */
export async function disposeAll(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export interface WindowOptions {
  /** Workspace folder; a fresh empty one where it is not given. */
  readonly folder?: string;
  readonly settings?: Partial<Settings>;
  readonly trusted?: boolean;
  /** Folder the server may write to; a fresh one where it is not given. */
  readonly storage?: string;
  readonly showsDdl?: boolean;
  readonly tellsAcceptance?: boolean;
  /** Windows with the same runtime folder share an engine. */
  readonly runtimeDirectory?: string;
  /** What the person says when asked for a password; nobody answers where it is not given. */
  readonly password?: (params: PasswordParams) => string | null;
  readonly env?: NodeJS.ProcessEnv;
  /** Folder the server starts in; the repository's where it is not given. */
  readonly cwd?: string;
  /** Another entry than the bundled server; it may talk to this process by IPC beside. */
  readonly serverScript?: string;
}

export class LspWindow {
  readonly folder: string;
  readonly statuses: Status[] = [];
  /** Error messages shown to the person. */
  readonly errors: string[] = [];
  readonly log: string[] = [];
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  readonly #documents = new Map<string, TextDocument>();
  readonly #waiting = new Set<() => void>();
  #asked: () => void = () => undefined;
  settings: Settings;

  private constructor(options: WindowOptions) {
    this.folder = options.folder ?? temporaryFolder();
    this.settings = { ...defaultSettings, ...options.settings };
    this.process = spawn(
      process.execPath,
      [options.serverScript ?? path.join(root, 'dist', 'server.js'), '--stdio'],
      {
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        env: {
          ...process.env,
          SQL_AHEAD_RUNTIME_DIR: options.runtimeDirectory ?? temporaryFolder(),
          SQL_AHEAD_ENGINE_LINGER_MS: '0',
          ...options.env,
        },
        stdio: ['pipe', 'pipe', 'pipe', ...(options.serverScript === undefined ? [] : ['ipc' as const])],
      },
    );
    const { stdin, stdout, stderr } = this.process;
    if (!stdin || !stdout || !stderr) throw new Error('the server has no pipes');
    stderr.on('data', (chunk: Buffer) => void this.log.push(chunk.toString()));
    this.connection = createMessageConnection(
      new StreamMessageReader(stdout),
      new StreamMessageWriter(stdin),
    );
    this.connection.onNotification(statusNotification, (status: Status) => {
      this.statuses.push(status);
      this.#wake();
    });
    this.connection.onNotification(
      'window/logMessage',
      ({ message }: { message: string }) => void this.log.push(message),
    );
    this.connection.onRequest('window/showMessageRequest', (params: { message: string }) =>
      this.#showError(params),
    );
    this.connection.onNotification(
      'window/showMessage',
      (params: { message: string }) => void this.#showError(params),
    );
    this.connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => {
      this.#asked();
      return items.map(() => this.settings);
    });
    const { password } = options;
    if (password) this.connection.onRequest(passwordRequest, password);
    this.connection.listen();
  }

  static async open(options: WindowOptions = {}): Promise<LspWindow> {
    const window = new LspWindow(options);
    cleanups.push(() => window.close());
    const initializationOptions: InitializationOptions = {
      storagePath: options.storage ?? temporaryFolder(),
      trusted: options.trusted ?? true,
      ...(options.showsDdl === undefined ? {} : { showsDdl: options.showsDdl }),
      ...(options.tellsAcceptance === undefined ? {} : { tellsAcceptance: options.tellsAcceptance }),
    };
    await window.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: [{ uri: pathToFileURL(window.folder).href, name: 'test' }],
      capabilities: { workspace: { configuration: true } },
      initializationOptions,
    });
    await window.connection.sendNotification('initialized', {});
    return window;
  }

  get status(): Status {
    return this.statuses.at(-1) ?? { engine: 'starting', schema: '' };
  }

  /** Resolves when the latest status fulfils the condition; it is looked at again whenever something arrives. */
  async until(condition: (status: Status) => boolean): Promise<Status> {
    while (!condition(this.status)) await this.#somethingArrives();
    return this.status;
  }
  async untilError(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.errors.find((error) => pattern.test(error));
      if (found !== undefined) return found;
      await this.#somethingArrives();
    }
  }
  /** Resolves when the schema is there; the engine may still be loading. */
  hasSchema(): Promise<Status> {
    return this.until(({ schema }) => schema !== '');
  }
  ready(): Promise<Status> {
    return this.until(({ engine, schema }) => engine === 'ready' && schema !== '');
  }

  async configure(settings: Partial<Settings>): Promise<void> {
    this.settings = { ...this.settings, ...settings };
    // The server asks for them before it reads anything that is sent after this.
    const asked = new Promise<void>((resolve) => (this.#asked = resolve));
    await this.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await asked;
  }

  async openDocument(name: string, text: string): Promise<string> {
    const uri = pathToFileURL(path.join(this.folder, name)).href;
    const document = TextDocument.create(uri, 'sql', 1, text);
    this.#documents.set(uri, document);
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'sql', version: 1, text },
    });
    return uri;
  }
  text(uri: string): string {
    return this.#document(uri).getText();
  }
  positionAt(uri: string, offset: number): Position {
    return this.#document(uri).positionAt(offset);
  }

  /** Replaces [from, to) by text. */
  async edit(uri: string, from: number, to: number, text: string): Promise<void> {
    const document = this.#document(uri);
    const change = { range: { start: document.positionAt(from), end: document.positionAt(to) }, text };
    const version = document.version + 1;
    TextDocument.update(document, [change], version);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [change],
    });
  }

  /** @param triggerKind 1 asked for, 2 by typing, as LSP counts */
  inlineCompletion(uri: string, offset: number, triggerKind: 1 | 2 = 2): Promise<InlineCompletionItem[]> {
    return this.connection.sendRequest('textDocument/inlineCompletion', {
      textDocument: { uri },
      position: this.positionAt(uri, offset),
      context: { triggerKind },
    });
  }
  hover(uri: string, offset: number): Promise<Hover | null> {
    return this.connection.sendRequest('textDocument/hover', {
      textDocument: { uri },
      position: this.positionAt(uri, offset),
    });
  }
  /** Any request that is about a place in a document. */
  request<T>(method: string, uri: string, offset: number, more: object = {}): Promise<T> {
    return this.connection.sendRequest(method, {
      textDocument: { uri },
      position: this.positionAt(uri, offset),
      ...more,
    });
  }
  inspect(uri: string, offset: number): Promise<InspectResult> {
    return this.connection.sendRequest(inspectRequest, {
      textDocument: { uri },
      position: this.positionAt(uri, offset),
    });
  }
  async askPrefill(uri: string, question: string): Promise<void> {
    const position = this.positionAt(uri, 0);
    await this.connection.sendNotification(askPrefillNotification, {
      textDocument: { uri },
      position,
      question,
    });
  }
  ask(uri: string, question: string): Promise<AskResult | null> {
    const position = this.positionAt(uri, 0);
    return this.connection.sendRequest(askRequest, { textDocument: { uri }, position, question });
  }

  async close(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const exited = new Promise((resolve) => this.process.once('exit', resolve));
    await this.connection.sendRequest('shutdown').catch(() => undefined);
    await this.connection.sendNotification('exit').catch(() => undefined);
    await exited;
    this.connection.dispose();
  }

  #document(uri: string): TextDocument {
    const document = this.#documents.get(uri);
    if (!document) throw new Error(`${uri} is not open`);
    return document;
  }
  #showError({ message }: { message: string }): null {
    this.errors.push(message);
    this.#wake();
    return null;
  }
  #somethingArrives(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }
  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
