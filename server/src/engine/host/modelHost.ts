/**
 * A loaded model with its KV cache. Answers the requests prefill, complete, branch and inspect, each for a session: it turns
 * the prompt into tokens, lets the scheduler give it a turn, brings the cache to the prompt, and decodes. It knows no sockets.
 */
import type { Context, Model, RuntimeChoice } from '../../../../native/types';
import type {
  BranchRequest,
  CompleteRequest,
  Completion,
  EngineModel,
  EngineStatistics,
  PrefillRequest,
  Prompt,
  RequestStatistics,
  SessionInspection,
} from '../engine';
import { generateBranches } from './decode/branches';
import { chooseCacheTypes, type ChosenCacheTypes } from './cacheTypes';
import { ChunkSize } from './cache/chunkSize';
import type { AskChoice } from './decode/decoding';
import { Drafts } from './decode/drafts';
import { fimTexts } from './decode/fim';
import { generate, type Decoder, type Generation } from './decode/generate';
import { KvCache, type SyncResult } from './cache/kvCache';
import { chunkTokens, loadModel, maxSequences, type LoadedModel } from './loadModel';
import type { HostOptions } from '../wire/messages';
import { Scheduler } from '../scheduler';
import { noWork, Totals } from '../totals';
import { snapshotKey, Snapshots } from './cache/snapshots';
import { SegmentTokenizer, type PromptTokens } from './decode/tokenizer';
import { Vocabulary } from './decode/vocabulary';

/** A schema is saved to disk when at least this many of its tokens had to be evaluated. */
const worthSaving = 64;
/** Alternatives decoded side by side. */
const maxBranches = 8;

/** A request with a signal that is set when the client cancels it. */
type Job<R> = R & { readonly signal: AbortSignal };

export class ModelHost {
  readonly #model: Model;
  readonly #context: Context;
  readonly #cache: KvCache;
  readonly #decoder: Decoder;
  readonly #snapshots: Snapshots | undefined;
  readonly #tokenizer: SegmentTokenizer;
  readonly #scheduler = new Scheduler();
  readonly #chunkSize = new ChunkSize(chunkTokens);
  readonly description: EngineModel;
  /** A sentence for the person where the model runs with less than was asked for. */
  readonly notice: string | undefined;
  readonly #totals = new Totals();

