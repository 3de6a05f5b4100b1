/** Has a model read tokens into one sequence, and lets it write on with its likeliest tokens. */
import type { Context, Model } from '../../native/types';
import { batchTokens } from './opened';
import { indexOfLargest } from './statistics';

/** Evaluates tokens behind position `at` of a sequence. @returns the logits behind the last of them */
export async function read(
  context: Context,
  tokens: Int32Array,
  at: number,
  sequence = 0,
  most = batchTokens,
): Promise<Float32Array> {
  for (let from = 0; from < tokens.length; from += most) {
    const length = Math.min(most, tokens.length - from);
    await context.decode(
      {
        tokens: tokens.slice(from, from + length),
        positions: Int32Array.from({ length }, (_, i) => at + from + i),
        sequences: new Int32Array(length).fill(sequence),
        logits: Uint8Array.from({ length }, (_, i) => (from + i === tokens.length - 1 ? 1 : 0)),
      },
      1,
    );
  }
  return context.logits(0);
}

/** The likeliest tokens behind `logits`, at most `count`, until the model ends the text. */
export async function greedy(
  model: Model,
  context: Context,
  logits: Float32Array,
  at: number,
  count: number,
  sequence = 0,
): Promise<Int32Array> {
  const tokens: number[] = [];
  let next = logits;
  while (tokens.length < count) {
    const token = indexOfLargest(next);
    if (model.isEndOfGeneration(token)) break;
    tokens.push(token);
    if (tokens.length < count)
      next = await read(context, Int32Array.of(token), at + tokens.length - 1, sequence);
  }
  return Int32Array.from(tokens);
}
