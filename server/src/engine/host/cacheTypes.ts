/**
 * Chooses the number types in which the KV cache keeps keys and values. Smaller ones such as q8_0 take less memory and are
 * less exact. The person's setting wins. When it is 'auto', the preset counts that `npm run zoo -- tune` measured for exactly
 * this model file (models/caches/); without one it is f16. How large the cache is, loadModel.ts decides.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { KvType } from '../../../../native/types';
import { errorMessage } from '../../errors';
import type { HostOptions } from '../wire/messages';

/** Bytes that one number takes in the cache. Quantized types store blocks of 32 numbers with their scale: q8_0 34 bytes a block. */
export const bytesOfType: Readonly<Record<KvType, number>> = {
  ...{ f32: 4, f16: 2, q8_0: 34 / 32, q5_1: 24 / 32, q5_0: 22 / 32 },
  ...{ q4_1: 20 / 32, q4_0: 18 / 32, iq4_nl: 18 / 32 },
};

export interface CacheTypes {
  readonly keyType: KvType;
  readonly valueType: KvType;
  /** Whether llama.cpp may multiply keys and values by a Hadamard matrix before it quantizes them, which evens out outliers. */
  readonly rotation: boolean;
}

/** The part of a file in models/caches/ that is used; the rest of the file says how it was measured. */
export interface CachePreset extends CacheTypes {
  readonly model: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** How many times smaller than an f16 cache, keys and values together. */
  readonly compression: number;
  /** By how much the perplexity is higher than with f16; 0.01 is one percent. */
  readonly pplDelta: number;
}

export interface ChosenCacheTypes extends CacheTypes {
  /** The preset that at least one of the types may come from; absent when the person set both, or there is no preset. */
  readonly preset?: CachePreset;
}

/** @param log gets a sentence when a preset cannot be read, or was measured for another file of the same name */
export async function chooseCacheTypes(
  options: Pick<HostOptions, 'modelPath' | 'keyType' | 'valueType'>,
  presets: string | undefined,
  log: (text: string) => void,
): Promise<ChosenCacheTypes> {
  const { keyType, valueType } = options;
  const open = keyType === 'auto' || valueType === 'auto';
  const preset = open && presets ? await presetFor(options.modelPath, presets, log) : undefined;
  return {
    keyType: keyType === 'auto' ? (preset?.keyType ?? 'f16') : keyType,
    valueType: valueType === 'auto' ? (preset?.valueType ?? 'f16') : valueType,
    rotation: preset?.rotation ?? true,
    ...(preset ? { preset } : {}),
  };
}

/** The file name of a model's preset. */
export const presetName = (modelFile: string): string => `${path.basename(modelFile, '.gguf')}.json`;

async function presetFor(
  modelPath: string,
  folder: string,
  log: (text: string) => void,
): Promise<CachePreset | undefined> {
  const size = await fs.stat(modelPath).then(
    (stat) => stat.size,
    () => -1, // loading the model will report that the file is missing
  );
  const names = (await fs.readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  let hash: Promise<string> | undefined;
  for (const name of names) {
    const preset = await readPreset(path.join(folder, name)).catch((error: unknown) => {
      log(
        `The cache preset ${name} cannot be read (${errorMessage(error)}); make it again with "npm run zoo -- tune".`,
      );
    });
    if (!preset) continue;
    // Hashing a model reads gigabytes, so we do it only when the size agrees.
    if (preset.model.bytes === size && preset.model.sha256 === (await (hash ??= fileHash(modelPath))))
      return preset;
    if (name === presetName(modelPath))
      log(
        `The cache preset ${name} was measured for another file of that name and is not used; the cache is kept in f16. Run "npm run zoo -- tune" for this one.`,
      );
  }
  return undefined;
}

/** SHA-256 of a file, in hex. */
export async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** @throws where the file is no preset */
export async function readPreset(file: string): Promise<CachePreset> {
  const read = JSON.parse(await fs.readFile(file, 'utf8')) as Partial<CachePreset> | null;
  const { model, keyType, valueType, rotation, compression, pplDelta } = read ?? {};
  const isType = (type: unknown): type is KvType =>
    typeof type === 'string' && Object.hasOwn(bytesOfType, type);
  if (
    typeof model?.file !== 'string' ||
    typeof model.sha256 !== 'string' ||
    ![model.bytes, compression, pplDelta].every(Number.isFinite) ||
    !isType(keyType) ||
    !isType(valueType) ||
    typeof rotation !== 'boolean'
  )
    throw new Error('a field is missing or of another kind');
  return read as CachePreset;
}
