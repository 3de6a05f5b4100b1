/**
 * Compares what two caches make the model expect next: perplexity (how surprised it is by the true token), divergence between
 * the two distributions, how often both hold the same token likeliest, and the standard errors of all three. Pure.
 */
import { mean, percentile } from '../../test/bench/figures';

/** exp of the mean negative log likelihood (natural logarithm). */
export const perplexity = (nll: readonly number[]): number => Math.exp(mean(nll));

/** log(sum(exp(logit))) without overflow. */
export function logSumExp(logits: Float32Array): number {
  let most = -Infinity;
  for (const logit of logits) if (logit > most) most = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  return most + Math.log(sum);
}

/** What may come next: logits, and what the addon knows of them. */
export interface Distribution {
  readonly logits: Float32Array;
  readonly logSumExp: number;
}

/** The probabilities of every token; others are compared with them again and again. */
export function probabilities({ logits, logSumExp }: Distribution): Float32Array {
  return logits.map((logit) => Math.exp(logit - logSumExp));
}

/** Kullback-Leibler divergence KL(reference || other) in nats; never below 0, whatever the rounding. */
export function divergence(reference: Distribution, share: Float32Array, other: Distribution): number {
  let sum = 0;
  for (let i = 0; i < share.length; i++)
    sum += (share[i] ?? 0) * ((reference.logits[i] ?? 0) - (other.logits[i] ?? 0));
  return Math.max(0, sum - reference.logSumExp + other.logSumExp);
}

const shareOf = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;

export function indexOfLargest(values: Float32Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[at] ?? 0)) at = i;
  return at;
}

export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return most;
}

export interface Comparison {
  /** Share by which the perplexity is higher than the reference's: 0.01 is one per cent. */
  readonly pplDelta: number;
  /** Standard error of that share, from the paired differences. */
  readonly pplDeltaError: number;
  readonly klMean: number;
  readonly kl99: number;
  /** Share of positions where both have the same best token. */
  readonly top1: number;
  /** Share of positions where the best token is the one that came, with the reference and with this cache. */
  readonly right: readonly [reference: number, own: number];
}

export interface Positions {
  /** Negative log likelihood of the token that came, by position. */
  readonly nll: readonly number[];
  readonly kl: readonly number[];
  readonly sameBest: readonly boolean[];
  /** Whether the best token is the one that came. */
  readonly right: readonly boolean[];
}

/** One cache against the reference, over the same positions. */
export function compare(reference: Omit<Positions, 'kl' | 'sameBest'>, own: Positions): Comparison {
  const { nll, kl, sameBest } = own;
  const differences = nll.map((value, i) => value - (reference.nll[i] ?? NaN));
  const shift = mean(differences);
  const variance = mean(differences.map((value) => (value - shift) ** 2));
  return {
    pplDelta: Math.expm1(shift),
    pplDeltaError: Math.exp(shift) * Math.sqrt(variance / differences.length),
    klMean: mean(kl),
    kl99: percentile(kl, 99),
    top1: shareOf(sameBest),
    right: [shareOf(reference.right), shareOf(own.right)],
  };
}
