/**
 * Looks for the smallest cache that is good enough: the perplexity stays within a target, and the needle test succeeds. It tries
 * types for keys and values separately, with and without llama.cpp's rotation.
 */
import type { KvType, Model } from '../../native/types';
import { bytesOfType, type CacheTypes } from '../../server/src/engine/host/cacheTypes';
import { measure, type Passage } from './measure';
import { isUnbroken, needleTable, type NeedleCell } from './needle';
import { headSizes, plainCache, ZooError } from './opened';
import { axes, isWithin, pairs, worst, type Trial } from './search';
import { compare, perplexity } from './statistics';

export interface Tried extends Trial {
  readonly bytesPerToken: number;
}

export interface Tuning {
  readonly target: number;
  /** Undefined where nothing smaller than f16 meets the target. */
  readonly best: (Tried & { readonly needle: readonly NeedleCell[] }) | undefined;
  readonly reference: {
    readonly ppl: number;
    readonly sqlPpl: number;
    readonly bytesPerToken: number;
    readonly needle: readonly NeedleCell[];
  };
  /** Keys alone and values alone, over half of the text; pairs over all of it. */
  readonly alone: readonly Tried[];
  readonly tried: readonly Tried[];
  /** Caches within the target that lost a needle. */
  readonly broken: readonly CacheTypes[];
  /** Positions scored: of the text, and of statements. */
  readonly positions: { readonly text: number; readonly sql: number };
}

export interface TuneOptions {
  readonly text: readonly Passage[];
  readonly sql: readonly Passage[];
  readonly threads?: number;
  /** Types to try beside f16. */
  readonly kinds: readonly KvType[];
  readonly target: number;
  readonly needleLengths: readonly number[];
  readonly onTried?: (trial: Tried) => void;
}

/** Caches that are measured side by side at once. */
const abreast = 4;

/** @throws ZooError where the target is no share above 0 */
export async function tune(model: Model, options: TuneOptions): Promise<Tuning> {
  const { target, needleLengths, onTried, threads } = options;
  if (!(target > 0))
    throw new ZooError('The target is a share above 0: --target-ppl-delta 0.01 is one per cent.');
  const { key, value } = headSizes(model);
  // Blocks hold 32 values of one head; llama.cpp refuses others. It rotates heads of a multiple of 64.
  const fits = key % 32 === 0 && value % 32 === 0;
  const kinds: KvType[] = ['f16', ...options.kinds.filter((type) => fits && type !== 'f16')];
  const rotates = key % 64 === 0 || value % 64 === 0;
  const tried: Tried[] = [];
  let reference = { text: [] as readonly number[], sql: [] as readonly number[], bytesPerToken: NaN };
  const tryAll = async (
    caches: readonly CacheTypes[],
    text = options.text,
    sql = options.sql,
  ): Promise<Tried[]> => {
    const results: Tried[] = [];
    for (let from = 0; from < caches.length; from += abreast) {
      const some = caches.slice(from, from + abreast);
      const [plain, ...others] = await measure(model, text, some, threads);
      const [plainSql, ...othersSql] = await measure(model, sql, some, threads);
      if (!plain || !plainSql) break;
      reference = { text: plain.nll, sql: plainSql.nll, bytesPerToken: plain.bytesPerToken };
      others.forEach((other, i) => {
        const { types, bytesPerToken } = other;
        const trial = {
          ...{ types, bytesPerToken, text: compare(plain, other) },
          sql: compare(plainSql, othersSql[i] ?? other),
        };
        results.push(trial);
        onTried?.(trial);
      });
    }
    return results;
  };
  // Half of the text is enough to tell which pairs are worth measuring on all of it.
  const half = <T>(all: readonly T[]): readonly T[] => all.slice(0, Math.ceil(all.length / 2));
  const alone = await tryAll(axes(kinds, rotates), half(options.text), half(options.sql));
  const [plainNeedle = []] = await needleTable(model, [plainCache], needleLengths);
  const broken: CacheTypes[] = [];
  let best: Tuning['best'];
  for (const group of pairs(kinds, rotates, alone, target)) {
    const found = await tryAll(group);
    tried.push(...found);
    const within = found.filter((trial) => isWithin(trial, target)).toSorted((a, b) => worst(a) - worst(b));
    for (const trial of within) {
      const [needle = []] = await needleTable(model, [trial.types], needleLengths);
      if (isUnbroken(plainNeedle, needle)) {
        best = { ...trial, needle };
        break;
      }
      broken.push(trial.types);
    }
    if (best) break;
  }
  return {
    ...{ target, best, alone, tried, broken },
    reference: {
      ppl: perplexity(reference.text),
      sqlPpl: perplexity(reference.sql),
      bytesPerToken: reference.bytesPerToken,
      needle: plainNeedle,
    },
    positions: { text: reference.text.length, sql: reference.sql.length },
  };
}

/** Bytes of f16 for one byte of this cache: keys and values together, and values alone. */
export function compression({ keyType, valueType }: CacheTypes): {
  readonly both: number;
  readonly values: number;
} {
  return {
    both: (2 * bytesOfType.f16) / (bytesOfType[keyType] + bytesOfType[valueType]),
    values: bytesOfType.f16 / bytesOfType[valueType],
  };
}
