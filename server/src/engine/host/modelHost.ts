/**
 * A loaded model with its one context: chooses sizes, and answers prefill, complete and inspect for named sessions.
 * Knows nothing of sockets or clients.
 */
import * as os from 'node:os';
import type { BackendName, Context, Model, RuntimeChoice } from '../../../../native/types';
import { errorCode } from '../../errors';
import type {
  CompleteOptions,
  Completion,
  EngineModel,
  RequestStatistics,
  SessionInspection,
} from '../engine';
import { generate, type AskChoice } from './generate';
import type { HostOptions } from './protocol';
import { Scheduler } from './scheduler';
import { SequenceCache } from './sequenceCache';
import { SegmentTokenizer } from './tokenizer';

const maxSequences = 16;
/** Most tokens one decode may hold. */
const chunkTokens = 256;
const defaultContextTokens = 8192;
const smallestContextTokens = 512;

export class ModelHost {
  readonly #model: Model;
  readonly #context: Context;
  readonly #cache: SequenceCache;
  readonly #tokenizer: SegmentTokenizer;
  readonly #scheduler = new Scheduler();
  readonly description: EngineModel;

  private constructor(
    model: Model,
    context: Context,
    contextTokens: number,
    backend: BackendName,
    reason: string,
  ) {
    this.#model = model;
    this.#context = context;
    this.#cache = new SequenceCache(context, { maxSequences, chunkTokens, contextTokens });
    this.#tokenizer = new SegmentTokenizer(model);
    this.description = {
      name: model.info.name,
      description: model.info.description,
      contextTokens,
      backend,
      backendReason: reason,
    };
  }

  /** @throws NativeError as loadModel and createContext */
  static async load(
    runtime: RuntimeChoice,
    options: HostOptions,
    onProgress: (fraction: number) => void,
  ): Promise<ModelHost> {
    const model = await runtime.addon.loadModel({
      path: options.modelPath,
      gpuLayers: runtime.backend === 'cpu' ? 0 : options.gpuLayers,
      onProgress,
    });
    try {
      let contextTokens = options.contextTokens || Math.min(model.info.trainedContext, defaultContextTokens);
      for (;;) {
        try {
          const context = await model.createContext({
            // Room for several documents; the schema they share is stored once.
            cells: Math.max(contextTokens, Math.min(contextTokens * 4, 16384)),
            maxSequences,
            batchTokens: chunkTokens,
            // An abort takes effect, and keeps what is done, between micro-batches.
            microBatchTokens: 64,
            threads: options.threads || defaultThreads(model.info.parameters),
          });
          return new ModelHost(model, context, contextTokens, runtime.backend, runtime.reason);
        } catch (error) {
          const half = Math.floor(contextTokens / 2);
          if (errorCode(error) !== 'ERR_OUT_OF_MEMORY' || half < smallestContextTokens) throw error;
          contextTokens = half;
        }
      }
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  prefill(session: string, segments: readonly string[], signal: AbortSignal): Promise<RequestStatistics> {
    return this.#scheduler.schedule(
      session,
      'prefill',
      (s) => this.#sync(session, this.#tokenizer.tokens(segments), s),
      signal,
    );
  }

  complete(
    session: string,
    segments: readonly string[],
    options: CompleteOptions,
    choose: AskChoice | undefined,
    signal: AbortSignal,
  ): Promise<Completion> {
    return this.#scheduler.schedule(
      session,
      'complete',
      async (jobSignal) => {
        const tokens = this.#tokenizer.tokens(segments);
        const synced = await this.#sync(session, tokens, jobSignal);
        const started = performance.now();
        const { decoded, ...generation } = await generate(
          this.#cache,
          this.#model,
          session,
          tokens.length,
          options,
          jobSignal,
          choose,
        );
        const cached = (await this.#cache.open(session)).tokens.length;
        return {
          ...generation,
          statistics: { ...synced, decoded, cached, decodeMs: performance.now() - started },
        };
      },
      signal,
    );
  }

  inspect(session: string, segments: readonly string[], signal: AbortSignal): Promise<SessionInspection> {
    return this.#scheduler.schedule(
      session,
      'inspect',
      async (jobSignal) => {
        const tokens = this.#tokenizer.tokens(segments);
        await this.#sync(session, tokens, jobSignal);
        const cached = await this.#cache.open(session);
        return {
          promptTokens: [...tokens],
          cachedTokens: [...cached.tokens],
          cachedPositions: await this.#cache.positions(session),
          nextToken: cached.candidates.get(tokens.length - 1)?.tokens[0] ?? -1,
          evaluatedTokens: cached.evaluated,
          enginePid: process.pid,
        };
      },
      signal,
    );
  }

  countTokens(texts: readonly string[]): number[] {
    return texts.map((text) => this.#model.tokenize(text, false).length);
  }

  async closeSession(session: string): Promise<void> {
    await this.#scheduler.schedule(session, 'close', () => this.#cache.close(session));
  }

  async dispose(): Promise<void> {
    await this.#context.dispose();
    await this.#model.dispose();
  }

  async #sync(session: string, tokens: Int32Array, signal: AbortSignal): Promise<RequestStatistics> {
    const started = performance.now();
    const { reused, cropped, evaluated } = await this.#cache.sync(session, tokens, signal);
    const cached = (await this.#cache.open(session)).tokens.length;
    return {
      reused,
      cropped,
      evaluated,
      decoded: 0,
      cached,
      prefillMs: performance.now() - started,
      decodeMs: 0,
    };
  }
}

/** Below this a second thread gains less than its barriers cost. */
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
