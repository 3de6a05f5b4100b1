/** `sqlAhead.selectDatabase`: picks a SQLite or DuckDB file and writes it into the workspace's settings. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { section } from '../config';
import { inform } from '../messages';

export function registerSelectDatabase(): vscode.Disposable {
  return vscode.commands.registerCommand('sqlAhead.selectDatabase', async () => {
    if (!vscode.workspace.isTrusted) {
      void inform(
        'SQL Ahead opens no database in an untrusted workspace. Trust the workspace, then pick the file again.',
      );
      return;
    }
    const folder = vscode.workspace.workspaceFolders?.[0];
    const [file] =
      (await vscode.window.showOpenDialog({
        title: 'Pick a Database File',
        openLabel: 'Connect',
        canSelectMany: false,
        filters: { Databases: ['sqlite', 'sqlite3', 'db', 'db3', 'duckdb', 'ddb'], 'All files': ['*'] },
        ...(folder ? { defaultUri: folder.uri } : {}),
      })) ?? [];
    if (!file) return;
    const relative = folder ? path.relative(folder.uri.fsPath, file.fsPath) : file.fsPath;
    const inside = folder && !relative.startsWith('..') && !path.isAbsolute(relative);
    const target = folder ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    const configuration = vscode.workspace.getConfiguration(section, folder);
    const database = inside ? relative.split(path.sep).join('/') : file.fsPath;
    await configuration.update('database', database, target);
    // A connection overrules a database file. One that the user's own settings name is overruled by an empty name, not
    // removed.
    await configuration.update('connection', undefined, target);
    if (vscode.workspace.getConfiguration(section, folder).get<string>('connection', '') !== '')
      await configuration.update('connection', '', target);
  });
}
