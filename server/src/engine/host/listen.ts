/**
 * The host's end of the socket: one process listens, the socket of a dead or hung one is replaced, and a leaving one
 * removes no socket but its own. Nothing about what is spoken there.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';

/** A live host sends its status at once; loading a driver may hold it up for some seconds. */
export const greetingLimitMs = 10_000;
const attempts = 5;

/**
 * Listens on the path. Resolves with a function that removes the socket, or with undefined when a live host is there.
 * @throws the system's error when the path cannot be listened on
 */
export async function listen(server: net.Server, socketPath: string): Promise<(() => void) | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      await tryListen(server, socketPath);
      const own = inode(socketPath);
      return () => {
        // A successor may have put its own there.
        if (own !== undefined && inode(socketPath) === own) removeSocket(socketPath);
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === attempts) throw error;
    }
    if (await greets(socketPath)) return undefined;
    removeSocket(socketPath);
  }
}

function tryListen(server: net.Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The folder is closed to others already; the mask closes the socket as well. It is made before listen() returns.
    const mask = process.platform === 'win32' ? undefined : process.umask(0o177);
    server.listen(socketPath, () => {
      server.off('error', reject);
      resolve();
    });
    if (mask !== undefined) process.umask(mask);
  });
}

/** True when a host is alive there: one that is just ending still takes connections, but says nothing any more. */
function greets(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const other = net.connect(socketPath);
    const answer = (alive: boolean): void => {
      other.destroy();
      resolve(alive);
    };
    other.once('data', () => answer(true));
    other.once('error', () => answer(false));
    other.once('close', () => answer(false));
    other.setTimeout(greetingLimitMs, () => answer(false));
  });
}

function inode(socketPath: string): number | undefined {
  try {
    return fs.statSync(socketPath).ino;
  } catch {
    return undefined; // a pipe on Windows, or already gone
  }
}

function removeSocket(socketPath: string): void {
  if (process.platform === 'win32') return;
  try {
    fs.unlinkSync(socketPath);
  } catch {
    // Already gone.
  }
}
