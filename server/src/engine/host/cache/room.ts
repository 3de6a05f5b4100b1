/**
 * Room in the KV cache: which sequences there are, in the order of their use, and which one goes when another is needed.
 * The addon has a fixed number of sequences and cells; nothing is allocated later.
 */
import type { Context } from '../../../../../native/types';
import { SqlAheadError } from '../../../errors';
import type { EngineSequence } from '../../engine';
import { CachedSequence, isWithin, usedCells } from './sequence';

export class Room {
  readonly #context: Context;
  readonly #maxSequences: number;
  readonly #freeIds: number[];
  /** In order of use, least recently used first. */
  readonly #sequences = new Set<CachedSequence>();
  readonly #released: (sequence: CachedSequence) => void;

  /** @param released called when a sequence has gone: who holds it must let go */
  constructor(context: Context, maxSequences: number, released: (sequence: CachedSequence) => void) {
    this.#context = context;
    this.#maxSequences = maxSequences;
    this.#freeIds = Array.from({ length: maxSequences }, (_, i) => maxSequences - 1 - i);
    this.#released = released;
  }

  /** Least recently used first. */
  get all(): ReadonlySet<CachedSequence> {
    return this.#sequences;
  }

  ofKind(kind: EngineSequence['kind']): CachedSequence[] {
    return [...this.#sequences].filter((sequence) => sequence.kind === kind);
  }

  /** Cells taken by all sequences, shared ones counted once. */
  usedCells(): number {
    return usedCells([...this.#sequences]);
  }

  /** Whether another sequence holds all of this one. */
  holdsElsewhere(sequence: CachedSequence): boolean {
    return [...this.#sequences].some((other) => isWithin(sequence, other));
  }

  /** Makes the sequence the last used one. */
  use(sequence: CachedSequence): void {
    this.#sequences.delete(sequence);
    this.#sequences.add(sequence);
  }

  /** An empty sequence; evicts the least useful one when none is free. @throws SqlAheadError ERR_CONTEXT_FULL */
  async create(kind: EngineSequence['kind'], keep: readonly CachedSequence[] = []): Promise<CachedSequence> {
    if (this.#freeIds.length === 0) await this.evict(keep);
    const sequence = this.#takeFree(kind);
    if (!sequence)
      throw new SqlAheadError(
        'ERR_CONTEXT_FULL',
        'Close some SQL files: every sequence of the cache is in use.',
      );
    return sequence;
  }

  /** An empty sequence where one is free or a tail can go; undefined where only documents or schemas would make room. */
  async createIfFree(
    kind: EngineSequence['kind'],
    keep: readonly CachedSequence[],
  ): Promise<CachedSequence | undefined> {
    if (this.#freeIds.length === 0) await this.#evictOf(['tail'], keep);
    return this.#takeFree(kind);
  }

  /** Frees the least recently used sequence: a tail, else a document's, else a schema. False when there is none. */
  evict(keep: readonly CachedSequence[]): Promise<boolean> {
    return this.#evictOf(['tail', 'session', 'schema'], keep);
  }

  /** Gives a sequence back with all its cells. */
  async release(sequence: CachedSequence): Promise<void> {
    if (!this.#sequences.delete(sequence)) return;
    await this.#context.crop(sequence.id, 0, -1);
    sequence.clear();
    this.#freeIds.push(sequence.id);
    this.#released(sequence);
  }

  /** Releases the oldest tails, so that documents keep half of the sequences. */
  async limitTails(newest: CachedSequence): Promise<void> {
    const tails = this.ofKind('tail').filter((sequence) => sequence !== newest);
    const most = Math.floor(this.#maxSequences / 2) - 1;
    for (const tail of tails.slice(0, Math.max(0, tails.length - most))) await this.release(tail);
  }

  #takeFree(kind: EngineSequence['kind']): CachedSequence | undefined {
    const id = this.#freeIds.pop();
    if (id === undefined) return undefined;
    const sequence = new CachedSequence(id, kind);
    this.#sequences.add(sequence);
    return sequence;
  }

  async #evictOf(
    kinds: readonly EngineSequence['kind'][],
    keep: readonly CachedSequence[],
  ): Promise<boolean> {
    for (const kind of kinds) {
      for (const sequence of this.#sequences) {
        if (sequence.kind !== kind || keep.includes(sequence)) continue;
        await this.release(sequence);
        return true;
      }
    }
    return false;
  }
}
