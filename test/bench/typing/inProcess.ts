/**
 * Two systems to compare the product with, which run in this process: *stateless*, which evaluates the whole prompt for
 * every request, and node-llama-cpp with one context sequence that follows the prompt.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context, Model } from '../../../native/types';
import { loadRuntime } from '../../../native/index';
import type { EngineModel } from '../../../server/src/engine/engine';
import { plainPrompt, stopText } from './prompts';
import type { Opened, Place, Suggestion, System, SystemOptions } from './system';

type Facts = Pick<EngineModel, 'fim' | 'kvBytesPerToken'>;

/** What both have in common: the schema, the count of tokens, the sizes. */
abstract class InProcess implements System {
  abstract readonly name: string;
  readonly anticipates = false;
  readonly everyKey: number = 1;
  #schemaText = '';
  #evaluated = 0;

  constructor(
    protected readonly options: SystemOptions,
    protected readonly facts: Facts,
  ) {}

  async open({ files, schemaText }: Opened): Promise<void> {
    this.#schemaText = schemaText;
    for (const [file, text] of Object.entries(files)) await this.key({ file, text, cursor: text.length });
    this.#evaluated = 0;
  }

  async key(place: Place): Promise<Suggestion> {
    const started = performance.now();
    let [firstMs, text, tokens] = [NaN, '', -1];
    for await (const piece of this.generate(plainPrompt(this.#schemaText, place, this.facts.fim))) {
      if (Number.isNaN(firstMs)) firstMs = performance.now() - started;
      tokens++;
      text += piece;
      if (text.includes(stopText)) break;
    }
    const wholeMs = performance.now() - started;
    if (tokens < 0) return { firstMs: wholeMs, wholeMs, text, zeroWait: false };
    return { firstMs, wholeMs, text, zeroWait: false, decoding: { tokens, ms: wholeMs - firstMs } };
  }

  change(): Promise<void> {
    return Promise.resolve();
  }

  evaluatedTokens(): Promise<number> {
    const evaluated = this.#evaluated;
    this.#evaluated = 0;
    return Promise.resolve(evaluated);
  }

  sizes(): Promise<{ kvBytes: number; rssBytes: number }> {
    // The process holds several systems, so that its memory says nothing about one.
    return Promise.resolve({
      kvBytes: this.facts.kvBytesPerToken * this.options.contextTokens,
      rssBytes: 0,
    });
  }

  /** Pieces of text behind the prompt, at most maxTokens. */
  protected abstract generate(prompt: string): AsyncIterable<string>;
  abstract close(): Promise<void>;

  protected evaluating(tokens: number): void {
    this.#evaluated += tokens;
  }
}

const batchTokens = 512;

export class Stateless extends InProcess {
  readonly name = 'stateless';
  override readonly everyKey: number;
  readonly #model: Model;
  readonly #context: Context;

  private constructor(
    options: SystemOptions,
    facts: Facts,
    model: Model,
    context: Context,
    everyKey: number,
  ) {
    super(options, facts);
    this.#model = model;
    this.#context = context;
    this.everyKey = everyKey;
  }

  static async start(options: SystemOptions, facts: Facts, everyKey: number): Promise<Stateless> {
    const { addon, backend } = await loadRuntime({
      directory: path.join(options.root, 'native', 'bin', `${process.platform}-${process.arch}`),
      backend: options.backend,
      probePath: path.join(options.root, 'dist', 'probe.js'),
    });
    const model = await addon.loadModel({ path: options.model, gpuLayers: backend === 'cpu' ? 0 : -1 });
    const context = await model.createContext({
      cells: options.contextTokens,
      maxSequences: 1,
      batchTokens,
      microBatchTokens: batchTokens,
      threads: options.threads,
    });
    return new Stateless(options, facts, model, context, everyKey);
  }

  protected async *generate(prompt: string): AsyncIterable<string> {
    const tokens = this.#model.tokenize(prompt, true);
    await this.#context.crop(0, 0, -1);
    let [at, next] = [0, -1];
    for (; at < tokens.length; at += batchTokens)
      next = await this.#decode(tokens.subarray(at, at + batchTokens), at);
    this.evaluating(tokens.length);
    at = tokens.length;
    for (let i = 0; i < this.options.maxTokens && !this.#model.isEndOfGeneration(next); i++, at++) {
      yield Buffer.from(this.#model.detokenize(Int32Array.of(next))).toString();
      if (i + 1 < this.options.maxTokens) next = await this.#decode(Int32Array.of(next), at);
    }
  }

  /** The best token behind a batch. */
  async #decode(tokens: Int32Array, from: number): Promise<number> {
    const logits = new Uint8Array(tokens.length);
    logits[tokens.length - 1] = 1;
    const positions = Int32Array.from(tokens, (_, i) => from + i);
    const batch = { tokens, positions, sequences: new Int32Array(tokens.length), logits };
    const { candidates } = await this.#context.decode(batch, 1);
    return candidates[0]?.tokens[0] ?? -1;
  }

  async close(): Promise<void> {
    await this.#context.dispose();
    await this.#model.dispose();
  }
}

/** The part of node-llama-cpp that is used here. */
interface Peer {
  LlamaLogLevel: { readonly error: string };
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<PeerModel>;
    dispose(): Promise<void>;
  }>;
}
interface PeerModel {
  tokenize(text: string, special: boolean): number[];
  detokenize(tokens: readonly number[]): string;
  isEogToken(token: number): boolean;
  createContext(options: object): Promise<{ getSequence(): PeerSequence }>;
}
interface PeerSequence {
  readonly contextTokens: readonly number[];
  eraseContextTokenRanges(ranges: readonly { start: number; end: number }[]): Promise<void>;
  evaluate(tokens: readonly number[], options: object): AsyncGenerator<number>;
}

export class NodeLlamaCpp extends InProcess {
  readonly name = 'node-llama-cpp';
  readonly #model: PeerModel;
  readonly #sequence: PeerSequence;
  readonly #dispose: () => Promise<void>;

