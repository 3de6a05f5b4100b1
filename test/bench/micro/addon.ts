/**
 * Measures the addon alone, with one context in this process: what a token, a keystroke, a copy and a restore cost at
 * different lengths of the cache. Medians in milliseconds.
 */
import path from 'node:path';
import { loadRuntime } from '../../../native/index';
import type { Context, Model } from '../../../native/types';
import { median, round } from '../figures';
import { measureSpeculation, type Speculation } from './speculation';
import { measureTokenizing, type Tokenizing } from './tokenizing';

export interface AddonOptions {
  readonly root: string;
  readonly model: string;
  readonly threads: number;
  readonly backend: 'cpu' | 'cuda';
  /** Tokens in the cache, e.g. 1024. */
  readonly lengths: readonly number[];
}

export interface AddonFigures {
  /** One token decoded at an empty cache's end, as llama-bench's tg does. */
  readonly decode_ms: number;
  readonly prefill_tps: number;
  /** Batches of 1, 2, 4 and 8 tokens: what a draft costs more than the token it comes with. */
  readonly batch_ms: Readonly<Record<string, number>>;
  readonly at: readonly {
    readonly cached_tokens: number;
    readonly decode_ms: number;
    /** The last token is cropped and another one is evaluated: a key that changes its word's last token. */
    readonly one_ms: number;
    readonly one_in_decode_steps: number;
    /** The last token is cropped and two new ones are evaluated, as after a key that changed its word's tokens. */
    readonly key_ms: number;
    readonly key_in_decode_steps: number;
    readonly copy_ms: number;
    readonly save_ms: number;
    readonly restore_ms: number;
    readonly evaluate_ms: number;
    readonly restore_gain: number;
    readonly state_bytes: number;
  }[];
  readonly tokenizing: Tokenizing;
  readonly speculation: Speculation;
}

const batchTokens = 256;
const repeats = 24;

/** One context of a model, as `use` needs it. @param cells tokens it can hold */
async function withContext<T>(
  options: Omit<AddonOptions, 'lengths'>,
  cells: number,
  use: (context: Context, model: Model) => Promise<T>,
): Promise<T> {
  const { addon, backend } = await loadRuntime({
    directory: path.join(options.root, 'native', 'bin', `${process.platform}-${process.arch}`),
    backend: options.backend,
    probePath: path.join(options.root, 'dist', 'probe.js'),
  });
  const model = await addon.loadModel({ path: options.model, gpuLayers: backend === 'cpu' ? 0 : -1 });
  const context = await model.createContext({
    cells,
    maxSequences: 3,
    batchTokens,
    microBatchTokens: batchTokens,
    threads: options.threads,
  });
  try {
    return await use(context, model);
  } finally {
    await context.dispose();
    await model.dispose();
  }
}

/** Milliseconds of one token decoded, as `decode_ms` below and nothing else of it. */
export function measureDecode(options: Omit<AddonOptions, 'lengths'>): Promise<number> {
  return withContext(options, 1024, async (context, model) => {
    const line = new Line(context, model.info.vocabularySize);
    await line.extend(64);
    await line.reset();
    return line.decode(64);
  });
}

export function measureAddon(options: AddonOptions): Promise<AddonFigures> {
  const cells = 2 * Math.max(...options.lengths) + 1024;
  return withContext(options, cells, async (context, model) => {
    const line = new Line(context, model.info.vocabularySize);
    await line.extend(64);
    const batch_ms: Record<string, number> = {};
    for (const size of [1, 2, 4, 8]) batch_ms[size.toString()] = round(await line.batch(size));
    await line.reset();
    const decode_ms = round(await line.decode(64));
    const at: AddonFigures['at'][number][] = [];
    let evaluate = 0;
    await line.reset();
    for (const cached of options.lengths.toSorted((a, b) => a - b)) {
      evaluate += await timed(() => line.extend(cached - line.length));
      at.push(await atLength(line, context, cached, evaluate));
    }
    const [first] = at;
    return {
      decode_ms,
      prefill_tps: first ? round((1000 * first.cached_tokens) / first.evaluate_ms) : NaN,
      batch_ms,
      at,
      tokenizing: measureTokenizing(model),
      speculation: await measureSpeculation(options.root, model, options.threads),
    };
  });
}

