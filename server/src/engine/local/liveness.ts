/**
 * Notices that the engine host hangs. While a request is open, the host is pinged once a second, and the seconds without an
 * answer are counted; after ten of them `onSilent` is called. It counts ticks of our own timer, no clock: a machine that slept
 * for an hour counts one tick. When the host has ended, gone() rejects every open request.
 */
export interface LivenessSettings {
  /** Settles when the other process has answered. */
  readonly ping: () => Promise<unknown>;
  /** Called once: so many ticks went by without an answer. */
  readonly onSilent: () => void;
  readonly tickMs?: number;
  readonly limit?: number;
}

/** Ten seconds, because on a machine short of memory a live process may not run for some seconds. */
const defaults = { tickMs: 1000, limit: 10 };

export class Liveness {
  readonly #settings: Required<LivenessSettings>;
  readonly #waiting = new Set<(reason: Error) => void>();
  #timer: NodeJS.Timeout | undefined;
  #silentTicks = 0;
  #pinged = false;

  constructor(settings: LivenessSettings) {
    this.#settings = { ...defaults, ...settings };
  }

  /** Waits for the work; rejects when gone() is called before it is done. */
  during<T>(work: Promise<T>): Promise<T> {
    if (this.#waiting.size === 0) {
      this.#silentTicks = 0;
      this.#timer = setInterval(() => this.#tick(), this.#settings.tickMs);
    }
    // Not Promise.race with one long-lived promise: that promise would keep every request in memory.
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      const settled = (): void => {
        this.#waiting.delete(reject);
        if (this.#waiting.size === 0) clearInterval(this.#timer);
      };
      work.finally(settled).then(resolve, reject);
    });
  }

  /** Rejects what is waited for now. */
  gone(reason: Error): void {
    clearInterval(this.#timer);
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  #tick(): void {
    const { ping, onSilent, limit } = this.#settings;
    if (this.#silentTicks++ >= limit) {
      clearInterval(this.#timer);
      return onSilent();
    }
    if (this.#pinged) return;
    this.#pinged = true;
    const answered = (): void => {
      this.#pinged = false;
      this.#silentTicks = 0;
    };
    // An error is an answer, too: the process lives. A closed connection is noticed elsewhere.
    ping().then(answered, answered);
  }
}
