/** The client's look at VS Code's configuration. The server asks for it itself, and reads it by the same schema. */
import * as vscode from 'vscode';
import { readSettings, type Settings } from '../../server/src/settings';

/** Name of the section. */
export const section = 'sqlAhead';

/** The settings for a folder or a document; where somebody wrote what cannot be taken, what holds instead. */
export function settingsOf(scope?: vscode.ConfigurationScope): Settings {
  return readSettings(vscode.workspace.getConfiguration(undefined, scope).get(section)).settings;
}
