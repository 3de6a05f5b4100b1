/**
 * Learning from use, on the client's side: tells the server what the person accepted, shows what it learnt, asks it to
 * forget.
 */
import * as vscode from 'vscode';
import { acceptedCommand, type AcceptedParams } from '../../../server/src/protocol';
import type { Server } from '../server';
import { confirm, inform } from '../messages';

const scheme = 'sql-ahead-learnt';
const uri = vscode.Uri.from({ scheme, path: '/What Was Learnt' });

export function registerLearning(server: Server): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const { registerCommand } = vscode.commands;
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: () => server.learnt(),
    }),
    registerCommand(acceptedCommand, (params: AcceptedParams) => server.accepted(params)),
    registerCommand('sqlAhead.showLearnt', async () => {
      changed.fire(uri);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    }),
    registerCommand('sqlAhead.forgetLearnt', async () => {
      const forget = 'Forget';
      const answer = await confirm(
        'Forget what SQL Ahead learnt from use?',
        'The counts in its storage are deleted, and the copies of schemas that it keeps to start faster. This cannot be undone.',
        forget,
      );
      if (answer !== forget) return;
      await server.forgetLearnt();
      changed.fire(uri);
      void inform('SQL Ahead has forgotten what it learnt from use.');
    }),
  );
}
