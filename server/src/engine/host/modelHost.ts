/**
 * A loaded model with its one context: answers prefill, complete and inspect for named sessions.
 * Knows nothing of sockets or clients.
 */
import type { Context, Model, RuntimeChoice } from '../../../../native/types';
import type {
  CompleteOptions,
  Completion,
  EngineModel,
  EngineStatistics,
  Prompt,
  RequestStatistics,
  SessionInspection,
} from '../engine';
import { ChunkSize } from './chunkSize';
import { generate, type AskChoice } from './generate';
import { chunkTokens, loadModel, maxSequences, type LoadedModel } from './loadModel';
import type { HostOptions } from './protocol';
import { Scheduler } from './scheduler';
import { SequenceCache } from './sequenceCache';
import { SegmentTokenizer } from './tokenizer';

export class ModelHost {
  readonly #model: Model;
  readonly #context: Context;
  readonly #cache: SequenceCache;
  readonly #tokenizer: SegmentTokenizer;
  readonly #scheduler = new Scheduler();
  readonly #chunkSize = new ChunkSize(chunkTokens);
  readonly description: EngineModel;
  /** A sentence for the person where the model runs with less than was asked for. */
  readonly notice: string | undefined;
  #totals: EngineStatistics['totals'] = { requests: 0, ...nothing };

  private constructor({ model, context, contextTokens, backend, reason, notice }: LoadedModel) {
    this.#model = model;
    this.#context = context;
    this.#cache = new SequenceCache(context, {
      maxSequences,
      chunkTokens,
      chunkSize: this.#chunkSize,
      contextTokens,
    });
    this.#tokenizer = new SegmentTokenizer(model);
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
    };
  }

  /** @throws NativeError as loadModel */
  static async load(
    runtime: RuntimeChoice,
    options: HostOptions,
    onProgress: (fraction: number) => void,
  ): Promise<ModelHost> {
    return new ModelHost(await loadModel(runtime, options, onProgress));
  }

  prefill(
    session: string,
    prompt: Prompt,
    signal: AbortSignal,
    priority: CompleteOptions['priority'] = 'visible',
  ): Promise<RequestStatistics> {
    if (priority === 'visible') this.#chunkSize.keyPressed();
    return this.#scheduler.schedule(
      session,
      priority === 'ahead' ? 'background' : 'prefill',
      (s) => this.#sync(session, this.#tokenizer.tokens(prompt.segments), s),
      signal,
    );
  }

  complete(
    session: string,
    prompt: Prompt,
    options: CompleteOptions,
    choose: AskChoice | undefined,
    signal: AbortSignal,
  ): Promise<Completion> {
    return this.#scheduler.schedule(
      session,
      options.priority === 'ahead' ? 'ahead' : 'complete',
      async (jobSignal) => {
        const tokens = this.#tokenizer.tokens(prompt.segments);
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
        const decodeMs = performance.now() - started;
        this.#totals = {
          ...this.#totals,
          decoded: this.#totals.decoded + decoded,
          decodeMs: this.#totals.decodeMs + decodeMs,
        };
        return { ...generation, statistics: { ...synced, decoded, cached, decodeMs } };
      },
      signal,
    );
  }

  /** For now one alternative: the completion. */
  async branch(
    session: string,
    prompt: Prompt,
    _count: number,
    options: CompleteOptions,
    choose: AskChoice | undefined,
    signal: AbortSignal,
  ): Promise<readonly Completion[]> {
    return [await this.complete(session, prompt, options, choose, signal)];
  }

  statistics(): EngineStatistics {
    const { cells, kvBytes, kvBytesPerToken } = this.#context.sizes();
    const lines = this.#cache.lines();
    return {
      lines,
      cells,
      usedCells: lines.reduce((sum, line) => sum + line.tokens, 0),
      kvBytes,
      kvBytesPerToken,
      totals: this.#totals,
    };
  }

  inspect(session: string, prompt: Prompt, signal: AbortSignal): Promise<SessionInspection> {
    return this.#scheduler.schedule(
      session,
      'inspect',
      async (jobSignal) => {
        const tokens = this.#tokenizer.tokens(prompt.segments);
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
    const prefillMs = performance.now() - started;
    const totals = this.#totals;
    this.#totals = {
      ...totals,
      requests: totals.requests + 1,
      reused: totals.reused + reused,
      cropped: totals.cropped + cropped,
      evaluated: totals.evaluated + evaluated,
      prefillMs: totals.prefillMs + prefillMs,
    };
    return { ...nothing, reused, cropped, evaluated, cached, prefillMs };
  }
}

const nothing: Omit<RequestStatistics, 'cached'> = {
  reused: 0,
  cropped: 0,
  evaluated: 0,
  decoded: 0,
  drafted: 0,
  accepted: 0,
  restored: 0,
  prefillMs: 0,
  decodeMs: 0,
};

/** How families write the three special tokens; the vocabulary says which of them it has. */
const fimSpellings = [
  ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'],
  ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'],
  ['<fim-prefix>', '<fim-suffix>', '<fim-middle>'],
  ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
  ['▁<PRE>', '▁<SUF>', '▁<MID>'],
  ['<PRE>', '<SUF>', '<MID>'],
  ['[PREFIX]', '[SUFFIX]', '[MIDDLE]'],
  ['<[fim-prefix]>', '<[fim-suffix]>', '<[fim-middle]>'],
] as const;

function fimTexts(model: Model): Pick<EngineModel, 'fim'> {
  const { fimPrefix, fimSuffix, fimMiddle } = model.info.special;
  const is = (text: string, token: number): boolean => {
    const tokens = model.tokenize(text, true);
    return tokens.length === 1 && tokens[0] === token;
  };
  for (const [prefix, suffix, middle] of fimSpellings) {
    if (is(prefix, fimPrefix) && is(suffix, fimSuffix) && is(middle, fimMiddle))
      return { fim: { prefix, suffix, middle } };
  }
  return {};
}
