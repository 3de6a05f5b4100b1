/**
 * The language server, for the rest of the client: start, restart, requests, status. Hover, inline completion and
 * settings need no code here, because vscode-languageclient handles them.
 */
import * as path from 'node:path';
import * as vscode from 'vscode';
import {
  LanguageClient,
  RevealOutputChannelOn,
  TransportKind,
  type ConfigurationRequest,
} from 'vscode-languageclient/node';
import {
  acceptedNotification,
  askAnswerNotification,
  askPrefillNotification,
  askRequest,
  ddlRequest,
  cursorNotification,
  forgetLearntRequest,
  inspectRequest,
  learntRequest,
  passwordRequest,
  refreshSchemaRequest,
  remoteKeyNotification,
  restartEngineRequest,
  statusNotification,
  kvCacheChangedNotification,
  kvCacheRequest,
  suggestionGrewNotification,
  type AcceptedParams,
  type AskAnswerParams,
  type AskParams,
  type AskResult,
  type CursorParams,
  type InspectParams,
  type InspectResult,
  type PasswordParams,
  type RemoteKeyParams,
  type Status,
  type KvCacheResult,
  type SuggestionGrewParams,
} from '../../server/src/protocol';
import type { InitializationOptions } from '../../server/src/settings';
import { section } from './config';
import { Passwords } from './passwords';
import { strictest } from './strictest';

const remoteKeyName = 'sqlAhead.engine.remote.key';

/** Answers when the server asks for settings. */
const strictly: ConfigurationRequest.MiddlewareSignature = async (params, token, next) => {
  const values: unknown = await next(params, token);
  if (!Array.isArray(values)) return [];
  return values.map((value: unknown, i) => {
    const item = params.items[i];
    if (item?.section !== section || typeof value !== 'object' || value === null) return value;
    const scope = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
    const configuration = vscode.workspace.getConfiguration(section, scope);
    const own = (key: string): unknown => configuration.inspect(key)?.globalValue;
    return strictest(value, { sampleValues: own('sampleValues'), connections: own('connections') });
  });
};

export class Server {
  readonly log = vscode.window.createOutputChannel('SQL Ahead', { log: true });
  readonly passwords: Passwords;
  readonly #client: LanguageClient;
  readonly #statusChanged = new vscode.EventEmitter<Status>();
  readonly #parts: vscode.Disposable;
  readonly #secrets: vscode.SecretStorage;
  #remoteKey = '';
  #status: Status = { engine: 'starting', schema: '' };

  readonly #suggestionGrew = new vscode.EventEmitter<SuggestionGrewParams>();
  readonly #kvCacheChanged = new vscode.EventEmitter<void>();
  readonly #questionAnswered = new vscode.EventEmitter<AskAnswerParams>();

  readonly onDidChangeStatus = this.#statusChanged.event;
  readonly onDidGrowSuggestion = this.#suggestionGrew.event;
  /** Fires when the server found a statement for a question that is still being typed. */
  readonly onDidAnswerQuestion = this.#questionAnswered.event;
  /** Fires from the first call of kvCache() on. */
  readonly onDidChangeKvCache = this.#kvCacheChanged.event;

