/**
 * Makes the engine host reachable: it opens a socket and writes down in the record (wire/endpoint.ts) where that is. When the
 * record already names a host that is alive, this process gives way and ends; when that host is dead or hangs, this process
 * takes its place. The messages that go over the socket are in connection.ts.
 */
import * as net from 'node:net';
import { Countdown } from '../wire/countdown';
import { endHost } from '../wire/endHost';
import {
  greetingLimitMs,
  newAddress,
  readRecord,
  removeRecord,
  writeRecord,
  type EndpointRecord,
} from '../wire/endpoint';

const attempts = 5;

/**
 * Listens and writes the record. Resolves with a function that removes that record, or with undefined when another host is
 * alive.
 * @throws the system's error when the endpoint cannot be listened on
 */
export async function listen(server: net.Server, endpoint: string): Promise<(() => void) | undefined> {
  const own = { pid: process.pid, address: newAddress(endpoint) };
  await listenAt(server, own.address);
  const leave = (): void => removeRecord(endpoint, own);
  for (let attempt = 1; ; attempt++) {
    if (writeRecord(endpoint, own)) return leave;
    const other = readRecord(endpoint);
    if (other && (await greets(other, endpoint))) {
      server.close();
      leave();
      return undefined;
    }
    if (attempt === attempts) throw new Error(`${endpoint} is taken by turns; start the engine again.`);
    removeRecord(endpoint, other);
  }
}

function listenAt(server: net.Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Only the user may enter the folder; the mask closes the socket to others as well. listen() makes it before it returns.
    const mask = process.platform === 'win32' ? undefined : process.umask(0o177);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
    if (mask !== undefined) process.umask(mask);
  });
}

/**
 * Whether a host is alive there: it accepts a connection and sends its greeting. A host that is just ending may accept, but
 * sends nothing and closes. One that accepts, sends nothing and stays open hangs; it is killed.
 */
function greets(other: EndpointRecord, endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(other.address);
    const answer = (alive: boolean): void => {
      patience.stop();
      socket.destroy();
      resolve(alive);
    };
    const patience = new Countdown(greetingLimitMs, () => {
      endHost(other.pid, endpoint);
      answer(false);
    });
    socket.once('data', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}
