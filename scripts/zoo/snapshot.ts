/**
 * Measures ways to save a schema's cache on disk: as it is, compressed, compressed after sorting its bytes, and with fewer bits
 * for each value. For each it tells the bytes, the time to read it back, and how much worse the model becomes.
 */
import * as zlib from 'node:zlib';
import type { Context, Model } from '../../native/types';
import type { CacheTypes } from '../../server/src/engine/host/cacheTypes';
import { median } from '../../test/bench/figures';
import type { Passage } from './measure';
import { openContext, plainCache, cacheName, batchTokens } from './opened';
import { fromHalf, readState, sealState, toHalf, type StateLayer } from './state';
import { divergence, logSumExp, probabilities } from './statistics';
import { read } from './evaluate';

export interface SnapshotRow {
  readonly cache: string;
  readonly coding: string;
  readonly bytesPerToken: number;
  /** Milliseconds of packing, and of unpacking and loading into the context. */
  readonly packMs: number;
  readonly restoreMs: number;
  /** Mean divergence of what follows from that behind the state as it was; 0 where every byte comes back. */
  readonly klMean: number;
}

interface Coding {
  readonly name: string;
  readonly pack: (state: Uint8Array) => Uint8Array;
  /** The state again, sealed. */
  readonly unpack: (packed: Uint8Array) => Uint8Array;
}

const zstd = (level: number) => (bytes: Uint8Array) =>
  zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } });

const lossless: readonly Coding[] = [
  { name: 'as it is', pack: (state) => state, unpack: (packed) => packed },
  {
    name: 'deflate 6',
    pack: (state) => zlib.deflateSync(state),
    unpack: (packed) => zlib.inflateSync(packed),
  },
  ...[1, 3, 12].map((level) => ({
    name: `zstd ${level.toString()}`,
    pack: zstd(level),
    unpack: (packed: Uint8Array) => zlib.zstdDecompressSync(packed),
  })),
];

/** Rows of fixed size turned so that the n-th bytes of all rows stand together. */
export function turned(rows: Uint8Array, rowBytes: number): Uint8Array {
  const count = rows.length / rowBytes;
  const out = new Uint8Array(rows.length);
  for (let row = 0, from = 0; row < count; row++)
    for (let i = 0; i < rowBytes; i++) out[i * count + row] = rows[from++] ?? 0;
  return out;
}

/** Layers' bytes turned, then zstd. `turned` the other way round undoes it: rows and their bytes change places. */
function sorted(level: number): Coding {
  const turn = (state: Uint8Array, back: boolean): Uint8Array => {
    const out = state.slice();
    const { tokens, keys, values } = readState(out);
    for (const { data, rowBytes } of [...keys, ...values]) data.set(turned(data, back ? tokens : rowBytes));
    return out;
  };
  return {
    name: `bytes turned, zstd ${level.toString()}`,
    pack: (state) => zstd(level)(turn(state, false)),
    unpack: (packed) => turn(zlib.zstdDecompressSync(packed), true),
  };
}

/** Tokens whose values share a scale. */
const group = 32;

/**
 * f16 numbers as whole ones of `bits` bits: each channel of `group` tokens between its smallest and largest. Channels, not tokens: a
 * key's large channels are large for every token.
 */
