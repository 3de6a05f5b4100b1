/**
 * Speaks llama-server's own protocol (/completion). Unlike OpenAI's it tells how probable each token is and how much of the
 * prompt was in the cache.
 */
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

/** How many candidates we ask for with each token. */
const candidateCount = 40;

interface Props {
  readonly default_generation_settings?: { readonly n_ctx?: number };
  readonly model_path?: string;
  readonly model_alias?: string;
  readonly chat_template?: string;
}
interface TokenProbability {
  readonly token: string;
  readonly logprob: number;
  readonly top_logprobs?: readonly { readonly token: string; readonly logprob: number }[];
}
interface Chunk {
  readonly content?: string;
  readonly stop?: boolean;
  readonly completion_probabilities?: readonly TokenProbability[];
  readonly timings?: { readonly cache_n?: number; readonly prompt_n?: number };
}

export class LlamaServer implements CompletionServer {
  readonly #http: Http;
  readonly #props: Props;

  private constructor(http: Http, props: Props) {
    this.#http = http;
    this.#props = props;
  }

  /** Undefined when the server is no llama-server. @throws SqlAheadError */
  static async at(http: Http, signal?: AbortSignal): Promise<LlamaServer | undefined> {
    const props = (await http.json('/props', undefined, signal)) as Props | undefined;
    return props?.default_generation_settings ? new LlamaServer(http, props) : undefined;
  }

  async describe(): Promise<EngineModel> {
    const { default_generation_settings, model_path, model_alias, chat_template } = this.#props;
    const file = model_path
      ?.split(/[\\/]/)
      .at(-1)
      ?.replace(/\.gguf$/, '');
    return {
      name: file ?? model_alias ?? 'llama-server',
      description: 'llama-server',
      contextTokens: contextTokensOf(default_generation_settings?.n_ctx) ?? 2048,
      backend: 'remote',
      backendReason: `The model runs at ${this.#http.base}, as the settings ask.`,
      architecture: '',
      ...(await fimOf(this)),
      ...(chat_template ? { chatTemplate: chat_template } : {}),
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
      ...{ prompt, n_predict: maxTokens, temperature: 0, cache_prompt: true, stream: true },
      ...(maxTokens > 0 ? { n_probs: candidateCount } : {}),
      timings_per_token: true,
    };
    let told = false;
    for await (const event of this.#http.events('/completion', body, signal)) {
      const { content = '', stop, completion_probabilities = [], timings } = event as Chunk;
      if (timings && !told) {
        told = true;
        const { cache_n: cachedTokens, prompt_n } = timings;
        use({
          cachedTokens,
          promptTokens: prompt_n === undefined ? undefined : prompt_n + (cachedTokens ?? 0),
        });
      }
      if (stop === true && content === '') return;
      const [only] = completion_probabilities;
      if (only && completion_probabilities.length === 1 && only.token === content)
        yield { text: content, logProbability: only.logprob, candidates: candidatesOf(only) };
      // llama-server waits for the last token of a character, and sends the character whole.
      else if (content !== '') yield { text: content, logProbability: only?.logprob ?? 0 };
      if (stop === true) return;
    }
  }

  async tokenize(text: string, special: boolean): Promise<readonly number[] | undefined> {
    const body = { content: text, add_special: false, parse_special: special };
    return ((await this.#http.json('/tokenize', body)) as { tokens?: number[] } | undefined)?.tokens;
  }
}

function candidatesOf({ token, logprob, top_logprobs = [] }: TokenProbability): Candidate[] {
  const candidates = top_logprobs.map(({ token: text, logprob: logProbability }) => ({
    text,
    logProbability,
  }));
  return candidates.some(({ text }) => text === token)
    ? candidates
    : [{ text: token, logProbability: logprob }, ...candidates];
}
