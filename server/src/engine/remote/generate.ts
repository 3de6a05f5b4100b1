/**
 * Writes a continuation with a remote server. The server streams its likeliest tokens; as long as the caller would choose the
 * same ones, the stream is followed. When the caller chooses another token, the stream is closed and a new request begins
 * behind that token. That is cheap, because the server has the prompt in its cache.
 */
import type { Choose, CompleteOptions, Completion } from '../engine';
import { applyStops } from '../stops';
import type { CompletionServer, PromptUse, StreamedPiece } from './completionServer';

export type RemoteGeneration = Pick<Completion, 'text' | 'end' | 'meanLogProbability'> & {
  readonly decoded: number;
  /** What the server told about the first request; the later ones find their prompt in its cache. */
  readonly use: PromptUse;
};

type Step = { readonly text: string; readonly logProbability: number } | 'end-of-text' | 'no-choice';

/**
 * @param start the first piece, when it has been chosen already
 * @throws SqlAheadError as CompletionServer.stream
 */
export async function generateRemotely(
  server: CompletionServer,
  prompt: string,
  options: CompleteOptions,
  choose: Choose | undefined,
  signal: AbortSignal,
  start = '',
): Promise<RemoteGeneration> {
  let use: PromptUse | undefined;
  let text = start;
  let pieces = 0;
  let logProbability = 0;
  let end: Completion['end'] | undefined = ended(start);
  while (end === undefined) {
    let followed = true;
    let came = 0;
    const left = options.maxTokens - pieces;
    for await (const piece of server.stream(prompt + text, left, signal, (told) => (use ??= told))) {
      came++;
      const step = nextStep(piece, text, options, choose);
      if (typeof step === 'string') {
        end = step;
        break;
      }
      text += step.text;
      pieces++;
      logProbability += step.logProbability;
      end = ended(text);
      followed = step.text === piece.text;
      if (end !== undefined || !followed) break;
    }
    // The stream ended by itself: the model ended the text, or sent nothing at all.
    if (end === undefined && (followed || came === 0)) end = forcedText(text) ?? 'end-of-text';
  }
  return {
    text: applyStops(text, options) ?? text,
    end,
    meanLogProbability: pieces > 0 ? logProbability / pieces : 0,
    decoded: pieces,
    use: use ?? { promptTokens: undefined, cachedTokens: undefined },
  };

  function ended(now: string): Completion['end'] | undefined {
    if (applyStops(now, options) !== undefined) return 'stop';
    return pieces >= options.maxTokens ? 'limit' : undefined;
  }

  /** A model that ends before the text it must begin with is there has no choice. */
  function forcedText(now: string): Completion['end'] | undefined {
    return now.length < (options.mustBegin ?? '').length ? 'no-choice' : undefined;
  }
}

/** What comes next: the streamed piece, another candidate, or text that must come. */
export function nextStep(
  piece: StreamedPiece,
  text: string,
  options: Pick<CompleteOptions, 'mustBegin'>,
  choose: Choose | undefined,
): Step {
  const mustBegin = options.mustBegin ?? '';
  const all = piece.candidates ?? [piece];
  const offered = all.filter((candidate) => begins(text, candidate.text, mustBegin));
  // No candidate agrees with the text that must come first; so we put that text behind the prompt ourselves.
  if (offered.length === 0) return { text: mustBegin.slice(text.length), logProbability: 0 };
  const choice = choose
    ? choose(
        text,
        offered.map((candidate) => candidate.text),
        offered.map(({ logProbability }) => logProbability),
      )
    : 0;
  if (typeof choice === 'object') {
    const way = offered.find(
      (candidate) => candidate.text !== '' && choice.oneOf.some((one) => one.startsWith(candidate.text)),
    );
    // The beginning that all legal texts share is certain; behind it, only the model could choose.
    const shared = commonBeginning(choice.oneOf);
    return way ?? (shared === '' ? 'no-choice' : { text: shared, logProbability: 0 });
  }
  const chosen = choice === undefined ? undefined : offered[choice];
  if (!chosen) return 'no-choice';
  return chosen.text === '' ? 'end-of-text' : chosen;
}

/** Whether the text, with the candidate behind it, agrees with what it must begin with. */
function begins(text: string, candidate: string, mustBegin: string): boolean {
  if (text.length >= mustBegin.length) return true;
  const next = text + candidate;
  return candidate !== '' && (mustBegin.startsWith(next) || next.startsWith(mustBegin));
}

function commonBeginning(texts: readonly string[]): string {
  let shared = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(shared)) shared = shared.slice(0, -1);
  return shared;
}
