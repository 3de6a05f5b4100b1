/**
 * One download of a file at a time, over all windows: a lock file beside it names the process that works. Whoever holds
 * it touches it; a lock whose process is gone, or that nobody touched for long (its process is on another machine that
 * shares the folder, or hangs), is taken over.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import { codeOf } from './modelError';

const touchMs = 2000;
/** Far more than `touchMs`: a machine that sleeps or swaps must not lose its lock. */
const staleMs = 60_000;

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

export interface Lock {
  release(): Promise<void>;
}

/** @returns undefined while another window holds it. @throws what the disk says */
export async function tryLock(file: string): Promise<Lock | undefined> {
  const holder: Holder = { id: randomUUID(), pid: process.pid, host: os.hostname() };
  if (!(await create(file, holder))) {
    const other = await read(file);
    if (other === undefined || !(await isStale(file, other))) return undefined;
    await takeAway(file, other);
    if (!(await create(file, holder))) return undefined;
  }
  const timer = setInterval(() => {
    const now = new Date();
    fs.utimes(file, now, now).catch(() => undefined);
  }, touchMs);
  timer.unref();
  return {
    async release() {
      clearInterval(timer);
      // Where it was taken over, it is another's.
      if ((await read(file))?.id === holder.id) await fs.rm(file, { force: true });
    },
  };
}

async function create(file: string, holder: Holder): Promise<boolean> {
  // A link appears with its content: nobody reads a lock that is only half written.
  const written = `${file}.${holder.id}`;
  try {
    await fs.writeFile(written, JSON.stringify(holder), { flag: 'wx' });
    await fs.link(written, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // File systems without links.
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EXDEV'].includes(codeOf(error)))
      return await createPlainly(file, holder);
    throw error;
  } finally {
    await fs.rm(written, { force: true });
  }
}

async function createPlainly(file: string, holder: Holder): Promise<boolean> {
  try {
    await fs.writeFile(file, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Renames first and looks then: of two that find the same stale lock, the later must not remove the first one's new lock. */
async function takeAway(file: string, stale: Holder): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await fs.rename(file, aside);
  } catch {
    return; // another was quicker
  }
  if ((await read(aside))?.id !== stale.id) await fs.link(aside, file).catch(() => undefined);
  await fs.rm(aside, { force: true });
}

/** @returns undefined where there is none; a holder without a process where it cannot be read */
async function read(file: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await fs.readFile(file, 'utf8'));
    const { id, pid, host } = value as Partial<Holder>;
    if (typeof id === 'string' && typeof pid === 'number' && typeof host === 'string') return { id, pid, host };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
  }
  return { id: '', pid: 0, host: '' };
}

async function isStale(file: string, { pid, host }: Holder): Promise<boolean> {
  if (host === os.hostname() && pid > 0) {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (codeOf(error) === 'ESRCH') return true;
    }
  }
  try {
    return Date.now() - (await fs.stat(file)).mtimeMs > staleMs;
  } catch {
    return false; // released just now: the next try gets it
  }
}
