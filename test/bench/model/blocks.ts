/**
 * Makes random weights in ggml's block formats. Any bits are a valid block as long as its scales are sane; the scales
 * are chosen so that a matrix keeps the length of the vector it is applied to. Seeded.
 */
import { createCipheriv, type Cipheriv } from 'node:crypto';
import type { WeightType } from './shapes';

interface Format {
  /** GGUF's number of the type. */
  readonly id: number;
  readonly weights: number;
  readonly bytes: number;
  /** Where the half-precision scales lie in a block, and the scale that gives weights a deviation of 1. */
  readonly scales: readonly { readonly at: number; readonly unit: number }[];
}

/** Deviation of evenly spread whole numbers of so many bits. */
const deviation = (bits: number): number => 2 ** bits / Math.sqrt(12);

export const formats: Readonly<Record<Exclude<WeightType, 'f32'>, Format>> = {
  q4_0: { id: 2, weights: 32, bytes: 18, scales: [{ at: 0, unit: 1 / deviation(4) }] },
  q5_0: { id: 6, weights: 32, bytes: 22, scales: [{ at: 0, unit: 1 / deviation(5) }] },
  q8_0: { id: 8, weights: 32, bytes: 34, scales: [{ at: 0, unit: 1 / deviation(8) }] },
  // scale (6 bits) times 4 bits less minimum (6 bits): the second scale takes the mean out.
  q4_k: {
    id: 12,
    weights: 256,
    bytes: 144,
    scales: [
      { at: 0, unit: 1 / (64 * 4.6) },
      { at: 2, unit: 7.5 / (64 * 4.6) },
    ],
  },
  // scale (a signed byte) times 6 bits around zero.
  q6_k: { id: 14, weights: 256, bytes: 210, scales: [{ at: 208, unit: 1 / (deviation(8) * deviation(6)) }] },
};

export class RandomWeights {
  readonly #stream: Cipheriv;

  constructor(seed: number) {
    // A cipher's key stream: a generator that is fast, seeded and the same everywhere.
    this.#stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  }

  /** Blocks of `columns * rows` weights; `gain` is how much longer the matrix makes what it is applied to. */
  blocks(type: Exclude<WeightType, 'f32'>, columns: number, rows: number, gain: number): Buffer {
    const { weights, bytes, scales } = formats[type];
    const count = (columns * rows) / weights;
    const data = this.#stream.update(Buffer.alloc(count * bytes));
    const halves = scales.map(({ at, unit }) => ({ at, bits: half((gain * unit) / Math.sqrt(columns)) }));
    for (let i = 0; i < count; i++)
      for (const { at, bits } of halves) data.writeUInt16LE(bits, i * bytes + at);
    return data;
  }
}

/** A row of known weights in one of the two types that matrices over the vocabulary have. */
export function quantized(type: 'q8_0' | 'q6_k', row: Float32Array): Buffer {
  const { weights, bytes } = formats[type];
  const out = Buffer.alloc((row.length / weights) * bytes);
  const write = type === 'q8_0' ? writeQ8 : writeQ6;
  for (let i = 0; i < row.length / weights; i++)
    write(row.subarray(i * weights, (i + 1) * weights), out.subarray(i * bytes, (i + 1) * bytes));
  return out;
}

const largest = (block: Float32Array): number =>
  block.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-6);

function writeQ8(block: Float32Array, out: Buffer): void {
  const scale = largest(block) / 127;
  out.writeUInt16LE(half(scale), 0);
  block.forEach((weight, i) => out.writeInt8(Math.round(weight / scale), 2 + i));
}

/** One scale for all sixteen groups, which is enough for weights of one size. Four low bits in ql, two high ones in qh. */
function writeQ6(block: Float32Array, out: Buffer): void {
  const [qh, scales, groupScale] = [128, 192, 64];
  const scale = largest(block) / 31 / groupScale;
  out.writeUInt16LE(half(scale), 208);
  out.fill(groupScale, scales, scales + 16);
  block.forEach((weight, i) => {
    const value = Math.round(weight / scale / groupScale) + 32;
    const [part, quarter, lane] = [i >> 7, (i >> 5) & 3, i & 31];
    const low = part * 64 + (quarter & 1) * 32 + lane;
    const high = qh + part * 32 + lane;
    out[low] = (out[low] ?? 0) | ((value & 15) << (quarter < 2 ? 0 : 4));
    out[high] = (out[high] ?? 0) | ((value >> 4) << (2 * quarter));
  });
}

/** A small positive number as the bits of a half-precision float. */
export function half(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  if (exponent < -14) return Math.round(value * 2 ** 24);
  return ((exponent + 15) << 10) + Math.round((value / 2 ** exponent - 1) * 1024);
}
