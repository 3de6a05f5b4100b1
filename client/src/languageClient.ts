/** Starts the language server and keeps its settings and the window's trust up to date. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { InitializationOptions } from '../../server/src/protocol';
import { readSettings, section } from './config';

/** The client is not started yet: listeners come first, so that no message is missed. */
export function createLanguageClient(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): LanguageClient {
  const module = context.asAbsolutePath(path.join('dist', 'server.js'));
  const initializationOptions = (): InitializationOptions => ({
    extensionPath: context.extensionPath,
    storagePath: context.globalStorageUri.fsPath,
    trusted: vscode.workspace.isTrusted,
    settings: readSettings(),
  });
  const client = new LanguageClient(
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
        { language: 'sql', scheme: 'vscode-remote' },
      ],
      // A function: a restart after trust was granted starts with what holds then.
      initializationOptions,
      outputChannel: output,
    },
  );
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(section) || !client.isRunning()) return;
      void client.sendNotification('workspace/didChangeConfiguration', {
        settings: { settings: readSettings() },
      });
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void client.restart()),
  );
  return client;
}
