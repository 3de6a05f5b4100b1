/**
 * `sqlAhead.menu`: the list that a click on the status bar item opens. Each entry runs a command or changes a setting.
 */
import * as vscode from 'vscode';
import { section, settingsOf } from '../config';
import type { Server } from '../server';
import { statusLabel } from '../views/statusText';

const enabledKey = 'inlineCompletion.enabled';

interface Entry extends vscode.QuickPickItem {
  readonly run?: () => Thenable<unknown>;
}

export function registerMenu(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand('sqlAhead.menu', async () => {
    const picked = await vscode.window.showQuickPick(entries(server), {
      title: 'SQL Ahead',
      placeHolder: statusLabel(server.status),
    });
    await picked?.run?.();
  });
}

/** Whether ghost text is shown in the active editor. */
export const isGhostTextOn = (): boolean =>
  settingsOf(vscode.window.activeTextEditor?.document).inlineCompletion.enabled;

const settings = (): vscode.WorkspaceConfiguration =>
  vscode.workspace.getConfiguration(section, vscode.window.activeTextEditor?.document);

function entries({ status }: Server): Entry[] {
  const run = (command: string, ...args: unknown[]) => ({
    run: () => vscode.commands.executeCommand(command, ...args),
  });
  const about = (description: string | undefined) => (description === undefined ? {} : { description });
  const isOn = isGhostTextOn();
  const isSql = vscode.window.activeTextEditor?.document.languageId === 'sql';
  return [
    ...(status.problem === undefined
      ? []
      : [{ label: '$(warning) Problem', detail: status.problem, ...run('sqlAhead.showLog') }]),
    ...(isSql ? [{ label: '$(comment-discussion) Ask for a Query', ...run('sqlAhead.ask') }] : []),
    {
      label: isOn ? '$(eye-closed) Turn Ghost Text Off' : '$(eye) Turn Ghost Text On',
      run: () => turnGhostText(!isOn),
    },
    {
      label: '$(database) Pick a Connection',
      description: status.schema || 'no schema',
      ...run('sqlAhead.pickConnection'),
    },
    { label: '$(chip) Pick a Model', ...about(status.model), ...run('sqlAhead.selectModel') },
    { label: '$(dashboard) Show the KV Cache', ...run('sqlAhead.showKvCache') },
    { label: '$(refresh) Read the Schema Again', ...run('sqlAhead.refreshSchema') },
    {
      label: '$(debug-restart) Restart the Engine',
      ...about(status.backend),
      ...run('sqlAhead.restartEngine'),
    },
    { label: '$(output) Show the Log', ...run('sqlAhead.showLog') },
    {
      label: '$(settings-gear) Settings',
      ...run('workbench.action.openSettings', '@ext:sql-ahead.sql-ahead'),
    },
  ];
}

/** Changes the workspace's setting when the workspace has one, because it overrules the user's. */
async function turnGhostText(on: boolean): Promise<void> {
  const { workspaceFolderValue, workspaceValue } = settings().inspect<boolean>(enabledKey) ?? {};
  const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  const ofWorkspace = workspaceValue === undefined ? Global : Workspace;
  await settings().update(enabledKey, on, workspaceFolderValue === undefined ? ofWorkspace : WorkspaceFolder);
}
