/**
 * Takes apart the bytes that Context.stateSave gives: the addon's header, then keys and values in llama.cpp's own layout
 * (state_write in llama-kv-cache.cpp). Only the zoo's measurements need this; the product never looks inside. Pure.
 */

/** Keys or values of one layer: rows of equal size, one a token. Views into the state. */
export interface StateLayer {
  /** ggml's number of the type: 1 is f16. */
  readonly type: number;
  readonly rowBytes: number;
  readonly data: Uint8Array;
}

export interface State {
  readonly tokens: number;
  readonly keys: readonly StateLayer[];
  readonly values: readonly StateLayer[];
}

const headerBytes = 24;

/** @throws RangeError where it is laid out in another way (values transposed, several streams) */
export function readState(bytes: Uint8Array): State {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = headerBytes + 8; // llama.cpp's magic and the sequence
  const uint32 = (): number => view.getUint32((at += 4) - 4, true);
  const streams = uint32();
  const tokens = uint32();
  if (streams !== 1) throw new RangeError(`The state has ${streams.toString()} streams.`);
  at += 12 * tokens; // position, number of sequences, sequence
  const transposed = uint32();
  const layers = uint32();
  if (transposed !== 0) throw new RangeError('The state has its values transposed.');
  const layer = (): StateLayer => {
    const type = uint32();
    const rowBytes = Number(view.getBigUint64((at += 8) - 8, true));
    const data = bytes.subarray(at, (at += rowBytes * tokens));
    return { type, rowBytes, data };
  };
  const keys = Array.from({ length: layers }, layer);
  const values = Array.from({ length: layers }, layer);
  if (at !== bytes.length) throw new RangeError('The state has more bytes than its layers.');
  return { tokens, keys, values };
}

/** Writes the checksum of a state that was changed (native/src/checksum.h), so that the addon takes it. */
export function sealState(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setBigUint64(16, checksum(bytes.subarray(headerBytes)), true);
}

function checksum(data: Uint8Array): bigint {
  const prime = 0x9e3779b97f4a7c15n;
  const padded = new Uint8Array(Math.floor(data.length / 32) * 32 + 32);
  padded.set(data);
  const words = new DataView(padded.buffer);
  const mix = (hash: bigint, word: bigint): bigint => {
    const product = BigInt.asUintN(64, (hash ^ word) * prime);
    return product ^ (product >> 29n);
  };
  const lanes = [prime ^ BigInt(data.length), 1n, 2n, 3n];
  for (let at = 0; at < padded.length; at += 32)
    for (let lane = 0; lane < 4; lane++)
      lanes[lane] = mix(lanes[lane] ?? 0n, words.getBigUint64(at + 8 * lane, true));
  return [1, 2, 3].reduce((hash, lane) => mix(hash, lanes[lane] ?? 0n), lanes[0] ?? 0n);
}

/** f16 values as numbers. */
export function fromHalf(bytes: Uint8Array): Float32Array {
  return Float32Array.from(new Float16Array(bytes.slice().buffer));
}

/** Numbers as f16, written over `bytes`. */
export function toHalf(numbers: Float32Array, bytes: Uint8Array): void {
  bytes.set(new Uint8Array(Float16Array.from(numbers).buffer));
}
