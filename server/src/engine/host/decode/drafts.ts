/**
 * Guesses the next tokens without the model ("drafts"). It looks for an earlier place in the prompt with the same last tokens
 * and takes what followed there: behind `c.customer_` the schema often tells `id`. The model checks all guesses in one batch,
 * which is faster than one token after the other. Wrong guesses are dropped, so the text is the same with and without them.
 * When too many are wrong to save time, it stops guessing for a while.
 */

/** How many tokens must be the same at the earlier place, at most and at least. The place with more is the better guess. */
const longestMatch = 3;
const shortestMatch = 2;
const draftTokens = 4;
/** How much the newest measurement counts in the running average. */
const learningRate = 0.2;
/** When guessing did not pay, so many tokens are decoded before it is tried again. */
const pauseDecodes = 64;

export class Drafts {
  /** Milliseconds for one token, without and with drafts. */
  #plainMs: number | undefined;
  #draftedMs: number | undefined;
  #pause = 0;

  /** Guesses what follows the first `length` tokens and `next`; empty when nothing is found or guessing does not pay. */
  guess(tokens: readonly number[], length: number, next: number): Int32Array {
    if (this.#pause > 0) {
      this.#pause--;
      return new Int32Array();
    }
    return lookup(tokens, length, next);
  }

  /**
   * Takes in how long one evaluation took.
   * @param drafted how many of its tokens were guesses
   * @param accepted how many of those were right
   */
  learn(drafted: number, accepted: number, milliseconds: number): void {
    if (drafted === 0) {
      this.#plainMs = average(this.#plainMs, milliseconds);
      return;
    }
    this.#draftedMs = average(this.#draftedMs, milliseconds / (accepted + 1));
    if (this.#plainMs === undefined || this.#draftedMs <= this.#plainMs) return;
    this.#pause = pauseDecodes;
    // The next try is measured from the beginning.
    this.#draftedMs = undefined;
  }
}

function average(before: number | undefined, now: number): number {
  return before === undefined ? now : before + learningRate * (now - before);
}

/**
 * Looks for the earlier place whose last tokens are those of the first `length` tokens with `next` behind them, and gives
 * what followed there. The place with the most equal tokens wins, then the latest.
 */
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
