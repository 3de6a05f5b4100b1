/**
 * A time limit for another process. It counts ticks of our own event loop instead of reading a clock: when the machine sleeps
 * or our process is stopped for an hour, that counts as one tick. Otherwise we would take the other process for hung, although
 * it was we who did not run.
 */
const tickMs = 250;

export class Countdown {
  readonly #timer: NodeJS.Timeout;
  #left: number;

  /** @param onEnd called once, when the time is over */
  constructor(milliseconds: number, onEnd: () => void = () => undefined) {
    this.#left = Math.ceil(milliseconds / tickMs);
    this.#timer = setInterval(() => {
      if (--this.#left > 0) return;
      this.stop();
      onEnd();
    }, tickMs);
  }

  get ended(): boolean {
    return this.#left <= 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
