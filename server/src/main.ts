/**
 * Entry point of the language server's process. Its arguments choose how it speaks: stdio, Node's IPC, a pipe or a
 * socket.
 */
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { version } from '../../package.json';
import { HostEngine } from './engine/local/hostEngine';
import { RemoteEngine } from './engine/remote/remoteEngine';
import { lifecycleStrategy } from './lsp/lifecycle';
import { startServer } from './server';

/** Folder of the extension (or of this project): the nearest folder above this bundle with a package.json. */
const extensionFolder = ((): string => {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json')) && folder !== path.dirname(folder))
    folder = path.dirname(folder);
  return folder;
})();

startServer(createConnection(ProposedFeatures.all, { messageStrategy: lifecycleStrategy() }), {
  createEngine: ({ storagePath, settings, remoteKey }, log) => {
    // The layout of the packaged extension. No other file on this side knows it.
    const at = (...parts: string[]): string => path.join(extensionFolder, ...parts);
    const starter = at('models', 'starter', 'sql-ahead-starter-q8_0.gguf');
    const { backend, gpuLayers, threads, contextTokens, keyType, valueType, cacheMemory } = settings.engine;
    // The only network requests of the server, and only when the person has set this address.
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
      cachePresets: at('models', 'caches'),
      storagePath,
      log,
    });
  },
  fileReader: { script: path.join(extensionFolder, 'dist', 'fileReader.js'), folder: extensionFolder },
});
