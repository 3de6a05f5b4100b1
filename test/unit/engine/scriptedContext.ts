/**
 * A Context without a model, for tests: it keeps the tokens of every sequence as a real KV cache would, checks what
 * llama.cpp checks, and computes "logits" from the whole sequence, so that one wrong cached token changes the result.
 * Faults are injected by count of decode calls.
 */
import {
  NativeError,
  type Batch,
  type Candidates,
  type Context,
  type ContextSizes,
  type DecodeResult,
  type Model,
  type PositionRange,
} from '../../../native/types';

export const vocabularySize = 64;
/** Token that ends generation. */
export const endToken = 0;

/** Candidates a fresh context would give after these tokens. */
export function expectedCandidates(tokens: readonly number[]): Candidates {
  let hash = 17;
  for (const token of tokens) hash = (Math.imul(hash, 31) + token + 1) >>> 0;
  const best = [0, 1, 2].map((i) => (hash + i * 7) % vocabularySize);
  return { tokens: Int32Array.from(best), logits: Float32Array.of(3, 2, 1), logSumExp: 4, row: 0 };
}

export interface Faults {
  /** Ends this decode call (counted from 0) as an abort after `kept` tokens. */
  abortAt?: { readonly call: number; readonly kept: number };
  deviceLostAt?: number;
}

export class ScriptedContext implements Context {
  readonly sequences = new Map<number, number[]>();
  readonly faults: Faults = {};
  readonly #cells: number;
  calls = 0;
  evaluatedTokens = 0;
  isDisposed = false;
  keptRows = Infinity;
  #abort = false;
  readonly #rows: Candidates[] = [];
  /** Called before each decode is answered; lets a test act in mid-work. */
  onDecode: (() => void) | undefined;

  constructor(cells = 100_000) {
    this.#cells = cells;
  }

  async decode(batch: Batch): Promise<DecodeResult> {
    await Promise.resolve();
    const call = this.calls++;
    this.#abort = false;
    this.onDecode?.();
    const used = [...this.sequences.values()].reduce((sum, tokens) => sum + tokens.length, 0);
    if (used + batch.tokens.length > this.#cells) throw new NativeError('ERR_CONTEXT_FULL', 'full');
    if (this.faults.deviceLostAt === call) throw new NativeError('ERR_DEVICE', 'lost');
    const fault = this.faults.abortAt?.call === call ? this.faults.abortAt : undefined;
    const aborted = fault !== undefined || this.#abort;
    const candidates: Candidates[] = [];
    for (const [i, token] of batch.tokens.entries()) {
      if (aborted && i >= (fault?.kept ?? 0)) throw new NativeError('ERR_ABORTED', 'aborted');
      const sequence = this.#sequence(batch.sequences[i] ?? -1);
      if (batch.positions[i] !== sequence.length)
        throw new Error(`position ${String(batch.positions[i])} leaves a gap`);
      sequence.push(token);
      this.evaluatedTokens++;
      if (batch.logits[i]) {
        const expected = expectedCandidates(sequence);
        candidates.push({ ...expected, row: this.#rows.push(expected) - 1 });
      }
    }
    if (aborted) throw new NativeError('ERR_ABORTED', 'aborted');
    return { candidates, milliseconds: 0 };
  }

  logits(): Promise<Float32Array> {
    return Promise.reject(new Error('not scripted'));
  }
  logitsOf(row: number, tokens: Int32Array): Promise<Float32Array> {
    const { tokens: best, logits } = this.#row(row);
    return Promise.resolve(Float32Array.from(tokens, (token) => logits[best.indexOf(token)] ?? 0));
  }
  bestOf(row: number): Promise<Candidates> {
    return Promise.resolve({ ...this.#row(row), row });
  }
  #row(row: number): Candidates {
    const candidates = row < this.#rows.length - this.keptRows ? undefined : this.#rows[row];
    if (!candidates) throw new NativeError('ERR_ARGUMENT', 'The row is no longer kept.');
    return candidates;
  }
  stateSave(sequence: number): Promise<Uint8Array> {
    return Promise.resolve(Uint8Array.from(this.#sequence(sequence)));
  }
  stateLoad(sequence: number, state: Uint8Array): Promise<void> {
    if (state.length === 0) return Promise.reject(new NativeError('ERR_STATE', 'damaged'));
    this.sequences.set(sequence, [...state]);
    return Promise.resolve();
  }
  crop(sequence: number, from: number, to: number): Promise<void> {
    const tokens = this.#sequence(sequence);
    if (to >= 0 && to < tokens.length) throw new Error('only the end is cropped');
    tokens.length = Math.min(tokens.length, from);
    return Promise.resolve();
  }
  share(from: number, to: number, start: number, end: number): Promise<void> {
    this.sequences.set(to, this.#sequence(from).slice(start, end));
    return Promise.resolve();
  }
  positionRange(sequence: number): Promise<PositionRange> {
    const { length } = this.#sequence(sequence);
    return Promise.resolve({ min: length > 0 ? 0 : -1, max: length - 1 });
  }
  stateSize(): Promise<number> {
    return Promise.resolve(0);
  }
  abort(): void {
    this.#abort = true;
  }
  sizes(): ContextSizes {
    return { cells: this.#cells, maxSequences: 4, kvBytes: 0, kvBytesPerToken: 0, kvBuffers: [] };
  }
  dispose(): Promise<void> {
    this.isDisposed = true;
    return Promise.resolve();
  }

  #sequence(id: number): number[] {
    let tokens = this.sequences.get(id);
    if (!tokens) this.sequences.set(id, (tokens = []));
    return tokens;
  }
}

/** Detokenizes token n to the n-th letter; the end token ends generation, token 1 is a control token without text. */
export const scriptedModel: Pick<Model, 'vocabulary' | 'isEndOfGeneration'> = {
  vocabulary: () => ({
    bytes: Uint8Array.from({ length: vocabularySize - 2 }, (_, i) => 66 + i),
    ends: Int32Array.from({ length: vocabularySize }, (_, token) => Math.max(0, token - 1)),
  }),
  isEndOfGeneration: (token) => token === endToken,
};
