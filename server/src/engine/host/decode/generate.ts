/**
 * Writes the continuation of a prompt, token by token: chooses the next token (decoding.ts), lets the model read it together
 * with guesses of what follows (drafts.ts), and so on until the text ends. KvCache.sync() must have read the prompt before.
 */
import type { Context } from '../../../../../native/types';
import { cancelled, errorCode, SqlAheadError } from '../../../errors';
import type { CompleteOptions, Completion } from '../../engine';
import { Decoding, type AskChoice, type Position } from './decoding';
import type { Drafts } from './drafts';
import type { KvCache } from '../cache/kvCache';
import type { Vocabulary } from './vocabulary';

export type Generation = Pick<Completion, 'text' | 'end' | 'meanLogProbability'> & {
  readonly decoded: number;
  readonly drafted: number;
  readonly accepted: number;
  /** The prompt's tokens, and behind them those of the continuation. */
  readonly tokens: readonly number[];
};

/** What decoding works with; one for each engine. */
export interface Decoder {
  readonly cache: KvCache;
  readonly context: Pick<Context, 'logitsOf' | 'bestOf'>;
  readonly vocabulary: Vocabulary;
  /** Without it nothing is guessed. */
  readonly drafts?: Drafts;
}

export interface GenerateOptions extends CompleteOptions {
  /** The end of the prompt's text that was left out of its tokens; generation begins with it (tokenizer.ts). */
  readonly healed?: string;
}

/**
 * Continues the prompt of `promptLength` tokens that sync() just brought into the cache.
 * @throws SqlAheadError ERR_CANCELLED
 */
export async function generate(
  decoder: Decoder,
  session: string,
  promptLength: number,
  options: GenerateOptions,
  signal: AbortSignal,
  choose?: AskChoice,
): Promise<Generation> {
  const { cache, vocabulary, drafts } = decoder;
  const decoding = new Decoding(vocabulary, options, options.healed ?? '', choose);
  let [decoded, drafted, accepted] = [0, 0, 0];
  /** The last batch with guesses, and how many of them have turned out right so far. */
  let open: { end: number; drafted: number; accepted: number; milliseconds: number } | undefined;
  const settle = (): void => {
    if (open) drafts?.learn(open.drafted, open.accepted, open.milliseconds);
    open = undefined;
  };

  let length = promptLength;
  for (; !decoding.isOver(); length++) {
    const token = await decoding.next(positionAfter(decoder, session, length, signal));
    if (signal.aborted) throw cancelled();
    if (token === undefined) break;
    // The last token is evaluated, too: then accepting the text costs nothing.
    const guess =
      drafts && !decoding.isOver()
        ? drafts.guess((await cache.open(session)).tokens, length, token)
        : undefined;
    try {
      const step = await cache.append(session, length, token, signal, guess);
      if (step.evaluated === 0) {
        if (open && length < open.end) {
          open.accepted++;
          accepted++;
        }
        continue;
      }
      settle();
      decoded++;
      const guessed = step.evaluated - 1;
      drafted += guessed;
      open = { end: length + 1 + guessed, drafted: guessed, accepted: 0, milliseconds: step.milliseconds };
    } catch (error) {
      if (!(error instanceof SqlAheadError && error.code === 'ERR_CONTEXT_FULL')) throw error;
      decoding.end = 'context-full';
      break;
    }
  }
  settle();
  const { text, end = 'no-choice', meanLogProbability } = decoding;
  const tokens = (await cache.open(session)).tokens.slice(0, length);
  return { text, end, meanLogProbability, decoded, drafted, accepted, tokens };
}

/** What the model says comes after the first `length` tokens of a session's sequence. */
export function positionAfter(
  { cache, context }: Decoder,
  session: string,
  length: number,
  signal: AbortSignal,
): Position {
  const candidates = cache.candidatesAfter(session, length);
  if (!candidates) throw new Error('decoding needs a synced session');
  /** Reads from the position's row of logits. When the addon no longer keeps that row, it is evaluated again. */
  const atRow = async <T>(read: (row: number) => Promise<T>): Promise<T> => {
    try {
      return await read(candidates.row);
    } catch (error) {
      if (errorCode(error) !== 'ERR_ARGUMENT') throw error;
      return read((await cache.again(session, length, signal)).row);
    }
  };
  return {
    candidates,
    logitsOf: (tokens) => atRow((row) => context.logitsOf(row, tokens)),
    best: (k) => atRow((row) => context.bestOf(row, k)),
  };
}
