/**
 * The `Engine` on a server such as llama-server, vLLM or SGLang. Such a server keeps the beginnings of past prompts in its own
 * cache. So after each key this engine sends the new prompt and asks for no text, only to have it read; when newer work comes,
 * it closes the older request. It knows what the server's cache reused only when the server tells.
 */
import { errorCode, errorMessage, SqlAheadError } from '../../errors';
import { promptText } from '../engine';
import type {
  BranchRequest,
  Choose,
  CompleteOptions,
  CompleteRequest,
  Completion,
  Engine,
  EngineStatistics,
  EngineStatus,
  PrefillRequest,
  Prompt,
  RequestStatistics,
  SessionInspection,
} from '../engine';
import { noWork, Totals } from '../totals';
import { Scheduler, type JobKind } from '../scheduler';
import type { CompletionServer, PromptUse } from './completionServer';
import { generateRemotely, nextStep, type RemoteGeneration } from './generate';
import { Http } from './http';
import { LlamaServer } from './llamaServer';
import { OpenAiServer } from './openAiServer';

export interface RemoteEngineOptions {
  readonly url: string;
  /** '' takes the server's first model. */
  readonly model: string;
  /** '' when the server needs none. Never logged. */
  readonly key: string;
  readonly log: (level: string, text: string) => void;
}

/** When the server cannot be reached, it is asked again after this time. */
const lookAgainMs = 5000;
/** Characters of a token, rather too few; for servers that do not count tokens themselves. */
const charactersPerToken = 2.5;

export class RemoteEngine implements Engine {
  readonly #options: RemoteEngineOptions;
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  readonly #scheduler = new Scheduler();
  readonly #stopped = new AbortController();
  #server: CompletionServer | undefined;
  #status: EngineStatus = { state: 'starting' };
  #timer: NodeJS.Timeout | undefined;
  readonly #totals = new Totals();

  constructor(options: RemoteEngineOptions) {
    this.#options = options;
    void this.#look();
  }

  get status(): EngineStatus {
    return this.#status;
  }

  onDidChangeStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  prefill({ session, prompt, signal, priority }: PrefillRequest): Promise<RequestStatistics> {
    return this.#run(
      session,
      priority === 'ahead' ? 'background' : 'prefill',
      signal,
      async (server, end) => {
        const started = performance.now();
        let use: PromptUse | undefined;
        const answer = server.stream(remoteText(prompt), 0, end, (told) => (use = told));
        while (!(await answer.next()).done);
        return this.#count(use, performance.now() - started);
      },
    );
  }

  complete({ session, prompt, options, choose, signal }: CompleteRequest): Promise<Completion> {
    return this.#run(session, kindOf(options), signal, async (server, end) => {
      const started = performance.now();
      return this.#completion(
        await generateRemotely(server, remoteText(prompt), options, choose, end),
        performance.now() - started,
      );
    });
  }

  branch({ session, prompt, count, options, choose, signal }: BranchRequest): Promise<readonly Completion[]> {
    return this.#run(session, kindOf(options), signal, async (server, end) => {
      const text = remoteText(prompt);
      const completions: Completion[] = [];
      for (const start of await firstPieces(server, text, count, options, choose, end)) {
        const started = performance.now();
        const generation = await generateRemotely(server, text, options, choose, end, start);
        completions.push(this.#completion(generation, performance.now() - started));
      }
      return completions;
    });
  }

  statistics(): Promise<EngineStatistics> {
    // The server does not tell about its sequences and its memory.
    return Promise.resolve({
      ...{ sequences: [], cells: 0, usedCells: 0, kvBytes: 0, kvBytesPerToken: 0 },
      totals: this.#totals.sums,
    });
  }

  async countTokens(texts: readonly string[]): Promise<readonly number[]> {
    const server = this.#ready();
    return Promise.all(
      texts.map(
        async (text) =>
          (await server.tokenize(text, false))?.length ?? Math.ceil(text.length / charactersPerToken),
      ),
    );
  }

  async inspect(session: string, prompt: Prompt): Promise<SessionInspection> {
    const { evaluated } = await this.prefill({ session, prompt });
    const tokens = (await this.#ready().tokenize(remoteText(prompt), true)) ?? [];
    return {
      promptTokens: tokens,
      cachedTokens: tokens,
      cachedPositions: { min: 0, max: tokens.length - 1 },
      nextToken: -1,
      evaluatedTokens: evaluated,
      enginePid: process.pid,
    };
  }

  closeSession(session: string): void {
    void this.#scheduler
      .schedule(`remote:${session}`, 'close', () => Promise.resolve())
      .catch(() => undefined);
  }

  restart(): Promise<void> {
    return this.#look();
  }

  dispose(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    return Promise.resolve();
  }

  /** Asks the server which program and model it is; asks again later when it cannot be reached. */
  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#status.state !== 'restarting') this.#setStatus({ state: 'starting' });
    const { signal } = this.#stopped;
    try {
      const http = new Http(this.#options.url, this.#options.key);
      const server = (await LlamaServer.at(http, signal)) ?? new OpenAiServer(http, this.#options.model);
      const model = await server.describe(signal);
      this.#server = server;
      this.#setStatus({ state: 'ready', model });
    } catch (error) {
      if (signal.aborted) return;
      if (errorCode(error) === 'ERR_ENGINE_GONE') this.#away(error);
      else this.#setStatus({ state: 'failed', problem: errorMessage(error) });
    }
  }

  #away(error: unknown): void {
    this.#server = undefined;
    const known = this.#status.state === 'restarting';
    if (!known) this.#options.log('error', errorMessage(error));
    this.#setStatus({ state: 'restarting', problem: errorMessage(error) });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), lookAgainMs);
    this.#timer.unref();
  }

  #setStatus(status: EngineStatus): void {
    this.#status = status;
    for (const listener of this.#listeners) listener(status);
  }

  #ready(): CompletionServer {
    if (this.#server) return this.#server;
    const problem = 'problem' in this.#status ? this.#status.problem : 'The remote engine is not ready yet.';
    throw new SqlAheadError('ERR_ENGINE_START', problem);
  }

  async #run<T>(
    session: string,
    kind: JobKind,
    signal: AbortSignal | undefined,
    work: (server: CompletionServer, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const server = this.#ready();
    const given = signal ? AbortSignal.any([signal, this.#stopped.signal]) : this.#stopped.signal;
    try {
      // The scheduler wants "window:session"; this process serves one window.
      return await this.#scheduler.schedule(`remote:${session}`, kind, (end) => work(server, end), given);
    } catch (error) {
      const isGone = errorCode(error) === 'ERR_ENGINE_GONE' && this.#server === server;
      if (isGone && !this.#stopped.signal.aborted) this.#away(error);
      throw error;
    }
  }

  #completion(generation: RemoteGeneration, decodeMs: number): Completion {
    const { use, decoded, ...completion } = generation;
    const prompt = this.#count(use, 0);
    this.#totals.add({ decoded, decodeMs });
    return { ...completion, statistics: { ...prompt, decoded, decodeMs } };
  }

  /** Turns what the server told into statistics, and adds them to the totals. */
  #count(use: PromptUse | undefined, prefillMs: number): RequestStatistics {
    const cached = use?.promptTokens ?? 0;
    const reused = use?.cachedTokens ?? 0;
    const evaluated = Math.max(0, cached - reused);
    this.#totals.add({ requests: 1, reused, evaluated, prefillMs });
    return { ...noWork, reused, evaluated, cached, prefillMs };
  }
}

function kindOf({ priority }: CompleteOptions): JobKind {
  return priority === 'ahead' ? 'ahead' : 'complete';
}

/** Up to `count` different first pieces: the caller chooses one, then one of those that are left, and so on. */
async function firstPieces(
  server: CompletionServer,
  prompt: string,
  count: number,
  options: CompleteOptions,
  choose: Choose | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of server.stream(prompt, 1, signal, () => undefined)) {
    let left = piece.candidates ?? [piece];
    while (pieces.length < count && left.length > 0) {
      const step = nextStep({ ...piece, candidates: left }, '', options, choose);
      if (typeof step === 'string' || pieces.includes(step.text)) break;
      pieces.push(step.text);
      left = left.filter(({ text }) => text !== step.text);
    }
    break;
  }
  return pieces;
}

/** A server turns `<|endoftext|>` into a special token even in a person's comment; so a blank is put into such texts. */
const specialText =
  /<(?=[|｜]|\/?s>|fim[_-]|PRE>|SUF>|MID>|\[fim|start_of|end_of)|\[(?=\/?INST\]|(?:PREFIX|SUFFIX|MIDDLE)\])/g;

/** The prompt as one text, in which only the special segments are read as special tokens. */
export function remoteText({ segments }: Pick<Prompt, 'segments'>): string {
  return promptText({
    segments: segments.map((segment) =>
      typeof segment === 'string' ? segment.replace(specialText, '$& ') : segment,
    ),
  });
}