async function atLength(
  line: Line,
  context: Context,
  cached: number,
  evaluated: number,
): Promise<AddonFigures['at'][number]> {
  const { decode, one, key } = await line.steps(repeats);
  const copy = await times(repeats, () => timed(() => context.share(0, 1, 0, cached)));
  await context.crop(1, 0, -1);
  let state = new Uint8Array();
  const save = await times(5, () => timed(async () => (state = new Uint8Array(await context.stateSave(0)))));
  const restore = await times(5, async () => {
    await context.crop(2, 0, -1);
    return timed(() => context.stateLoad(2, state));
  });
  await context.crop(2, 0, -1);
  return {
    cached_tokens: cached,
    decode_ms: round(decode),
    one_ms: round(one),
    one_in_decode_steps: round(one / decode),
    key_ms: round(key),
    key_in_decode_steps: round(key / decode),
    copy_ms: round(copy),
    save_ms: round(save),
    restore_ms: round(restore),
    evaluate_ms: round(evaluated),
    restore_gain: round(evaluated / restore),
    state_bytes: state.length,
  };
}

/** One sequence of tokens that mean nothing. */
class Line {
  readonly #context: Context;
  readonly #vocabulary: number;
  length = 0;

  constructor(context: Context, vocabulary: number) {
    this.#context = context;
    this.#vocabulary = vocabulary;
  }

  async reset(): Promise<void> {
    await this.#context.crop(0, 0, -1);
    this.length = 0;
  }

  async extend(count: number): Promise<void> {
    for (let left = count; left > 0; left -= batchTokens) await this.#evaluate(Math.min(left, batchTokens));
  }

  /** Median of decoding one token after the other; the line is as long as before afterwards. */
  async decode(count: number): Promise<number> {
    const before = this.length;
    const result = await times(count, () => timed(() => this.#evaluate(1)));
    await this.crop(before);
    return result;
  }

  /** Medians of a token decoded and of the two kinds of keys, in turn; the line is as long as before afterwards. */
  async steps(count: number): Promise<{ decode: number; one: number; key: number }> {
    const before = this.length;
    const [decode, one, key]: [number[], number[], number[]] = [[], [], []];
    const replaceLast = async (tokens: number): Promise<void> => {
      await this.crop(this.length - 1);
      await this.#evaluate(tokens);
    };
    for (let i = 0; i < count; i++) {
      decode.push(await timed(() => this.#evaluate(1)));
      one.push(await timed(() => replaceLast(1)));
      key.push(await timed(() => replaceLast(2)));
      await this.crop(before);
    }
    return { decode: median(decode), one: median(one), key: median(key) };
  }

  async batch(size: number): Promise<number> {
    const before = this.length;
    return times(repeats, async () => {
      const milliseconds = await timed(() => this.#evaluate(size, true));
      await this.crop(before);
      return milliseconds;
    });
  }

  async crop(length: number): Promise<void> {
    await this.#context.crop(0, length, -1);
    this.length = length;
  }

  async #evaluate(count: number, allLogits = false): Promise<void> {
    const at = this.length;
    const tokens = Int32Array.from(
      { length: count },
      (_, i) => 300 + (((at + i) * 7919) % Math.min(4000, this.#vocabulary - 400)),
    );
    const logits = new Uint8Array(count).fill(allLogits ? 1 : 0);
    logits[count - 1] = 1;
    const positions = Int32Array.from(tokens, (_, i) => at + i);
    await this.#context.decode({ tokens, positions, sequences: new Int32Array(count), logits }, 8);
    this.length += count;
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function times(count: number, work: () => Promise<number>): Promise<number> {
  const results: number[] = [];
  for (let i = 0; i < count; i++) results.push(await work());
  return median(results);
}
