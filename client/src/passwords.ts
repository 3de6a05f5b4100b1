/** Passwords of connections: asked for once, kept in VS Code's secret storage, sent to the server when it asks. */
import * as vscode from 'vscode';
import type { ConnectionSettings, PasswordParams } from '../../server/src/protocol';
import { describeConnection, secretKey } from './connectionUrl';

export class Passwords {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** The kept one, or what the person says; null where they do not. `again`: the last one was refused. */
  async answer(
    { connection, again }: PasswordParams,
    token: vscode.CancellationToken,
  ): Promise<string | null> {
    const kept = again ? undefined : await this.secrets.get(secretKey(connection));
    if (kept !== undefined) return kept;
    const password = await vscode.window.showInputBox(
      {
        title: `Password of ${connection.name}`,
        prompt: again
          ? `It was refused. ${describeConnection(connection)}`
          : `${describeConnection(connection)}. It is kept in VS Code's secret storage.`,
        password: true,
        ignoreFocusOut: true,
      },
      token,
    );
    if (password === undefined) return null;
    await this.keep(connection, password);
    return password;
  }

  async keep(connection: ConnectionSettings, password: string): Promise<void> {
    await this.secrets.store(secretKey(connection), password);
  }

  async forget(connection: ConnectionSettings): Promise<void> {
    await this.secrets.delete(secretKey(connection));
  }
}
