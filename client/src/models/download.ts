/**
 * Gets a model file whose size and hash are known beforehand. Written aside as `FILE.part`, with what the server said of
 * it in `FILE.part.json`, and renamed when its hash is right: a FILE that is there is whole. A break, a cancelled
 * download and a restart go on where it stopped (`Range` with `If-Range`); a server without ranges, or with another
 * version of the file, starts it anew. The file is long because each of its steps can break off, and all of them must leave
 * the same state behind.
 */
import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from './downloadLock';
import { get, type Answer } from './httpGet';
import { codeOf, diskFailure, downloadCancelled, ModelError, networkFailure } from './modelError';

export interface DownloadRequest {
  readonly url: string;
  /** Absolute path that the file will have; its folder is made. */
  readonly file: string;
  readonly bytes: number;
  /** Of the whole file, in lower-case hexadecimal. */
  readonly sha256: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

export interface DownloadProgress {
  /**
   * `checking`: reads what came earlier; `receiving`; `retrying`: the connection broke and is tried again; `elsewhere`:
   * another window downloads it, and this one watches.
   */
  readonly state: 'checking' | 'receiving' | 'retrying' | 'elsewhere';
  readonly received: number;
  readonly total: number;
}

/** What a download needs of the machine; tests put faults into it. */
export interface Machine {
  freeBytes(folder: string): Promise<number>;
  open(file: string, flags: string): Promise<fs.FileHandle>;
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  readonly idleMs: number;
  /** How often a window looks at the download of another. */
  readonly watchMs: number;
}

export const machine: Machine = {
  freeBytes: async (folder) => {
    const { bavail, bsize } = await fs.statfs(folder);
    return bavail * bsize;
  },
  open: (file, flags) => fs.open(file, flags),
  wait: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  idleMs: 60_000,
  watchMs: 500,
};

/** Left free on the disk beside the file: a full disk harms more than a missing model. */
export const spareBytes = 256 * 1024 * 1024;
/** Waiting before tries that follow each other without a byte between; then it is given up. */
const retryMs = [1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000];
/** How often a file may begin anew in one download. */
const mostRestarts = 4;

/** The names of a file that is not whole yet. */
export function partialNames(file: string): { part: string; state: string; lock: string } {
  return { part: `${file}.part`, state: `${file}.part.json`, lock: `${file}.lock` };
}

/**
 * Resolves when the file is there, whole and checked. Where another window is at it, watches, and takes over when that
 * one gives up.
 * @throws ModelError with one sentence for the person; ERR_MODEL_CANCELLED after `signal`
 */
export async function download(request: DownloadRequest, on: Machine = machine): Promise<void> {
  const { file, signal, bytes, onProgress } = request;
  const names = partialNames(file);
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    for (;;) {
      if (signal.aborted) throw downloadCancelled();
      if ((await sizeOf(file)) === bytes) return;
      const lock = await tryLock(names.lock);
      if (lock) {
        try {
          // The window that held it may have finished in between.
          if ((await sizeOf(file)) !== bytes) await new Download(request, on).run();
          return;
        } finally {
          await lock.release();
        }
      }
      onProgress?.({ state: 'elsewhere', received: (await sizeOf(names.part)) ?? 0, total: bytes });
      await on.wait(on.watchMs, signal);
    }
  } catch (error) {
    if (signal.aborted) throw downloadCancelled();
    throw diskFailure(error, path.dirname(file));
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await fs.stat(file)).size;
  } catch {
    return undefined;
  }
}

/** What is remembered of the part on the disk. */
interface PartState {
  readonly sha256: string;
  readonly bytes: number;
  /** '' where the server names none that can be relied on. */
  readonly etag: string;
}

/** One download, by the holder of the lock. */
class Download {
  readonly #request: DownloadRequest;
  readonly #machine: Machine;
  readonly #names: ReturnType<typeof partialNames>;
  #hash: Hash = createHash('sha256');
  #received = 0;
  /** Of the bytes that are there. */
  #etag = '';
  #restarts = 0;
  /** Some bytes are of an earlier run: a crash of the machine may have spoilt them. */
  #isContinued = false;
  #receivedNow = false;

  constructor(request: DownloadRequest, on: Machine) {
    this.#request = request;
    this.#machine = on;
    this.#names = partialNames(request.file);
  }

