/**
 * Guesses the next tokens without the model: where the last few tokens stood before in the prompt, what followed them
 * there. Guesses are evaluated in one batch with the token before them and only ever confirmed by the model, so that the
 * text is the same with and without. Pauses where that does not pay.
 */

/** Tokens that must stand there again; more of them make a better guess. */
const longestMatch = 3;
const shortestMatch = 2;
const draftTokens = 4;
/** Weight of the newest measurement. */
const learningRate = 0.2;
/** Decodes without drafts before they are tried again. */
const pauseDecodes = 64;

export class Drafts {
  /** Milliseconds of a decode of one token, and of one token's share of a decode with drafts. */
  #plainMs: number | undefined;
  #draftedMs: number | undefined;
  #pause = 0;

  /** What may follow the first `length` tokens and `next`; empty where nothing is known or drafts do not pay. */
  guess(tokens: readonly number[], length: number, next: number): Int32Array {
    if (this.#pause > 0) {
      this.#pause--;
      return new Int32Array();
    }
    return lookup(tokens, length, next);
  }

  /**
   * What a decode took.
   * @param drafted guessed tokens in it
   * @param accepted how many of them were chosen then
   */
  learn(drafted: number, accepted: number, milliseconds: number): void {
    if (drafted === 0) {
      this.#plainMs = average(this.#plainMs, milliseconds);
      return;
    }
    this.#draftedMs = average(this.#draftedMs, milliseconds / (accepted + 1));
    if (this.#plainMs === undefined || this.#draftedMs <= this.#plainMs) return;
    this.#pause = pauseDecodes;
    // The next try is judged anew.
    this.#draftedMs = undefined;
  }
}

function average(before: number | undefined, now: number): number {
  return before === undefined ? now : before + learningRate * (now - before);
}

/** What followed the latest earlier place that ends as the first `length` tokens and `next` do, the longest such end. */
export function lookup(tokens: readonly number[], length: number, next: number): Int32Array {
  let best = -1;
  let longest = shortestMatch - 1;
  for (let at = length - 1; at > 0 && longest < longestMatch; at--) {
    if (tokens[at] !== next) continue;
    let match = 1;
    while (match < longestMatch && at >= match && tokens[at - match] === tokens[length - match]) match++;
    if (match > longest) [best, longest] = [at, match];
  }
  if (best < 0) return new Int32Array();
  return Int32Array.from(tokens.slice(best + 1, Math.min(best + 1 + draftTokens, length)));
}
