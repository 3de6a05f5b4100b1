/**
 * Writes several continuations of one prompt, each with another first token. They grow together: one batch gives every
 * continuation its next token. Their tokens stay in the cache, so that accepting any of them costs nothing.
 */
import { cancelled } from '../../../errors';
import { Decoding, type AskChoice, type Position } from './decoding';
import { positionAfter, type Decoder, type Generation, type GenerateOptions } from './generate';
import type { Extension } from '../cache/evaluate';
import type { CachedSequence } from '../cache/sequence';

interface Branch {
  readonly decoding: Decoding;
  readonly sequence: CachedSequence;
  decoded: number;
}

/**
 * Up to `count` continuations of the prompt that sync() just brought into the cache, the one with the likeliest first token
 * first.
 * @throws SqlAheadError ERR_CANCELLED | ERR_CONTEXT_FULL
 */
export async function generateBranches(
  decoder: Decoder,
  session: string,
  promptLength: number,
  count: number,
  options: GenerateOptions,
  signal: AbortSignal,
  choose?: AskChoice,
): Promise<Generation[]> {
  const { cache, context, vocabulary } = decoder;
  const at = (known: Position['candidates']): Position => ({
    candidates: known,
    logitsOf: (tokens) => context.logitsOf(known.row, tokens),
    best: (k) => context.bestOf(known.row, k),
  });

  const taken = new Set<number>();
  const finished: Decoding[] = [];
  const started: { decoding: Decoding; token: number }[] = [];
  while (started.length + finished.length < count) {
    const decoding = new Decoding(vocabulary, options, options.healed ?? '', choose);
    if (decoding.isOver()) break;
    const token = await decoding.next(positionAfter(decoder, session, promptLength, signal), taken);
    if (signal.aborted) throw cancelled();
    if (token === undefined) {
      // A stop came within its first token: the text is whole, and nothing is to be evaluated.
      if (decoding.end === 'stop') finished.push(decoding);
      break;
    }
    taken.add(token);
    started.push({ decoding, token });
  }

  const forks = await cache.fork(session, promptLength, started.length);
  const branches = forks.map((sequence, i): Branch => {
    const decoding = started[i]?.decoding;
    if (!decoding) throw new Error('a fork without its alternative');
    return { decoding, sequence, decoded: 0 };
  });
  try {
    let next = branches.map((branch, i) => ({ branch, token: started[i]?.token ?? 0 }));
    while (next.length > 0) {
      const extensions = next.map(({ branch, token }): Extension => ({
        sequence: branch.sequence,
        tokens: Int32Array.of(token),
        wanted: 'last',
      }));
      const after = await cache.extend(session, extensions, signal);
      for (const { branch } of next) branch.decoded++;
      const going = next
        .map(({ branch }, i) => ({ branch, known: after[i] }))
        .filter(({ branch }) => !branch.decoding.isOver());
      const chosen = await Promise.all(
        going.map(async ({ branch, known }) => ({
          branch,
          token: known && (await branch.decoding.next(at(known))),
        })),
      );
      if (signal.aborted) throw cancelled();
      next = chosen.flatMap(({ branch, token }) => (token === undefined ? [] : [{ branch, token }]));
    }
  } catch (error) {
    for (const sequence of forks) await cache.release(sequence);
    throw error;
  }
  const results = [
    ...branches.map(({ decoding, decoded, sequence }) => result(decoding, decoded, [...sequence.tokens])),
    ...finished.map((decoding) => result(decoding, 0, [])),
  ];
  for (const sequence of forks) await cache.leave(sequence);
  return results;
}

function result(
  { text, end = 'no-choice', meanLogProbability }: Decoding,
  decoded: number,
  tokens: readonly number[],
): Generation {
  return { text, end, meanLogProbability, decoded, drafted: 0, accepted: 0, tokens };
}
