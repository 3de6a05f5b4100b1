/**
 * Connects a language server to the engine host that runs with its options, or starts one when none runs. It also notices
 * when the host hangs or ends. Which requests go over the connection is hostEngine.ts's business.
 */
import { spawn } from 'node:child_process';
import * as net from 'node:net';
import * as path from 'node:path';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc';
import { SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import { SqlAheadError } from '../../errors';
import type { Choice, EngineStatus } from '../engine';
import { Countdown } from '../wire/countdown';
import { endHost } from '../wire/endHost';
import {
  endpointKey,
  endpointPath,
  greetingLimitMs,
  readRecord,
  type EndpointRecord,
} from '../wire/endpoint';
import {
  chooseRequest,
  helloNotification,
  logNotification,
  pingRequest,
  shutdownNotification,
  statusNotification,
  type ChooseParams,
  type HostArguments,
  type HostOptions,
} from '../wire/messages';
import { Liveness } from './liveness';
import { SegmentReferences } from './segmentReferences';

const connectRetryMs = 25;
const startLimitMs = 20_000;
/** A host that is told to end gets so long; then it is killed. */
const shutdownLimitMs = 3000;
const defaultKeepAliveMinutes = 3;

export interface HostConnection {
  readonly connection: MessageConnection;
  readonly references: SegmentReferences;
  /** Every request is awaited through it: it kills a host that hangs, and rejects open requests when the host ends. */
  readonly liveness: Liveness;
  /** Resolves when the connection has closed. */
  readonly closed: Promise<void>;
  /** Tells the host to end; resolves when the connection has closed, by force if need be. */
  shutdown(): Promise<void>;
}

export interface HostConnectionSettings {
  readonly host: HostOptions;
  /** dist/engineHost.js */
  readonly hostScript: string;
  readonly runtimeDirectory: string;
  readonly probePath: string;
  /** Folder the engine may write to. */
  readonly storagePath?: string;
  /** models/caches/ */
  readonly cachePresets?: string;
  /** Minutes the host stays after its last window left. */
  readonly keepAliveMinutes?: number;
  readonly log: (level: string, text: string) => void;
  /** Called with every status that the host sends. */
  readonly onStatus: (status: EngineStatus, connection: MessageConnection) => void;
  /** Answers the host when it asks which token comes next. */
  readonly choose: (asked: ChooseParams) => Choice;
}

/** @throws SqlAheadError ERR_ENGINE_START */
export async function openHostConnection(settings: HostConnectionSettings): Promise<HostConnection> {
  const endpoint = endpointPath(endpointKey(settings.host));
  return (await join(settings, endpoint)) ?? (await spawnAndJoin(settings, endpoint));
}

/** For developers: opens a debugger port in the host (CONTRIBUTING.md). */
function inspectArguments(): readonly string[] {
  const port = process.env['SQL_AHEAD_ENGINE_INSPECT'] ?? '';
  return /^\d{1,5}$/.test(port) ? [`--inspect=127.0.0.1:${port}`] : [];
}

/** Joins the host that the record names; undefined when none is alive. */
async function join(settings: HostConnectionSettings, endpoint: string): Promise<HostConnection | undefined> {
  const record = readRecord(endpoint);
  const socket = record && (await tryConnect(record.address));
  // A host that is just ending may still accept a connection, but it no longer greets.
  return socket && greeted(settings, endpoint, record, socket);
}

/** Starts the protocol on the socket and waits for the greeting; undefined when the socket closes before it comes. */
async function greeted(
  settings: HostConnectionSettings,
  endpoint: string,
  record: EndpointRecord,
  socket: net.Socket,
): Promise<HostConnection | undefined> {
  const connection = createMessageConnection(
    new SocketMessageReader(socket),
    new SocketMessageWriter(socket),
  );
  let { pid } = record;
  const end = (why: string): void => {
    settings.log('warn', `The engine ${why}; ${endHost(pid, endpoint) ? 'it was ended' : 'it was left'}.`);
    socket.destroy();
  };
  const liveness = new Liveness({
    ping: () => connection.sendRequest(pingRequest),
    onSilent: () => end('does not answer'),
  });
  const closed = new Promise<void>((resolve) => {
    connection.onClose(() => {
      liveness.gone(new SqlAheadError('ERR_ENGINE_GONE', 'The engine stopped; it is being started again.'));
      resolve();
    });
  });
  socket.on('error', () => socket.destroy());
  connection.onError(() => socket.destroy());
  connection.onNotification(logNotification, ({ level, text }) => settings.log(level, text));
  connection.onRequest(chooseRequest, (asked) => settings.choose(asked) ?? null);
  connection.onNotification(statusNotification, (status) => settings.onStatus(status, connection));
  const greeting = new Promise<true>((resolve) => {
    connection.onNotification(helloNotification, (hello) => {
      ({ pid } = hello);
      resolve(true);
    });
  });
  connection.listen();
  // A process that accepts a connection and then says nothing hangs; we must not wait for it for ever.
  const silent = new Countdown(greetingLimitMs, () => end('does not greet'));
  const joined = await Promise.race([greeting, closed]);
  silent.stop();
  if (!joined) {
    connection.dispose();
    return undefined;
  }
  return {
    connection,
    references: new SegmentReferences(connection),
    liveness,
    closed,
    async shutdown() {
      connection.sendNotification(shutdownNotification).catch(() => undefined);
      const late = new Countdown(shutdownLimitMs, () => end('did not end when told to'));
      await closed;
      late.stop();
    },
  };
}

async function spawnAndJoin(
  settings: HostConnectionSettings,
  endpoint: string,
  patience = new Countdown(startLimitMs),
): Promise<HostConnection> {
  const {
    hostScript,
    runtimeDirectory,
    probePath,
    storagePath,
    cachePresets,
    keepAliveMinutes = defaultKeepAliveMinutes,
  } = settings;
  const lingerMs = Number(process.env['SQL_AHEAD_ENGINE_LINGER_MS'] ?? keepAliveMinutes * 60_000);
  const hostArguments: HostArguments = {
    options: settings.host,
    endpoint,
    runtimeDirectory,
    probePath,
    lingerMs,
    ...(storagePath ? { storagePath } : {}),
    ...(cachePresets ? { cachePresets } : {}),
  };
  const child = spawn(process.execPath, [...inspectArguments(), hostScript, JSON.stringify(hostArguments)], {
    // The extension's folder, never the open one: the system looks for libraries in the current folder, too.
    cwd: path.dirname(hostScript),
    // ELECTRON_RUN_AS_NODE makes Electron's executable a plain Node. ggml would load any library that GGML_BACKEND_PATH names.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', GGML_BACKEND_PATH: undefined },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let stderr = '';
  let exit: string | undefined;
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
  child.once('error', (error) => (exit = error.message));
  child.once('exit', (code, killedBy) => (exit = `it ended with ${killedBy ?? (code ?? 0).toString()}`));
  child.unref();
  for (;;) {
    const connected = await join(settings, endpoint);
    if (connected) {
      patience.stop();
      child.stderr.destroy();
      return connected;
    }
    // Our host left because it saw another one, and that one has ended meanwhile.
    if (child.exitCode === 0 && !patience.ended) return spawnAndJoin(settings, endpoint, patience);
    if (exit !== undefined || patience.ended) {
      patience.stop();
      // A host that hangs before it listens would stay for ever.
      child.kill('SIGKILL');
      settings.log('error', stderr);
      throw new SqlAheadError(
        'ERR_ENGINE_START',
        `The engine could not be started (${exit ?? 'it did not answer'}); see "SQL Ahead: Show the Log", then run "SQL Ahead: Restart the Engine".`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, connectRetryMs));
  }
}

/** A connected socket, or undefined when nobody listens there. */
function tryConnect(address: string): Promise<net.Socket | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
