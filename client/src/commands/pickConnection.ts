/**
 * `sqlAhead.pickConnection`: picks one of `sqlAhead.connections`, or adds one from an address such as
 * `postgres://me@host/shop`.
 */
import * as vscode from 'vscode';
import { plain } from '../../../server/src/plain';
import type { ConnectionSettings } from '../../../server/src/settings';
import { section, settingsOf } from '../config';
import { describeConnection, freeName, readConnectionUrl } from '../connectionUrl';
import type { Server } from '../server';
import { inform } from '../messages';

interface Choice extends vscode.QuickPickItem {
  readonly run: () => Thenable<void> | void;
  readonly connection?: ConnectionSettings;
}

const forget: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('key'),
  tooltip: 'Forget its password',
};

export function registerPickConnection(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand('sqlAhead.pickConnection', () => {
    if (!vscode.workspace.isTrusted) {
      void inform(
        'SQL Ahead connects to no database in an untrusted workspace. Trust the workspace, then pick the connection again.',
      );
      return;
    }
    const { connections, connection: current } = settingsOf(vscode.workspace.workspaceFolders?.[0]);
    const box = vscode.window.createQuickPick<Choice>();
    box.title = 'SQL Ahead: Pick a Connection';
    box.placeholder = 'Choose the database whose schema SQL Ahead uses';
    box.items = [
      ...connections.map((connection) => ({
        label: plain(connection.name),
        description: plain(describeConnection(connection)),
        ...(connection.name === current ? { detail: 'in use' } : {}),
        buttons: [forget],
        connection,
        // Picking the connection in use again reads its schema again, and asks again for a password that was not given.
        run: () => {
          server.passwords.expect(connection);
          return connection.name === current ? server.refreshSchema() : use(connection.name);
        },
      })),
      { label: '', kind: vscode.QuickPickItemKind.Separator, run: () => undefined },
      { label: '$(add) Add a connection…', run: () => add(server, connections) },
      {
        label: '$(file) Pick a database file…',
        run: () => vscode.commands.executeCommand('sqlAhead.selectDatabase'),
      },
      { label: '$(folder) What the workspace folder holds', run: () => use('') },
    ];
    box.onDidTriggerItemButton(async ({ item }) => {
      if (item.connection === undefined) return;
      await server.passwords.forget(item.connection);
      void inform(`The password of ${item.connection.name} is forgotten.`);
    });
    box.onDidAccept(async () => {
      const [chosen] = box.selectedItems;
      box.hide();
      await chosen?.run();
    });
    box.onDidHide(() => box.dispose());
    box.show();
  });
}

const settings = (): vscode.WorkspaceConfiguration =>
  vscode.workspace.getConfiguration(section, vscode.workspace.workspaceFolders?.[0]);

/** Writes the choice into the workspace's settings, or into the user's when no workspace is open. */
const use = (name: string): Thenable<void> =>
  settings().update(
    'connection',
    name === '' ? undefined : name,
    vscode.workspace.workspaceFolders
      ? vscode.ConfigurationTarget.Workspace
      : vscode.ConfigurationTarget.Global,
  );

async function add(server: Server, known: readonly ConnectionSettings[]): Promise<void> {
  const written = await vscode.window.showInputBox({
    title: 'Add a Connection',
    prompt: 'Address of the database. A password in it is kept as a secret, not in the settings.',
    placeHolder: 'postgres://user@host:5432/database',
    ignoreFocusOut: true,
    validateInput: (text) => {
      const read = readConnectionUrl(text);
      return typeof read === 'string' ? plain(read) : undefined;
    },
  });
  const read = written === undefined ? undefined : readConnectionUrl(written);
  if (read === undefined || typeof read === 'string') return;
  const taken = known.map(({ name }) => name);
  const name = await vscode.window.showInputBox({
    title: 'Add a Connection',
    prompt: 'What do you call it?',
    value: freeName(read.connection.name, taken),
    validateInput: (text) =>
      text.trim() === '' || taken.includes(text.trim()) ? 'Give it a name that no other one has.' : undefined,
  });
  if (name === undefined) return;
  const connection = { ...read.connection, name: name.trim() };
  if (read.password !== undefined) await server.passwords.keep(connection, read.password);
  // New connections go into the user's own settings: the host and user of a database do not belong into a repository.
  const own: unknown = settings().inspect('connections')?.globalValue;
  await settings().update(
    'connections',
    [...(Array.isArray(own) ? (own as unknown[]) : []), connection],
    vscode.ConfigurationTarget.Global,
  );
  server.passwords.expect(connection);
  await use(connection.name);
}
