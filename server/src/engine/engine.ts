/**
 * The interface between the language server and whatever runs the model: the engine host on this machine (local/), a server
 * such as llama-server (remote/), or a script in tests. For each session an engine keeps the tokens of the prompt in a KV
 * cache and writes what comes next. It knows no SQL and no LSP.
 */

/** Text, or one special token, named by its text in the vocabulary: { special: '<|fim_prefix|>' }. */
export type Segment = string | { readonly special: string };

/**
 * A prompt in segments, the one that changes least first: schema, earlier statements, the statement being typed. The engine
 * tokenizes each segment by itself, so its tokens do not depend on its neighbours, and a segment that did not change costs
 * nothing. Text never becomes a special token, even where it looks like one.
 */
export interface Prompt {
  readonly segments: readonly Segment[];
  /** How many leading segments are the schema: their state is worth keeping on disk. Default 0. */
  readonly stable?: number;
}

/** The prompt as one text, in which special tokens stand by their names. */
export function promptText({ segments }: Pick<Prompt, 'segments'>): string {
  return segments.map((segment) => (typeof segment === 'string' ? segment : segment.special)).join('');
}

/**
 * Resolves when the model is loaded; a prompt can be written only then, because each model has its own format. Also resolves
 * when loading failed (the next request then says why), and when `signal` is set.
 */
export function whenReady(
  engine: Pick<Engine, 'status' | 'onDidChangeStatus'>,
  signal: AbortSignal,
): Promise<void> {
  const isSettled = (): boolean => ['ready', 'failed'].includes(engine.status.state) || signal.aborted;
  if (isSettled()) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isSettled()) return;
      forget();
      signal.removeEventListener('abort', look);
      resolve();
    };
    const forget = engine.onDidChangeStatus(look);
    signal.addEventListener('abort', look);
  });
}

/** What is generated, and where it ends. A stop text counts only behind the leading white space of the generated text. */
export interface CompleteOptions {
  readonly maxTokens: number;
  /** Generation ends before the first of these texts; the text returned does not hold it. */
  readonly stopBefore: readonly string[];
  /** Generation ends after the first of these texts; the text returned ends with it. */
  readonly stopAfter: readonly string[];
  /**
   * The text that generation must begin with ("token healing"). With the cursor behind `SELECT na`, the prompt is `SELECT `
   * and this is `na`: so the model can write `name` as one token, which it could not behind half a word. The text returned
   * begins with it, unless generation ended inside it.
   */
  readonly mustBegin?: string;
  /** 'ahead': nobody waits for it, so requests that somebody waits for interrupt it. Default 'visible'. */
  readonly priority?: 'visible' | 'ahead';
}

/**
 * The answer to "which token next?": the index of a candidate, or undefined to end generation. When no candidate is legal,
 * the answer may be the texts that are, e.g. { oneOf: ['zip_code', 'zone'] }. The engine then looks through the whole
 * vocabulary for tokens that begin one of them (`z`, `zip`, `zo`) and takes the likeliest; so the model can also write a
 * name that it would never think of. Generation ends when there is no such token.
 */
export type Choice = number | undefined | { readonly oneOf: readonly string[] };

/**
 * Picks the next piece of text among the model's candidates, which come best first with their natural log probabilities; ""
 * stands for the end of the text. The engine asks it for every token, in the caller's process, because only the caller knows
 * which SQL is legal. When the answer is undefined, the engine may ask once more, with less likely candidates. The answer
 * must depend on the arguments alone: while several alternatives are decoded side by side, the engine asks for them in turn.
 */
export type Choose = (
  generated: string,
  candidates: readonly string[],
  logProbabilities: readonly number[],
) => Choice;

/** What every request to an engine names. */
export interface PrefillRequest {
  /** Name of the session: one document, one question. A later request for it ends an earlier one. */
  readonly session: string;
  readonly prompt: Prompt;
  /** When it is set, the request ends with ERR_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** 'ahead' (a schema before anybody types) gives way to everything else. Default 'visible'. */
  readonly priority?: CompleteOptions['priority'];
}

export interface CompleteRequest<C = Choose> extends Omit<PrefillRequest, 'priority'> {
  readonly options: CompleteOptions;
  /** Without it decoding is greedy. */
  readonly choose?: C | undefined;
}

export interface BranchRequest<C = Choose> extends CompleteRequest<C> {
  /** Alternatives wanted at most. */
  readonly count: number;
}

