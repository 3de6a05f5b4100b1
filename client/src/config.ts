/** Reads the `sqlAhead` section of VS Code's configuration into the server's settings. */
import * as vscode from 'vscode';
import type { Settings } from '../../server/src/protocol';

export const section = 'sqlAhead';

export function readSettings(): Settings {
  const folder = vscode.workspace.workspaceFolders?.[0];
  const configuration = vscode.workspace.getConfiguration(section, folder);
  // The manifest declares every key with a default, so that get() never gives undefined.
  const get = <T>(key: string): T => configuration.get(key) as T;
  return {
    database: get('database'),
    ddlFiles: get('ddlFiles'),
    dialect: get('dialect'),
    model: get('model'),
    engine: {
      backend: get('engine.backend'),
      gpuLayers: get('engine.gpuLayers'),
      threads: get('engine.threads'),
      contextTokens: get('engine.contextTokens'),
    },
    inlineCompletion: {
      enabled: get('inlineCompletion.enabled'),
      maxTokens: get('inlineCompletion.maxTokens'),
    },
  };
}
