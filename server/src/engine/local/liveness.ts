/**
 * Nobody waits for ever for the process on the other end. While somebody waits it is pinged, one ping at a time, and the
 * ticks without an answer are counted. Ticks, not time: a machine that slept, or a loop that was held up here, is one
 * tick. When the process is gone, everybody who waits hears it.
 */
export interface LivenessSettings {
  /** Settles when the other process has answered. */
  readonly ping: () => Promise<unknown>;
  /** Called once: so many ticks went by without an answer. */
  readonly onSilent: () => void;
  readonly tickMs?: number;
  readonly limit?: number;
}

/** A machine that is short of memory or processors may keep a live process for some seconds. */
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

  /** The outcome of the work, or the rejection of gone(). */
  during<T>(work: Promise<T>): Promise<T> {
    if (this.#waiting.size === 0) {
      this.#silentTicks = 0;
      this.#timer = setInterval(() => this.#tick(), this.#settings.tickMs);
    }
    // No race with one promise of the end: a promise keeps everybody who ever waited for it.
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
    // Who refuses lives as well; a connection that closed has its own end.
    ping().then(answered, answered);
  }
}
