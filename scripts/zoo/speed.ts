/**
 * Measures how many tokens a second a model reads and writes, and how much sooner its first token comes when the prompt is in
 * the cache. With one thread the time is the processor's, so that other work on the machine does not count.
 */
import type { Model } from '../../native/types';
import type { CacheTypes } from '../../server/src/engine/host/cacheTypes';
import { median } from '../../test/bench/figures';
import { read } from './evaluate';
import { openContext } from './opened';

export interface Rates {
  /** Tokens of the prompt that was read. */
  readonly prompt: number;
  readonly prefillPerSecond: number;
  readonly decodePerSecond: number;
  readonly msPerToken: number;
}

const decoded = 32;

/** Caches side by side, in turns, so that what else the machine does hits all of them; medians of `runs`. */
export async function rates(
  model: Model,
  caches: readonly CacheTypes[],
  tokens: Int32Array,
  { runs = 3, threads = 1 } = {},
): Promise<Rates[]> {
  const samples = caches.map(() => ({ prefill: [] as number[], decode: [] as number[] }));
  for (let run = 0; run < runs; run++)
    for (const [i, types] of caches.entries()) {
      const context = await openContext(model, types, { cells: tokens.length + decoded, threads });
      try {
        const prefill = await spent(threads, () => read(context, tokens, 0));
        const decode = await spent(threads, async () => {
          for (let n = 0; n < decoded; n++)
            await read(context, Int32Array.of(tokens[n] ?? 0), tokens.length + n);
        });
        samples[i]?.prefill.push((1000 * tokens.length) / prefill);
        samples[i]?.decode.push((1000 * decoded) / decode);
      } finally {
        await context.dispose();
      }
    }
  return samples.map(({ prefill, decode }) => ({
    prompt: tokens.length,
    prefillPerSecond: median(prefill),
    decodePerSecond: median(decode),
    msPerToken: 1000 / median(decode),
  }));
}

export interface FirstToken {
  readonly tokens: number;
  readonly coldMs: number;
  readonly cachedMs: number;
}

/** The first token behind prompts of some lengths: all of it read, and all but the last token cached. */
export async function firstTokens(
  model: Model,
  types: CacheTypes,
  tokens: Int32Array,
  lengths: readonly number[],
  threads = 1,
): Promise<FirstToken[]> {
  const results: FirstToken[] = [];
  const context = await openContext(model, types, { cells: Math.max(...lengths) + 1, threads });
  try {
    for (const length of lengths) {
      const prompt = tokens.slice(0, length);
      await context.crop(0, 0, -1);
      const coldMs = await spent(threads, () => read(context, prompt, 0));
      const cached: number[] = [];
      for (let run = 0; run < 5; run++) {
        await context.crop(0, length - 1, -1);
        cached.push(await spent(threads, () => read(context, prompt.slice(length - 1), length - 1)));
      }
      results.push({ tokens: length, coldMs, cachedMs: median(cached) });
    }
    return results;
  } finally {
    await context.dispose();
  }
}

/**
 * How long work takes, in milliseconds. With one thread it is the processor's time, so that other programs do not count. Several
 * threads wait for each other by spinning, which is processor time, too; so they are measured by the clock.
 */
async function spent(threads: number, work: () => Promise<unknown>): Promise<number> {
  if (threads > 1) return timed(work);
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
