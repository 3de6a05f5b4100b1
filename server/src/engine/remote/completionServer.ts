/**
 * What remoteEngine.ts needs of any server. Two files speak to real ones: llamaServer.ts to llama-server, openAiServer.ts to
 * all that offer OpenAI's completions, such as vLLM and SGLang.
 */
import type { EngineModel } from '../engine';

export interface Candidate {
  /** "" for the end of the text. */
  readonly text: string;
  readonly logProbability: number;
}

/** One token of a streamed answer, or several when the server does not tell single ones. */
export interface StreamedPiece {
  readonly text: string;
  readonly logProbability: number;
  /** The tokens that the model held likeliest here, best first; undefined when the server does not tell. */
  readonly candidates?: readonly Candidate[];
}

/** What the server did with the prompt; undefined where it does not tell. */
export interface PromptUse {
  readonly promptTokens: number | undefined;
  /** Prompt tokens that its cache held. */
  readonly cachedTokens: number | undefined;
}

export interface CompletionServer {
  /** Facts about the model, from the server. @throws SqlAheadError ERR_ENGINE_GONE */
  describe(signal?: AbortSignal): Promise<EngineModel>;
  /**
   * The likeliest continuation, piece by piece; ends with the text or after `maxTokens`. A caller that leaves the loop closes
   * the stream, and the server stops working.
   * @param prompt special tokens stand in it by their texts
   * @param maxTokens 0 only reads the prompt into the server's cache
   * @param use called once, when the server has told about the prompt
   * @throws SqlAheadError ERR_ENGINE_GONE | ERR_CANCELLED | ERR_PROMPT_TOO_LONG
   */
  stream(
    prompt: string,
    maxTokens: number,
    signal: AbortSignal,
    use: (use: PromptUse) => void,
  ): AsyncGenerator<StreamedPiece>;
  /** Token ids of a text; undefined where the server cannot say. */
  tokenize(text: string, special: boolean): Promise<readonly number[] | undefined>;
}

/** The first value that can be a number of tokens: servers answer 0, null or text as well. */
export function contextTokensOf(...told: readonly unknown[]): number | undefined {
  return told.find(
    (value): value is number =>
      Number.isInteger(value) && Number(value) > 0 && Number(value) <= mostContextTokens,
  );
}
const mostContextTokens = 16 * 1024 * 1024;

/** How families of models spell the three special tokens for filling in the middle of a text. */
const fimSpellings = [
  ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'],
  ['<fim_prefix>', '<fim_suffix>', '<fim_middle>'],
  ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
] as const;

/** The spelling that the server's model knows: each of its three texts is one token there. */
export async function fimOf(server: Pick<CompletionServer, 'tokenize'>): Promise<Pick<EngineModel, 'fim'>> {
  for (const [prefix, suffix, middle] of fimSpellings) {
    const counts = await Promise.all(
      [prefix, suffix, middle].map(async (text) => (await server.tokenize(text, true))?.length),
    );
    if (counts.every((count) => count === 1)) return { fim: { prefix, suffix, middle } };
  }
  return {};
}
