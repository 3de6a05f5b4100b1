/**
 * An engine that answers from a script, for tests of everything above the engine. It counts its requests, and a test
 * decides when an answer comes.
 */
import { cancelled, SqlAheadError } from '../../../server/src/errors';
import { promptText } from '../../../server/src/engine/engine';
import { noWork, Totals } from '../../../server/src/engine/totals';
import type {
  BranchRequest,
  CompleteRequest,
  Completion,
  Engine,
  EngineStatistics,
  EngineStatus,
  PrefillRequest,
  Prompt,
  RequestStatistics,
  SessionInspection,
} from '../../../server/src/engine/engine';

export class ScriptedEngine implements Engine {
  status: EngineStatus = {
    state: 'ready',
    model: {
      name: 'scripted',
      description: '',
      contextTokens: 1024,
      backend: 'cpu',
      backendReason: '',
      architecture: 'scripted',
      kvBytesPerToken: 0,
    },
  };
  /** Prompts as text, in order. */
  readonly prefilled: string[] = [];
  readonly completed: string[] = [];
  readonly closed: string[] = [];
  /** The continuation of a prompt. May throw. */
  continueWith: (prompt: string) => string | Promise<string> = () => '';
  /** Prompts longer than this, in characters, are refused as too long. */
  longestPrompt = Infinity;

  onDidChangeStatus(): () => void {
    return () => undefined;
  }
  prefill({ prompt }: PrefillRequest): Promise<RequestStatistics> {
    return Promise.resolve().then(() => {
      this.prefilled.push(this.#accept(prompt));
      return noWork;
    });
  }
  async complete({ prompt, signal }: CompleteRequest): Promise<Completion> {
    const text = this.#accept(prompt);
    this.completed.push(text);
    const continuation = await this.continueWith(text);
    if (signal?.aborted) throw cancelled();
    return { text: continuation, end: 'stop', meanLogProbability: 0, statistics: noWork };
  }
  async branch(request: BranchRequest): Promise<readonly Completion[]> {
    return [await this.complete(request)];
  }
  statistics(): Promise<EngineStatistics> {
    return Promise.resolve({
      sequences: [],
      cells: 0,
      usedCells: 0,
      kvBytes: 0,
      kvBytesPerToken: 0,
      totals: new Totals().sums,
    });
  }
  countTokens(texts: readonly string[]): Promise<readonly number[]> {
    return Promise.resolve(texts.map((text) => Math.ceil(text.length / 4)));
  }
  inspect(): Promise<SessionInspection> {
    return Promise.reject(new Error('not scripted'));
  }
  closeSession(session: string): void {
    this.closed.push(session);
  }
  restart(): Promise<void> {
    return Promise.resolve();
  }
  dispose(): Promise<void> {
    return Promise.resolve();
  }

  #accept(prompt: Prompt): string {
    const text = promptText(prompt);
    if (text.length > this.longestPrompt) throw new SqlAheadError('ERR_PROMPT_TOO_LONG', 'Too long.');
    return text;
  }
}
