/** Principal components and what is reckoned with a state's bytes. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { addMoments, components, projection } from '../../../scripts/zoo/pca';
import { packedBits, roundedChannels, turned } from '../../../scripts/zoo/snapshot';
import { fromHalf, toHalf } from '../../../scripts/zoo/state';

const near = (a: number, b: number, by = 1e-6): void => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);
const vectors = (size: number) =>
  fc.array(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size, maxLength: size }), {
    minLength: 3,
    maxLength: 30,
  });

function componentsOf(rows: readonly (readonly number[])[], size: number) {
  const moments = new Float64Array(size * size);
  for (const row of rows) addMoments(moments, Float32Array.from(row));
  return { moments, found: components(moments, size) };
}

describe('principal components', () => {
  it('finds the one direction that all lie in', () => {
    const { found } = componentsOf(
      [
        [3, 4],
        [6, 8],
        [-3, -4],
      ],
      2,
    );
    near(found.variances[0] ?? 0, 25 + 100 + 25);
    near(found.variances[1] ?? 1, 0);
    near(Math.abs(found.vectors[0]?.[0] ?? 0), 0.6);
    const kept = projection(found, 1, 2);
    near((kept[0] ?? 0) * 3 + (kept[1] ?? 0) * 4, 3);
  });

  it('is orthonormal, falls, keeps the sum of squares, and with all components changes nothing', () => {
    fc.assert(
      fc.property(vectors(6), (rows) => {
        const { moments, found } = componentsOf(rows, 6);
        found.vectors.forEach((a, i) =>
          found.vectors.forEach((b, j) =>
            near(
              a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0),
              i === j ? 1 : 0,
            ),
          ),
        );
        assert.deepEqual(
          found.variances,
          found.variances.toSorted((a, b) => b - a),
        );
        const trace = Array.from({ length: 6 }, (_, i) => moments[7 * i] ?? 0).reduce((a, b) => a + b, 0);
        near(
          found.variances.reduce((a, b) => a + b, 0),
          trace,
          1e-6 * Math.max(1, trace),
        );
        projection(found, 6, 6).forEach((value, i) => near(value, i % 7 === 0 ? 1 : 0));
      }),
    );
  });
});

describe('a state on disk', () => {
  it('turned twice is as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (rows, rowBytes) => {
        const bytes = Uint8Array.from({ length: rows * rowBytes }, (_, i) => i);
        assert.deepEqual(turned(turned(bytes, rowBytes), rows), bytes);
      }),
    );
  });

  it('rounds each channel between its smallest and largest, by at most half a step', () => {
    const data = new Uint8Array(2 * 2 * 40);
    // Two channels, the second a hundred times the first.
    const numbers = Float32Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? 1 : 100) * Math.sin(i));
    toHalf(numbers, data);
    const { back, scales } = roundedChannels({ type: 1, rowBytes: 4, data }, 4);
    fromHalf(data).forEach((value, i) =>
      assert.ok(Math.abs((back[i] ?? 0) - value) <= ((i % 2 === 0 ? 2 : 200) / 15 / 2) * 1.001),
    );
    // Channels and groups of 32 tokens, a smallest value and a step each.
    assert.equal(scales.length, 2 * 2 * 2);
  });

  it('packs codes into their bits', () => {
    assert.deepEqual([...packedBits(Uint8Array.of(1, 2, 3, 0), 2)], [0b00111001]);
    assert.equal(packedBits(new Uint8Array(9), 3).length, 4);
  });
});
