/**
 * Imitates a person at the keyboard: how long until the next key, which key goes wrong, and whether they take a
 * suggestion that agrees with their text. Seeded: the same seed types the same way in every system. Knows no system and
 * no clock.
 */

export interface Cadence {
  /** Median of the time between keys, ms. */
  readonly medianMs: number;
  /** Spread of its logarithm. */
  readonly sigma: number;
  /** Added behind the end of a clause or line, ms. */
  readonly pauseMs: number;
  readonly typoRate: number;
  /** Share of the agreeing suggestions that are taken by Tab. */
  readonly tabRate: number;
}

export const human: Cadence = { medianMs: 160, sigma: 0.35, pauseMs: 350, typoRate: 0.04, tabRate: 0.6 };

/** Shorter suggestions are not worth a look. */
const shortestTab = 3;

export class Typist {
  readonly #seed: number;
  readonly #cadence: Cadence;

  constructor(seed: number, cadence: Cadence = human) {
    this.#seed = seed;
    this.#cadence = cadence;
  }

  /** ms before the key at index `i`, after the character `previous`. */
  pause(i: number, previous: string): number {
    const { medianMs, sigma, pauseMs } = this.#cadence;
    // Box and Muller: the logarithm of a key interval is about normal.
    const normal =
      Math.sqrt(-2 * Math.log(1 - this.#random(i, 'u'))) * Math.cos(2 * Math.PI * this.#random(i, 'v'));
    return medianMs * Math.exp(sigma * normal) + (/[,;\n)]/.test(previous) ? pauseMs : 0);
  }

  /** A wrong character instead of this one, or undefined where it is typed right. */
  typo(i: number, key: string): string | undefined {
    if (!/[a-z]/.test(key) || this.#random(i, 'typo') >= this.#cadence.typoRate) return undefined;
    const letters = 'abcdefghijklmnopqrstuvwxyz'.replace(key, '');
    return letters[Math.floor(this.#random(i, 'letter') * letters.length)];
  }

  /** Whether Tab is pressed on a suggestion with `rest` still to be typed. */
  takes(i: number, suggestion: string, rest: string): boolean {
    return (
      suggestion.trim().length >= shortestTab &&
      rest.startsWith(suggestion) &&
      this.#random(i, 'tab') < this.#cadence.tabRate
    );
  }

  /** 0 ≤ x < 1, by key and purpose, so that a Tab does not shift all that follows. */
  #random(i: number, purpose: string): number {
    let state = this.#seed ^ Math.imul(i + 1, 0x9e3779b1);
    for (const character of purpose) state = Math.imul(state ^ character.charCodeAt(0), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
  }
}
