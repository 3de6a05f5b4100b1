/**
 * Passwords of connections: asks for each once, keeps it in VS Code's secret storage, and sends it when the server
 * asks.
 */
import * as vscode from 'vscode';
import type { PasswordParams } from '../../server/src/protocol';
import type { ConnectionSettings } from '../../server/src/settings';
import { describeConnection, secretKey } from './connectionUrl';
import { inform } from './messages';
import { plain } from '../../server/src/plain';

const give = 'Give the Password';

export class Passwords {
  /** Names of the connections that the person chose just now: for these a box may open and take the focus. */
  readonly #wanted = new Set<string>();

  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** The person chose this connection just now, so a box that asks for its password is no surprise. */
  expect({ name }: Pick<ConnectionSettings, 'name'>): void {
    this.#wanted.add(name);
  }

  /**
   * The password that is kept, or the one that the person types; null when they type none. `again`: the server refused
   * the last one.
   */
  async answer(
    { connection, again }: PasswordParams,
    token: vscode.CancellationToken,
  ): Promise<string | null> {
    const kept = again ? undefined : await this.secrets.get(secretKey(connection));
    if (kept !== undefined) return kept;
    // The person is typing something else: a box would take those keys. Show a message with a button first.
    if (!this.#wanted.has(connection.name) && !(await offered(connection, again, token))) return null;
    this.expect(connection);
    const password = await vscode.window.showInputBox(
      {
        title: plain(`Password of ${connection.name}`),
        prompt: plain(
          again
            ? `The server refused it. ${describeConnection(connection)}`
            : `${describeConnection(connection)}. It is kept in VS Code's secret storage.`,
        ),
        password: true,
        ignoreFocusOut: true,
      },
      token,
    );
    if (password === undefined) {
      this.#wanted.delete(connection.name);
      return null;
    }
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

/** Shows a message that does not take the focus. @returns true when the person wants to give the password */
async function offered(
  connection: ConnectionSettings,
  again: boolean,
  token: vscode.CancellationToken,
): Promise<boolean> {
  const state = again ? 'refused the password it had' : 'wants a password';
  const text = `The connection ${connection.name} (${describeConnection(connection)}) ${state}.`;
  const cancelled = new Promise<undefined>((resolve) =>
    token.onCancellationRequested(() => resolve(undefined)),
  );
  return (await Promise.race([inform(text, give), cancelled])) === give;
}
