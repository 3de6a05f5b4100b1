/**
 * The main function of the engine host process. It listens, loads the model, serves every language server that connects, and
 * ends some minutes after the last one has disconnected. After an error of the GPU it ends at once, and a language server
 * starts a new one.
 */
import * as net from 'node:net';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection, NotificationType } from 'vscode-jsonrpc';
import { loadRuntime, type RuntimeChoice } from '../../../../native/index';
import { errorMessage } from '../../errors';
import type { EngineStatus } from '../engine';
import { serveConnection } from './connection';
import { listen } from './listen';
import { ModelHost } from './modelHost';
import { makeSnapshotFolder } from './cache/snapshots';
import {
  helloNotification,
  logNotification,
  statusNotification,
  type HostArguments,
  type HostOptions,
} from '../wire/messages';

/** Exit code after an error of the GPU. */
const exitDeviceError = 3;

/** The process ends when no language server connects within this time. */
const firstClientMs = 30_000;

function main(): void {
  const hostArguments = JSON.parse(process.argv[2] ?? '') as HostArguments;
  const connections = new Set<MessageConnection>();
  let status: EngineStatus = { state: 'loading', progress: 0 };
  let linger: NodeJS.Timeout | undefined;
  let { lingerMs } = hostArguments;
  let clientsCame = false;
  let removeOwnRecord = (): void => undefined;

  const setStatus = async (next: EngineStatus): Promise<void> => {
    status = next;
    await Promise.all([...connections].map((connection) => tell(connection, statusNotification, next)));
  };
  const log = (level: string, text: string): void => {
    for (const connection of connections) void tell(connection, logNotification, { level, text });
  };
  const leave = (code: number): void => {
    removeOwnRecord();
    process.exit(code);
  };
  const leaveWhenAlone = (afterMs: number): void => {
    clearTimeout(linger);
    if (connections.size === 0) linger = setTimeout(() => leave(0), afterMs);
  };

  // Before listen(), which changes the process's umask for a moment: a folder made then could not be entered, even by us.
  makeSnapshotFolder(hostArguments.storagePath);
  const model = load(hostArguments, (next) => void setStatus(next), log);
  model.catch((error: unknown) => {
    void setStatus({ state: 'failed', problem: errorMessage(error) });
    // Without a model there is no reason to stay for windows that may come.
    lingerMs = 0;
    if (clientsCame) leaveWhenAlone(lingerMs);
  });

  const server = net.createServer((socket) => {
    clearTimeout(linger);
    clientsCame = true;
    const connection = createMessageConnection(
      new SocketMessageReader(socket),
      new SocketMessageWriter(socket),
    );
    connections.add(connection);
    socket.on('error', () => socket.destroy());
    connection.onError(() => socket.destroy());
    connection.onClose(() => {
      connections.delete(connection);
      connection.dispose();
      leaveWhenAlone(lingerMs);
    });
    serveConnection(connection, model, {
      shutdown: () => {
        // All windows hear of it before the process ends, so that none takes it for a crash.
        const goodbye: EngineStatus = { state: 'restarting', problem: 'The engine is being started again.' };
        void setStatus(goodbye).then(() => leave(0));
      },
      deviceFailed: () => leave(exitDeviceError),
    });
    connection.listen();
    void tell(connection, helloNotification, { pid: process.pid });
    void tell(connection, statusNotification, status);
  });
  listen(server, hostArguments.endpoint).then(
    (remove) => {
      // Another host is alive; the window joins that one.
      if (!remove) process.exit(0);
      removeOwnRecord = remove;
      leaveWhenAlone(Math.max(firstClientMs, lingerMs));
    },
    (error: unknown) => {
      process.stderr.write(`${errorMessage(error)}\n`);
      process.exit(1);
    },
  );
  process.on('SIGTERM', () => leave(0));
  // The server that started this process reads stderr only until it is connected.
  process.stderr.on('error', () => undefined);
}

/** Sends a message. Errors are ignored: when the connection has closed, nobody needs the message. */
function tell<P>(connection: MessageConnection, type: NotificationType<P>, params: P): Promise<void> {
  return connection.sendNotification(type.method, params).catch(() => undefined);
}

async function load(
  { options, runtimeDirectory, probePath, storagePath, cachePresets }: HostArguments,
  setStatus: (status: EngineStatus) => void,
  log: (level: string, text: string) => void,
): Promise<ModelHost> {
  const runtime = await runtimeFor(options.backend, runtimeDirectory, probePath);
  runtime.addon.setLog((level, text) => {
    if (level === 'warn' || level === 'error') log(level, text.trimEnd());
  });
  let shown = 0;
  const storage = { storagePath, cachePresets, log: (text: string) => log('warn', text) };
  const host = await ModelHost.load(runtime, options, storage, (progress) => {
    if (progress - shown < 0.05) return;
    shown = progress;
    setStatus({ state: 'loading', progress });
  });
  const notice = runtime.notice ?? host.notice;
  setStatus({ state: 'ready', model: host.description, ...(notice === undefined ? {} : { notice }) });
  return host;
}

/** The native runtime for the backend of the settings. When that does not work: the CPU's, with a sentence that says so. */
async function runtimeFor(
  backend: HostOptions['backend'],
  directory: string,
  probePath: string,
): Promise<RuntimeChoice & { readonly notice?: string }> {
  try {
    return await loadRuntime({ directory, backend, probePath });
  } catch (error) {
    if (backend === 'auto' || backend === 'cpu') throw error;
    const notice = `${errorMessage(error)} Until then the model runs on the CPU.`;
    return {
      ...(await loadRuntime({ directory, backend: 'cpu', probePath })),
      reason: notice,
      notice,
    };
  }
}

main();
