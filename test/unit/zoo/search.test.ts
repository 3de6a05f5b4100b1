/** The tuner's order: smallest first, what cannot be within the target left out, rotation tried both ways. */
import assert from 'node:assert/strict';
import type { CacheTypes } from '../../../server/src/engine/host/cacheTypes';
import { axes, isWithin, pairs, type Trial } from '../../../scripts/zoo/search';
import { cacheName } from '../../../scripts/zoo/opened';
import { compression } from '../../../scripts/zoo/tune';

const comparison = (pplDelta: number, pplDeltaError = 0) => ({
  pplDelta,
  pplDeltaError,
  klMean: 0,
  kl99: 0,
  top1: 1,
  right: [1, 1] as const,
});
/** Every axis, at the cost of its type. */
const measured = (cost: (type: string, axis: 'key' | 'value', rotation: boolean) => number): Trial[] =>
  axes(['f16', 'q8_0', 'q4_0'], true).map((types: CacheTypes) => {
    const share =
      types.keyType === 'f16'
        ? cost(types.valueType, 'value', types.rotation)
        : cost(types.keyType, 'key', types.rotation);
    return { types, text: comparison(share), sql: comparison(share / 2) };
  });
const order = (trials: readonly Trial[], target: number): string[][] =>
  pairs(['f16', 'q8_0', 'q4_0'], true, trials, target).map((group) => group.map(cacheName));

describe('the search for a cache', () => {
  it('measures each type alone first, rotated and not where the head allows it', () => {
    assert.equal(axes(['f16', 'q8_0', 'q4_0'], true).length, 8);
    assert.equal(axes(['f16', 'q8_0', 'q4_0'], false).length, 4);
  });

  it('goes from the smallest pair up, and tries the more promising of one size first', () => {
    const trials = measured((type, axis, rotation) =>
      type === 'q8_0' ? 0.0001 : axis === 'key' ? 1 : rotation ? 0.002 : 0.004,
    );
    assert.deepEqual(order(trials, 0.01), [
      ['q8_0/q4_0', 'q8_0/q4_0 unrotated'],
      ['q8_0/q8_0', 'q8_0/q8_0 unrotated'],
      ['f16/q4_0', 'f16/q4_0 unrotated'],
      ['f16/q8_0', 'f16/q8_0 unrotated', 'q8_0/f16', 'q8_0/f16 unrotated'],
    ]);
  });

  it('leaves out what cannot be within the target', () => {
    assert.deepEqual(
      order(
        measured(() => 0.5),
        0.01,
      ),
      [],
    );
  });

  it('asks for text and statements within the target, uncertainty included', () => {
    const trial = (text: number, sql: number, error = 0) => ({
      types: { keyType: 'q8_0', valueType: 'q8_0', rotation: true } as const,
      ...{ text: comparison(text, error), sql: comparison(sql) },
    });
    assert.ok(isWithin(trial(0.01, -0.02), 0.01));
    assert.ok(!isWithin(trial(0.009, 0, 0.002), 0.01));
    assert.ok(!isWithin(trial(0, 0.011), 0.01));
  });

  it('knows how much smaller a pair is', () => {
    const { both, values } = compression({ keyType: 'q8_0', valueType: 'q4_0', rotation: true });
    assert.deepEqual([both.toFixed(3), values.toFixed(3)], ['2.462', '3.556']);
  });
});
