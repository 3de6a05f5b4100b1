/**
 * Greedy decoding over a synced session: take the best candidate, append it, until a stop rule. Text rules only;
 * what is legal SQL is not decided here.
 */
import type { Model } from '../../../../native/types';
import { SqlAheadError } from '../../errors';
import type { CompleteOptions, Completion } from '../engine';
import type { SequenceCache } from './sequenceCache';

export type Generation = Pick<Completion, 'text' | 'end' | 'meanLogProbability'> & { readonly decoded: number };

/**
 * Continues the prompt of `promptLength` tokens that sync() just brought into the cache.
 * @throws SqlAheadError ERR_CANCELLED
 */
export async function generate(
  cache: SequenceCache,
  model: Pick<Model, 'detokenize' | 'isEndOfGeneration'>,
  session: string,
  promptLength: number,
  options: CompleteOptions,
  signal: AbortSignal,
): Promise<Generation> {
  const utf8 = new TextDecoder();
  let text = '';
  let decoded = 0;
  let tokens = 0;
  let logProbability = 0;
  const finish = (end: Completion['end']): Generation => ({
    text,
    end,
    decoded,
    meanLogProbability: tokens > 0 ? logProbability / tokens : 0,
  });

  let candidates = (await cache.open(session)).candidates.get(promptLength - 1);
  for (let position = promptLength; tokens < options.maxTokens; position++) {
    if (!candidates) throw new Error('generate() needs a synced session');
    const choice = firstTextToken(model, candidates.tokens);
    if (choice === undefined) return finish('end-of-text');
    tokens++;
    logProbability += (candidates.logits[choice.index] ?? 0) - candidates.logSumExp;
    text += utf8.decode(choice.bytes, { stream: true });
    const stopped = applyStops(text, options);
    if (stopped !== undefined) {
      text = stopped;
      return finish('stop');
    }
    try {
      const step = await cache.append(session, position, choice.token, signal);
      candidates = step.candidates;
      if (step.evaluated) decoded++;
    } catch (error) {
      if (error instanceof SqlAheadError && error.code === 'ERR_CONTEXT_FULL') return finish('context-full');
      throw error;
    }
  }
  return finish('limit');
}

/** The best candidate that has text; undefined when the model's choice is to end. Control tokens are passed over. */
function firstTextToken(
  model: Pick<Model, 'detokenize' | 'isEndOfGeneration'>,
  tokens: Int32Array,
): { token: number; index: number; bytes: Uint8Array } | undefined {
  for (const [index, token] of tokens.entries()) {
    if (model.isEndOfGeneration(token)) return undefined;
    const bytes = model.detokenize(Int32Array.of(token));
    if (bytes.length > 0) return { token, index, bytes };
  }
  return undefined;
}

/** The text cut at the earliest stop behind its leading white space, or undefined when none is there. */
export function applyStops(text: string, options: Pick<CompleteOptions, 'stopBefore' | 'stopAfter'>): string | undefined {
  let end = Infinity;
  const start = text.search(/\S/);
  if (start < 0) return undefined;
  for (const stop of options.stopBefore) {
    const at = text.indexOf(stop, start);
    if (at >= 0) end = Math.min(end, at);
  }
  for (const stop of options.stopAfter) {
    const at = text.indexOf(stop, start);
    if (at >= 0) end = Math.min(end, at + stop.length);
  }
  return end === Infinity ? undefined : text.slice(0, end);
}
