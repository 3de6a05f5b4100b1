/**
 * Saves the cache of a schema on disk, so that after a restart the model need not read the schema again. One file for each
 * schema: a line of JSON that names the model, the tokens, and the cache's bytes. All files together take at most 1 GiB; the
 * ones used longest ago are deleted. When anything fails here, the schema is evaluated instead; the person sees no error.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Model } from '../../../../../native/types';
import { snapshotFolder } from '../../snapshotFolder';
import { commonPrefix } from './sequence';
import type { SavedSequence } from './kvCache';

/** A saved cache fits only the same model, llama.cpp release and cache types. */
export interface SnapshotKey {
  /** Size, time of change and metadata of the model file; hashing its content would take too long. */
  readonly model: string;
  readonly llamaRelease: string;
  readonly types: string;
}

/**
 * Makes the key in two steps: call this before the model is loaded, and the returned function afterwards. It gives undefined
 * when the file was replaced in between, because then nobody knows which of the two was loaded.
 */
export async function snapshotKey(
  modelPath: string,
  llamaRelease: string,
  types: string,
): Promise<(model: Pick<Model, 'info'>) => Promise<SnapshotKey | undefined>> {
  const before = await fileIdentity(modelPath);
  return async ({ info }) => {
    if (before === undefined || before !== (await fileIdentity(modelPath))) return undefined;
    return { model: JSON.stringify([before, info]), llamaRelease, types };
  };
}

/** Makes the folder for snapshots. When it cannot be made, save() fails later and reports that. */
export function makeSnapshotFolder(storagePath: string | undefined): void {
  if (!storagePath) return;
  try {
    mkdirSync(snapshotFolder(storagePath), { recursive: true, mode: 0o700 });
  } catch {
    // Read-only, or full.
  }
}

async function fileIdentity(file: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs, ino } = await fs.stat(file);
    return `${size.toString()}:${mtimeMs.toString()}:${ino.toString()}`;
  } catch {
    return undefined;
  }
}

const suffix = '.kv';
const defaultMaxBytes = 2 ** 30;
const newestFirst = (a: Stored, b: Stored): number => b.usedAt - a.usedAt;

interface Stored {
  readonly file: string;
  readonly bytes: number;
  readonly usedAt: number;
  /** Undefined for a file of another model. */
  tokens?: Int32Array;
}

interface Header {
  readonly key: string;
  readonly tokens: number;
}

export class Snapshots {
  readonly #folder: string;
  readonly #key: string;
  readonly #maxBytes: number;
  readonly #log: (text: string) => void;
  #stored: Promise<Stored[]> | undefined;
  #reported = false;

  /** @param maxBytes of all snapshots together, other models' too */
  constructor(
    storagePath: string,
    key: SnapshotKey,
    log: (text: string) => void,
    maxBytes = defaultMaxBytes,
  ) {
    this.#folder = snapshotFolder(storagePath);
    this.#key = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
    this.#maxBytes = maxBytes;
    this.#log = log;
    // Started now, so that the first schema need not wait for it.
    void this.#list();
  }

