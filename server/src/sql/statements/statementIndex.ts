/**
 * The boundaries of all statements of a text, kept while the text is edited: a key costs the statements around it, not
 * the whole file. readTiles.ts decides where a statement ends; statements.ts tells which one the cursor is in.
 */
import type { Dialect } from '../dialect';
import { readTiles, type Tile } from './readTiles';

export class StatementIndex {
  private ends: number[] | undefined;

  private constructor(
    readonly text: string,
    readonly dialect: Dialect,
    readonly tiles: readonly Tile[],
  ) {}

  static read(text: string, dialect: Dialect): StatementIndex {
    const tiles: Tile[] = [];
    readTiles(text, 0, ';', dialect, (tile) => {
      tiles.push(tile);
      return true;
    });
    return new StatementIndex(text, dialect, tiles);
  }

  /** The index of the edited text. Reads only the part that the edit can have changed. */
  edited(text: string): StatementIndex {
    const old = this.text;
    const prefix = commonPrefix(old, text);
    if (prefix === text.length && prefix === old.length) return this;
    const suffix = commonSuffix(old, text, prefix);
    const ends = this.tileEnds();
    // Start behind the last boundary before the edit that no later text can move.
    const line = text.lastIndexOf('\n', prefix - 1) + 1;
    let first = tileIndex(ends, Math.max(0, line - 1));
    while (first > 0 && !(this.tiles[first - 1]?.hard === true && (ends[first - 1] ?? 0) < line)) first--;
    const start = first === 0 ? 0 : (ends[first - 1] ?? 0);
    const moved = text.length - old.length;
    const changedTo = text.length - suffix;
    // The end of copied rows decides where a statement far above it ends.
    const isRowsEnd = (one: string) => holdsBackslash(one, prefix, one.length - suffix);
    if (this.dialect === 'postgres' && (isRowsEnd(old) || isRowsEnd(text)))
      return StatementIndex.read(text, this.dialect);
    let rest = first;
    const joined = { at: -1 };
    const read: Tile[] = [];
    readTiles(text, start, this.tiles[first]?.delimiter ?? ';', this.dialect, (tile, end, delimiter) => {
      read.push(tile);
      if (!tile.hard || end < changedTo) return true;
      while (rest < ends.length && (ends[rest] ?? 0) + moved < end) rest++;
      const next = this.tiles[rest + 1];
      if ((ends[rest] ?? -1) + moved !== end || this.tiles[rest]?.hard !== true) return true;
      if (next !== undefined && next.delimiter !== delimiter) return true;
      joined.at = rest;
      return false;
    });
    const behind = joined.at < 0 ? [] : this.tiles.slice(joined.at + 1);
    return new StatementIndex(text, this.dialect, this.tiles.slice(0, first).concat(read, behind));
  }

  /** The offset behind each tile. */
  tileEnds(): readonly number[] {
    if (this.ends === undefined) {
      let at = 0;
      this.ends = this.tiles.map((tile) => (at += tile.length));
    }
    return this.ends;
  }

  /** The tile that contains the offset, and the tile's start. At the end of the text the last tile. */
  tileAt(offset: number): { readonly tile: Tile; readonly start: number } | undefined {
    const ends = this.tileEnds();
    const tile = this.tiles[tileIndex(ends, offset)];
    return tile && { tile, start: (ends[tileIndex(ends, offset)] ?? 0) - tile.length };
  }
}

/** True when the lines that [from, to) touches contain a backslash. */
function holdsBackslash(text: string, from: number, to: number): boolean {
  const end = text.indexOf('\n', to);
  const start = from === 0 ? 0 : text.lastIndexOf('\n', from - 1) + 1;
  return text.slice(start, end < 0 ? text.length : end).includes('\\');
}

/** Index of the first tile that ends behind the offset, else of the last one. */
function tileIndex(ends: readonly number[], offset: number): number {
  let [low, high] = [0, Math.max(0, ends.length - 1)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

const compared = 8192;

function commonPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at + compared <= most && a.slice(at, at + compared) === b.slice(at, at + compared)) at += compared;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** Length of the common end, without the part that overlaps the common beginning. */
function commonSuffix(a: string, b: string, prefix: number): number {
  const most = Math.min(a.length, b.length) - prefix;
  let length = 0;
  const part = (text: string) => text.slice(text.length - length - compared, text.length - length);
  while (length + compared <= most && part(a) === part(b)) length += compared;
  while (length < most && a.charCodeAt(a.length - length - 1) === b.charCodeAt(b.length - length - 1))
    length++;
  return length;
}

const recent: StatementIndex[] = [];
const kept = 8;
/** Shorter texts are read again, which is as quick as finding what has changed. */
const worthKeeping = 4096;

/** The index of a text. It is made from the index of the text before the last edit, when there is one. */
export function statementIndex(text: string, dialect: Dialect): StatementIndex {
  if (text.length < worthKeeping) return StatementIndex.read(text, dialect);
  const at = recent.findIndex((index) => index.dialect === dialect && isLike(index.text, text));
  const known = recent[at];
  const index = known === undefined ? StatementIndex.read(text, dialect) : known.edited(text);
  if (known !== undefined) recent.splice(at, 1);
  recent.unshift(index);
  recent.length = Math.min(recent.length, kept);
  return index;
}

/** True when two texts are probably versions of one: they begin or end alike and have about the same length. */
function isLike(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > b.length / 8) return false;
  return a.slice(0, 256) === b.slice(0, 256) || a.slice(-256) === b.slice(-256);
}
