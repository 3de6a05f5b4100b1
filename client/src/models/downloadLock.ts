/**
 * A lock, so that only one window at a time downloads a file. The lock file beside it names the process that holds it,
 * and that process touches it regularly. Another window takes the lock over when the process is gone, or when nobody
 * has touched the lock for long (the process hangs, or runs on another machine that shares the folder).
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import { codeOf } from './modelError';

const touchMs = 2000;
/** Far longer than `touchMs`: a process on a machine that sleeps or swaps must not lose its lock. */
const staleMs = 60_000;

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

export interface Lock {
  release(): Promise<void>;
}

/** @returns the lock, or undefined while another window holds it. @throws the disk's errors */
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
      // If another window has taken the lock over, it is that window's now.
      if ((await read(file))?.id === holder.id) await fs.rm(file, { force: true });
    },
  };
}

async function create(file: string, holder: Holder): Promise<boolean> {
  // A hard link appears together with its content, so nobody ever reads a half-written lock.
  const written = `${file}.${holder.id}`;
  try {
    await fs.writeFile(written, JSON.stringify(holder), { flag: 'wx' });
    await fs.link(written, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // This file system has no hard links.
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

/**
 * Renames first and checks afterwards. Two windows may find the same stale lock: the later one must not remove the new
 * lock of the first.
 */
async function takeAway(file: string, stale: Holder): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await fs.rename(file, aside);
  } catch {
    return; // another window was faster
  }
  if ((await read(aside))?.id !== stale.id) await fs.link(aside, file).catch(() => undefined);
  await fs.rm(aside, { force: true });
}

/** @returns the holder; one without a process when the lock cannot be read; undefined when there is no lock */
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
    return false; // released just now: the next try takes it
  }
}
