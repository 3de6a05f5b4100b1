/**
 * Computes what a context that held nothing before answers: the reference for the answers from the persistent cache.
 */
import * as path from 'node:path';
import { loadRuntime } from '../../native/index';
import type { Candidates, Context, Model } from '../../native/types';
import { root, starterModel } from './window';

export class FreshContext {
  readonly #model: Model;
  readonly #context: Context;

  private constructor(model: Model, context: Context) {
    this.#model = model;
    this.#context = context;
  }

  static async create(cells: number): Promise<FreshContext> {
    const { addon } = await loadRuntime({
      directory: path.join(root, 'native', 'bin', `${process.platform}-${process.arch}`),
      backend: 'cpu',
      probePath: path.join(root, 'dist', 'probe.js'),
    });
    const model = await addon.loadModel({ path: starterModel, gpuLayers: 0 });
    const context = await model.createContext({
      cells,
      maxSequences: 1,
      batchTokens: 512,
      microBatchTokens: 512,
      threads: 1,
    });
    return new FreshContext(model, context);
  }

  /** Candidates after the tokens, everything evaluated anew. */
  async candidates(tokens: readonly number[]): Promise<Candidates> {
    await this.#context.crop(0, 0, -1);
    let last: Candidates | undefined;
    for (let from = 0; from < tokens.length; from += 512) {
      const chunk = Int32Array.from(tokens.slice(from, from + 512));
      const logits = new Uint8Array(chunk.length);
      logits[chunk.length - 1] = 1;
      const positions = Int32Array.from(chunk, (_, i) => from + i);
      const { candidates } = await this.#context.decode(
        { tokens: chunk, positions, sequences: new Int32Array(chunk.length), logits },
        8,
      );
      last = candidates[0];
    }
    if (!last) throw new Error('no tokens');
    return last;
  }

  async dispose(): Promise<void> {
    await this.#context.dispose();
    await this.#model.dispose();
  }
}
