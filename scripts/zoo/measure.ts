/**
 * Measures the perplexity of caches of several types over passages of text, and how far each is from f16. All caches read the
 * same tokens in step, so that only the logits of a few tokens are in memory at a time. A passage is a chunk of text as
 * llama-perplexity cuts it, or a document of which only the statements are scored.
 */
import type { Batch, Context, Model } from '../../native/types';
import type { CacheTypes } from '../../server/src/engine/host/cacheTypes';
import { CalibrationText } from './calibration';
import { batchTokens, openContext, plainCache, ZooError } from './opened';
import { divergence, probabilities, type Distribution, type Positions } from './statistics';

/** Tokens that are read into an empty cache, and which of them tell about the one behind. */
export interface Passage {
  readonly tokens: Int32Array;
  /** What comes behind each token; mostly the next one. */
  readonly next: Int32Array;
  /** 1 where the probability of what comes next counts. */
  readonly scored: Uint8Array;
}

export interface Measured extends Positions {
  readonly types: CacheTypes;
  /** Bytes of one token in the cache, as llama.cpp allocated it. */
  readonly bytesPerToken: number;
}

/**
 * Chunks of a text as llama-perplexity reads it: each in an empty cache, its first token the beginning of a sequence where the
 * model wants one; tokens behind the middle are scored.
 * @throws ZooError where the text is shorter than two chunks
 */
export function chunks(model: Model, text: string, length: number, most: number): Passage[] {
  const { addsBeginOfSequence, special } = model.info;
  const tokens = model.tokenize(text, false);
  const all = addsBeginOfSequence ? Int32Array.of(special.beginOfSequence, ...tokens) : tokens;
  if (all.length < 2 * length)
    throw new ZooError(
      `The text has ${all.length.toString()} tokens and ${(2 * length).toString()} are needed for chunks of ${length.toString()}; give a longer --text or a smaller --context.`,
    );
  const first = Math.floor(length / 2);
  return Array.from({ length: Math.min(most, Math.floor(all.length / length)) }, (_, n) => {
    const own = all.slice(n * length, (n + 1) * length);
    const next = Int32Array.from(own, (_token, i) => own[i + 1] ?? 0);
    if (addsBeginOfSequence) own[0] = special.beginOfSequence;
    return {
      tokens: own,
      next,
      scored: Uint8Array.from(own, (_token, i) => (i >= first && i < length - 1 ? 1 : 0)),
    };
  });
}

/** Documents of our own within `length` tokens, of which the statements are scored: what a model is here for. */
export function documents(model: Model, seed: number, length: number, count: number): Passage[] {
  const source = new CalibrationText(seed);
  const { addsBeginOfSequence, special } = model.info;
  const passages: Passage[] = [];
  for (let left = 100 * count; passages.length < count; left--) {
    if (left === 0)
      throw new ZooError(`No document fits into ${length.toString()} tokens; give a larger --context.`);
    const { schema, statements } = source.document(9);
    const head = [
      ...(addsBeginOfSequence ? [special.beginOfSequence] : []),
      ...model.tokenize(schema, false),
    ];
    const tokens = Int32Array.of(...head, ...model.tokenize(statements, false));
    if (tokens.length > length) continue;
    passages.push({
      tokens,
      next: Int32Array.from(tokens, (_token, i) => tokens[i + 1] ?? 0),
      scored: Uint8Array.from(tokens, (_token, i) => (i >= head.length - 1 && i < tokens.length - 1 ? 1 : 0)),
    });
  }
  return passages;
}

/** @returns the reference (f16) first, then `others` in their order */
export async function measure(
  model: Model,
  passages: readonly Passage[],
  others: readonly CacheTypes[],
  threads = 1,
): Promise<Measured[]> {
  const all = [plainCache, ...others];
  const contexts: Context[] = [];
  const collected = all.map(() => ({
    nll: [] as number[],
    kl: [] as number[],
    sameBest: [] as boolean[],
    right: [] as boolean[],
  }));
  const cells = Math.max(...passages.map(({ tokens }) => tokens.length));
  try {
    for (const types of all) contexts.push(await openContext(model, types, { cells, threads }));
    for (const { tokens, next, scored } of passages) {
      for (const context of contexts) await context.crop(0, 0, -1);
      for (let from = 0; from < tokens.length; from += batchTokens) {
        const batch = part(tokens, scored, from);
        const targets = next.subarray(from).filter((_, i) => batch.logits[i] === 1);
        let reference: (Distribution & { readonly best: number; readonly share: Float32Array })[] = [];
        for (const [i, context] of contexts.entries()) {
          const { candidates } = await context.decode(batch, 1);
          const rows = [];
          for (const [at, { logSumExp, tokens: best }] of candidates.entries())
            rows.push({ logits: await context.logits(at), logSumExp, best: best[0] ?? -1 });
          if (i === 0) reference = rows.map((row) => ({ ...row, share: probabilities(row) }));
          rows.forEach((row, at) => {
            const base = reference[at];
            collected[i]?.nll.push(row.logSumExp - (row.logits[targets[at] ?? 0] ?? NaN));
            collected[i]?.kl.push(i === 0 || !base ? 0 : divergence(base, base.share, row));
            collected[i]?.sameBest.push(base?.best === row.best);
            collected[i]?.right.push(row.best === targets[at]);
          });
        }
      }
    }
    return all.map((types, i) => ({
      types,
      bytesPerToken: contexts[i]?.sizes().kvBytesPerToken ?? NaN,
      ...(collected[i] ?? { nll: [], kl: [], sameBest: [], right: [] }),
    }));
  } finally {
    for (const context of contexts) await context.dispose();
  }
}

function part(tokens: Int32Array, scored: Uint8Array, from: number): Batch {
  const own = tokens.slice(from, from + batchTokens);
  return {
    tokens: own,
    positions: Int32Array.from(own, (_, i) => from + i),
    sequences: new Int32Array(own.length),
    logits: scored.slice(from, from + batchTokens),
  };
}
