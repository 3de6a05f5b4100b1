/**
 * How many tokens are submitted at once: as many as take about `targetMs`, so that newer work starts soon on any
 * machine and with any model, and a large batch is used where it is cheap. Learns from what decodes took.
 */

/** Newer work waits for at most about this long. */
const targetMs = 50;
/** Before anything is known: little enough for a large model on a slow processor. */
const firstChunk = 16;
const smallestChunk = 4;
/** Weight of the newest measurement. */
const learningRate = 0.3;

export class ChunkSize {
  readonly #largest: number;
  #msPerToken: number | undefined;

  constructor(largest: number) {
    this.#largest = largest;
  }

  /** Tokens to submit next. */
  get tokens(): number {
    if (this.#msPerToken === undefined) return Math.min(firstChunk, this.#largest);
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
