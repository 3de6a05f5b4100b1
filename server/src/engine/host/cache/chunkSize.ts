/**
 * How many tokens are submitted at once: as many as end in time for a person who types, on any machine and with any
 * model, and many where nobody waits, as large batches are cheaper. Learns from what decodes took.
 */

/** Newer work waits for at most about this long while somebody types, and in calm. */
const typingMs = 30;
const calmMs = 250;
/** So long after the last key nobody types. */
const calmAfterMs = 2000;
/** Before anything is known: little enough for a large model on a slow processor. */
const firstChunk = 16;
const smallestChunk = 4;
/** Weight of the newest measurement. */
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

  /** A key came. Where it is the second one in a while, somebody types: chunks are small until they pause. */
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

  /** Single tokens say nothing about batches: a decode of one is not counted. */
  learn(tokens: number, milliseconds: number): void {
    if (tokens < Math.min(smallestChunk, this.#largest)) return;
    const measured = milliseconds / tokens;
    this.#msPerToken =
      this.#msPerToken === undefined
        ? measured
        : this.#msPerToken + learningRate * (measured - this.#msPerToken);
  }
}
