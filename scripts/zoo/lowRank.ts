/**
 * Asks how good a model stays when the values in its cache are shorter. For each layer and KV head it finds the principal
 * components of the values and keeps r of them, by changing the weights that make and use values. llama.cpp wants values as long
 * as keys, so the written model does not save memory: it sets the other components to zero, and so writes the text that a model
 * with values of r numbers would write.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Model } from '../../native/types';
import { read } from './evaluate';
import { GgufModel } from './gguf';
import { measure, type Passage } from './measure';
import { headSizes, openContext, openModel, plainCache, ZooError } from './opened';
import { addMoments, components, projection, type Components } from './pca';
import { fromHalf, readState } from './state';
import { compare, type Comparison } from './statistics';

/** Values that the components are found from, at least. */
export const leastTokens = 1024;

/** Components of every layer's KV heads, layer by layer. @throws ZooError where the passages have too few tokens */
export async function valueComponents(model: Model, passages: readonly Passage[]): Promise<Components[][]> {
  const { layers, kvHeads } = model.info;
  const { value: size } = headSizes(model);
  const tokens = passages.reduce((sum, passage) => sum + passage.tokens.length, 0);
  if (tokens < leastTokens)
    throw new ZooError(
      `The components need ${leastTokens.toString()} tokens and there are ${tokens.toString()}; raise --chunks.`,
    );
  const moments = Array.from({ length: layers }, () =>
    Array.from({ length: kvHeads }, () => new Float64Array(size * size)),
  );
  const cells = Math.max(...passages.map((passage) => passage.tokens.length));
  const context = await openContext(model, plainCache, { cells });
  try {
    for (const passage of passages) {
      await context.crop(0, 0, -1);
      await read(context, passage.tokens, 0);
      readState(await context.stateSave(0)).values.forEach(({ data }, layer) => {
        const values = fromHalf(data);
        for (let at = 0; at < values.length; at += size) {
          const sum = moments[layer]?.[(at / size) % kvHeads];
          if (sum) addMoments(sum, values.subarray(at, at + size));
        }
      });
    }
  } finally {
    await context.dispose();
  }
  return moments.map((heads) => heads.map((matrix) => components(matrix, size)));
}

/** A model whose values keep `rank` components of each head. */
export function writeProjected(
  gguf: GgufModel,
  found: readonly (readonly Components[])[],
  rank: number,
  file: string,
): void {
  const replaced = new Map<string, Float32Array>();
  found.forEach((heads, layer) => {
    for (const name of [`blk.${layer.toString()}.attn_v.weight`, `blk.${layer.toString()}.attn_v.bias`])
      if (gguf.has(name)) replaced.set(name, projectedRows(gguf.values(name), heads, rank));
  });
  gguf.write(file, replaced);
}

/** Rows of values, head by head, projected: a matrix, or a vector of one number a row. */
function projectedRows(rows: Float32Array, heads: readonly Components[], rank: number): Float32Array {
  const size = heads[0]?.vectors.length ?? 0;
  const columns = rows.length / (heads.length * size);
  const out = new Float32Array(rows.length);
  heads.forEach((found, head) => {
    const matrix = projection(found, rank, size);
    for (let i = 0; i < size; i++)
      for (let k = 0; k < size; k++) {
        const share = matrix[i * size + k] ?? 0;
        const [to, from] = [(head * size + i) * columns, (head * size + k) * columns];
        for (let c = 0; c < columns; c++) out[to + c] = (out[to + c] ?? 0) + share * (rows[from + c] ?? 0);
      }
  });
  return out;
}

export interface LowRank {
  readonly rank: number;
  readonly headSize: number;
  /** Share of the values' squared length that is kept. */
  readonly kept: number;
  /** Bits a value takes with f16, with q8_0 and with q4_0 numbers. */
  readonly bits: { readonly f16: number; readonly q8_0: number; readonly q4_0: number };
  readonly text: Comparison;
  readonly sql: Comparison;
}

/** What each rank costs, against the model as it is; both caches in f16. */
export async function lowRank(
  file: string,
  text: readonly Passage[],
  sql: readonly Passage[],
  ranks: readonly number[],
): Promise<LowRank[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-zoo-'));
  const model = await openModel(file);
  try {
    const { value: headSize } = headSizes(model);
    const found = await valueComponents(model, text);
    const gguf = new GgufModel(file);
    const plain = await Promise.all(
      [text, sql].map(async (passages) => (await measure(model, passages, []))[0]),
    );
    const results: LowRank[] = [];
    for (const rank of ranks) {
      const projected = path.join(folder, 'projected.gguf');
      writeProjected(gguf, found, rank, projected);
      const other = await openModel(projected);
      try {
        const compared: Comparison[] = [];
        for (const [i, passages] of [text, sql].entries()) {
          const [own] = await measure(other, passages, []);
          if (own) compared.push(compare(plain[i] ?? own, { ...own, kl: own.kl.map(() => NaN) }));
        }
        const [overText, overSql] = compared;
        if (!overText || !overSql) continue;
        const variances = found.flat().map(({ variances }) => variances);
        const sum = (from: number, to: number): number =>
          variances.reduce((all, one) => all + one.slice(from, to).reduce((a, b) => a + b, 0), 0);
        const bits = (each: number): number => (each * rank) / headSize;
        results.push({
          ...{ rank, headSize, kept: sum(0, rank) / sum(0, headSize), text: overText, sql: overSql },
          bits: { f16: bits(16), q8_0: bits(8.5), q4_0: bits(4.5) },
        });
      } finally {
        await other.dispose();
      }
    }
    return results;
  } finally {
    await model.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