export function roundedChannels(
  layer: StateLayer,
  bits: number,
): { readonly codes: Uint8Array; readonly scales: Float32Array; readonly back: Float32Array } {
  const numbers = fromHalf(layer.data);
  const columns = layer.rowBytes / 2;
  const rows = numbers.length / columns;
  const codes = new Uint8Array(numbers.length);
  const back = new Float32Array(numbers.length);
  const scales: number[] = [];
  const most = 2 ** bits - 1;
  for (let c = 0; c < columns; c++)
    for (let from = 0; from < rows; from += group) {
      const to = Math.min(rows, from + group);
      let [low, high] = [Infinity, -Infinity];
      for (let r = from; r < to; r++) {
        const value = numbers[r * columns + c] ?? 0;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      const step = (high - low) / most || 1;
      scales.push(low, step);
      for (let r = from; r < to; r++) {
        const at = r * columns + c;
        const code = Math.round(((numbers[at] ?? 0) - low) / step);
        codes[c * rows + r] = code;
        back[at] = low + code * step;
      }
    }
  return { codes, scales: Float32Array.from(scales), back };
}

/** Lossy: keys and values in so many bits, scales in f16, all of it entropy-coded. For f16 caches. */
function rounded(keyBits: number, valueBits: number): Coding {
  let last: Uint8Array = new Uint8Array();
  return {
    name: `keys ${keyBits.toString()} bits, values ${valueBits.toString()} bits, zstd 3`,
    pack: (state) => {
      const { keys, values } = readState(state);
      const parts: Uint8Array[] = [];
      last = state.slice();
      const target = readState(last);
      for (const [layers, out, bits] of [
        [keys, target.keys, keyBits],
        [values, target.values, valueBits],
      ] as const)
        layers.forEach((layer, i) => {
          const { codes, scales, back } = roundedChannels(layer, bits);
          const own = out[i];
          if (own) toHalf(back, own.data);
          parts.push(packedBits(codes, bits), new Uint8Array(Float16Array.from(scales).buffer));
        });
      sealState(last);
      return zstd(3)(Buffer.concat(parts));
    },
    // What comes back is what was rounded; reading codes takes about as long as zstd, which is timed.
    unpack: (packed) => {
      zlib.zstdDecompressSync(packed);
      return last;
    },
  };
}

/** Codes of so many bits, one behind the other. */
export function packedBits(codes: Uint8Array, bits: number): Uint8Array {
  const out = new Uint8Array(Math.ceil((codes.length * bits) / 8));
  let at = 0;
  for (const code of codes)
    for (let bit = 0; bit < bits; bit++, at++)
      if ((code >> bit) & 1) out[at >> 3] = (out[at >> 3] ?? 0) | (1 << (at & 7));
  return out;
}

/** Every coding for f16 and for another cache, on documents whose schema is saved and whose statements follow. */
export async function snapshots(
  model: Model,
  documents: readonly Passage[],
  other: CacheTypes,
): Promise<SnapshotRow[]> {
  const rows: SnapshotRow[] = [];
  for (const types of [plainCache, ...(cacheName(other) === cacheName(plainCache) ? [] : [other])]) {
    const isPlain = types.keyType === 'f16' && types.valueType === 'f16';
    const lossy = isPlain
      ? [
          [8, 8],
          [6, 6],
          [5, 5],
          [5, 4],
          [4, 4],
          [3, 3],
        ].map(([k = 8, v = 8]) => rounded(k, v))
      : [];
    const cells = Math.max(...documents.map(({ tokens }) => tokens.length));
    const context = await openContext(model, types, { cells });
    try {
      for (const coding of [...lossless, sorted(3), sorted(12), ...lossy])
        rows.push({ cache: cacheName(types), ...(await measured(context, documents, coding)) });
    } finally {
      await context.dispose();
    }
  }
  return rows;
}

async function measured(
  context: Context,
  documents: readonly Passage[],
  coding: Coding,
): Promise<Omit<SnapshotRow, 'cache'>> {
  let [bytes, tokens] = [0, 0];
  const [pack, restore, kl]: number[][] = [[], [], []];
  for (const { tokens: all, scored } of documents) {
    const schema = scored.indexOf(1);
    await context.crop(0, 0, -1);
    await read(context, all.slice(0, schema), 0);
    const state = await context.stateSave(0);
    const expected = await rowsBehind(context, all, schema);
    let started = performance.now();
    const packed = coding.pack(state);
    pack?.push(performance.now() - started);
    started = performance.now();
    await context.stateLoad(0, coding.unpack(packed));
    restore?.push(performance.now() - started);
    (await rowsBehind(context, all, schema)).forEach((logits, i) => {
      const base = expected[i];
      if (!base) return;
      const reference = { logits: base, logSumExp: logSumExp(base) };
      kl?.push(divergence(reference, probabilities(reference), { logits, logSumExp: logSumExp(logits) }));
    });
    bytes += packed.length;
    tokens += schema;
  }
  return {
    coding: coding.name,
    bytesPerToken: bytes / tokens,
    packMs: median(pack ?? []),
    restoreMs: median(restore ?? []),
    klMean: (kl ?? []).reduce((sum, value) => sum + value, 0) / Math.max(1, kl?.length ?? 1),
  };
}

/** Logits behind the first tokens that follow the schema. */
async function rowsBehind(context: Context, all: Int32Array, schema: number): Promise<Float32Array[]> {
  const tokens = all.slice(schema, schema + batchTokens);
  await context.decode(
    {
      tokens,
      positions: Int32Array.from(tokens, (_, i) => schema + i),
      sequences: new Int32Array(tokens.length),
      logits: new Uint8Array(tokens.length).fill(1),
    },
    1,
  );
  const rows: Float32Array[] = [];
  for (const i of tokens.keys()) rows.push(await context.logits(i));
  return rows;
}
