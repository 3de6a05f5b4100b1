/** Entry of the language server process: stdio, node IPC or pipe, as its arguments say. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { version } from '../../package.json';
import { HostEngine } from './engine/hostEngine';
import { installedPaths, startServer } from './server';

startServer(createConnection(ProposedFeatures.all), {
  createEngine: ({ extensionPath, settings }, log) => {
    const paths = installedPaths(extensionPath);
    return new HostEngine({
      host: {
        extensionVersion: version,
        modelPath: settings.model || paths.starterModel,
        ...settings.engine,
      },
      hostScript: paths.hostScript,
      runtimeDirectory: paths.runtimeDirectory,
      probePath: paths.probe,
      log,
    });
  },
});
