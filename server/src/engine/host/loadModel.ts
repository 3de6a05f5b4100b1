/**
 * Loads a model and allocates its KV cache. Chooses how many layers go to the GPU, how many tokens the cache holds and how
 * many threads compute. When memory runs out it tries again with less: fewer layers on the GPU, then a smaller cache.
 */
import * as os from 'node:os';
import type { BackendName, Context, Model, ModelInfo, RuntimeChoice } from '../../../../native/types';
import { errorCode } from '../../errors';
import type { HostOptions } from '../wire/messages';
import { bytesOfType, type CacheTypes } from './cacheTypes';

/** How many sequences the cache can hold: those of documents, alternatives, schemas, and texts kept for undo. */
export const maxSequences = 32;
/** Most tokens one decode may hold. */
export const chunkTokens = 256;
const defaultContextTokens = 8192;
/** Bytes for rows of logits, one number for each token of the vocabulary, from which we can choose among all tokens later. */
const keptRowBytes = 32 << 20;
const smallestContextTokens = 512;
/** Tokens that the cache holds when sqlAhead.engine.cacheMemory sets no limit: several documents and their common schema. */
const defaultCells = 16384;

/** The options with the types of the cache chosen. */
export type LoadOptions = Omit<HostOptions, keyof CacheTypes> & CacheTypes;

export interface LoadedModel {
  readonly model: Model;
  readonly context: Context;
  /** Tokens one prompt with its completion may hold. */
  readonly contextTokens: number;
  readonly backend: BackendName;
  /** One sentence or more: where the model runs, and why not on the GPU that was asked for. */
  readonly reason: string;
  /** A sentence for the person, when the model runs with less than the settings ask for. */
  readonly notice?: string;
}

/**
 * Tries all layers on the GPU, then fewer, then none; each time with the largest cache that fits.
 * @throws NativeError as loadModel and createContext
 */
export async function loadModel(
  runtime: RuntimeChoice,
  options: LoadOptions,
  onProgress: (fraction: number) => void,
): Promise<LoadedModel> {
  if (runtime.backend === 'cpu' || options.gpuLayers === 0) {
    const loaded = await loadWith(runtime, options, 0, onProgress);
    return { ...loaded, backend: 'cpu', reason: runtime.reason };
  }
  let problem = '';
  let layers = options.gpuLayers;
  while (layers !== 0) {
    try {
      const loaded = await loadWith(runtime, options, layers, onProgress);
      const notice =
        problem === ''
          ? undefined
          : `Only ${layers.toString()} of the model's ${loaded.model.info.layers.toString()} layers are on the GPU (${problem}); choose a smaller model or a smaller sqlAhead.engine.contextTokens for more.`;
      return {
        ...loaded,
        backend: runtime.backend,
        reason: runtime.reason,
        ...(notice === undefined ? {} : { notice }),
      };
    } catch (error) {
      // A broken file is broken on the CPU as well.
      if (!isDeviceProblem(error)) throw error;
      problem = firstSentence(error);
      layers = fewer(layers, await layerCount(runtime, options.modelPath));
    }
  }
  const loaded = await loadWith(runtime, options, 0, onProgress);
  const notice = `The model runs on the CPU, because it does not fit onto the GPU (${problem}); choose a smaller model to use the GPU.`;
  return { ...loaded, backend: 'cpu', reason: notice, notice };
}

/** The next smaller number of layers to try: three quarters of all, then half, a quarter, none. */
function fewer(layers: number, count: number): number {
  const quarters = Math.ceil((4 * (layers < 0 || layers > count ? count : layers)) / count) - 1;
  return Math.floor((quarters * count) / 4);
}

function isDeviceProblem(error: unknown): boolean {
  return ['ERR_OUT_OF_MEMORY', 'ERR_DEVICE'].includes(errorCode(error) ?? '');
}

function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(/[.;\n]/, 1)[0] ?? text;
}

