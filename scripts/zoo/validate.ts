/**
 * Checks whether the product can use a model. It does with the cache what the product does (extend, crop, share, save, restore),
 * and compares each result with a fresh evaluation of the same tokens. It also checks the cache's size against the formula, that
 * two runs give the same, and measures the speed.
 */
import type { Context, Model } from '../../native/types';
import { bytesOfType, type CacheTypes } from '../../server/src/engine/host/cacheTypes';
import { KvCache } from '../../server/src/engine/host/cache/kvCache';
import { fimTexts } from '../../server/src/engine/host/decode/fim';
import { CalibrationText, calibrationText } from './calibration';
import { greedy, read } from './evaluate';
import { headSizes, openContext } from './opened';
import { firstTokens, rates, type FirstToken, type Rates } from './speed';
import { indexOfLargest, largestDifference } from './statistics';

export interface Check {
  readonly name: 'extraction' | 'extension' | 'cropping' | 'sharing' | 'save and restore';
  readonly tokens: number;
  /** Tokens that bringing the cache there evaluated. */
  readonly evaluated: number;
  /** The cache holds positions 0..n-1, and the prompt's token ids. */
  readonly positions: boolean;
  readonly tokenIds: boolean;
  readonly logitDifference: number;
  /** The next tokens are those of the fresh evaluation, or the first that differs is a tie within the difference. */
  readonly greedyEqual: boolean;
  readonly passed: boolean;
}

export interface Validation {
  readonly usable: boolean;
  readonly reasons: readonly string[];
  readonly types: CacheTypes;
  readonly checks: readonly Check[];
  readonly sizes: {
    readonly bytesPerToken: number;
    readonly formula: number;
    /** What a cache with a key and a value for every query head would take. */
    readonly fullAttention: number;
    /** Bytes of the whole cache before and behind the tokens, and by how much the process grew meanwhile. */
    readonly cacheBytes: number;
    readonly grownBytes: number;
  };
  readonly determinism: { readonly runs: boolean; readonly threadsDifference: number };
  readonly vocabulary: {
    readonly fim: boolean;
    readonly chatTemplate: boolean;
    readonly tokensPerCharacter: number;
  };
  readonly rates: Rates;
  readonly firstTokens: readonly FirstToken[];
}

/** Largest difference of a logit that the order of sums explains; larger ones mean other content. */
export const tolerance = 0.25;
/** Next tokens that are compared. */
const continued = 16;
const never = new AbortController().signal;

export interface ValidateOptions {
  readonly types: CacheTypes;
  readonly threads: number;
  /** Prompt lengths for the first token. */
  readonly lengths: readonly number[];
}

export async function validate(
  model: Model,
  { types, threads, lengths }: ValidateOptions,
): Promise<Validation> {
  const text = calibrationText(3, (sofar) => sofar.length > 12 * Math.max(...lengths, 1024));
  const tokens = model.tokenize(text, false);
  const checks = await cacheChecks(model, types, threads);
  const determinism = await repeats(model, types, tokens.slice(0, 256));
  const sizes = await measuredSizes(model, types, tokens.slice(0, 512), threads);
  const [rate] = await rates(model, [types], tokens.slice(0, 512), { threads });
  const reasons = [
    ...checks.filter(({ passed }) => !passed).map(({ name }) => `${name} differs from a fresh evaluation`),
    ...(sizes.bytesPerToken === sizes.formula
      ? []
      : [
          `a token takes ${sizes.bytesPerToken.toString()} bytes and not the ${sizes.formula.toString()} of the formula`,
        ]),
    ...(sizes.grownBytes < Math.max(8 << 20, sizes.cacheBytes / 4)
      ? []
      : ['the cache grows while tokens come']),
    ...(determinism.runs ? [] : ['two evaluations of the same tokens differ']),
  ];
  return {
    usable: reasons.length === 0,
    ...{ reasons, types, checks, sizes, determinism },
    vocabulary: {
      fim: fimTexts(model).fim !== undefined,
      chatTemplate: model.info.chatTemplate !== undefined,
      tokensPerCharacter: tokens.length / text.length,
    },
    rates: rate ?? { prompt: 0, prefillPerSecond: NaN, decodePerSecond: NaN, msPerToken: NaN },
    firstTokens: await firstTokens(model, types, tokens, lengths, threads),
  };
}

/** The mechanisms of the product's cache, one after the other, each with prompts of its own. */
export async function cacheChecks(model: Model, types: CacheTypes, threads = 1): Promise<Check[]> {
  const source = new CalibrationText(11);
  const encode = (text: string): Int32Array => model.tokenize(text, false);
  const [schema, first, second] = [1, 2, 3].map(() => {
    const document = source.document();
    return encode(document.schema + document.statements);
  });
  if (!schema || !first || !second) throw new RangeError('no text');
  const prompt = Int32Array.of(...schema, ...first.slice(0, 60));
  const other = Int32Array.of(...schema, ...second.slice(0, 40));
  const cells = 2 * (prompt.length + other.length + continued);
  const cached = await openContext(model, types, { cells, sequences: 8, threads });
  const fresh = await openContext(model, types, { cells, sequences: 8, threads });
  const cache = new KvCache(cached, { maxSequences: 8, chunkTokens: 64, contextTokens: cells });
  const checks: Check[] = [];
  const check = async (
    name: Check['name'],
    session: string,
    wanted: Int32Array,
    evaluated: number,
  ): Promise<void> => {
    const { id, tokens } = await cache.open(session);
    checks.push(await against({ model, context: cached, id, tokens, fresh, wanted }, { name, evaluated }));
  };
  const sync = async (session: string, wanted: Int32Array): Promise<number> =>
    (await cache.sync(session, wanted, never, schema.length)).evaluated;
  try {
    await check('extraction', 'a', prompt, await sync('a', prompt));
    let evaluated = await sync('b', other.slice(0, schema.length + 5));
    for (let length = schema.length + 6; length <= other.length; length++)
      evaluated += await sync('b', other.slice(0, length));
    await check('extension', 'b', other, evaluated);
    const changed = Int32Array.of(...prompt.slice(0, -12), ...second.slice(60, 66));
    await check('cropping', 'a', changed, await sync('a', changed));
    const sharing = Int32Array.of(...schema, ...second.slice(20, 50));
    await check('sharing', 'c', sharing, await sync('c', sharing));
    checks.push(await restored(model, cached, fresh, (await cache.open('b')).id, other));
    return checks;
  } finally {
    await cached.dispose();
    await fresh.dispose();
  }
}

