/**
 * One sequence of tokens in the KV cache. Each evaluated token takes a cell, and we give every cell a number. A sequence that
 * was copied from another one shares the cells of the beginning, so it has the same numbers there. So comparing numbers
 * tells how far two sequences share memory.
 */
import type { EngineSequence } from '../../engine';

export class CachedSequence {
  readonly tokens: number[] = [];
  /** Number of each token's cell. */
  readonly cells: number[] = [];
  /** How many of the tokens are text; the tokens behind them were guessed and are not confirmed yet (drafts.ts). */
  chosen = 0;

  constructor(
    readonly id: number,
    public kind: EngineSequence['kind'],
  ) {}

  push(tokens: ArrayLike<number>, cells: readonly number[]): void {
    for (const [i, cell] of cells.entries()) {
      this.tokens.push(tokens[i] ?? -1);
      this.cells.push(cell);
    }
    this.chosen = this.tokens.length;
  }

  truncate(length: number): void {
    this.tokens.length = length;
    this.cells.length = length;
    this.chosen = Math.min(this.chosen, length);
  }

  clear(): void {
    this.truncate(0);
  }

  copy(other: CachedSequence, length: number): void {
    this.clear();
    this.push(other.tokens.slice(0, length), other.cells.slice(0, length));
  }
}

/** How many cells two sequences share. Behind the first number that differs all differ, so a binary search finds the place. */
export function sharedCells(a: CachedSequence, b: CachedSequence): number {
  let low = 0;
  let high = Math.min(a.cells.length, b.cells.length);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (a.cells[middle] === b.cells[middle]) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether another sequence holds all of this one. */
export function isWithin(sequence: CachedSequence, other: CachedSequence): boolean {
  const last = sequence.cells.length - 1;
  return sequence !== other && last >= 0 && other.cells[last] === sequence.cells[last];
}

/** Cells the sequences take, shared ones counted once. */
export function usedCells(sequences: readonly CachedSequence[]): number {
  let used = 0;
  for (const [i, sequence] of sequences.entries()) {
    let shared = 0;
    for (const other of sequences.slice(0, i)) shared = Math.max(shared, sharedCells(sequence, other));
    used += sequence.cells.length - shared;
  }
  return used;
}

/** Number of leading elements two lists share; the first `start` are known to be equal. */
export function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>, start = 0): number {
  const length = Math.min(a.length, b.length);
  let i = start;
  while (i < length && a[i] === b[i]) i++;
  return i;
}
