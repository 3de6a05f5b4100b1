/** Entry point of the extension: creates the parts when VS Code activates it, and disposes of them. */
import type * as vscode from 'vscode';
import type { InspectParams, InspectResult, Status } from '../../server/src/protocol';
import { registerAsk } from './commands/ask';
import { registerEngineCommands } from './commands/engine';
import { registerLearning } from './commands/learning';
import { registerMenu } from './commands/menu';
import { registerPickConnection } from './commands/pickConnection';
import { registerSelectDatabase } from './commands/selectDatabase';
import { registerSelectModel } from './commands/selectModel';
import { followCursor } from './ghostText';
import { Server } from './server';
import { registerKvInspector } from './views/kvInspector';
import { createStatusBar } from './views/statusBar';
import { registerTableDdl } from './views/tableDdl';

/** What the extension exports to tests and other extensions: they can look at its state and change nothing. */
export interface Api {
  readonly status: () => Status;
  readonly onDidChangeStatus: vscode.Event<Status>;
  readonly inspect: (params: InspectParams) => Promise<InspectResult | null>;
}

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<Api> {
  const started = (server = new Server(context));
  context.subscriptions.push(
    { dispose: () => started.dispose() },
    createStatusBar(started),
    registerTableDdl(started),
    followCursor(started),
    registerAsk(started),
    registerSelectDatabase(),
    registerSelectModel(context),
    registerPickConnection(started),
    registerLearning(started),
    registerMenu(started),
    ...registerEngineCommands(started),
    registerKvInspector(started),
  );
  await started.start();
  return {
    status: () => started.status,
    onDidChangeStatus: started.onDidChangeStatus,
    inspect: (params) => started.inspect(params),
  };
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
