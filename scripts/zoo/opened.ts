/** A model under test and contexts of it with any cache types, by the product's own addon on the CPU. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadRuntime, type Context, type KvType, type Model } from '../../native/index';
import type { CacheTypes } from '../../server/src/engine/host/cacheTypes';

export const root = process.cwd();

/** What a command cannot go on with: one sentence, no stack. */
export class ZooError extends Error {
  override readonly name = 'ZooError';
}

/** Types that the tools offer and the tuner tries, largest first. */
export const cacheTypeNames = [
  'f16',
  'q8_0',
  'q5_1',
  'q5_0',
  'q4_1',
  'q4_0',
  'iq4_nl',
] as const satisfies readonly KvType[];
export const plainCache: CacheTypes = { keyType: 'f16', valueType: 'f16', rotation: true };

/** "q8_0/q4_0", and "unrotated" where quantized values are kept as they are. */
export function cacheName({ keyType, valueType, rotation }: CacheTypes): string {
  return `${keyType}/${valueType}${rotation ? '' : ' unrotated'}`;
}

/** @throws NativeError as loadModel: what is damaged, or cannot be cropped, is refused with the reason */
export async function openModel(file: string): Promise<Model> {
  const { addon } = await loadRuntime({
    directory: path.join(root, 'native', 'bin', `${process.platform}-${process.arch}`),
    backend: 'cpu',
    probePath: path.join(root, 'dist', 'probe.js'),
  });
  addon.setLog(undefined);
  return addon.loadModel({ path: file, gpuLayers: 0 });
}

export interface ContextShape {
  readonly cells: number;
  readonly sequences?: number;
  readonly threads?: number;
}

/** Tokens evaluated at once: those of one micro-batch of the product. */
export const batchTokens = 64;

/** A context of these cache types. Rotation is read by llama.cpp when it makes a context. */
export async function openContext(
  model: Model,
  { keyType, valueType, rotation }: CacheTypes,
  { cells, sequences = 1, threads = 1 }: ContextShape,
): Promise<Context> {
  process.env['LLAMA_ATTN_ROT_DISABLE'] = rotation ? '0' : '1';
  return model.createContext({
    ...{ cells, maxSequences: sequences, threads, keyType, valueType },
    ...{ batchTokens: 256, microBatchTokens: batchTokens, keptRows: 64 },
    flashAttention: valueType === 'f16' ? 'auto' : 'on',
  });
}

/** Numbers of a head, which some models give apart from their width. */
export function headSizes(model: Model): { readonly key: number; readonly value: number } {
  const { architecture, embeddingLength, heads } = model.info;
  const given = (name: string): number =>
    Number(model.metadata(`${architecture}.attention.${name}_length`)) || 0;
  const head = embeddingLength / heads;
  return { key: given('key') || head, value: given('value') || head };
}

/** @throws ZooError where there is no such file */
export function existing(file: string | undefined): string {
  if (file === undefined) throw new ZooError('Name a model: --model FILE.gguf.');
  if (!existsSync(file)) throw new ZooError(`There is no file '${file}'; name a GGUF model.`);
  return file;
}