interface Compared {
  readonly model: Model;
  readonly context: Context;
  readonly id: number;
  /** What the cache says it holds. */
  readonly tokens: readonly number[];
  readonly fresh: Context;
  readonly wanted: Int32Array;
}

/** Compares a cached sequence with a fresh evaluation; leaves both as they were. */
async function against(
  { model, context, id, tokens, fresh, wanted }: Compared,
  { name, evaluated }: Pick<Check, 'name' | 'evaluated'>,
): Promise<Check> {
  const { min, max } = await context.positionRange(id);
  const length = wanted.length;
  await fresh.crop(0, 0, -1);
  const expected = await read(fresh, wanted, 0);
  // The last token is evaluated again, so that there are logits for it.
  await context.crop(id, length - 1, -1);
  const got = await read(context, wanted.slice(length - 1), length - 1, id);
  const logitDifference = largestDifference(expected, got);
  const theirs = await greedy(model, fresh, expected, length, continued);
  const ours = await greedy(model, context, got, length, continued, id);
  const parting = theirs.findIndex((token, i) => token !== ours[i]);
  const greedyEqual =
    parting < 0
      ? theirs.length === ours.length
      : await isTie(fresh, theirs.subarray(0, parting), wanted, logitDifference, ours[parting] ?? -1);
  await context.crop(id, length, -1);
  const positions = min === 0 && max === length - 1;
  const tokenIds = tokens.length === length && wanted.every((token, i) => token === tokens[i]);
  const passed = positions && tokenIds && greedyEqual && logitDifference <= tolerance;
  return { name, tokens: length, evaluated, positions, tokenIds, logitDifference, greedyEqual, passed };
}

/** Whether the other token is as likely as the best one, within twice the difference, behind `wanted` and `common`. */
async function isTie(
  fresh: Context,
  common: Int32Array,
  wanted: Int32Array,
  difference: number,
  other: number,
): Promise<boolean> {
  await fresh.crop(0, 0, -1);
  const logits = await read(fresh, Int32Array.of(...wanted, ...common), 0);
  const best = logits[indexOfLargest(logits)] ?? NaN;
  return best - (logits[other] ?? -Infinity) <= 2 * Math.max(difference, 0.02);
}

async function restored(
  model: Model,
  cached: Context,
  fresh: Context,
  id: number,
  wanted: Int32Array,
): Promise<Check> {
  const state = await cached.stateSave(id);
  await fresh.stateLoad(1, state);
  // Read back from the context that never evaluated it; a third would be needed to compare it with.
  const { min, max } = await fresh.positionRange(1);
  const tokens = min === 0 && max === wanted.length - 1 ? Array.from(wanted) : [];
  return against(
    { model, context: fresh, id: 1, tokens, fresh, wanted },
    { name: 'save and restore', evaluated: 0 },
  );
}

async function repeats(
  model: Model,
  types: CacheTypes,
  tokens: Int32Array,
): Promise<Validation['determinism']> {
  const logits: Float32Array[] = [];
  for (const threads of [1, 1, 2]) {
    const context = await openContext(model, types, { cells: tokens.length, threads });
    try {
      logits.push(await read(context, tokens, 0));
    } finally {
      await context.dispose();
    }
  }
  const [one = new Float32Array(), again = new Float32Array(), two = new Float32Array()] = logits;
  return { runs: largestDifference(one, again) === 0, threadsDifference: largestDifference(one, two) };
}

async function measuredSizes(
  model: Model,
  types: CacheTypes,
  tokens: Int32Array,
  threads: number,
): Promise<Validation['sizes']> {
  const { layers, kvHeads, heads } = model.info;
  const { key, value } = headSizes(model);
  const perHead = layers * (key * bytesOfType[types.keyType] + value * bytesOfType[types.valueType]);
  const context = await openContext(model, types, { cells: tokens.length, threads });
  try {
    const half = tokens.length >> 1;
    const one = (at: number): Promise<unknown> =>
      context.decode(
        {
          tokens: tokens.slice(at, at + 1),
          positions: Int32Array.of(at),
          sequences: Int32Array.of(0),
          logits: Uint8Array.of(1),
        },
        1,
      );
    // The first half warms up what is allocated once: rows of logits that are kept, and Node's own heap.
    for (let at = 0; at < half; at++) await one(at);
    const before = process.memoryUsage.rss();
    for (let at = half; at < tokens.length; at++) await one(at);
    const grownBytes = Math.max(0, process.memoryUsage.rss() - before);
    const { kvBytes, kvBytesPerToken } = context.sizes();
    return {
      bytesPerToken: kvBytesPerToken,
      formula: kvHeads * perHead,
      fullAttention: heads * perHead,
      cacheBytes: kvBytes,
      grownBytes,
    };
  } finally {
    await context.dispose();
  }
}
