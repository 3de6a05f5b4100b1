/** Entry of the extension: puts the parts together, and takes them apart. */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import {
  inspectRequest,
  refreshSchemaRequest,
  restartEngineRequest,
  statusNotification,
  type InspectParams,
  type InspectResult,
  type Status,
} from '../../server/src/protocol';
import { registerAsk } from './commands/ask';
import { registerSelectDatabase } from './commands/selectDatabase';
import { createLanguageClient } from './languageClient';
import { StatusBar } from './views/statusBar';

/** What the extension exports, for tests and other extensions: a look at its state, nothing that changes it. */
export interface Api {
  readonly status: () => Status | undefined;
  readonly onDidChangeStatus: vscode.Event<Status>;
  readonly inspect: (params: InspectParams) => Promise<InspectResult | null>;
}

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<Api> {
  const output = vscode.window.createOutputChannel('SQL Ahead', { log: true });
  const statusBar = new StatusBar();
  const statusChanged = new vscode.EventEmitter<Status>();
  let status: Status | undefined;
  const started = (client = createLanguageClient(context, output));
  started.onNotification(statusNotification, (value: Status) => {
    status = value;
    statusBar.show(value);
    statusChanged.fire(value);
  });
  context.subscriptions.push(
    output,
    statusBar,
    statusChanged,
    registerAsk(started),
    registerSelectDatabase(),
    vscode.commands.registerCommand('sqlAhead.refreshSchema', () =>
      started.sendRequest(refreshSchemaRequest),
    ),
    vscode.commands.registerCommand('sqlAhead.restartEngine', () =>
      started.sendRequest(restartEngineRequest),
    ),
    vscode.commands.registerCommand('sqlAhead.showLog', () => output.show()),
  );
  await started.start();
  return {
    status: () => status,
    onDidChangeStatus: statusChanged.event,
    inspect: (params) => started.sendRequest<InspectResult | null>(inspectRequest, params),
  };
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
}
