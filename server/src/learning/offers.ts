/**
 * Follows each suggestion that is shown: did the person read it, accept it, keep it? Reports counts only: it compares texts in
 * memory and never stores them. The caller gives clock and timer; no LSP and no file here.
 */
import { keptCharacters } from './keptCharacters';
import { noCounts, type Counts } from './counts';
import { positionKind, type PositionKind } from '../suggest/positionKind';

/** One answer to a request for ghost text. */
export interface Offer {
  readonly uri: string;
  /** The text it is for. */
  readonly text: string;
  /** The offsets its items replace from; where each ends is its own affair. */
  readonly from: number;
  /** In the order shown; `rank` is the model's own. */
  readonly items: readonly { readonly insert: string; readonly to: number; readonly rank: number }[];
  readonly model: string;
  /** From request to answer. */
  readonly milliseconds: number;
}

export interface OffersHost {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Calls `work` once, later. @returns what calls it off */
  after(milliseconds: number, work: () => void): () => void;
  /** The text of an open document. */
  textOf(uri: string): string | undefined;
  count(model: string, kind: PositionKind, counts: Counts): void;
}

/** An offer, and what is known since it was first shown; it may have grown since. */
interface Standing {
  readonly offer: Offer;
  readonly kind: PositionKind;
  readonly since: number;
  readonly milliseconds: number;
  /** A part of it was accepted, and it was counted then. */
  readonly taken: { already: boolean };
}

/** A suggestion that disappeared sooner than this cannot have been read. */
const readMs = 500;
export const keptMs = 30_000;
/** A single character is typed. */
const leastPart = 2;
/** What an editor inserts for one key. */
const bracketPairs = new Set(['()', '[]', "''", '""', '``']);
/** The editor may still show an item of one of these answers. */
const mostOffers = 8;

export class Offers {
  readonly #host: OffersHost;
  readonly #offers = new Map<number, Standing>();
  readonly #checks = new Set<() => void>();
  #standing: Standing | undefined;
  /** The text of the standing offer's document as it was last seen. */
  #text = '';
  #last = 0;

  constructor(host: OffersHost) {
    this.#host = host;
  }

  /** Something is shown now. @returns the number by which `accepted` knows it */
  shown(offer: Offer): number {
    const standing = this.#standing;
    const id = ++this.#last;
    let next: Standing;
    if (standing && goesOn(standing.offer, offer)) next = { ...standing, offer };
    else {
      this.gone();
      const kind = positionKind(offer.text.slice(0, offer.from));
      next = {
        ...{ offer, kind, since: this.#host.now(), milliseconds: offer.milliseconds },
        taken: { already: false },
      };
    }
    this.#standing = next;
    this.#text = offer.text;
    this.#offers.set(id, next);
    this.#offers.delete(id - mostOffers);
    return id;
  }

  /** The suggestion has disappeared. */
  gone(): void {
    const standing = this.#standing;
    this.#standing = undefined;
    if (standing && !standing.taken.already && this.#host.now() - standing.since >= readMs)
      this.#count(standing, { shown: 1 });
  }

  /** The person accepted an item. */
  accepted(id: number, index: number): void {
    const standing = this.#offers.get(id);
    const item = standing?.offer.items[index];
    if (!standing || !item) return;
    this.#offers.clear();
    this.#standing = undefined;
    this.#take(standing, item.rank);
    const { text, from } = standing.offer;
    this.#checkLater(standing, text.slice(0, from) + item.insert + text.slice(item.to), from, item.insert);
  }

  /**
   * The text of a document changed. When one change brings a word or a line of the suggestion, the person accepted a part of
   * it; the editor reports only whole items. An entry of the completion list with the same text counts, too.
   */
  changed(uri: string, text: string): void {
    const standing = this.#standing;
    if (standing?.offer.uri !== uri) return;
    const before = this.#text;
    this.#text = text;
    if (text.length - before.length < leastPart) return;
    for (const { insert, rank } of standing.offer.items) {
      const typed = typedAlong(standing.offer, insert, before);
      const now = typedAlong(standing.offer, insert, text);
      // The editor reports whole items itself.
      if (typed === undefined || now === undefined || now === insert) continue;
      const part = now.slice(typed.length);
      if (bracketPairs.has(part)) continue;
      this.#take(standing, rank);
      this.#checkLater(standing, text, standing.offer.from + typed.length, part);
      return;
    }
  }

  #take(standing: Standing, rank: number): void {
    if (standing.taken.already) return;
    standing.taken.already = true;
    const ranks = noCounts.ranks.map((_, i) => (i === rank ? 1 : 0));
    this.#count(standing, { shown: 1, accepted: 1, ranks });
  }

  /** Counts what is left of `insert` at `from` of a text, after a while. */
  #checkLater(standing: Standing, text: string, from: number, insert: string): void {
    const end = this.#host.after(keptMs, () => {
      this.#checks.delete(end);
      const now = this.#host.textOf(standing.offer.uri);
      if (now === undefined) return;
      this.#count(standing, keptCharacters(text, from, from + insert.length, now));
    });
    this.#checks.add(end);
  }

  /** Forgets the suggestion without counting it. */
  clear(): void {
    for (const end of this.#checks) end();
    this.#checks.clear();
    this.#offers.clear();
    this.#standing = undefined;
  }

  #count({ offer, kind, milliseconds }: Standing, counts: Partial<Counts>): void {
    const took = (counts.shown ?? 0) * Math.round(milliseconds);
    this.#host.count(offer.model, kind, { ...noCounts, ...counts, milliseconds: took });
  }
}

/** How much of `insert` the person has typed already at its place; undefined when they typed something else. */
function typedAlong(offer: Offer, insert: string, text: string): string | undefined {
  const more = text.length - offer.text.length;
  // Part of the selected item of the completion list stands there already.
  let stands = 0;
  while (stands < insert.length && offer.text[offer.from + stands] === insert[stands]) stands++;
  const length = stands + more;
  if (more < 0 || length > insert.length) return undefined;
  const at = offer.from + length;
  const whole = offer.text.slice(0, offer.from) + insert.slice(0, length);
  if (!text.startsWith(whole) || text.slice(at) !== offer.text.slice(offer.from + stands)) return undefined;
  return insert.slice(0, length);
}

/** True when the later answer is the earlier one, which the person has typed a part of, or which has grown. */
function goesOn(earlier: Offer, later: Offer): boolean {
  const before = earlier.items[0]?.insert;
  const after = later.items[0]?.insert;
  if (before === undefined || after === undefined) return false;
  if (earlier.uri !== later.uri || later.from < earlier.from) return false;
  const whole = later.text.slice(earlier.from, later.from) + after;
  return whole.startsWith(before) || before.startsWith(whole);
}
