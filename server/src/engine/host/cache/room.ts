/**
 * Knows the sequences in the KV cache and when each was last used, and frees one when room is needed: texts kept for undo go
 * first, then documents not used for long, schemas last. The cache has a fixed size; nothing is allocated later.
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

  /** @param released called when a sequence was freed; its holder must no longer use it */
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

  /** Tokens that all sequences hold; a token that several share counts once. */
  usedCells(): number {
    return usedCells([...this.#sequences]);
  }

  /** Whether another sequence holds all of this one. */
  holdsElsewhere(sequence: CachedSequence): boolean {
    return [...this.#sequences].some((other) => isWithin(sequence, other));
  }

  /** Notes that the sequence was used just now. */
  use(sequence: CachedSequence): void {
    this.#sequences.delete(sequence);
    this.#sequences.add(sequence);
  }

  /** An empty sequence. When none is free, another goes, but none of `keep`. @throws SqlAheadError ERR_CONTEXT_FULL */
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

  /** An empty sequence, if one is free or a tail can go. No document and no schema goes for it: then it is undefined. */
  async createIfFree(
    kind: EngineSequence['kind'],
    keep: readonly CachedSequence[],
  ): Promise<CachedSequence | undefined> {
    if (this.#freeIds.length === 0) await this.#evictOf(['tail'], keep);
    return this.#takeFree(kind);
  }

  /** Frees the tail used longest ago; without one a document's sequence, else a schema's. False when nothing could be freed. */
  evict(keep: readonly CachedSequence[]): Promise<boolean> {
    return this.#evictOf(['tail', 'session', 'schema'], keep);
  }

  /** Frees a sequence and its tokens. */
  async release(sequence: CachedSequence): Promise<void> {
    if (!this.#sequences.delete(sequence)) return;
    await this.#context.crop(sequence.id, 0, -1);
    sequence.clear();
    this.#freeIds.push(sequence.id);
    this.#released(sequence);
  }

  /** Frees the oldest tails when they are too many, so that half of the sequences are left to documents. */
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
