/** Entry of the language server process: stdio, node IPC or pipe, as its arguments say. */
import * as path from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { version } from '../../package.json';
import { HostEngine } from './engine/local/hostEngine';
import { RemoteEngine } from './engine/remote/remoteEngine';
import { startServer } from './server';

startServer(createConnection(ProposedFeatures.all), {
  createEngine: ({ extensionPath, storagePath, settings }, log) => {
    // The installed layout; nothing else on this side knows it.
    const at = (...parts: string[]): string => path.join(extensionPath, ...parts);
    const starter = at('models', 'starter', 'sql-ahead-starter-q8_0.gguf');
    const { backend, gpuLayers, threads, contextTokens, keyType, valueType, cacheMemory } = settings.engine;
    // Nothing else makes a request to the network, and only the person's own setting makes this one.
    if (settings.engine.remote?.url) return new RemoteEngine({ ...settings.engine.remote, log });
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
});
