/** Perplexity, divergence and agreement, against what can be reckoned by hand. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  compare,
  divergence,
  largestDifference,
  logSumExp,
  perplexity,
  probabilities,
} from '../../../scripts/zoo/statistics';

const near = (a: number, b: number, by = 1e-9): void => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);
const distribution = (logits: Float32Array) => ({ logits, logSumExp: logSumExp(logits) });
const logits = (...values: number[]) => distribution(Float32Array.from(values));
const klOf = (p: ReturnType<typeof logits>, q: ReturnType<typeof logits>): number =>
  divergence(p, probabilities(p), q);
const anyLogits = fc
  .array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 2, maxLength: 50 })
  .map((values) => Float32Array.from(values));

describe('statistics of next tokens', () => {
  it('perplexity is exp of the mean: a fair choice among n is n', () => {
    near(perplexity([Math.log(4), Math.log(4)]), 4);
    near(perplexity([Math.log(2), Math.log(8)]), 4);
  });

  it('sums exponentials that would overflow', () => {
    near(logSumExp(Float32Array.of(1000, 1000)), 1000 + Math.log(2), 1e-4);
  });

  it('divergence of a half from a quarter is reckoned by hand', () => {
    const [half, quarter] = [logits(0, 0), logits(0, Math.log(3))];
    near(klOf(half, quarter), 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 1e-6);
  });

  it('divergence is never negative, and none from itself however the logits are shifted', () => {
    fc.assert(
      fc.property(anyLogits, anyLogits, fc.integer({ min: -5, max: 5 }), (a, b, shift) => {
        const length = Math.min(a.length, b.length);
        const [p, q] = [distribution(a.slice(0, length)), distribution(b.slice(0, length))];
        assert.ok(klOf(p, q) >= 0);
        near(klOf(p, distribution(p.logits.map((logit) => logit + shift))), 0, 1e-4);
      }),
    );
  });

  it('compares pairwise: a share, how sure it is, and how often the best token is the same', () => {
    const all = [true, true, true];
    const same = compare(
      { nll: [1, 2, 3], right: all },
      { nll: [1, 2, 3], kl: [0, 0, 0], sameBest: all, right: all },
    );
    assert.deepEqual(same, { pplDelta: 0, pplDeltaError: 0, klMean: 0, kl99: 0, top1: 1, right: [1, 1] });
    const worse = compare(
      { nll: [1, 1], right: [true, true] },
      { nll: [1.1, 1.3], kl: [0.1, 0.3], sameBest: [true, false], right: [true, false] },
    );
    assert.deepEqual(worse.right, [1, 0.5]);
    near(worse.pplDelta, Math.expm1(0.2));
    near(worse.pplDeltaError, (Math.exp(0.2) * 0.1) / Math.sqrt(2), 1e-9);
    near(worse.klMean, 0.2);
    assert.equal(worse.top1, 0.5);
  });

  it('finds other lengths infinitely different', () => {
    assert.equal(largestDifference(Float32Array.of(1, 5), Float32Array.of(2, 3)), 2);
    assert.equal(largestDifference(Float32Array.of(1), Float32Array.of(1, 2)), Infinity);
  });
});
