/** The client's access to VS Code's settings. The server asks for them itself, and reads them by the same schema. */
import * as vscode from 'vscode';
import { readSettings, type Settings } from '../../server/src/settings';

/** Name of our section in VS Code's settings. */
export const section = 'sqlAhead';

/** The settings for a folder or a document. A value that cannot be used is replaced by its default. */
export function settingsOf(scope?: vscode.ConfigurationScope): Settings {
  return readSettings(vscode.workspace.getConfiguration(undefined, scope).get(section)).settings;
}
