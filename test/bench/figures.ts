/** Statistics for the benchmarks: percentiles, means, ratios and their spread. Pure. */

/** The p-th percentile (0..100) by linear interpolation; NaN of nothing. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = ((sorted.length - 1) * p) / 100;
  const [low, high] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (samples: readonly number[]): number => percentile(samples, 50);

export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}

export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

export function spread(samples: readonly number[]): Spread {
  return { p50: round(percentile(samples, 50)), p95: round(percentile(samples, 95)) };
}

export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Ratio of medians, run by run: what varies between runs is its spread. */
export function ratio(of: readonly (readonly number[])[], to: readonly (readonly number[])[]): Ratio {
  const ratios = of
    .map((samples, run) => median(samples) / median(to[run] ?? []))
    .filter((value) => Number.isFinite(value));
  return {
    median: round(median(ratios)),
    min: round(percentile(ratios, 0)),
    max: round(percentile(ratios, 100)),
  };
}

/** Three significant digits say all that a measurement of this kind knows. */
export function round(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : value;
}
