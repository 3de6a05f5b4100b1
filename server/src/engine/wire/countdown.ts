/**
 * A limit that counts the time in which this process runs, tick by tick: a machine that sleeps, a process that is stopped
 * and an event loop that is held up add one tick at most, so that nobody else is taken for hung because we were.
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
