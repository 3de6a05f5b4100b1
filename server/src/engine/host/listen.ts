/**
 * The host's end of the way to it: one process listens for an endpoint, a dead or hung one is replaced, and a leaving one
 * removes no record but its own. Nothing about what is spoken there.
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
 * Listens, and writes down where. Resolves with a function that takes the record back, or with undefined when a live
 * host is there.
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
    // The folder is closed to others already; the mask closes the socket as well. It is made before listen() returns.
    const mask = process.platform === 'win32' ? undefined : process.umask(0o177);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
    if (mask !== undefined) process.umask(mask);
  });
}

/**
 * True when a host is alive there: one that is just ending still takes connections, but says nothing any more. One that
 * takes them, says nothing and does not end, hangs: it is ended.
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