  private constructor(
    { model, context, contextTokens, backend, reason, notice }: LoadedModel,
    cache: ChosenCacheTypes,
    snapshots: Snapshots | undefined,
  ) {
    this.#model = model;
    this.#context = context;
    this.#snapshots = snapshots;
    this.#cache = new KvCache(context, {
      maxSequences,
      chunkTokens,
      chunkSize: this.#chunkSize,
      contextTokens,
      ...(snapshots ? { restore: (schema, atLeast) => snapshots.find(schema, atLeast) } : {}),
    });
    const vocabulary = new Vocabulary(model);
    this.#decoder = { cache: this.#cache, context, vocabulary, drafts: new Drafts() };
    this.#tokenizer = new SegmentTokenizer(model, vocabulary);
    this.notice = notice;
    this.description = {
      name: model.info.name,
      description: model.info.description,
      contextTokens,
      backend,
      backendReason: reason,
      architecture: model.info.architecture,
      ...fimTexts(model),
      ...(model.info.chatTemplate === undefined ? {} : { chatTemplate: model.info.chatTemplate }),
      kvBytesPerToken: context.sizes().kvBytesPerToken,
      cacheTypes: cacheTypesText(cache),
    };
  }

  /** @throws NativeError as loadModel */
  static async load(
    runtime: RuntimeChoice,
    options: HostOptions,
    storage: {
      readonly storagePath?: string | undefined;
      readonly cachePresets?: string | undefined;
      readonly log: (text: string) => void;
    },
    onProgress: (fraction: number) => void,
  ): Promise<ModelHost> {
    const { storagePath, cachePresets, log } = storage;
    const cache = await chooseCacheTypes(options, cachePresets, log);
    const { keyType, valueType, rotation } = cache;
    const types = `${keyType} ${valueType}${rotation ? '' : ' unrotated'}`;
    const keyOf = await snapshotKey(options.modelPath, runtime.addon.llamaRelease, types);
    const loaded = await loadModel(runtime, { ...options, keyType, valueType, rotation }, onProgress);
    const key = await keyOf(loaded.model);
    return new ModelHost(
      loaded,
      cache,
      storagePath && key ? new Snapshots(storagePath, key, log) : undefined,
    );
  }

  prefill({
    session,
    prompt,
    signal,
    priority = 'visible',
  }: Job<PrefillRequest>): Promise<RequestStatistics> {
    if (priority === 'visible') this.#chunkSize.keyPressed();
    const spent = newSpent();
    return this.#scheduler.schedule(
      session,
      priority === 'ahead' ? 'background' : 'prefill',
      async (s) => (await this.#sync(session, prompt, s, spent)).statistics,
      signal,
    );
  }

  complete({
    session,
    prompt,
    options,
    choose,
    signal,
  }: Job<CompleteRequest<AskChoice>>): Promise<Completion> {
    const spent = newSpent();
    return this.#scheduler.schedule(
      session,
      options.priority === 'ahead' ? 'ahead' : 'complete',
      async (jobSignal) => {
        const { tokens, healed, statistics } = await this.#sync(session, prompt, jobSignal, spent);
        const started = performance.now();
        const rules = { ...options, healed };
        const generation = await this.#decode(session, spent, () =>
          generate(this.#decoder, session, tokens.length, rules, jobSignal, choose),
        );
        return this.#completion(prompt, generation, statistics, performance.now() - started, spent.decoded);
      },
      signal,
    );
  }

  branch({
    session,
    prompt,
    count,
    options,
    choose,
    signal,
  }: Job<BranchRequest<AskChoice>>): Promise<readonly Completion[]> {
    const spent = newSpent();
    return this.#scheduler.schedule(
      session,
      options.priority === 'ahead' ? 'ahead' : 'complete',
      async (jobSignal) => {
        const { tokens, healed, statistics } = await this.#sync(session, prompt, jobSignal, spent);
        const started = performance.now();
        const most = Math.min(count, maxBranches);
        const rules = { ...options, healed };
        const generations = await this.#decode(session, spent, () =>
          generateBranches(this.#decoder, session, tokens.length, most, rules, jobSignal, choose),
        );
        const decodeMs = performance.now() - started;
        // All were decoded together, so the time is counted for the first only.
        return generations.map((generation, i) =>
          i === 0
            ? this.#completion(prompt, generation, statistics, decodeMs, spent.decoded)
            : this.#completion(prompt, generation, statistics, 0, 0),
        );
      },
      signal,
    );
  }

  #completion(
    prompt: Prompt,
    generation: Generation,
    synced: RequestStatistics,
    decodeMs: number,
    decodedBefore: number,
  ): Completion {
    const { tokens, text, end, meanLogProbability, decoded, drafted, accepted } = generation;
    this.#tokenizer.generated(prompt, tokens);
    this.#totals.add({ decoded, drafted, accepted, decodeMs });
    const cached = Math.max(synced.cached, tokens.length);
    return {
      text,
      end,
      meanLogProbability,
      statistics: { ...synced, decoded: decodedBefore + decoded, drafted, accepted, cached, decodeMs },
    };
  }

  statistics(): EngineStatistics {
    const { cells, kvBytes, kvBytesPerToken } = this.#context.sizes();
    return {
      sequences: this.#cache.sequences(),
      cells,
      usedCells: this.#cache.usedCells(),
      kvBytes,
      kvBytesPerToken,
      totals: this.#totals.sums,
    };
  }

  inspect({ session, prompt, signal }: Job<PrefillRequest>): Promise<SessionInspection> {
    return this.#scheduler.schedule(
      session,
      'inspect',
      async (jobSignal) => {
        const { tokens } = await this.#sync(session, prompt, jobSignal, newSpent());
        const cached = await this.#cache.open(session);
        return {
          promptTokens: [...tokens],
          cachedTokens: [...cached.tokens],
          cachedPositions: await this.#cache.positions(session),
          nextToken: this.#cache.candidatesAfter(session, tokens.length)?.tokens[0] ?? -1,
          evaluatedTokens: this.#cache.evaluated(session),
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

  async #sync(
    session: string,
    prompt: Prompt,
    signal: AbortSignal,
    spent: Spent,
  ): Promise<PromptTokens & { readonly statistics: RequestStatistics }> {
    const started = performance.now();
    const wanted = this.#tokenizer.prompt(prompt);
    const before = this.#cache.evaluated(session);
    const earlier = spent.evaluated;
    let synced: SyncResult;
    try {
      synced = await this.#cache.sync(session, wanted.tokens, signal, wanted.schemaTokens);
    } finally {
      const now = this.#cache.evaluated(session) - before;
      const milliseconds = performance.now() - started;
      spent.evaluated += now;
      spent.prefillMs += milliseconds;
      this.#totals.add({ evaluated: now, prefillMs: milliseconds });
    }
    const { cropped, restored } = synced;
    if (wanted.schemaTokens - synced.reused >= worthSaving)
      this.#saveSchema(wanted.tokens.slice(0, wanted.schemaTokens));
    const cached = (await this.#cache.open(session)).tokens.length;
    const { evaluated, prefillMs } = spent;
    // When the request was interrupted, its second run finds tokens that its first run evaluated; they do not count as reused.
    const reused = Math.max(0, synced.reused - earlier);
    if (!spent.synced) this.#totals.add({ requests: 1, reused, cropped, restored });
    spent.synced = true;
    return { ...wanted, statistics: { ...noWork, reused, cropped, evaluated, restored, cached, prefillMs } };
  }

  /** Decodes. When that ends with an error, the tokens decoded until then are counted, too. */
  async #decode<T>(session: string, spent: Spent, work: () => Promise<T>): Promise<T> {
    const before = this.#cache.evaluated(session);
    try {
      return await work();
    } catch (error) {
      const decoded = this.#cache.evaluated(session) - before;
      spent.decoded += decoded;
      this.#totals.add({ decoded });
      throw error;
    }
  }

  /** Saves the schema's part of the cache to disk, once nothing more urgent is to be done. */
  #saveSchema(schema: Int32Array): void {
    const snapshots = this.#snapshots;
    if (!snapshots) return;
    void this.#scheduler
      .schedule('snapshot:', 'background', async () => {
        const sequence = this.#cache.schemaSequence(schema);
        return sequence?.tokens.length === schema.length ? this.#context.stateSave(sequence.id) : undefined;
      })
      .then((state) => state && snapshots.save(schema, state))
      // Superseded by a newer schema, or the context is gone.
      .catch(() => undefined);
  }
}

/** One line for the status and the inspector: "keys q8_0, values q4_0, …". */
function cacheTypesText({ keyType, valueType, preset }: ChosenCacheTypes): string {
  const types = `keys ${keyType}, values ${valueType}`;
  if (keyType !== preset?.keyType || valueType !== preset.valueType) return types;
  const { compression, pplDelta } = preset;
  return `${types}, as measured for this model: ${compression.toFixed(2)} times smaller than f16, perplexity ${pplDelta < 0 ? '' : '+'}${(100 * pplDelta).toFixed(2)} %`;
}

/** What one request has cost so far. The scheduler may interrupt it and run it again; the costs of all its runs add up. */
interface Spent {
  evaluated: number;
  decoded: number;
  prefillMs: number;
  /** Whether a run has already brought the cache to the prompt. */
  synced: boolean;
}

const newSpent = (): Spent => ({ evaluated: 0, decoded: 0, prefillMs: 0, synced: false });
