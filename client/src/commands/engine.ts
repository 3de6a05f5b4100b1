/** The commands that only pass a wish on: read the schema again, restart the engine, show the log. */
import * as vscode from 'vscode';
import type { Server } from '../languageClient';

export function registerEngineCommands(server: Server): vscode.Disposable[] {
  const { registerCommand } = vscode.commands;
  return [
    registerCommand('sqlAhead.refreshSchema', () => server.refreshSchema()),
    registerCommand('sqlAhead.restartEngine', () => server.restartEngine()),
    registerCommand('sqlAhead.showLog', () => server.log.show()),
  ];
}