  /** The saved sequence with the longest beginning in common with the schema's tokens, if longer than `atLeast`. */
  async find(schema: Int32Array, atLeast: number): Promise<SavedSequence | undefined> {
    let best: Stored | undefined;
    let longest = atLeast;
    for (const stored of await this.#list()) {
      const common = stored.tokens ? commonPrefix(stored.tokens, schema) : 0;
      if (common > longest) [best, longest] = [stored, common];
    }
    if (!best?.tokens) return undefined;
    const { file, tokens } = best;
    const drop = (): void => void this.#remove(file);
    try {
      const content = await readWhole(file);
      const header = readHeader(content);
      if (header?.header.key !== this.#key) throw new Error('it belongs to something else');
      const now = new Date();
      await fs.utimes(file, now, now).catch(() => undefined);
      return { tokens, state: content.subarray(header.length + 4 * header.header.tokens), drop };
    } catch (error) {
      this.#report(error);
      drop();
      return undefined;
    }
  }

  /** Whether a snapshot of exactly these tokens is there. */
  async has(tokens: Int32Array): Promise<boolean> {
    return (await this.#list()).some((stored) => stored.file === this.#file(tokens));
  }

  /** Saves a sequence's state. Never throws. */
  async save(tokens: Int32Array, state: Uint8Array): Promise<void> {
    const file = this.#file(tokens);
    const temporary = `${file}.${process.pid.toString()}.tmp`;
    try {
      const header = Buffer.from(
        `${JSON.stringify({ key: this.#key, tokens: tokens.length } satisfies Header)}\n`,
      );
      const ids = Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength);
      const bytes = header.length + ids.length + state.length;
      if (bytes > this.#maxBytes) return;
      await this.#makeRoom(bytes, file);
      const handle = await fs.open(temporary, 'w', 0o600);
      try {
        for (const part of [header, ids, state]) await handle.writeFile(part);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.rename(temporary, file);
      const list = (await this.#list()).filter((stored) => stored.file !== file);
      this.#stored = Promise.resolve([...list, { file, bytes, usedAt: Date.now(), tokens: tokens.slice() }]);
    } catch (error) {
      this.#report(error);
      await fs.rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  #file(tokens: Int32Array): string {
    const bytes = Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength);
    const name = createHash('sha256').update(this.#key).update(bytes).digest('hex').slice(0, 32);
    return path.join(this.#folder, name + suffix);
  }

  /** The files in the folder; those of this model with their tokens. */
  #list(): Promise<Stored[]> {
    return (this.#stored ??= this.#read());
  }

  async #read(): Promise<Stored[]> {
    let names: string[];
    try {
      names = await fs.readdir(this.#folder);
    } catch {
      return []; // not there yet, or not readable: then nothing is saved
    }
    const stored: Stored[] = [];
    for (const name of names) {
      const file = path.join(this.#folder, name);
      // An interrupted write left it behind.
      if (name.endsWith('.tmp')) await fs.rm(file, { force: true }).catch(() => undefined);
      if (!name.endsWith(suffix)) continue;
      try {
        const { size, mtimeMs } = await fs.stat(file);
        const tokens = await this.#readTokens(file);
        stored.push({ file, bytes: size, usedAt: mtimeMs, ...(tokens ? { tokens } : {}) });
      } catch {
        // Removed meanwhile by another engine.
      }
    }
    return stored;
  }

  /** The tokens of a file; undefined for a file of another model. A file without our header is deleted. */
  async #readTokens(file: string): Promise<Int32Array | undefined> {
    const handle = await fs.open(file, 'r');
    try {
      const start = Buffer.alloc(256);
      await handle.read(start, 0, start.length, 0);
      const found = readHeader(start);
      if (!found) {
        await this.#remove(file);
        return undefined;
      }
      if (found.header.key !== this.#key) return undefined;
      const tokens = new Int32Array(found.header.tokens);
      const { bytesRead } = await handle.read(
        new Uint8Array(tokens.buffer),
        0,
        tokens.byteLength,
        found.length,
      );
      return bytesRead === tokens.byteLength ? tokens : undefined;
    } finally {
      await handle.close();
    }
  }

  async #makeRoom(bytes: number, keep: string): Promise<void> {
    // Another engine may have written files since we looked.
    this.#stored = undefined;
    let room = this.#maxBytes - bytes;
    for (const stored of [...(await this.#list())].sort(newestFirst)) {
      if (stored.file === keep) continue;
      room -= stored.bytes;
      if (room < 0) await this.#remove(stored.file);
    }
  }

  async #remove(file: string): Promise<void> {
    await fs.rm(file, { force: true }).catch(() => undefined);
    const list = this.#stored;
    if (list) this.#stored = list.then((all) => all.filter((stored) => stored.file !== file));
  }

  /** Logs the first failure only, as a full disk would fail again and again. */
  #report(error: unknown): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#log(
      `The schema's cache could not be kept on disk (${error instanceof Error ? error.message : String(error)}); it is evaluated again when needed.`,
    );
  }
}

/** Reads a file in one step; readFile() takes many small ones, which is three times slower for tens of megabytes. */
async function readWhole(file: string): Promise<Buffer> {
  const handle = await fs.open(file, 'r');
  try {
    const { size } = await handle.stat();
    // Not Buffer.alloc, which would fill it with zeros first.
    const content = Buffer.allocUnsafeSlow(size);
    for (let at = 0; at < size;) {
      const { bytesRead } = await handle.read(content, at, size - at, at);
      if (bytesRead === 0) throw new Error('it ended early');
      at += bytesRead;
    }
    return content;
  } finally {
    await handle.close();
  }
}

/** The JSON line at the beginning, and its length in bytes. */
function readHeader(content: Buffer): { header: Header; length: number } | undefined {
  const end = content.indexOf(10);
  if (end < 0 || end > 250) return undefined;
  try {
    const header = JSON.parse(content.toString('utf8', 0, end)) as Partial<Header>;
    const { key, tokens } = header;
    if (typeof key !== 'string' || typeof tokens !== 'number' || !Number.isInteger(tokens) || tokens < 1)
      return undefined;
    return { header: { key, tokens }, length: end + 1 };
  } catch {
    return undefined;
  }
}
