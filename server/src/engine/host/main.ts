/**
 * Entry of the engine host process: listens, loads the model, serves every language server that connects, and leaves
 * some time after the last one. It ends itself on a device error; a server then starts a new one.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection, NotificationType } from 'vscode-jsonrpc';
import { loadRuntime } from '../../../../native/index';
import { errorMessage } from '../../errors';
import type { EngineStatus } from '../engine';
import { serveConnection } from './connection';
import { ModelHost } from './modelHost';
import { logNotification, statusNotification, type HostArguments } from './protocol';

/** Exit codes a server may look at. */
const exitDeviceError = 3;

/** How long the server that started this process may take to connect. */
const firstClientMs = 30_000;

function main(): void {
  const hostArguments = JSON.parse(process.argv[2] ?? '') as HostArguments;
  const connections = new Set<MessageConnection>();
  let status: EngineStatus = { state: 'loading', progress: 0 };
  let linger: NodeJS.Timeout | undefined;

  const setStatus = (next: EngineStatus): void => {
    status = next;
    for (const connection of connections) tell(connection, statusNotification, next);
  };
  const log = (level: string, text: string): void => {
    for (const connection of connections) tell(connection, logNotification, { level, text });
  };
  const leave = (code: number): void => {
    removeSocket(hostArguments.socketPath);
    process.exit(code);
  };
  const leaveWhenAlone = (afterMs: number): void => {
    clearTimeout(linger);
    if (connections.size === 0) linger = setTimeout(() => leave(0), afterMs);
  };

  const model = load(hostArguments, setStatus, log);
  model.catch((error: unknown) => setStatus({ state: 'failed', problem: errorMessage(error) }));

  const server = net.createServer((socket) => {
    clearTimeout(linger);
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
      leaveWhenAlone(hostArguments.lingerMs);
    });
    serveConnection(connection, model, {
      shutdown: () => leave(0),
      deviceFailed: () => leave(exitDeviceError),
    });
    connection.listen();
    tell(connection, statusNotification, status);
  });
  listen(server, hostArguments.socketPath, () =>
    leaveWhenAlone(Math.max(firstClientMs, hostArguments.lingerMs)),
  );
  process.on('SIGTERM', () => leave(0));
  // The server that started this process reads stderr only until it is connected.
  process.stderr.on('error', () => undefined);
}

/** A connection that closes meanwhile is no error: its client is gone. */
function tell<P>(connection: MessageConnection, type: NotificationType<P>, params: P): void {
  connection.sendNotification(type.method, params).catch(() => undefined);
}

async function load(
  { options, runtimeDirectory, probePath }: HostArguments,
  setStatus: (status: EngineStatus) => void,
  log: (level: string, text: string) => void,
): Promise<ModelHost> {
  const runtime = await loadRuntime({ directory: runtimeDirectory, backend: options.backend, probePath });
  runtime.addon.setLog((level, text) => {
    if (level === 'warn' || level === 'error') log(level, text.trimEnd());
  });
  let shown = 0;
  const host = await ModelHost.load(runtime, options, (progress) => {
    if (progress - shown < 0.05) return;
    shown = progress;
    setStatus({ state: 'loading', progress });
  });
  setStatus({ state: 'ready', model: host.description });
  return host;
}

/** Listens on the path. A live host there wins and this process leaves; a dead one's socket is replaced. */
function listen(server: net.Server, socketPath: string, onListening: () => void): void {
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') process.exit(1);
    const other = net.connect(socketPath);
    other.once('connect', () => process.exit(0));
    other.once('error', () => {
      removeSocket(socketPath);
      server.once('error', () => process.exit(1));
      server.listen(socketPath, onListening);
    });
  });
  // The folder is closed to others already; the mask closes the socket as well.
  if (process.platform !== 'win32') process.umask(0o177);
  server.listen(socketPath, onListening);
}

function removeSocket(socketPath: string): void {
  if (process.platform === 'win32') return;
  try {
    fs.unlinkSync(socketPath);
  } catch {
    // Already gone.
  }
}

main();
