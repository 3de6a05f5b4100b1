/** Reads the `sqlAhead` section of VS Code's configuration into the server's settings. */
import * as vscode from 'vscode';
import type { ConnectionSettings, Settings } from '../../server/src/protocol';

export const section = 'sqlAhead';

/** @param remoteKey key of the remote engine, from the secret storage */
export function readSettings(remoteKey: string): Settings {
  const folder = vscode.workspace.workspaceFolders?.[0];
  const configuration = vscode.workspace.getConfiguration(section, folder);
  const text = (key: string): string => configuration.get<string>(key, '');
  const count = (key: string, otherwise: number): number => configuration.get<number>(key, otherwise);
  return {
    database: text('database'),
    ddlFiles: configuration.get<string[]>('ddlFiles', []),
    connections: configuration.get<ConnectionSettings[]>('connections', []),
    connection: text('connection'),
    sampleValues: configuration.get<NonNullable<Settings['sampleValues']>>('sampleValues', 'files'),
    dialect: configuration.get<Settings['dialect']>('dialect', 'auto'),
    model: text('model'),
    engine: {
      backend: configuration.get<Settings['engine']['backend']>('engine.backend', 'auto'),
      gpuLayers: count('engine.gpuLayers', -1),
      threads: count('engine.threads', 0),
      contextTokens: count('engine.contextTokens', 0),
      keyType: configuration.get<Settings['engine']['keyType']>('engine.keyType', 'f16'),
      valueType: configuration.get<Settings['engine']['valueType']>('engine.valueType', 'f16'),
      cacheMemory: count('engine.cacheMemory', 0),
      keepAliveMinutes: count('engine.keepAliveMinutes', 3),
      traceFile: text('engine.traceFile'),
      remote: { url: text('engine.remote.url'), model: text('engine.remote.model'), key: remoteKey },
    },
    inlineCompletion: {
      enabled: configuration.get<boolean>('inlineCompletion.enabled', true),
      maxTokens: count('inlineCompletion.maxTokens', 48),
      minimumConfidence: count('inlineCompletion.minimumConfidence', 0.1),
    },
    learning: { enabled: configuration.get<boolean>('learning.enabled', true) },
    diagnostics: { enabled: configuration.get<boolean>('diagnostics.enabled', true) },
    format: {
      keywordCase: configuration.get<Settings['format']['keywordCase']>('format.keywordCase', 'preserve'),
    },
  };
}
