/** The language server as the rest of the client sees it: started, kept up to date, asked. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
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
  type Status,
} from '../../server/src/protocol';
import { readSettings, section } from './config';

export class Server implements vscode.Disposable {
  readonly log: vscode.LogOutputChannel;
  readonly #client: LanguageClient;
  readonly #statusChanged = new vscode.EventEmitter<Status>();
  readonly #subscriptions: vscode.Disposable[] = [];
  #status: Status = { engine: 'starting', schema: '' };

  constructor(context: vscode.ExtensionContext) {
    this.log = vscode.window.createOutputChannel('SQL Ahead', { log: true });
    const module = context.asAbsolutePath(path.join('dist', 'server.js'));
    this.#client = new LanguageClient(
      section,
      'SQL Ahead',
      {
        run: { module, transport: TransportKind.ipc },
        debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--inspect=6009'] } },
      },
      {
        documentSelector: [
          { language: 'sql', scheme: 'file' },
          { language: 'sql', scheme: 'untitled' },
        ],
        // A function: a restart after trust was granted starts with what holds then.
        initializationOptions: (): InitializationOptions => ({
          extensionPath: context.extensionPath,
          storagePath: context.globalStorageUri.fsPath,
          trusted: vscode.workspace.isTrusted,
          settings: readSettings(),
        }),
        outputChannel: this.log,
      },
    );
    // Before the start, so that no message is missed.
    this.#client.onNotification(statusNotification, (status: Status) => {
      this.#status = status;
      this.#statusChanged.fire(status);
    });
    this.#subscriptions.push(
      this.log,
      this.#statusChanged,
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(section)) this.#sendSettings();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#client.restart()),
    );
  }

  get status(): Status {
    return this.#status;
  }
  get onDidChangeStatus(): vscode.Event<Status> {
    return this.#statusChanged.event;
  }

  start(): Promise<void> {
    return this.#client.start();
  }
  async stop(): Promise<void> {
    await this.#client.dispose();
  }
  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** The question as typed so far; the engine drops what is superseded, so every key may call this. */
  askPrefill(params: AskParams): void {
    void this.#client.sendNotification(askPrefillNotification, params);
  }
  ask(params: AskParams, token: vscode.CancellationToken): Promise<AskResult | null> {
    return this.#client.sendRequest<AskResult | null>(askRequest, params, token);
  }
  refreshSchema(): Promise<void> {
    return this.#client.sendRequest(refreshSchemaRequest);
  }
  restartEngine(): Promise<void> {
    return this.#client.sendRequest(restartEngineRequest);
  }
  inspect(params: InspectParams): Promise<InspectResult | null> {
    return this.#client.sendRequest<InspectResult | null>(inspectRequest, params);
  }

  #sendSettings(): void {
    if (!this.#client.isRunning()) return;
    void this.#client.sendNotification('workspace/didChangeConfiguration', {
      settings: { settings: readSettings() },
    });
  }
}
