/**
 * The way to the engine's host process: joins the one that serves these options, or starts it. Knows when a host is
 * there, not what is asked of it.
 */
import { spawn } from 'node:child_process';
import * as net from 'node:net';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc';
import { SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import { SqlAheadError } from '../../errors';
import type { Choice, EngineStatus } from '../engine';
import { endpointKey, endpointPath } from '../wire/endpoint';
import { greetingLimitMs } from '../host/listen';
import {
  chooseRequest,
  logNotification,
  statusNotification,
  type ChooseParams,
  type HostArguments,
  type HostOptions,
} from '../wire/messages';
import { SegmentReferences } from './segmentReferences';

const connectRetryMs = 25;
const startLimitMs = 20_000;
const defaultKeepAliveMinutes = 3;

export interface HostConnection {
  readonly connection: MessageConnection;
  readonly references: SegmentReferences;
  /** Rejects when the connection closes. */
  readonly gone: Promise<never>;
}

export interface HostConnectionSettings {
  readonly host: HostOptions;
  /** dist/engineHost.js */
  readonly hostScript: string;
  readonly runtimeDirectory: string;
  readonly probePath: string;
  /** Folder the engine may write to. */
  readonly storagePath?: string;
  /** Minutes the host stays after its last window left. */
  readonly keepAliveMinutes?: number;
  readonly log: (level: string, text: string) => void;
  /** What the host says of itself; its first word is the greeting. */
  readonly onStatus: (status: EngineStatus, connection: MessageConnection) => void;
  /** Answers the host's question for the next piece of text. */
  readonly choose: (asked: ChooseParams) => Choice;
}

/** @throws SqlAheadError ERR_ENGINE_START */
export async function openHostConnection(settings: HostConnectionSettings): Promise<HostConnection> {
  const socketPath = endpointPath(endpointKey(settings.host));
  const running = await tryConnect(socketPath);
  // A host that is just ending may still take a connection: only one that greets is there.
  const joined = running && (await greeted(settings, running));
  return joined ?? (await spawnAndJoin(settings, socketPath));
}

/** Speaks the protocol on the socket; undefined when it closes before the host's first message. */
async function greeted(
  settings: HostConnectionSettings,
  socket: net.Socket,
): Promise<HostConnection | undefined> {
  const connection = createMessageConnection(
    new SocketMessageReader(socket),
    new SocketMessageWriter(socket),
  );
  const gone = new Promise<never>((_, reject) => {
    connection.onClose(() => {
      reject(new SqlAheadError('ERR_ENGINE_GONE', 'The engine stopped; it is being started again.'));
    });
  });
  gone.catch(() => undefined);
  socket.on('error', () => socket.destroy());
  connection.onError(() => socket.destroy());
  connection.onNotification(logNotification, ({ level, text }) => settings.log(level, text));
  connection.onRequest(chooseRequest, (asked) => settings.choose(asked) ?? null);
  const greeting = new Promise<void>((resolve) => {
    connection.onNotification(statusNotification, (status) => {
      resolve();
      settings.onStatus(status, connection);
    });
  });
  connection.listen();
  // Who takes a connection and says nothing hangs, and must not hang us.
  const silent = setTimeout(() => socket.destroy(), greetingLimitMs);
  try {
    await Promise.race([greeting, gone]);
    return { connection, references: new SegmentReferences(connection), gone };
  } catch {
    connection.dispose();
    return undefined;
  } finally {
    clearTimeout(silent);
  }
}

async function spawnAndJoin(
  settings: HostConnectionSettings,
  socketPath: string,
  deadline = Date.now() + startLimitMs,
): Promise<HostConnection> {
  const {
    hostScript,
    runtimeDirectory,
    probePath,
    storagePath,
    keepAliveMinutes = defaultKeepAliveMinutes,
  } = settings;
  const lingerMs = Number(process.env['SQL_AHEAD_ENGINE_LINGER_MS'] ?? keepAliveMinutes * 60_000);
  const hostArguments: HostArguments = {
    options: settings.host,
    socketPath,
    runtimeDirectory,
    probePath,
    lingerMs,
    ...(storagePath ? { storagePath } : {}),
  };
  const child = spawn(process.execPath, [hostScript, JSON.stringify(hostArguments)], {
    // In Electron the same executable is a plain Node with this set.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
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
    const socket = await tryConnect(socketPath);
    const connected = socket && (await greeted(settings, socket));
    if (connected) {
      child.stderr.destroy();
      return connected;
    }
    // It left because another host was there, which has ended meanwhile.
    if (child.exitCode === 0 && Date.now() < deadline) return spawnAndJoin(settings, socketPath, deadline);
    if (exit !== undefined || Date.now() > deadline) {
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
function tryConnect(socketPath: string): Promise<net.Socket | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