  /** Does not start the server: listeners register first, so that they miss no message. */
  constructor(context: vscode.ExtensionContext) {
    this.#secrets = context.secrets;
    this.passwords = new Passwords(context.secrets);
    // A function, so that the restart after the person trusts the workspace sends the options of that moment.
    const initializationOptions = (): InitializationOptions => ({
      storagePath: context.globalStorageUri.fsPath,
      trusted: vscode.workspace.isTrusted,
      showsDdl: true,
      tellsAcceptance: true,
      remoteKey: this.#remoteKey,
    });
    const module = context.asAbsolutePath(path.join('dist', 'server.js'));
    // The server must not start in the open folder: libraries that the system looks for in the current folder may lie
    // there.
    const options = { cwd: context.extensionPath };
    this.#client = new LanguageClient(
      section,
      'SQL Ahead',
      {
        run: { module, transport: TransportKind.ipc, options },
        debug: {
          module,
          transport: TransportKind.ipc,
          options: { ...options, execArgv: ['--inspect=6009'] },
        },
      },
      {
        documentSelector: [
          { language: 'sql', scheme: 'file' },
          { language: 'sql', scheme: 'untitled' },
        ],
        initializationOptions,
        outputChannel: this.log,
        middleware: { workspace: { configuration: strictly } },
        // The server shows each problem as one sentence. A log that opens by itself would take the focus from the
        // editor.
        revealOutputChannelOn: RevealOutputChannelOn.Never,
      },
    );
    this.#parts = vscode.Disposable.from(
      this.log,
      this.#statusChanged,
      this.#suggestionGrew,
      this.#kvCacheChanged,
      this.#questionAnswered,
      this.#client.onNotification(askAnswerNotification, (params: AskAnswerParams) =>
        this.#questionAnswered.fire(params),
      ),
      this.#client.onNotification(kvCacheChangedNotification, () => this.#kvCacheChanged.fire()),
      this.#client.onNotification(suggestionGrewNotification, (params: SuggestionGrewParams) =>
        this.#suggestionGrew.fire(params),
      ),
      this.#client.onRequest(passwordRequest, (params: PasswordParams, token: vscode.CancellationToken) =>
        this.passwords.answer(params, token),
      ),
      this.#client.onNotification(statusNotification, (status: Status) => {
        this.#status = status;
        this.#statusChanged.fire(status);
      }),
      context.secrets.onDidChange(async ({ key }) => {
        if (key !== remoteKeyName) return;
        this.#remoteKey = (await this.#secrets.get(remoteKeyName)) ?? '';
        this.#sendRemoteKey();
      }),
      // Trust decides which files the server may open at all, so it starts again.
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#client.restart()),
    );
  }

  /** The status that the server sent last. */
  get status(): Status {
    return this.#status;
  }

  async start(): Promise<void> {
    this.#remoteKey = (await this.#secrets.get(remoteKeyName)) ?? '';
    await this.#client.start();
  }

  async stop(): Promise<void> {
    if (this.#client.needsStop()) await this.#client.stop();
  }

  dispose(): void {
    this.#parts.dispose();
  }

  cursor(params: CursorParams): void {
    if (this.#client.isRunning()) void this.#client.sendNotification(cursorNotification, params);
  }

  accepted(params: AcceptedParams): void {
    if (this.#client.isRunning()) void this.#client.sendNotification(acceptedNotification, params);
  }

  /** What the server learnt from use, as a page of text. */
  learnt(): Promise<string> {
    return this.#client.sendRequest<string>(learntRequest);
  }

  /** Rejects with one sentence for the person when the file cannot be removed. */
  forgetLearnt(): Promise<void> {
    return this.#client.sendRequest(forgetLearntRequest);
  }

  askPrefill(params: AskParams): void {
    if (this.#client.isRunning()) void this.#client.sendNotification(askPrefillNotification, params);
  }

  /** Rejects with one sentence for the person when the server could not try. */
  ask(params: AskParams, token: vscode.CancellationToken): Promise<AskResult | null> {
    return this.#client.sendRequest<AskResult | null>(askRequest, params, token);
  }

  refreshSchema(): Promise<void> {
    return this.#client.sendRequest(refreshSchemaRequest);
  }

  restartEngine(): Promise<void> {
    return this.#client.sendRequest(restartEngineRequest);
  }

  /** The text of a document with the scheme `sql-ahead-ddl`. */
  async ddl(uri: string): Promise<string> {
    return this.#client.isRunning() ? await this.#client.sendRequest<string>(ddlRequest, { uri }) : '';
  }

  inspect(params: InspectParams): Promise<InspectResult | null> {
    return this.#client.sendRequest<InspectResult | null>(inspectRequest, params);
  }

  /** Keeps the remote engine's key in VS Code's secret storage. '' forgets it. */
  async setRemoteKey(key: string): Promise<void> {
    await (key === '' ? this.#secrets.delete(remoteKeyName) : this.#secrets.store(remoteKeyName, key));
  }

  kvCache(): Promise<KvCacheResult> {
    return this.#client.sendRequest<KvCacheResult>(kvCacheRequest);
  }

  #sendRemoteKey(): void {
    if (!this.#client.isRunning()) return; // a starting server gets it with its initialization options
    const params: RemoteKeyParams = { key: this.#remoteKey };
    void this.#client.sendNotification(remoteKeyNotification, params);
  }
}
