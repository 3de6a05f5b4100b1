/** Reads the `sqlAhead` section of VS Code's configuration into the server's settings. */
import * as vscode from 'vscode';
import type { Settings } from '../../server/src/protocol';

export const section = 'sqlAhead';

export function readSettings(): Settings {
  const folder = vscode.workspace.workspaceFolders?.[0];
  const own = vscode.workspace.getConfiguration(undefined, folder).get<Settings>(section);
  // The manifest declares type and default of every key, so that the section is whole.
  if (!own) throw new Error('The extension has no settings; install it again.');
  return {
    database: own.database,
    ddlFiles: own.ddlFiles,
    dialect: own.dialect,
    model: own.model,
    engine: { ...own.engine },
    inlineCompletion: { ...own.inlineCompletion },
  };
}
