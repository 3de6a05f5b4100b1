/**
 * Lets the model read tokens at the end of one or more sequences, in one batch. Remembers for each position which tokens the
 * model holds likeliest next ("candidates"). When the cache is full, it frees other sequences and tries again. When it is
 * interrupted, it keeps what was read until then and cuts off the rest.
 */
import type { Candidates, Context } from '../../../../../native/types';
import { cancelled, errorCode, SqlAheadError } from '../../../errors';
import type { ChunkSize } from './chunkSize';
import type { Room } from './room';
import type { CachedSequence } from './sequence';

/** How many candidates are fetched with each evaluation; more are fetched only when somebody asks for them. */
export const topK = 64;
/** Positions whose candidates are remembered. */
const rememberedPositions = 4096;
/** A chunk that nobody wants any more may still run for this long; most chunks are done by then, and their work is kept. */
const abortGraceMs = 30;

/** Tokens to evaluate at the end of a sequence. */
export interface Extension {
  readonly sequence: CachedSequence;
  readonly tokens: Int32Array;
  /** Behind which of the tokens candidates are wanted. */
  readonly wanted: 'none' | 'last' | 'all';
}

export class Evaluator {
  readonly #context: Context;
  readonly #chunkSize: ChunkSize;
  readonly #room: Room;
  /** The candidates behind each cell, by the cell's number; no number is used twice. */
  readonly #candidates = new Map<number, Candidates>();
  #nextCell = 1;

  constructor(context: Context, chunkSize: ChunkSize, room: Room) {
    this.#context = context;
    this.#chunkSize = chunkSize;
    this.#room = room;
  }

  /** The best next tokens behind a cell, where they are remembered. */
  candidatesBehind(cell: number | undefined): Candidates | undefined {
    return cell === undefined ? undefined : this.#candidates.get(cell);
  }

  newCells(count: number): number[] {
    return Array.from({ length: count }, () => this.#nextCell++);
  }

  /**
   * Evaluates the extensions in one batch.
   * @param count is told how many tokens were evaluated, also where it ends with an error
   * @returns milliseconds it took
   * @throws SqlAheadError ERR_CANCELLED (what was evaluated stays), ERR_CONTEXT_FULL
   */
  async evaluate(
    extensions: readonly Extension[],
    signal: AbortSignal,
    count: (tokens: number) => void,
  ): Promise<number> {
    if (signal.aborted) throw cancelled();
    const rows = extensions.flatMap(({ sequence, tokens, wanted }) =>
      Array.from(tokens, (token, i) => ({
        sequence,
        token,
        position: sequence.tokens.length + i,
        wanted: wanted === 'all' || (wanted === 'last' && i === tokens.length - 1),
      })),
    );
    const batch = {
      tokens: Int32Array.from(rows, (row) => row.token),
      positions: Int32Array.from(rows, (row) => row.position),
      sequences: Int32Array.from(rows, (row) => row.sequence.id),
      logits: Uint8Array.from(rows, (row) => (row.wanted ? 1 : 0)),
    };
    // A chunk that is nearly done is not aborted: otherwise a fast typist's keys would throw away every chunk of a long schema.
    let grace: NodeJS.Timeout | undefined;
    const abort = (): void => {
      grace = setTimeout(() => this.#context.abort(), abortGraceMs);
    };
    signal.addEventListener('abort', abort);
    try {
      const result = await this.#context.decode(batch, topK);
      let next = 0;
      for (const { sequence, tokens } of extensions) sequence.push(tokens, this.newCells(tokens.length));
      for (const { sequence, position, wanted } of rows) {
        if (wanted) this.#remember(sequence.cells[position], result.candidates[next++]);
      }
      count(rows.length);
      this.#chunkSize.learn(rows.length, result.milliseconds);
      return result.milliseconds;
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ERR_ABORTED' && code !== 'ERR_CONTEXT_FULL') throw error;
      if (code === 'ERR_ABORTED') {
        for (const extension of extensions) count(await this.#adoptWhatStayed(extension));
        throw cancelled();
      }
      if (!(await this.#room.evict(extensions.map(({ sequence }) => sequence)))) {
        throw new SqlAheadError(
          'ERR_CONTEXT_FULL',
          'The cache is full; lower sqlAhead.engine.contextTokens, raise sqlAhead.engine.cacheMemory or close some SQL files.',
        );
      }
      return await this.evaluate(extensions, signal, count);
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', abort);
    }
  }

  #remember(cell: number | undefined, candidates: Candidates | undefined): void {
    if (cell === undefined || !candidates) return;
    this.#candidates.set(cell, candidates);
    if (this.#candidates.size <= rememberedPositions) return;
    const oldest = this.#candidates.keys().next();
    if (!oldest.done) this.#candidates.delete(oldest.value);
  }

  /**
   * After an abort: adds the tokens of the micro-batches that were done to the sequence, and removes the rest from the cache,
   * so that both agree again. @returns how many tokens stayed
   */
  async #adoptWhatStayed({ sequence, tokens }: Extension): Promise<number> {
    const from = sequence.tokens.length;
    const { max } = await this.#context.positionRange(sequence.id);
    // The last token is always evaluated again, because its candidates were lost.
    const stayed = Math.max(0, Math.min(max + 1 - from, tokens.length - 1));
    await this.#context.crop(sequence.id, from + stayed, -1);
    sequence.push(tokens.subarray(0, stayed), this.newCells(stayed));
    return stayed;
  }
}
