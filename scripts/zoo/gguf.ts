/** Reads tensors (the weights) of a GGUF model file, and writes the file again with some of them replaced. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  alignment,
  header,
  rawText,
  readGguf,
  uint32,
  uint64,
  type Metadata,
} from '../../test/native/support/gguf';
import { ZooError } from './opened';

interface Entry {
  readonly name: string;
  /** Columns first. */
  readonly shape: readonly number[];
  readonly type: number;
  readonly data: Buffer;
}

const blocks: Readonly<Record<number, readonly [values: number, bytes: number]>> = {
  0: [1, 4], // f32
  1: [1, 2], // f16
  8: [32, 34], // q8_0
};

export class GgufModel {
  readonly metadata: Metadata;
  readonly #entries: Entry[] = [];

  /** @throws ZooError where a tensor is of another type than f32, f16 and q8_0 */
  constructor(path: string) {
    const { metadata, rest, tensorCount } = readGguf(path);
    this.metadata = metadata;
    let at = 0;
    const number64 = (): number => Number(rest.readBigUInt64LE((at += 8) - 8));
    const number32 = (): number => rest.readUInt32LE((at += 4) - 4);
    const infos = Array.from({ length: tensorCount }, () => {
      const length = number64();
      const name = rest.toString('utf8', at, (at += length));
      const shape = Array.from({ length: number32() }, number64);
      return { name, shape, type: number32(), offset: number64() };
    });
    // The data begins at a multiple of the alignment of the file.
    const size = readFileSync(path).length;
    const start = size - rest.length + at;
    const data = rest.subarray(at + ((alignment - (start % alignment)) % alignment));
    for (const { name, shape, type, offset } of infos) {
      const [values, bytes] = blocks[type] ?? [];
      if (values === undefined || bytes === undefined)
        throw new ZooError(
          `Tensor ${name} is of a type that cannot be rewritten; give a model in f16 or q8_0.`,
        );
      const count = shape.reduce((product, length) => product * length, 1);
      this.#entries.push({
        name,
        shape,
        type,
        data: data.subarray(offset, offset + (count / values) * bytes),
      });
    }
  }

  has(name: string): boolean {
    return this.#entries.some((entry) => entry.name === name);
  }

  /** A tensor's values, row after row. */
  values(name: string): Float32Array {
    const entry = this.#entries.find((candidate) => candidate.name === name);
    if (!entry) throw new ZooError(`The model has no tensor ${name}; its architecture is another one.`);
    const { type, data } = entry;
    const aligned = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
    if (type === 0) return new Float32Array(aligned);
    if (type === 1) return Float32Array.from(new Float16Array(aligned));
    const view = new DataView(aligned);
    return Float32Array.from({ length: (data.length / 34) * 32 }, (_, i) => {
      const block = Math.floor(i / 32) * 34;
      return view.getFloat16(block, true) * view.getInt8(block + 2 + (i % 32));
    });
  }

  /** Writes the model with these tensors, in f32. */
  write(path: string, replaced: ReadonlyMap<string, Float32Array>): void {
    let offset = 0;
    const pad = (length: number): number => (alignment - (length % alignment)) % alignment;
    const parts: Buffer[] = [];
    const directory = this.#entries.map(({ name, shape, type, data }) => {
      const values = replaced.get(name);
      const bytes = values ? Buffer.from(values.buffer, values.byteOffset, values.byteLength) : data;
      const entry = [
        rawText(name),
        uint32(shape.length),
        ...shape.map(uint64),
        uint32(values ? 0 : type),
        uint64(offset),
      ];
      parts.push(bytes, Buffer.alloc(pad(bytes.length)));
      offset += bytes.length + pad(bytes.length);
      return Buffer.concat(entry);
    });
    const head = Buffer.concat([header(this.metadata, this.#entries.length), ...directory]);
    writeFileSync(path, Buffer.concat([head, Buffer.alloc(pad(head.length)), ...parts]));
  }
}
