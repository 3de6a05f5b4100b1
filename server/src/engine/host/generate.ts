/**
 * Decoding over a synced session: take the best candidate, or the one the caller chooses, append it, until a stop
 * rule. Text rules only; what is legal SQL is not decided here.
 */
import type { Candidates, Model } from '../../../../native/types';
import { cancelled, SqlAheadError } from '../../errors';
import type { Choice, Choose, CompleteOptions, Completion } from '../engine';
import type { SequenceCache } from './sequenceCache';

/** engine.ts's Choose, across a process boundary. */
export type AskChoice = (...parameters: Parameters<Choose>) => Promise<Choice>;

export type Generation = Pick<Completion, 'text' | 'end' | 'meanLogProbability'> & {
  readonly decoded: number;
};

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
  choose?: AskChoice,
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
    const offered = textCandidates(model, candidates).filter((candidate) =>
      begins(text, candidate.text, options.mustBegin ?? ''),
    );
    const chosen = choose ? await chooseInSteps(choose, text, offered, candidates.logSumExp) : 0;
    if (signal.aborted) throw cancelled();
    const choice = chosenCandidate(chosen, offered);
    if (!choice) return finish('no-choice');
    if (choice.text === '') return finish('end-of-text');
    tokens++;
    logProbability += choice.logit - candidates.logSumExp;
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

/** Candidates offered at once: nearly always one of the first is taken, and the rest need not cross the socket. */
const offeredAtOnce = 40;

/** Offers the best candidates first, and the rest only when none of them was taken. */
async function chooseInSteps(
  choose: AskChoice,
  generated: string,
  offered: readonly Candidate[],
  logSumExp: number,
): Promise<Choice> {
  for (const [from, to] of [
    [0, offeredAtOnce],
    [offeredAtOnce, offered.length],
  ] as const) {
    const step = offered.slice(from, to);
    if (step.length === 0) return undefined;
    // Rounded: a decision does not need more, and the message stays short.
    const logProbabilities = step.map(({ logit }) => Math.round(100 * (logit - logSumExp)) / 100);
    const texts = step.map(({ text }) => text);
    const chosen = await choose(generated, texts, logProbabilities);
    if (chosen !== undefined) return typeof chosen === 'number' ? from + chosen : chosen;
  }
  return undefined;
}

function chosenCandidate(choice: Choice, offered: readonly Candidate[]): Candidate | undefined {
  if (typeof choice !== 'object') return choice === undefined ? undefined : offered[choice];
  return offered.find(({ text }) => text !== '' && choice.oneOf.some((wanted) => wanted.startsWith(text)));
}

/** True when the text with the candidate is on its way through what it must begin with, or is past it. */
function begins(generated: string, candidate: string, mustBegin: string): boolean {
  if (generated.length >= mustBegin.length) return true;
  const text = generated + candidate;
  return candidate !== '' && (mustBegin.startsWith(text) || text.startsWith(mustBegin));
}

interface Candidate {
  readonly token: number;
  readonly logit: number;
  readonly bytes: Uint8Array;
  /** "" for the end of the text; a piece of a character shows as U+FFFD. */
  readonly text: string;
}

/** Candidates that have text, or end it; other control tokens are passed over. */
function textCandidates(
  model: Pick<Model, 'detokenize' | 'isEndOfGeneration'>,
  candidates: Candidates,
): Candidate[] {
  const offered: Candidate[] = [];
  for (const [i, token] of candidates.tokens.entries()) {
    const end = model.isEndOfGeneration(token);
    const bytes = end ? new Uint8Array() : model.detokenize(Int32Array.of(token));
    if (!end && bytes.length === 0) continue;
    offered.push({
      token,
      logit: candidates.logits[i] ?? -Infinity,
      bytes,
      text: new TextDecoder().decode(bytes),
    });
  }
  return offered;
}

/** The text cut at the earliest stop behind its leading white space, or undefined when none is there. */
export function applyStops(
  text: string,
  options: Pick<CompleteOptions, 'stopBefore' | 'stopAfter'>,
): string | undefined {
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
