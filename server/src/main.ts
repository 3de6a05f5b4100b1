/** Entry of the language server process: stdio, node IPC or pipe, as its arguments say. */
import * as path from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { version } from '../../package.json';
import { HostEngine } from './engine/hostEngine';
import { startServer } from './server';

startServer(createConnection(ProposedFeatures.all), {
  createEngine: ({ extensionPath, settings }, log) => {
    // The installed layout; nothing else on this side knows it.
    const at = (...parts: string[]): string => path.join(extensionPath, ...parts);
    return new HostEngine({
      host: {
        extensionVersion: version,
        modelPath: settings.model || at('models', 'starter', 'sql-ahead-starter-q8_0.gguf'),
        ...settings.engine,
      },
      hostScript: at('dist', 'engineHost.js'),
      runtimeDirectory: at('native', 'bin', `${process.platform}-${process.arch}`),
      probePath: at('dist', 'probe.js'),
      log,
    });
  },
});