  async run(): Promise<void> {
    const { file } = this.#request;
    const handle = await this.#open();
    let isWhole = false;
    try {
      await this.#readPart(handle);
      await this.#askForSpace();
      await this.#receiveAll(handle);
      await handle.sync();
      isWhole = true;
    } catch (error) {
      await handle.close();
      if (this.#received === 0 || !staysFor(error)) await this.#removePart();
      throw error;
    } finally {
      if (isWhole) await handle.close();
    }
    await fs.rename(this.#names.part, file);
    await fs.rm(this.#names.state, { force: true });
    await syncFolder(path.dirname(file));
  }

  async #open(): Promise<fs.FileHandle> {
    try {
      return await this.#machine.open(this.#names.part, 'r+');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      return await this.#machine.open(this.#names.part, 'wx+');
    }
  }

  /** Hashes what an earlier run left, where it is of the same file. */
  async #readPart(handle: fs.FileHandle): Promise<void> {
    const { size } = await handle.stat();
    const state = await readState(this.#names.state);
    const { sha256, bytes } = this.#request;
    if (size === 0 || size > bytes || state?.sha256 !== sha256 || state.bytes !== bytes)
      return this.#empty(handle);
    const buffer = Buffer.allocUnsafe(1 << 20);
    while (this.#received < size) {
      this.#throwIfCancelled();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#received);
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#received += bytesRead;
      this.#tell('checking');
    }
    this.#etag = state.etag;
    this.#isContinued = true;
  }

  async #askForSpace(): Promise<void> {
    const folder = path.dirname(this.#request.file);
    const needed = this.#request.bytes - this.#received + spareBytes;
    const free = await this.#machine.freeBytes(folder);
    if (free >= needed) return;
    throw new ModelError(
      'ERR_MODEL_SPACE',
      `The model needs ${gigabytes(needed)} on the disk with ${folder}, where ${gigabytes(free)} are free: free some space and pick the model again.`,
    );
  }

  /** Asks again after each break, until all is there and its hash is right. */
  async #receiveAll(handle: fs.FileHandle): Promise<void> {
    const { bytes, sha256 } = this.#request;
    for (;;) {
      let failures = 0;
      while (this.#received < bytes) {
        const before = this.#received;
        const failure = await this.#receive(handle);
        if (this.#received > before) failures = 0;
        if (!failure) continue;
        const wait = retryMs[failures++];
        if (wait === undefined) throw failure;
        this.#tell('retrying');
        await this.#machine.wait(wait, this.#request.signal);
      }
      if (this.#hash.digest('hex') === sha256) return;
      if (!this.#isContinued)
        throw new ModelError(
          'ERR_MODEL_HASH',
          `What ${this.#host} sent is not the file that was asked for (its SHA-256 differs): it was removed. Try again, or set another mirror in "sqlAhead.models.mirror".`,
        );
      await this.#restart(handle);
    }
  }

  /** One request. @returns why it ended where it broke off; undefined where it came to its end */
  async #receive(handle: fs.FileHandle): Promise<ModelError | undefined> {
    const { url, signal } = this.#request;
    let answer: Answer | undefined;
    try {
      answer = await get({ url, headers: this.#headers(), idleMs: this.#machine.idleMs, signal });
      const refusal = await this.#begin(answer, handle);
      if (refusal) return refusal;
      await this.#read(answer, handle);
      return this.#received < this.#request.bytes ? this.#broken() : undefined;
    } catch (error) {
      this.#throwIfCancelled();
      if (error instanceof DiskError) throw error.cause;
      const failure = networkFailure(error, this.#host);
      // A network that is lost on the way comes back more often than not.
      if (failure && !(failure.code === 'ERR_MODEL_OFFLINE' && this.#receivedNow)) throw failure;
      return failure ?? this.#broken(error);
    } finally {
      answer?.destroy();
    }
  }

  #headers(): Record<string, string> {
    // Bytes as they lie there: a compressed answer has other ones.
    const headers = { 'accept-encoding': 'identity', 'user-agent': 'sql-ahead' };
    if (this.#received === 0) return headers;
    const range = { ...headers, range: `bytes=${this.#received}-` };
    return this.#etag === '' ? range : { ...range, 'if-range': this.#etag };
  }

  /** Takes the head of an answer. @returns a failure that may pass */
  async #begin(answer: Answer, handle: fs.FileHandle): Promise<ModelError | undefined> {
    const { status, headers } = answer;
    const { bytes } = this.#request;
    if (status === 429 || status >= 500) return this.#refused(status);
    if (status === 416 && this.#received > 0) {
      await this.#restart(handle);
      return this.#broken();
    }
    if (status !== 200 && status !== 206) throw this.#refused(status);
    const isRange = status === 206;
    const range = isRange ? readContentRange(headers['content-range']) : undefined;
    const length = Number(headers['content-length'] ?? NaN);
    const total = isRange ? range?.total : Number.isNaN(length) ? undefined : length;
    if (total !== undefined && total !== bytes)
      throw new ModelError(
        'ERR_MODEL_SIZE',
        `${this.#host} has another file of this name (${total} bytes instead of ${bytes}): nothing was kept of it. Set another mirror in "sqlAhead.models.mirror", or update the extension.`,
      );
    if (isRange && range?.start !== this.#received) {
      await this.#restart(handle);
      return this.#broken();
    }
    if (!isRange && this.#received > 0) await this.#restart(handle);
    if (this.#received === 0) {
      this.#etag = strongETag(headers.etag);
      await this.#writeState();
    }
    return undefined;
  }

  async #read(answer: Answer, handle: fs.FileHandle): Promise<void> {
    const { bytes } = this.#request;
    for await (const chunk of answer.chunks()) {
      if (this.#received + chunk.length > bytes)
        throw new ModelError(
          'ERR_MODEL_SIZE',
          `${this.#host} sends more than the ${bytes} bytes of the file: nothing was kept of it. Set another mirror in "sqlAhead.models.mirror".`,
        );
      await onDisk(() => writeAll(handle, chunk, this.#received));
      this.#hash.update(chunk);
      this.#received += chunk.length;
      this.#receivedNow = true;
      this.#tell('receiving');
    }
  }

  async #restart(handle: fs.FileHandle): Promise<void> {
    if (++this.#restarts > mostRestarts) throw this.#broken();
    await this.#empty(handle);
  }

  async #empty(handle: fs.FileHandle): Promise<void> {
    await handle.truncate(0);
    this.#hash = createHash('sha256');
    this.#received = 0;
    this.#etag = '';
    this.#isContinued = false;
  }

  async #writeState(): Promise<void> {
    const { sha256, bytes } = this.#request;
    const state: PartState = { sha256, bytes, etag: this.#etag };
    await onDisk(() => fs.writeFile(this.#names.state, JSON.stringify(state)));
  }

  async #removePart(): Promise<void> {
    await fs.rm(this.#names.part, { force: true });
    await fs.rm(this.#names.state, { force: true });
  }

  #tell(state: DownloadProgress['state']): void {
    this.#request.onProgress?.({ state, received: this.#received, total: this.#request.bytes });
  }

  #throwIfCancelled(): void {
    if (this.#request.signal.aborted) throw downloadCancelled();
  }

  get #host(): string {
    return URL.parse(this.#request.url)?.host ?? 'The server';
  }

  #refused(status: number): ModelError {
    return new ModelError(
      'ERR_MODEL_REFUSED',
      `${this.#host} refuses the file (status ${status}): try again later, or set a mirror in "sqlAhead.models.mirror".`,
    );
  }

  #broken(cause?: unknown): ModelError {
    return new ModelError(
      'ERR_MODEL_BROKEN',
      `The connection to ${this.#host} breaks again and again: pick the model again later, and the download goes on where it stopped.`,
      { cause },
    );
  }
}

/** Whether what came so far is kept after this error: it is of use for the next try, and harms nobody meanwhile. */
function staysFor(error: unknown): boolean {
  const isLasting =
    error instanceof ModelError ? ['ERR_MODEL_HASH', 'ERR_MODEL_SIZE'].includes(error.code) : false;
  return !isLasting && !['ENOSPC', 'EDQUOT'].includes(codeOf(error));
}

/** Tells the disk's errors from the network's: both come out of the same loop, with the same kinds of codes. */
class DiskError extends Error {}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new DiskError('disk', { cause });
  }
}

async function writeAll(handle: fs.FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}

async function readState(file: string): Promise<PartState | undefined> {
  try {
    const { sha256, bytes, etag } = JSON.parse(await fs.readFile(file, 'utf8')) as Record<string, unknown>;
    if (typeof sha256 !== 'string' || typeof bytes !== 'number' || typeof etag !== 'string') return undefined;
    return { sha256, bytes, etag };
  } catch {
    return undefined;
  }
}

/** @returns '' for none and for a weak one, which If-Range may not carry */
function strongETag(etag: string | undefined): string {
  return etag !== undefined && /^"[\x21\x23-\x7e]{1,200}"$/.test(etag) ? etag : '';
}

/** `bytes 100-199/200`, or with `*` for an unknown total. */
export function readContentRange(
  header: string | undefined,
): { start: number; total: number | undefined } | undefined {
  const [, start, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(header ?? '') ?? [];
  if (start === undefined || total === undefined) return undefined;
  return { start: Number(start), total: total === '*' ? undefined : Number(total) };
}

/** So that the new name is there after a crash of the machine; not every system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows opens no folders.
  }
}

export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.max(0, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
