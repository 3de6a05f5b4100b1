/**
 * Downloads a model file whose size and hash are known beforehand. It writes to `FILE.part`, keeps what the server said
 * in `FILE.part.json`, and renames the part when the hash is right: a file named FILE is always whole. After a broken
 * connection, a cancelled download or a restart it goes on where it stopped (`Range` with `If-Range`). It starts again
 * from the beginning when the server has no ranges or another version of the file. The file is over 400 lines long
 * because every step can break off, and each must leave the same state behind.
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
  /** Absolute path of the finished file. Missing folders are made. */
  readonly file: string;
  readonly bytes: number;
  /** Hash of the whole file, in lower-case hexadecimal. */
  readonly sha256: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

export interface DownloadProgress {
  /**
   * `checking`: hashes what an earlier run left; `receiving`; `retrying`: the connection broke and is tried again;
   * `elsewhere`: another window downloads the file, and this one watches.
   */
  readonly state: 'checking' | 'receiving' | 'retrying' | 'elsewhere';
  readonly received: number;
  readonly total: number;
}

/** What a download needs of the machine. Tests replace it to inject faults. */
export interface Machine {
  freeBytes(folder: string): Promise<number>;
  open(file: string, flags: string): Promise<fs.FileHandle>;
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  readonly idleMs: number;
  /** How often a window looks whether another window has finished. */
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

/** Bytes to leave free on the disk: a full disk harms more than a missing model. */
export const spareBytes = 256 * 1024 * 1024;
/** Waits before the tries that follow each other without a byte received. After the last one the download fails. */
const retryMs = [1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000];
/** One download may begin again from the first byte at most this often. */
const mostRestarts = 4;

/** Names of the files that exist while FILE is not whole. */
export function partialNames(file: string): { part: string; state: string; lock: string } {
  return { part: `${file}.part`, state: `${file}.part.json`, lock: `${file}.lock` };
}

/**
 * Resolves when the file is on the disk, whole and checked. When another window downloads it, this one watches, and
 * takes over if that window gives up.
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
          // The window that had the lock may have finished just before.
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

/** What `FILE.part.json` remembers about the part. */
interface PartState {
  readonly sha256: string;
  readonly bytes: number;
  /** '' when the server sent none, or a weak one. */
  readonly etag: string;
}

/** One download, run by the window that holds the lock. */
class Download {
  readonly #request: DownloadRequest;
  readonly #machine: Machine;
  readonly #names: ReturnType<typeof partialNames>;
  #hash: Hash = createHash('sha256');
  #received = 0;
  /** ETag of the file that the bytes on the disk belong to. */
  #etag = '';
  #restarts = 0;
  /** True when an earlier run wrote some of the bytes: a crash of the machine may have damaged them. */
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

  /** Hashes what an earlier run left, if it belongs to the same file. */
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

  /** Requests until all bytes are there and the hash is right. */
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
          `The file that ${this.#host} sent is not the one in the list of models (its SHA-256 differs), so it was removed. Try again, or set another mirror in "sqlAhead.models.mirror".`,
        );
      await this.#restart(handle);
    }
  }

  /** Makes one request. @returns why it broke off, or undefined when it came to its end */
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
      // A network that was lost during the download usually comes back: try again.
      if (failure && !(failure.code === 'ERR_MODEL_OFFLINE' && this.#receivedNow)) throw failure;
      return failure ?? this.#broken(error);
    } finally {
      answer?.destroy();
    }
  }

  #headers(): Record<string, string> {
    // Ask for the bytes uncompressed: size and hash are those of the file itself.
    const headers = { 'accept-encoding': 'identity', 'user-agent': 'sql-ahead' };
    if (this.#received === 0) return headers;
    const range = { ...headers, range: `bytes=${this.#received}-` };
    return this.#etag === '' ? range : { ...range, 'if-range': this.#etag };
  }

  /** Reads the head of an answer. @returns a failure that may pass */
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

/** True when the part is kept after this error, because the next try can use it. */
function staysFor(error: unknown): boolean {
  const isLasting =
    error instanceof ModelError ? ['ERR_MODEL_HASH', 'ERR_MODEL_SIZE'].includes(error.code) : false;
  return !isLasting && !['ENOSPC', 'EDQUOT'].includes(codeOf(error));
}

/** Marks the disk's errors: the same loop also sees the network's errors, whose codes look alike. */
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

/** @returns the ETag, or '' for none and for a weak one, which If-Range must not carry */
function strongETag(etag: string | undefined): string {
  return etag !== undefined && /^"[\x21\x23-\x7e]{1,200}"$/.test(etag) ? etag : '';
}

/** Reads `bytes 100-199/200`, or `bytes 100-199/*` when the server does not know the total. */
export function readContentRange(
  header: string | undefined,
): { start: number; total: number | undefined } | undefined {
  const [, start, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(header ?? '') ?? [];
  if (start === undefined || total === undefined) return undefined;
  return { start: Number(start), total: total === '*' ? undefined : Number(total) };
}

/** Writes the folder to the disk, so that the new name survives a crash of the machine. Not every system can. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows cannot open a folder.
  }
}

export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.max(0, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
