/** Sums up what requests did to the cache since an engine started: how many tokens they reused, evaluated and decoded. */
import type { EngineStatistics, RequestStatistics } from './engine';

/** A request that reused, evaluated and decoded nothing. */
export const noWork: RequestStatistics = {
  reused: 0,
  cropped: 0,
  evaluated: 0,
  decoded: 0,
  drafted: 0,
  accepted: 0,
  restored: 0,
  cached: 0,
  prefillMs: 0,
  decodeMs: 0,
};

type Sums = EngineStatistics['totals'];

export class Totals {
  #sums: Sums;

  constructor() {
    const { cached: _, ...nothing } = noWork;
    this.#sums = { requests: 0, ...nothing };
  }

  get sums(): Sums {
    return this.#sums;
  }

  add(part: Partial<Sums>): void {
    const sums = { ...this.#sums };
    for (const key of Object.keys(part) as (keyof Sums)[]) sums[key] += part[key] ?? 0;
    this.#sums = sums;
  }
}
