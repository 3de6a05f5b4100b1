/**
 * What is learnt from use: small counts by model and kind of position, and what follows from them for the silence
 * threshold and the order of alternatives. Pure; holds no text of the person. Who counts is offers.ts, who keeps it
 * store.ts.
 */
import { positionKinds, type PositionKind } from '../suggest/positionKind';

/** All are sums; none is negative. */
export interface Counts {
  /** Suggestions that stood long enough to be read, or were accepted. */
  readonly shown: number;
  readonly accepted: number;
  /** Accepted ones by the model's own rank, best first. */
  readonly ranks: readonly number[];
  /** Characters, white space aside, of accepted suggestions that were looked at again later. */
  readonly characters: number;
  /** How many of these still stood there then. */
  readonly kept: number;
  /** Milliseconds from request to answer, over `shown`. */
  readonly milliseconds: number;
}

/** By model, then by kind of position. */
export type Learnt = Readonly<Record<string, Readonly<Partial<Record<PositionKind, Counts>>>>>;

export const rankCount = 4;
export const noCounts: Counts = {
  shown: 0,
  accepted: 0,
  ranks: Array<number>(rankCount).fill(0),
  characters: 0,
  kept: 0,
  milliseconds: 0,
};

/** With fewer counts than this, nothing is concluded from them. */
const enoughShown = 20;
const enoughAlternatives = 5;
/** Share of suggestions whose acceptance moves the threshold neither way. */
const usualShare = 0.25;
/** Above this number counts are halved, so that newer ones weigh more. */
const mostShown = 1000;
const mostModels = 16;

export function countsOf(learnt: Learnt, model: string, kind: PositionKind): Counts {
  return (Object.hasOwn(learnt, model) ? learnt[model]?.[kind] : undefined) ?? noCounts;
}

/** Adds two sets of counts. When there are too many models, the oldest ones are dropped. */
export function sum(a: Learnt, b: Learnt): Learnt {
  const models = [...new Set([...Object.keys(a), ...Object.keys(b)])].slice(-mostModels);
  return Object.fromEntries(
    models.map((model) => [
      model,
      Object.fromEntries(
        positionKinds
          .map((kind) => [kind, faded(added(countsOf(a, model, kind), countsOf(b, model, kind)))] as const)
          .filter(([, counts]) => counts.shown > 0 || counts.characters > 0),
      ),
    ]),
  );
}

/**
 * How sure the model must be at a kind of position: between half and twice what the person set, never above 1.
 * @param minimum what the person set, 0 to 1; 0 stays 0
 */
export function threshold(minimum: number, counts: Counts): number {
  if (counts.shown < enoughShown) return minimum;
  const keptShare = counts.characters === 0 ? 1 : counts.kept / counts.characters;
  const useful = (counts.accepted * keptShare) / counts.shown;
  const way = Math.max(-1, Math.min(1, (usualShare - useful) / usualShare));
  return Math.min(1, minimum * 2 ** way);
}

/** The order in which suggestions are gone through: the first stays, the others by how often their rank was accepted. */
export function ordered<T>(suggestions: readonly T[], { ranks }: Counts): readonly T[] {
  const alternatives = ranks.slice(1).reduce((total, count) => total + count, 0);
  if (alternatives < enoughAlternatives) return suggestions;
  const [first, ...others] = suggestions.map((suggestion, rank) => ({
    suggestion,
    accepted: ranks[rank] ?? 0,
  }));
  others.sort((a, b) => b.accepted - a.accepted);
  return [...(first ? [first] : []), ...others].map(({ suggestion }) => suggestion);
}

/** Reads counts from whatever a file holds; a value that cannot be a count is left out. */
export function learntFrom(value: unknown): Learnt {
  return sum({}, Object.fromEntries(entries(value).map(([model, kinds]) => [model, kindsFrom(kinds)])));
}

function kindsFrom(value: unknown): Partial<Record<PositionKind, Counts>> {
  const known = new Map(entries(value));
  return Object.fromEntries(
    positionKinds.flatMap((kind) => {
      const counts = countsFrom(known.get(kind));
      return counts ? [[kind, counts]] : [];
    }),
  );
}

function countsFrom(value: unknown): Counts | undefined {
  const known = new Map(entries(value));
  const list: unknown = known.get('ranks');
  const ranks: readonly unknown[] = Array.isArray(list) ? list : [];
  const [shown, accepted, characters, kept, milliseconds] = [
    'shown',
    'accepted',
    'characters',
    'kept',
    'milliseconds',
  ].map((name) => known.get(name));
  if (!isCount(shown) || !isCount(accepted) || !isCount(characters)) return undefined;
  if (!isCount(kept) || !isCount(milliseconds) || !ranks.every(isCount)) return undefined;
  if (accepted > shown || kept > characters) return undefined;
  return { shown, accepted, ranks, characters, kept, milliseconds };
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function added(a: Counts, b: Counts): Counts {
  return combined(a, b, (x, y) => x + y);
}

function faded(counts: Counts): Counts {
  return counts.shown <= mostShown ? counts : combined(counts, noCounts, (x) => Math.floor(x / 2));
}

function combined(a: Counts, b: Counts, by: (x: number, y: number) => number): Counts {
  return {
    shown: by(a.shown, b.shown),
    accepted: by(a.accepted, b.accepted),
    ranks: noCounts.ranks.map((_, rank) => by(a.ranks[rank] ?? 0, b.ranks[rank] ?? 0)),
    characters: by(a.characters, b.characters),
    kept: by(a.kept, b.kept),
    milliseconds: by(a.milliseconds, b.milliseconds),
  };
}