async function layerCount(runtime: RuntimeChoice, path: string): Promise<number> {
  const vocabulary = await runtime.addon.loadModel({ path, gpuLayers: 0, vocabularyOnly: true });
  try {
    const count = Number(vocabulary.metadata(`${vocabulary.info.architecture}.block_count`));
    return count > 0 ? count : 1;
  } finally {
    await vocabulary.dispose();
  }
}

async function loadWith(
  { addon }: RuntimeChoice,
  options: LoadOptions,
  gpuLayers: number,
  onProgress: (fraction: number) => void,
): Promise<Pick<LoadedModel, 'model' | 'context' | 'contextTokens'>> {
  const model = await addon.loadModel({ path: options.modelPath, gpuLayers, onProgress });
  // llama.cpp reads this variable when it makes a context; it has no option for it.
  process.env['LLAMA_ATTN_ROT_DISABLE'] = options.rotation ? '0' : '1';
  try {
    let { contextTokens, cells } = cacheSize(model.info, options);
    for (;;) {
      try {
        const context = await model.createContext({
          cells,
          maxSequences,
          keptRows: Math.max(maxSequences, Math.floor(keptRowBytes / (4 * model.info.vocabularySize))),
          batchTokens: chunkTokens,
          // An abort takes effect after a micro-batch, and what was evaluated up to there stays.
          microBatchTokens: 64,
          threads: options.threads || defaultThreads(model.info.parameters),
          keyType: options.keyType,
          valueType: options.valueType,
          // Values in a quantized type work with flash attention only.
          flashAttention: options.valueType === 'f16' ? 'auto' : 'on',
        });
        return { model, context, contextTokens };
      } catch (error) {
        if (errorCode(error) !== 'ERR_OUT_OF_MEMORY') throw error;
        // First we give up room for further documents, then we shorten what one document may have.
        if (cells > contextTokens) cells = Math.max(contextTokens, Math.floor(cells / 2));
        else if (contextTokens > smallestContextTokens && gpuLayers === 0)
          cells = contextTokens = Math.max(smallestContextTokens, Math.floor(contextTokens / 2));
        else throw error;
      }
    }
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/** Bytes one token takes in the cache: a key and a value for each KV head of each layer. */
export function bytesPerToken(
  { layers, kvHeads, embeddingLength, heads }: ModelInfo,
  { keyType, valueType }: Pick<CacheTypes, 'keyType' | 'valueType'>,
): number {
  return layers * kvHeads * (embeddingLength / heads) * (bytesOfType[keyType] + bytesOfType[valueType]);
}

/** How many tokens one prompt and the whole cache may have within the memory limit; never less than the smallest prompt. */
export function cacheSize(
  info: ModelInfo,
  options: Pick<LoadOptions, 'contextTokens' | 'cacheMemory' | 'keyType' | 'valueType'>,
): { readonly contextTokens: number; readonly cells: number } {
  const wanted = options.contextTokens || Math.min(info.trainedContext, defaultContextTokens);
  if (options.cacheMemory === 0)
    return { contextTokens: wanted, cells: Math.max(wanted, Math.min(wanted * 4, defaultCells)) };
  const fitting = Math.floor((options.cacheMemory * 1024 * 1024) / bytesPerToken(info, options));
  const cells = Math.max(Math.min(smallestContextTokens, wanted), Math.min(fitting, wanted * maxSequences));
  return { contextTokens: Math.min(wanted, cells), cells };
}

/** In smaller models a second thread costs more in waiting for the other than it gains. */
const singleThreadParameters = 100e6;

/**
 * ggml's threads spin at a barrier several times a layer. With a thread on every core they starve as soon as anything
 * else runs: on two busy cores a token took 600 ms with two threads and 2 ms with one. So one core is left free, and a
 * small model gets one thread. Hyper-threads do not help matrix work; small machines show real cores.
 */
function defaultThreads(parameters: number): number {
  if (parameters < singleThreadParameters) return 1;
  const available = os.availableParallelism();
  return Math.max(1, Math.min(8, available <= 4 ? available - 1 : Math.floor(available / 2)));
}
