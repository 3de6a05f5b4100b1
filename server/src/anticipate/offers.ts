/**
 * Which suggestions were read, accepted and kept: follows what is shown, and tells counts of it. Texts are in memory for
 * as long as they are compared and go nowhere. Clock and timer come from outside; knows no LSP and no file.
 */
import { keptCharacters } from './kept';
import { noCounts, type Counts } from './learning';
import { positionKind, type PositionKind } from './position';

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

/** An offer, with what holds since the first one that it goes on from. */
interface Standing {
  readonly offer: Offer;
  readonly kind: PositionKind;
  readonly since: number;
  readonly milliseconds: number;
}

/** A suggestion that is gone sooner was not read. */
const readMs = 500;
export const keptMs = 30_000;
/** The editor may still show an item of one of these answers. */
const mostOffers = 8;

export class Offers {
  readonly #host: OffersHost;
  readonly #offers = new Map<number, Standing>();
  readonly #checks = new Set<() => void>();
  #standing: Standing | undefined;
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
      next = { offer, kind, since: this.#host.now(), milliseconds: offer.milliseconds };
    }
    this.#standing = next;
    this.#offers.set(id, next);
    this.#offers.delete(id - mostOffers);
    return id;
  }

  /** What was shown is not any more. */
  gone(): void {
    const standing = this.#standing;
    this.#standing = undefined;
    if (standing && this.#host.now() - standing.since >= readMs) this.#count(standing, { shown: 1 });
  }

  /** The person took an item of what was shown. */
  accepted(id: number, index: number): void {
    const standing = this.#offers.get(id);
    const item = standing?.offer.items[index];
    if (!standing || !item) return;
    this.#offers.clear();
    this.#standing = undefined;
    const ranks = noCounts.ranks.map((_, rank) => (rank === item.rank ? 1 : 0));
    this.#count(standing, { shown: 1, accepted: 1, ranks });
    const { text, from, uri } = standing.offer;
    const expected = text.slice(0, from) + item.insert + text.slice(item.to);
    const end = this.#host.after(keptMs, () => {
      this.#checks.delete(end);
      const now = this.#host.textOf(uri);
      if (now === undefined) return;
      this.#count(standing, keptCharacters(expected, from, from + item.insert.length, now));
    });
    this.#checks.add(end);
  }

  /** Nothing of what was shown counts any more. */
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

/** True where the later answer is the earlier one, typed along or grown. */
function goesOn(earlier: Offer, later: Offer): boolean {
  const before = earlier.items[0]?.insert;
  const after = later.items[0]?.insert;
  if (before === undefined || after === undefined) return false;
  if (earlier.uri !== later.uri || later.from < earlier.from) return false;
  const whole = later.text.slice(earlier.from, later.from) + after;
  return whole.startsWith(before) || before.startsWith(whole);
}
