/** Speaks OpenAI's completions protocol (/v1/completions), which vLLM, SGLang and others offer. */
import { errorMessage, SqlAheadError } from '../../errors';
import type { EngineModel } from '../engine';
import {
  contextTokensOf,
  fimOf,
  type Candidate,
  type CompletionServer,
  type PromptUse,
  type StreamedPiece,
} from './completionServer';
import type { Http } from './http';

/** How many candidates such servers tell at most, unless they are started with another limit. */
const candidateCount = 20;
const defaultContextTokens = 4096;

interface Models {
  readonly data?: readonly {
    readonly id: string;
    readonly max_model_len?: number;
    readonly meta?: { readonly n_ctx_train?: number };
  }[];
}
interface Chunk {
  readonly choices?: readonly {
    readonly text?: string;
    readonly finish_reason?: string | null;
    readonly logprobs?: {
      readonly tokens?: readonly string[];
      readonly token_logprobs?: readonly (number | null)[];
      readonly top_logprobs?: readonly (Readonly<Record<string, number>> | null)[] | null;
    } | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  } | null;
}

export class OpenAiServer implements CompletionServer {
  readonly #http: Http;
  readonly #prefix: string;
  #model: string;
  #tellsProbabilities = true;

  /** @param model name of the model; '' takes the first the server has */
  constructor(http: Http, model: string) {
    this.#http = http;
    this.#model = model;
    // People write the address with /v1 or without it.
    this.#prefix = /\/v1$/.test(http.base) ? '' : '/v1';
  }

  async describe(signal?: AbortSignal): Promise<EngineModel> {
    const models = (await this.#http.json(`${this.#prefix}/models`, undefined, signal)) as Models | undefined;
    const known = models?.data ?? [];
    const model = this.#model === '' ? known[0] : known.find(({ id }) => id === this.#model);
    this.#model ||= model?.id ?? '';
    if (this.#model === '')
      throw new SqlAheadError(
        'ERR_ENGINE_START',
        `The server at ${this.#http.base} names no model; set sqlAhead.engine.remote.model.`,
      );
    return {
      name: this.#model,
      description: 'OpenAI-compatible server',
      contextTokens: contextTokensOf(model?.max_model_len, model?.meta?.n_ctx_train) ?? defaultContextTokens,
      backend: 'remote',
      backendReason: `The model runs at ${this.#http.base}, as the settings ask.`,
      architecture: '',
      ...(await fimOf(this)),
      kvBytesPerToken: 0,
    };
  }

  async *stream(
    prompt: string,
    maxTokens: number,
    signal: AbortSignal,
    use: (use: PromptUse) => void,
  ): AsyncGenerator<StreamedPiece> {
    const body = {
      ...{ model: this.#model, prompt, max_tokens: Math.max(1, maxTokens), temperature: 0, stream: true },
      stream_options: { include_usage: true },
    };
    const path = `${this.#prefix}/completions`;
    let events = this.#http.events(
      path,
      this.#tellsProbabilities && maxTokens > 0 ? { ...body, logprobs: candidateCount } : body,
      signal,
    );
    let next: IteratorResult<unknown>;
    try {
      next = await events.next();
    } catch (error) {
      // Some servers refuse to tell probabilities; from then on we ask without them.
      if (!this.#tellsProbabilities || !/logprob/i.test(errorMessage(error))) throw error;
      this.#tellsProbabilities = false;
      events = this.#http.events(path, body, signal);
      next = await events.next();
    }
    try {
      for (; !next.done; next = await events.next()) {
        const { choices = [], usage } = next.value as Chunk;
        if (usage)
          use({
            promptTokens: usage.prompt_tokens,
            cachedTokens: usage.prompt_tokens_details?.cached_tokens,
          });
        const [choice] = choices;
        // Such servers write at least one token; when none is wanted, it is thrown away.
        if (choice && maxTokens > 0) yield* piecesOf(choice);
      }
    } finally {
      await events.return(undefined);
    }
  }

  async tokenize(text: string): Promise<readonly number[] | undefined> {
    const body = { model: this.#model, prompt: text, add_special_tokens: false };
    const root = this.#prefix === '' ? undefined : '/tokenize';
    if (root === undefined) return undefined;
    try {
      return ((await this.#http.json(root, body)) as { tokens?: number[] } | undefined)?.tokens;
    } catch {
      return undefined; // not every server has this path
    }
  }
}

function* piecesOf(choice: NonNullable<Chunk['choices']>[number]): Generator<StreamedPiece> {
  const { text = '', logprobs } = choice;
  const tokens = logprobs?.tokens ?? [];
  if (tokens.length === 0 || tokens.join('') !== text) {
    if (text !== '') yield { text, logProbability: logprobs?.token_logprobs?.[0] ?? 0 };
    return;
  }
  for (const [i, token] of tokens.entries()) {
    const logProbability = logprobs?.token_logprobs?.[i] ?? 0;
    const top = logprobs?.top_logprobs?.[i];
    if (token !== '')
      yield {
        text: token,
        logProbability,
        ...(top ? { candidates: candidatesOf(token, logProbability, top) } : {}),
      };
  }
}

function candidatesOf(
  token: string,
  logProbability: number,
  top: Readonly<Record<string, number>>,
): Candidate[] {
  return Object.entries({ [token]: logProbability, ...top })
    .map(([text, value]) => ({ text, logProbability: value }))
    .sort((a, b) => b.logProbability - a.logProbability);
}
