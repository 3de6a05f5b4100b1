/**
 * The addon's contract with TypeScript. It gives mechanisms only: tokens, sequences, positions, logits, aborts. No SQL,
 * no policy, no platform. `native/index.ts` loads the implementation; tests may script one.
 *
 * Units: a *token* is a number in the vocabulary; a *position* counts the tokens of one sequence from 0; a *sequence*
 * is one row of tokens in the KV cache (0 .. maxSequences-1); sizes are bytes; logits are raw (not normalised).
 */

export type BackendName = 'cpu' | 'vulkan' | 'cuda' | 'metal';

/** Codes of the errors that the addon and its loader throw or reject with. */
export type NativeErrorCode =
  | 'ERR_MODEL_NOT_FOUND' // the path is no readable file
  | 'ERR_MODEL_INVALID' // not a GGUF, truncated, or of a version that cannot be read
  | 'ERR_MODEL_UNSUPPORTED' // can be read, but its cache cannot be cropped, or it is no causal text model
  | 'ERR_OUT_OF_MEMORY' // model or context does not fit into memory or onto the device
  | 'ERR_CONTEXT_FULL' // no free cells for this batch; nothing of it was evaluated
  | 'ERR_ABORTED' // abort() ended this decode; positionRange() tells what is in the cache
  | 'ERR_DEVICE' // the backend failed while evaluating (device lost)
  | 'ERR_CROP' // the memory refused to remove a range
  | 'ERR_STATE' // a saved state is damaged, or of another model or other cache types
  | 'ERR_DISPOSED' // the model or context was disposed
  | 'ERR_ARGUMENT' // a value out of range or of the wrong type
  | 'ERR_RUNTIME'; // the addon or a runtime library could not be loaded

