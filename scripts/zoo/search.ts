/**
 * Chooses which pair of cache types (one for keys, one for values) to measure next. First each type is measured alone, with f16
 * for the other. Then pairs come, the smallest first, when the costs of their two types together are within the target. Pure.
 */
import type { KvType } from '../../native/types';
import { bytesOfType, type CacheTypes } from '../../server/src/engine/host/cacheTypes';
import type { Comparison } from './statistics';

export interface Trial {
  readonly types: CacheTypes;
  /** Over a text as llama-perplexity reads it, schemas and all. */
  readonly text: Comparison;
  /** Over statements behind their schema. */
  readonly sql: Comparison;
}

/** Keys alone, and values alone, with the other in f16; quantized ones with and without rotation where there is any. */
export function axes(kinds: readonly KvType[], rotates: boolean): CacheTypes[] {
  const small = kinds.filter((type) => type !== 'f16' && type !== 'f32');
  return small.flatMap((type) =>
    turns(rotates).flatMap((rotation) => [
      { keyType: type, valueType: 'f16' as const, rotation },
      { keyType: 'f16' as const, valueType: type, rotation },
    ]),
  );
}

const turns = (rotates: boolean): readonly boolean[] => (rotates ? [true, false] : [true]);
const bytes = ({ keyType, valueType }: CacheTypes): number => bytesOfType[keyType] + bytesOfType[valueType];

/** How much more than the sum of its axes a pair may seem to cost and still be worth a try: the sum is a guess. */
const slack = 1.5;

/**
 * Pairs worth measuring, in groups of one size, the smallest first; within a group the one that promises most first.
 * @param measured every cache of `axes` and what it cost
 * @param target largest share by which the perplexity may rise
 */
export function pairs(
  kinds: readonly KvType[],
  rotates: boolean,
  measured: readonly Trial[],
  target: number,
): CacheTypes[][] {
  const cost = (types: CacheTypes): number => {
    if (types.keyType === 'f16' && types.valueType === 'f16') return 0;
    const found = measured.find(
      (trial) =>
        trial.types.keyType === types.keyType &&
        trial.types.valueType === types.valueType &&
        trial.types.rotation === types.rotation,
    );
    return found ? worst(found) : Infinity;
  };
  const guess = ({ keyType, valueType, rotation }: CacheTypes): number =>
    cost({ keyType, valueType: 'f16', rotation }) + cost({ keyType: 'f16', valueType, rotation });
  const all = kinds.flatMap((keyType) =>
    kinds.flatMap((valueType) => turns(rotates).map((rotation) => ({ keyType, valueType, rotation }))),
  );
  const promising = all
    .filter((types) => bytes(types) < bytes({ keyType: 'f16', valueType: 'f16', rotation: true }))
    .filter((types) => guess(types) <= slack * target)
    .toSorted((a, b) => bytes(a) - bytes(b) || guess(a) - guess(b));
  return Object.values(Object.groupBy(promising, (types) => bytes(types).toFixed(6)))
    .filter((group) => group !== undefined)
    .toSorted(([a], [b]) => (a && b ? bytes(a) - bytes(b) : 0));
}

/** The larger of both shares by which perplexity rose. */
export const worst = ({ text, sql }: Trial): number => Math.max(text.pplDelta, sql.pplDelta);

/** Text and statements within the target, the uncertainty of the measurement included. */
export const isWithin = ({ text, sql }: Trial, target: number): boolean =>
  [text, sql].every(({ pplDelta, pplDeltaError }) => pplDelta + pplDeltaError <= target);
