/**
 * Reads from the beginning of a GGUF file what kind of model it holds. The file may come from anybody, so nothing in it
 * is believed: each length is checked against a limit, and at most the first 256 KiB are read.
 */
import * as fs from 'node:fs/promises';

export interface GgufHeader {
  readonly architecture: string;
  /** The name that the model's maker gave it; '' for none. */
  readonly name: string;
  /** A model may lie in several files: the number of this one, from 0, and how many there are. */
  readonly part: { readonly index: number; readonly count: number };
}

const mostBytes = 256 * 1024;
const longestText = 256;
const mostEntries = 4096;

/**
 * Bytes of a value, by the number of its type. Texts (8) and lists (9) are missing: their length is written before
 * them.
 */
const sizes: Readonly<Record<number, number>> = {
  0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8,
};
const textType = 8;
const listType = 9;

/** @returns undefined for a file that is no GGUF or names no architecture */
export async function readGgufFile(file: string): Promise<GgufHeader | undefined> {
  try {
    const handle = await fs.open(file, 'r');
    try {
      // Reading a pipe or a device could wait for ever.
      if (!(await handle.stat()).isFile()) return undefined;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
      return readGguf(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

/** @param beginning of the file. @returns as `readGgufFile` */
export function readGguf(beginning: Buffer): GgufHeader | undefined {
  if (beginning.toString('latin1', 0, 4) !== 'GGUF') return undefined;
  const known = new Map<string, string | number>();
  try {
    readEntries(new Reader(beginning), known);
  } catch {
    // The beginning ends here, or a length is false: keep what was read before.
  }
  const architecture = known.get('general.architecture');
  if (typeof architecture !== 'string' || !/^[\w.-]{1,64}$/.test(architecture)) return undefined;
  const text = (key: string): string => String(known.get(key) ?? '');
  const number = (key: string, otherwise: number): number => Number(known.get(key) ?? otherwise);
  return {
    architecture,
    name: text('general.name'),
    part: { index: number('split.no', 0), count: Math.max(1, number('split.count', 1)) },
  };
}

function readEntries(reader: Reader, known: Map<string, string | number>): void {
  reader.skip(4);
  const version = reader.uint(4);
  if (version !== 2 && version !== 3) return;
  reader.skip(8); // number of tensors
  const entries = Math.min(reader.uint(8), mostEntries);
  for (let i = 0; i < entries; i++) {
    const key = reader.text();
    const type = reader.uint(4);
    if (type === textType) known.set(key, reader.text());
    else if (type === listType) reader.skipList();
    else if (key === 'split.no' || key === 'split.count') known.set(key, reader.uint(sizes[type] ?? NaN));
    else reader.skip(sizes[type] ?? NaN);
  }
}

/** Reads values one after another. Throws at the end of the bytes and for a length over the limit. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): void {
    if (!(bytes >= 0 && this.#at + bytes <= this.#bytes.length)) throw new RangeError('end');
    this.#at += bytes;
  }

  /** An unsigned whole number, lowest byte first. */
  uint(bytes: number): number {
    const from = this.#at;
    this.skip(bytes);
    if (bytes === 8) return Number(this.#bytes.readBigUInt64LE(from));
    return this.#bytes.readUIntLE(from, bytes);
  }

  /** Skips a text that is too long and returns '' for it. */
  text(): string {
    const length = this.uint(8);
    const from = this.#at;
    this.skip(length);
    return length > longestText ? '' : this.#bytes.toString('utf8', from, from + length);
  }

  skipList(): void {
    const type = this.uint(4);
    const count = this.uint(8);
    if (type !== textType) return this.skip(count * (sizes[type] ?? NaN));
    // Each text takes at least 8 bytes, so a false count ends at the end of the bytes.
    for (let i = 0; i < count; i++) this.skip(this.uint(8));
  }
}
