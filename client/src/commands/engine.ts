/**
 * The commands that send one request and do no more: read the schema again, restart the engine, keep the remote key,
 * show the log.
 */
import * as vscode from 'vscode';
import type { Server } from '../server';

export function registerEngineCommands(server: Server): vscode.Disposable[] {
  const { registerCommand } = vscode.commands;
  return [
    registerCommand('sqlAhead.refreshSchema', () => server.refreshSchema()),
    registerCommand('sqlAhead.restartEngine', () => server.restartEngine()),
    registerCommand('sqlAhead.showLog', () => server.log.show()),
    registerCommand('sqlAhead.setRemoteKey', async () => {
      const key = await vscode.window.showInputBox({
        title: 'Key of the Remote Engine',
        prompt:
          'The key is sent only to the server of sqlAhead.engine.remote.url. Leave it empty to forget the key.',
        password: true,
        ignoreFocusOut: true,
      });
      if (key !== undefined) await server.setRemoteKey(key.trim());
    }),
  ];
}
