/**
 * Schemas' states on disk, so that a restart evaluates no schema. One file a schema: a line of JSON (what it belongs to),
 * the tokens, the state. Written atomically, bounded in size, oldest out; a damaged or foreign file is dropped. A
 * snapshot only saves time: every failure here ends in evaluating, never in an error.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Model } from '../../../../../native/types';
import { snapshotFolder } from '../../snapshotFolder';
import { commonPrefix } from './sequence';
import type { SavedSequence } from './kvCache';

/** What a state depends on besides its tokens. */
export interface SnapshotKey {
  /** Size, time of change and metadata of the model file, not its whole content. */
  readonly model: string;
  readonly llamaRelease: string;
  readonly types: string;
}

/**
 * The key for a model about to be loaded, to be finished once it is. Undefined when the file is replaced meanwhile:
 * nobody knows then which of the two was loaded.
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

/** Makes the folder for snapshots within `storagePath`; what cannot be written is not kept, and reported by then. */
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
  /** Undefined until its beginning was read. */
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
    // Read beside the loading of the first schema, which then need not wait for it.
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

  /** Files of the folder; those of this key with their tokens. */
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
      // What an interrupted write left behind.
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

  /** The tokens of a file of this key; undefined for others'. A file that is none of ours is removed. */
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
    // Another engine may have written since.
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

  /** Once: a full disk is no news the second time. */
  #report(error: unknown): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#log(
      `The schema's cache could not be kept on disk (${error instanceof Error ? error.message : String(error)}); it is evaluated again when needed.`,
    );
  }
}

/** Reads a file at once: readFile() does so in many small steps, which take three times as long for tens of megabytes. */
async function readWhole(file: string): Promise<Buffer> {
  const handle = await fs.open(file, 'r');
  try {
    const { size } = await handle.stat();
    // Of its own, not of Node's pool, and not filled with zeros first.
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
