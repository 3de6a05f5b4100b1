/** Entry of the language server process: stdio, node IPC or pipe, as its arguments say. */
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { version } from '../../package.json';
import { HostEngine } from './engine/local/hostEngine';
import { RemoteEngine } from './engine/remote/remoteEngine';
import { lifecycleStrategy } from './lsp/lifecycle';
import { startServer } from './server';

/** Folder of the installed extension, or of the project: the nearest above this bundle that has a manifest. */
const extensionFolder = ((): string => {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json')) && folder !== path.dirname(folder))
    folder = path.dirname(folder);
  return folder;
})();

startServer(createConnection(ProposedFeatures.all, { messageStrategy: lifecycleStrategy() }), {
  createEngine: ({ storagePath, settings, remoteKey }, log) => {
    // The installed layout; nothing else on this side knows it.
    const at = (...parts: string[]): string => path.join(extensionFolder, ...parts);
    const starter = at('models', 'starter', 'sql-ahead-starter-q8_0.gguf');
    const { backend, gpuLayers, threads, contextTokens, keyType, valueType, cacheMemory } = settings.engine;
    // Nothing else makes a request to the network, and only the person's own setting makes this one.
    if (settings.engine.remote.url !== '')
      return new RemoteEngine({ ...settings.engine.remote, key: remoteKey, log });
    return new HostEngine({
      host: {
        extensionVersion: version,
        modelPath: settings.model || starter,
        ...{ backend, gpuLayers, threads, contextTokens, keyType, valueType, cacheMemory },
      },
      fallbackModelPath: starter,
      keepAliveMinutes: settings.engine.keepAliveMinutes,
      hostScript: at('dist', 'engineHost.js'),
      runtimeDirectory: at('native', 'bin', `${process.platform}-${process.arch}`),
      probePath: at('dist', 'probe.js'),
      storagePath,
      log,
    });
  },
  fileReader: { script: path.join(extensionFolder, 'dist', 'fileReader.js'), folder: extensionFolder },
});
