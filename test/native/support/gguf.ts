/** Reads a GGUF's metadata, and writes small GGUF files, so that tests can make every kind of unusable model. */
import { readFileSync, writeFileSync } from 'node:fs';

/** GGUF's type numbers, of those that occur here. */
const type = { uint16: 2, uint32: 4, int32: 5, float32: 6, bool: 7, text: 8, array: 9 };

/** A metadata value as its bytes in the file, type included. */
export type Metadata = Map<string, Buffer>;

export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
}

const scalarBytes: Record<number, number> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
export const alignment = 32;

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function rawText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

export const value = {
  text: (text: string): Buffer => Buffer.concat([uint32(type.text), rawText(text)]),
  uint16: (number: number): Buffer => Buffer.concat([uint32(type.uint16), uint32(number).subarray(0, 2)]),
  uint32: (number: number): Buffer => Buffer.concat([uint32(type.uint32), uint32(number)]),
  int32: (number: number): Buffer => Buffer.concat([uint32(type.int32), uint32(number)]),
  bool: (flag: boolean): Buffer => Buffer.concat([uint32(type.bool), Buffer.from([flag ? 1 : 0])]),
  float32: (number: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(number);
    return Buffer.concat([uint32(type.float32), bytes]);
  },
};

export interface GgufFile {
  readonly metadata: Metadata;
  /** Everything behind the metadata: tensor directory, padding and data. */
  readonly rest: Buffer;
  readonly tensorCount: number;
}

export function readGguf(path: string): GgufFile {
  const file = readFileSync(path);
  let at = 8;
  const number64 = (): number => {
    at += 8;
    return Number(file.readBigUInt64LE(at - 8));
  };
  const skipText = (): void => {
    const length = number64();
    at += length;
  };
  const skipValue = (kind: number): void => {
    if (kind === type.text) {
      skipText();
    } else if (kind === type.array) {
      const inner = file.readUInt32LE(at);
      at += 4;
      const count = number64();
      if (inner === type.text) for (let i = 0; i < count; i++) skipText();
      else at += count * (scalarBytes[inner] ?? NaN);
    } else {
      at += scalarBytes[kind] ?? NaN;
    }
  };
  const tensorCount = number64();
  const metadata: Metadata = new Map();
  for (let left = number64(); left > 0; left--) {
    const keyStart = at + 8;
    skipText();
    const key = file.toString('utf8', keyStart, at);
    const start = at;
    at += 4;
    skipValue(file.readUInt32LE(start));
    metadata.set(key, file.subarray(start, at));
  }
  return { metadata, rest: file.subarray(at), tensorCount };
}

export function header(metadata: Metadata, tensorCount: number): Buffer {
  const entries = [...metadata].map(([key, bytes]) => Buffer.concat([rawText(key), bytes]));
  return Buffer.concat([
    Buffer.from('GGUF'),
    uint32(3),
    uint64(tensorCount),
    uint64(metadata.size),
    ...entries,
  ]);
}

/** Writes a GGUF whose tensors are zeros of type f32. */
export function writeGguf(path: string, metadata: Metadata, tensors: readonly Tensor[]): void {
  const pad = (size: number): number => Math.ceil(size / alignment) * alignment;
  let offset = 0;
  const directory = tensors.map(({ name, shape }) => {
    const entry = [rawText(name), uint32(shape.length), ...shape.map(uint64), uint32(0), uint64(offset)];
    offset += pad(4 * shape.reduce((product, size) => product * size, 1));
    return Buffer.concat(entry);
  });
  const head = Buffer.concat([header(metadata, tensors.length), ...directory]);
  writeFileSync(path, Buffer.concat([head, Buffer.alloc(pad(head.length) - head.length + offset)]));
}

/** The vocabulary's entries of a model, to be completed to another model. */
export function vocabularyOf(path: string): Metadata {
  return new Map([...readGguf(path).metadata].filter(([key]) => key.startsWith('tokenizer.')));
}
