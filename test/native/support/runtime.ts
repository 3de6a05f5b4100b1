/**
 * The runtime under test: the CPU, or the backend that SQL_AHEAD_TEST_BACKEND names. The same tests run on every
 * backend; only device and tolerance differ.
 */
import path from 'node:path';
import {
  loadRuntime,
  NativeError,
  type BackendName,
  type Model,
  type RuntimeChoice,
} from '../../../native/index';
import type { Context, ContextOptions, DecodeResult, NativeErrorCode } from '../../../native/index';

export const root = process.cwd();
export const directory = path.join(root, 'native/bin', `${process.platform}-${process.arch}`);
export const probePath = path.join(root, 'dist/probe.js');
export const starter = path.join(root, 'models/starter/sql-ahead-starter-q8_0.gguf');
export const backend = (process.env.SQL_AHEAD_TEST_BACKEND ?? 'cpu') as BackendName;

/** A limit against hangs, not a measurement: a software GPU compiles its shaders for many seconds. */
export const patience = 300_000;
export const gpuLayers = backend === 'cpu' ? 0 : -1;

/**
 * How far logits may differ between two ways to evaluate the same text: the order of sums changes with the batch's
 * shape, and GPU backends multiply in half precision.
 */
export const tolerance = backend === 'cpu' ? 0.05 : 0.2;

export function runtime(): Promise<RuntimeChoice> {
  return loadRuntime({ directory, backend, probePath });
}

export async function loadStarter(): Promise<Model> {
  const { addon } = await runtime();
  return addon.loadModel({ path: starter, gpuLayers });
}

export const contextOptions: ContextOptions = {
  cells: 512,
  maxSequences: 4,
  batchTokens: 512,
  microBatchTokens: 32,
  threads: 1,
};

export const schema =
  'CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);\n' +
  'CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), amount NUMERIC);\n\n';

export interface Feed {
  readonly sequence?: number;
  /** Position of the first token. */
  readonly at?: number;
  /** Which positions' logits are wanted: the last one's by default. */
  readonly wanted?: 'all' | 'last' | 'none';
  readonly topK?: number;
}

/** Decodes tokens of one sequence as one batch. */
export function feed(context: Context, tokens: Int32Array, options: Feed = {}): Promise<DecodeResult> {
  const { sequence = 0, at = 0, wanted = 'last', topK = 8 } = options;
  const batch = {
    tokens,
    positions: tokens.map((_, i) => at + i),
    sequences: new Int32Array(tokens.length).fill(sequence),
    logits: Uint8Array.from(tokens, (_, i) =>
      wanted === 'all' || (wanted === 'last' && i === tokens.length - 1) ? 1 : 0,
    ),
  };
  return context.decode(batch, topK);
}

/** The last position's logits after evaluating the tokens in a context of their own. */
export async function freshLogits(model: Model, tokens: Int32Array): Promise<Float32Array> {
  const context = await model.createContext(contextOptions);
  await feed(context, tokens);
  const logits = await context.logits(0);
  await context.dispose();
  return logits;
}

export function argmax(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits));
}

/** The largest difference between two rows of logits. */
export function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? NaN))), 0);
}

/** For assert.rejects and assert.throws: a NativeError of this code whose sentence matches. */
export function failure(code: NativeErrorCode, sentence = /[.]$/): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof NativeError)) throw new Error(`no NativeError: ${String(error)}`);
    if (error.code !== code) throw new Error(`${error.code} instead of ${code}: ${error.message}`);
    if (!sentence.test(error.message))
      throw new Error(`'${error.message}' does not match ${String(sentence)}`);
    return true;
  };
}
