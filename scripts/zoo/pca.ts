/**
 * Finds the principal components of vectors: directions at right angles, of which the first few describe the vectors almost
 * wholly. Pure.
 */

/** Rows of `size` numbers each: sums of products of every two columns. Not centred: a projection has no place for a mean. */
export function addMoments(moments: Float64Array, row: Float32Array): void {
  const size = row.length;
  for (let i = 0; i < size; i++) {
    const a = row[i] ?? 0;
    for (let j = 0; j < size; j++) moments[i * size + j] = (moments[i * size + j] ?? 0) + a * (row[j] ?? 0);
  }
}

export interface Components {
  /** Largest first. */
  readonly variances: readonly number[];
  /** Unit vectors in that order. */
  readonly vectors: readonly Float64Array[];
}

/** Eigenvectors of a symmetric matrix by Jacobi rotations. */
export function components(matrix: Float64Array, size: number): Components {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  const at = (m: Float64Array, i: number, j: number): number => m[i * size + j] ?? 0;
  const total = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) off += at(a, i, j) ** 2;
    if (off <= 1e-22 * total) break;
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        const apq = at(a, p, q);
        if (apq === 0) continue;
        const theta = (at(a, q, q) - at(a, p, p)) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        const turn = (m: Float64Array, i: number, j: number): void => {
          const [x, y] = [m[i] ?? 0, m[j] ?? 0];
          m[i] = c * x - s * y;
          m[j] = s * x + c * y;
        };
        for (let k = 0; k < size; k++) turn(a, k * size + p, k * size + q);
        for (let k = 0; k < size; k++) turn(a, p * size + k, q * size + k);
        for (let k = 0; k < size; k++) turn(v, k * size + p, k * size + q);
      }
  }
  const order = Array.from({ length: size }, (_, i) => i).toSorted((i, j) => at(a, j, j) - at(a, i, i));
  return {
    variances: order.map((i) => at(a, i, i)),
    vectors: order.map((i) => Float64Array.from({ length: size }, (_, k) => at(v, k, i))),
  };
}

/** The projection onto the first `rank` components: a matrix that keeps them and drops the rest. */
export function projection({ vectors }: Components, rank: number, size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (const vector of vectors.slice(0, rank))
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        matrix[i * size + j] = (matrix[i * size + j] ?? 0) + (vector[i] ?? 0) * (vector[j] ?? 0);
  return matrix;
}