  private constructor(
    options: SystemOptions,
    facts: Facts,
    model: PeerModel,
    sequence: PeerSequence,
    dispose: () => Promise<void>,
  ) {
    super(options, facts);
    this.#model = model;
    this.#sequence = sequence;
    this.#dispose = dispose;
  }

  /** @param entry its dist/index.js */
  static async start(entry: string, options: SystemOptions, facts: Facts): Promise<NodeLlamaCpp> {
    const peer = (await import(pathToFileURL(entry).href)) as Peer;
    const { threads, contextTokens } = options;
    const llama = await peer.getLlama({
      gpu: options.backend === 'cpu' ? false : options.backend,
      build: 'never',
      skipDownload: true,
      logLevel: peer.LlamaLogLevel.error,
      maxThreads: threads,
    });
    const model = await llama.loadModel({ modelPath: options.model });
    const context = await model.createContext({ contextSize: contextTokens, threads });
    return new NodeLlamaCpp(options, facts, model, context.getSequence(), () => llama.dispose());
  }

  protected async *generate(prompt: string): AsyncIterable<string> {
    const tokens = this.#model.tokenize(prompt, true);
    const state = this.#sequence.contextTokens;
    let common = 0;
    // The last token is evaluated in any case: its logits are what is wanted.
    while (common < tokens.length - 1 && tokens[common] === state[common]) common++;
    if (common < state.length)
      await this.#sequence.eraseContextTokenRanges([{ start: common, end: state.length }]);
    this.evaluating(tokens.length - common);
    let left = this.options.maxTokens;
    for await (const token of this.#sequence.evaluate(tokens.slice(common), { temperature: 0 })) {
      if (this.#model.isEogToken(token)) return;
      yield this.#model.detokenize([token]);
      if (--left === 0) return;
    }
  }

  async close(): Promise<void> {
    await this.#dispose();
  }
}