/** What one request did to the cache, in tokens and milliseconds. */
export interface RequestStatistics {
  /** Tokens of the prompt that were in the cache already. */
  readonly reused: number;
  /** Tokens removed from the session's sequence. */
  readonly cropped: number;
  /** Prompt tokens evaluated. */
  readonly evaluated: number;
  /** Tokens that the model wrote anew; 0 when the whole continuation was in the cache from an earlier request. */
  readonly decoded: number;
  /** Tokens guessed without the model and evaluated in one batch with the token before them. */
  readonly drafted: number;
  /** How many of those guesses were right. */
  readonly accepted: number;
  /** Tokens of the prompt whose state was read from disk; they count as reused. */
  readonly restored: number;
  /** Tokens in the session's sequence afterwards. */
  readonly cached: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

export interface Completion {
  readonly text: string;
  /** Why it ended: a stop text, the model's own end, no candidate chosen, maxTokens reached, or the cache full. */
  readonly end: 'stop' | 'end-of-text' | 'no-choice' | 'limit' | 'context-full';
  /** Mean log probability of the generated tokens; 0 when there are none. */
  readonly meanLogProbability: number;
  readonly statistics: RequestStatistics;
}

export interface SessionInspection {
  readonly promptTokens: readonly number[];
  readonly cachedTokens: readonly number[];
  readonly cachedPositions: { readonly min: number; readonly max: number };
  readonly nextToken: number;
  readonly evaluatedTokens: number;
  readonly enginePid: number;
}

export interface EngineModel {
  readonly name: string;
  readonly description: string;
  /** Tokens one prompt with its completion may hold. */
  readonly contextTokens: number;
  readonly backend: string;
  readonly backendReason: string;
  /** general.architecture of the GGUF, e.g. "qwen2". */
  readonly architecture: string;
  /** Texts of the special tokens for filling in the middle; undefined when the vocabulary has none. */
  readonly fim?: { readonly prefix: string; readonly suffix: string; readonly middle: string };
  /** The chat template in the GGUF (Jinja). */
  readonly chatTemplate?: string;
  /** Bytes one token takes in the KV cache. */
  readonly kvBytesPerToken: number;
  /** In which types the KV cache keeps keys and values, and why, in words; absent where nobody knows. */
  readonly cacheTypes?: string;
}

/** One sequence of tokens in the KV cache. */
export interface EngineSequence {
  /**
   * 'session': the prompt of a document. 'tail': a text that a session no longer needs, kept because the person may come
   * back to it, e.g. by undo. 'schema': the schema's tokens alone, with which all prompts begin.
   */
  readonly kind: 'session' | 'tail' | 'schema';
  readonly tokens: number;
}

export interface EngineStatistics {
  readonly sequences: readonly EngineSequence[];
  /** How many tokens the KV cache has room for. A cell holds one token; a token that several sequences share takes one cell. */
  readonly cells: number;
  readonly usedCells: number;
  /** Bytes of the whole KV cache, which is allocated at the start. */
  readonly kvBytes: number;
  readonly kvBytesPerToken: number;
  /** Sums over every request since the engine started. */
  readonly totals: Omit<RequestStatistics, 'cached'> & { readonly requests: number };
}

export type EngineStatus =
  | { readonly state: 'starting' }
  | { readonly state: 'loading'; readonly progress: number }
  /** `notice`: one sentence where it runs with less than the settings ask for, e.g. on the CPU instead of a GPU. */
  | { readonly state: 'ready'; readonly model: EngineModel; readonly notice?: string }
  | { readonly state: 'restarting'; readonly problem: string }
  | { readonly state: 'failed'; readonly problem: string };

export interface Engine {
  readonly status: EngineStatus;
  /** Calls the listener on every change, until the returned function is called. */
  onDidChangeStatus(listener: (status: EngineStatus) => void): () => void;
  /**
   * Makes the session's cache hold the prompt: keeps the beginning that is the same, crops the rest, evaluates what is new.
   * A later request for the same session ends this one with ERR_CANCELLED; one with priority 'ahead' ends only requests of
   * that priority.
   * @throws SqlAheadError ERR_CANCELLED | ERR_PROMPT_TOO_LONG | ERR_ENGINE_GONE | ERR_CONTEXT_FULL
   */
  prefill(request: PrefillRequest): Promise<RequestStatistics>;
  /** Does what prefill does, then decodes up to a stop: the likeliest token each time, or the one that `choose` picks. */
  complete(request: CompleteRequest): Promise<Completion>;
  /**
   * Up to `count` continuations of the prompt that differ in their first piece, best first. They are decoded together, and
   * stay in the cache, so that accepting one costs nothing.
   */
  branch(request: BranchRequest): Promise<readonly Completion[]>;
  /** Sizes and sums, for the inspector and benchmarks. */
  statistics(): Promise<EngineStatistics>;
  /** Tokens of each text, without evaluating any. */
  countTokens(texts: readonly string[]): Promise<readonly number[]>;
  /** Does what prefill does, then tells what the cache holds. For the inspector and tests. */
  inspect(session: string, prompt: Prompt): Promise<SessionInspection>;
  closeSession(session: string): void;
  /** Ends the process behind it and starts it again. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}
