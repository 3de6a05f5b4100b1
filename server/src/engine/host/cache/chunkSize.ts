/**
 * Decides how many tokens the model reads at once (a chunk). A long prompt is read in chunks, because the next key can stop it
 * only between two. Large chunks are faster in sum, small ones let the next key in sooner. So a chunk takes about 30 ms while
 * the person types and 250 ms when they pause. How many tokens that is on this machine, it learns from past chunks.
 */

/** How long a chunk should take while the person types, and when they pause. */
const typingMs = 30;
const calmMs = 250;
/** A person who pressed no key for this long has paused. */
const calmAfterMs = 2000;
/** The first chunk, before any time was measured: small enough for a large model on a slow processor. */
const firstChunk = 16;
const smallestChunk = 4;
/** How much the newest measurement counts in the running average. */
const learningRate = 0.3;

export class ChunkSize {
  readonly #largest: number;
  readonly #now: () => number;
  #msPerToken: number | undefined;
  #lastKey = -Infinity;
  #typing = false;

  /** @param now milliseconds of a clock; tests have their own */
  constructor(largest: number, now: () => number = () => performance.now()) {
    this.#largest = largest;
    this.#now = now;
  }

  /** Called for each key. With the second key within two seconds the person types, and chunks are small until they pause. */
  keyPressed(): void {
    this.#typing = this.#now() - this.#lastKey < calmAfterMs;
    this.#lastKey = this.#now();
  }

  /** Tokens to submit next. */
  get tokens(): number {
    if (this.#msPerToken === undefined) return Math.min(firstChunk, this.#largest);
    const targetMs = this.#typing && this.#now() - this.#lastKey < calmAfterMs ? typingMs : calmMs;
    const fitting = this.#msPerToken > 0 ? Math.floor(targetMs / this.#msPerToken) : this.#largest;
    return Math.min(this.#largest, Math.max(smallestChunk, fitting));
  }

  /** Takes in how long a chunk took. Very small ones are not counted, because they cost more for each token than large ones. */
  learn(tokens: number, milliseconds: number): void {
    if (tokens < Math.min(smallestChunk, this.#largest)) return;
    const measured = milliseconds / tokens;
    this.#msPerToken =
      this.#msPerToken === undefined
        ? measured
        : this.#msPerToken + learningRate * (measured - this.#msPerToken);
  }
}
