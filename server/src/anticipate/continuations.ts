/**
 * Remembers which texts the model wrote for which place. Suppose it wrote `customers WHERE` behind `FROM `: when the person
 * types `cus`, the rest `tomers WHERE` is still known, and nothing is decoded again. The texts of a place are kept in a trie.
 */
import { endsBehind, type Continuation } from '../suggest/continuation';
import { isSamePlace, typedBetween, type Place } from '../suggest/place';

/** The part of a continuation that the person has not typed yet. */
export interface Rest extends Continuation {
  /** The place the whole continuation was decoded for. */
  readonly origin: Place;
  /** It belongs to a whole statement that is shown only when the database accepts it. */
  readonly held: boolean;
}

/** A rest that may be shown: all of it, or only a sure beginning (`cut`), behind which nothing more is decoded. */
export interface Sure extends Rest {
  readonly cut?: boolean;
}

/**
 * The rest if the model is sure enough of all of it, else its sure beginning, else undefined.
 * @param minimum mean probability of its tokens, 0 to 1
 */
export function sureOf(rest: Rest, minimum: number): Sure | undefined {
  const { beginning } = rest;
  // A statement that the database is asked about is shown whole or not at all.
  const isWhole = rest.held || !rest.madeUp || !beginning;
  if (rest.confidence >= minimum && isWhole) return rest;
  if (!beginning || beginning.confidence < minimum) return undefined;
  const { length, confidence } = beginning;
  return { ...rest, text: rest.text.slice(0, length), confidence, final: false, cut: true };
}

interface Node {
  readonly children: Map<string, Node>;
  /** Continuations that pass through here or end here, best first. */
  readonly through: Continuation[];
}

const emptyNode = (): Node => ({ children: new Map(), through: [] });

class Root {
  readonly #top = emptyNode();
  alternatives = false;
  held = false;
  replaced = false;

  constructor(readonly place: Place) {}

  /** @returns false when the text is known already */
  add(continuation: Continuation): boolean {
    if (this.#top.through.some(({ text }) => text === continuation.text)) return false;
    let node = this.#top;
    node.through.push(continuation);
    for (const character of continuation.text) {
      let next = node.children.get(character);
      if (!next) node.children.set(character, (next = emptyNode()));
      next.through.push(continuation);
      node = next;
    }
    return true;
  }

  /** Continuations that begin with `typed`, best first. */
  along(typed: string): readonly Continuation[] {
    let node: Node | undefined = this.#top;
    for (const character of typed) {
      node = node.children.get(character);
      if (!node) return [];
    }
    return node.through;
  }
}

/** Most places remembered, and most characters their texts may have together. */
const mostRoots = 96;
const mostCharacters = 8_000_000;

export class Continuations {
  /** Newest last. */
  #roots: Root[] = [];

  /** Adds texts for a place, best first. An empty list means that nothing should be shown there. */
  add(place: Place, continuations: readonly Continuation[], held = false): void {
    const root = this.#rootAt(place) ?? this.#newRoot(place);
    root.held = held;
    for (const continuation of continuations) if (continuation.text !== '') root.add(continuation);
  }

  /** Says that the place's alternatives have been decoded too. */
  addAlternatives(place: Place, continuations: readonly Continuation[]): void {
    const root = this.#rootAt(place) ?? this.#newRoot(place);
    root.alternatives = true;
    for (const continuation of continuations) if (continuation.text !== '') root.add(continuation);
  }

  /** True when the model was asked for exactly this place, not only for one from which typing leads here. */
  isDecoded(place: Place): boolean {
    return this.#rootAt(place) !== undefined;
  }

  /** Undefined when nothing was decoded for exactly this place. */
  hasAlternatives(place: Place): boolean | undefined {
    return this.#rootAt(place)?.alternatives;
  }

  /** Replaces all texts known for the place and for those that follow from it. */
  replace(place: Place, continuations: readonly Continuation[], held = false): void {
    this.#roots = this.#roots.filter((root) => !isSamePlace(root.place, place));
    this.add(place, continuations, held);
    const root = this.#rootAt(place);
    if (root) root.replaced = root.alternatives = true;
  }

  /** True where replace() was called for the place or for one that typing leads from to it. */
  isReplaced(place: Place): boolean {
    return this.#roots.some((root) => root.replaced && typedBetween(root.place, place) !== undefined);
  }

  /**
   * The texts that may stand at a place, best first. Empty: it is known that nothing should stand there. Undefined: nothing
   * is known.
   */
  at(place: Place): readonly Rest[] | undefined {
    const found: Rest[] = [];
    let known = false;
    for (const root of this.#roots.toReversed()) {
      const typed = typedBetween(root.place, place);
      if (typed === undefined) continue;
      known ||= typed === '';
      for (const { text, beginning, ends, ...continuation } of root.along(typed)) {
        const rest = text.slice(typed.length);
        // The person typed a whole text. Only a final text says that nothing follows it.
        if (rest === '') known ||= continuation.final;
        else if (!found.some((other) => other.text === rest))
          found.push({
            ...continuation,
            text: rest,
            ...(beginning && beginning.length > typed.length
              ? { beginning: { ...beginning, length: beginning.length - typed.length } }
              : {}),
            ...(ends ? { ends: endsBehind(ends, typed.length) } : {}),
            origin: root.place,
            held: root.held,
          });
      }
    }
    return found.length > 0 || known ? found : undefined;
  }

  clear(): void {
    this.#roots = [];
  }

  #rootAt(place: Place): Root | undefined {
    return this.#roots.find((root) => isSamePlace(root.place, place));
  }

  #newRoot(place: Place): Root {
    const root = new Root(place);
    this.#roots.push(root);
    let characters = this.#roots.reduce((sum, { place: of }) => sum + of.before.length + of.after.length, 0);
    while (this.#roots.length > 1 && (this.#roots.length > mostRoots || characters > mostCharacters)) {
      const oldest = this.#roots.shift();
      if (oldest) characters -= oldest.place.before.length + oldest.place.after.length;
    }
    return root;
  }
}