/** `message` is one sentence that says what to do. */
export class NativeError extends Error {
  override readonly name = 'NativeError';
  constructor(
    readonly code: NativeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface Device {
  /** llama.cpp's device name, e.g. "CPU", "Vulkan0". */
  readonly name: string;
  readonly description: string;
  readonly type: 'cpu' | 'gpu' | 'integrated' | 'accelerator';
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface Addon {
  /** The pinned llama.cpp release the addon was built against, e.g. "v0.5.0". */
  readonly llamaRelease: string;
  /** Devices of the loaded backends, in llama.cpp's order. */
  devices(): readonly Device[];
  /** llama.cpp's own log lines; undefined drops them. Levels as in ggml: debug, info, warn, error. */
  setLog(listener: ((level: 'debug' | 'info' | 'warn' | 'error', text: string) => void) | undefined): void;
  /**
   * Loads a GGUF on a worker thread.
   * @throws NativeError ERR_MODEL_NOT_FOUND | ERR_MODEL_INVALID | ERR_MODEL_UNSUPPORTED | ERR_OUT_OF_MEMORY
   */
  loadModel(options: LoadModelOptions): Promise<Model>;
}

export interface LoadModelOptions {
  readonly path: string;
  /** Layers on the GPU: 0 keeps all on the CPU, a negative number puts all on the GPU. */
  readonly gpuLayers: number;
  /** Device to use (its `name`); undefined lets llama.cpp choose among the loaded GPU backends. */
  readonly device?: string;
  readonly memoryMap?: boolean;
  /** Gets rising fractions from 0 to 1. Its result is ignored. */
  readonly onProgress?: (fraction: number) => void;
  readonly vocabularyOnly?: boolean;
}

/** Numbers of special tokens; -1 when the vocabulary has none. */
export interface SpecialTokens {
  readonly beginOfSequence: number;
  readonly endOfSequence: number;
  readonly endOfTurn: number;
  readonly newline: number;
  readonly fimPrefix: number;
  readonly fimSuffix: number;
  readonly fimMiddle: number;
}

export interface ModelInfo {
  readonly path: string;
  /** general.architecture, e.g. "qwen2". */
  readonly architecture: string;
  /** general.name, or the file's base name. */
  readonly name: string;
  /** llama.cpp's one-line description, e.g. "qwen2 0.5B Q8_0". */
  readonly description: string;
  readonly parameters: number;
  readonly sizeBytes: number;
  readonly layers: number;
  readonly embeddingLength: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabularySize: number;
  /** Context length the model was trained for, in tokens. */
  readonly trainedContext: number;
  readonly addsBeginOfSequence: boolean;
  readonly special: SpecialTokens;
  readonly chatTemplate: string | undefined;
}

export interface Model {
  readonly info: ModelInfo;
  /** A value in the GGUF's metadata as text; undefined when there is none. */
  metadata(key: string): string | undefined;
  /**
   * Tokenizes UTF-8 text by byte pairs, synchronously, because it needs no context.
   * @param parseSpecial true when "<|fim_prefix|>" in the text is the special token; false for a user's text.
   */
  tokenize(text: string, parseSpecial: boolean): Int32Array;
  /** The tokens' bytes, which need not be whole UTF-8 characters. Special tokens have none. */
  detokenize(tokens: Int32Array): Uint8Array;
  /** The bytes of all tokens one after another, as from detokenize(). ends[i] is where the bytes of token i end. */
  vocabulary(): { readonly bytes: Uint8Array; readonly ends: Int32Array };
  isEndOfGeneration(token: number): boolean;
  /** @throws NativeError ERR_OUT_OF_MEMORY | ERR_ARGUMENT */
  createContext(options: ContextOptions): Promise<Context>;
  /** Disposes contexts that are still open, then frees the model. May be called again. */
  dispose(): Promise<void>;
}

/** Types of the KV cache, as ggml names them; those of llama.cpp's own tools but bf16. */
export type KvType = 'f16' | 'f32' | 'q8_0' | 'q5_1' | 'q5_0' | 'q4_1' | 'q4_0' | 'iq4_nl';

export interface ContextOptions {
  /** Number of KV cells, which all sequences share (unified cache). llama.cpp rounds it up; see sizes(). */
  readonly cells: number;
  readonly maxSequences: number;
  /** Most tokens of one decode() call. */
  readonly batchTokens: number;
  /** Tokens of one micro-batch: a decode can be aborted between two of them. */
  readonly microBatchTokens: number;
  /** CPU threads, at most the number of processors. Use no more than are idle, because threads wait by spinning. */
  readonly threads: number;
  /** Threads for a micro-batch of one token, by default `threads`. A small model is fastest with one. */
  readonly generationThreads?: number;
  /**
   * Rows of logits to keep for logitsOf(), each vocabularySize x 4 bytes. Those of the last decode are always kept.
   * Default 32.
   */
  readonly keptRows?: number;
  readonly keyType?: KvType;
  readonly valueType?: KvType;
  readonly flashAttention?: 'auto' | 'on' | 'off';
}

/** Parallel arrays with one entry for each token. */
export interface Batch {
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  /** Sequence of each token. */
  readonly sequences: Int32Array;
  /** 1 for tokens whose logits are wanted, else 0. */
  readonly logits: Uint8Array;
}

/** The best candidates of one position, highest logit first. */
export interface Candidates {
  readonly tokens: Int32Array;
  readonly logits: Float32Array;
  /** log(sum(exp(logit))) over the whole vocabulary. So logits[i] - logSumExp is a log probability. */
  readonly logSumExp: number;
  /** Number of their row of logits, for logitsOf(). */
  readonly row: number;
}

export interface DecodeResult {
  /** One entry for each 1 in `batch.logits`, in that order. */
  readonly candidates: readonly Candidates[];
  readonly milliseconds: number;
}

/** Positions of a sequence in the cache. Both are -1 when it is empty. */
export interface PositionRange {
  readonly min: number;
  readonly max: number;
}

export interface ContextSizes {
  readonly cells: number;
  readonly maxSequences: number;
  /** Bytes of the whole KV cache. */
  readonly kvBytes: number;
  /** Bytes of one cell: layers x 2 x kv_heads x head_dim x bytes of the type. */
  readonly kvBytesPerToken: number;
  /** Name and bytes of each buffer, so that a test sees on which device the cache is, for example "Vulkan0". */
  readonly kvBuffers: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * One context: a KV cache with one owner thread. Calls are queued in order of arrival. All return promises except
 * abort(), sizes() and isDisposed.
 */
export interface Context {
  /**
   * Evaluates a batch and returns the top-k candidates of the tokens whose logits are wanted. After ERR_ABORTED the
   * finished micro-batches stay in the cache: read positionRange().
   * @throws NativeError ERR_ABORTED | ERR_CONTEXT_FULL | ERR_DEVICE | ERR_ARGUMENT | ERR_DISPOSED
   */
  decode(batch: Batch, topK: number): Promise<DecodeResult>;
  /** All logits of the i-th wanted token of the last decode, for tests and constraints. Length vocabularySize. */
  logits(index: number): Promise<Float32Array>;
  /** The k best candidates of a kept row. @throws NativeError ERR_ARGUMENT as logitsOf() */
  bestOf(row: number, k: number): Promise<Candidates>;
  /**
   * The logits of some tokens in a row of this or an earlier decode.
   * @throws NativeError ERR_ARGUMENT when the row is no longer kept
   */
  logitsOf(row: number, tokens: Int32Array): Promise<Float32Array>;
  /** Removes positions from (inclusive) to (exclusive; -1 = end) of a sequence. @throws NativeError ERR_CROP */
  crop(sequence: number, from: number, to: number): Promise<void>;
  /** Makes `to` hold the cells of `from` at positions [start, end), after emptying `to`. Copies only metadata. */
  share(from: number, to: number, start: number, end: number): Promise<void>;
  positionRange(sequence: number): Promise<PositionRange>;
  /** Number of bytes that stateSave() would return. */
  stateSize(sequence: number): Promise<number>;
  /**
   * The sequence's cells as bytes with a checksum, for another context with the same model, types and llama.cpp
   * release.
   */
  stateSave(sequence: number): Promise<Uint8Array>;
  /**
   * Empties the sequence and fills it with saved cells at their positions. After an error it is empty. The bytes are
   * read in place: do not change them until the promise is settled.
   * @throws NativeError ERR_STATE | ERR_CONTEXT_FULL
   */
  stateLoad(sequence: number, state: Uint8Array): Promise<void>;
  /** Ends the running decode as soon as the backend allows. Queued decodes go on. */
  abort(): void;
  sizes(): ContextSizes;
  readonly isDisposed: boolean;
  /** Aborts decodes, rejects queued calls with ERR_DISPOSED, then frees the context. May be called again. */
  dispose(): Promise<void>;
}

/** What native/index.ts found out about this machine. */
export interface RuntimeChoice {
  readonly addon: Addon;
  readonly backend: BackendName;
  /** One sentence: which backend, why, and why not a better one. */
  readonly reason: string;
  /** Backends that were tried and failed, each with the reason. */
  readonly rejected: readonly { readonly backend: BackendName; readonly reason: string }[];
}

export interface RuntimeOptions {
  /** Folder with the addon and the runtime libraries of this platform, `native/bin/<platform>-<arch>`. */
  readonly directory: string;
  readonly backend: BackendName | 'auto';
  /** Path of dist/probe.js, which tries a GPU backend in a child process before it is loaded here. */
  readonly probePath: string;
}
