/**
 * Remembers the last requests to an engine and what each did to the cache. The KV inspector shows them. When
 * sqlAhead.engine.traceFile is set, they are also written to that file, one JSON object a line. No record holds SQL.
 */
import * as fs from 'node:fs';
import { errorCode, errorMessage } from '../errors';
import type { Completion, Engine, RequestStatistics } from './engine';

export interface RequestRecord {
  /** When it was asked, ISO 8601. */
  readonly time: string;
  /** The last part of the session's name: a file's name. */
  readonly session: string;
  readonly kind: 'prefill' | 'complete' | 'ahead' | 'branch';
  /** How it ended: 'ready' (prefilled), a completion's end, or an error's code. */
  readonly end: string;
  /** From the call to the answer, waiting included. */
  readonly milliseconds: number;
  /** Absent where it ended with an error. */
  readonly statistics?: RequestStatistics;
  /** What the session's tokens take in the KV cache. */
  readonly bytes?: number;
}

const remembered = 200;

export class RequestRecords {
  readonly #recent: RequestRecord[] = [];
  readonly #listeners = new Set<() => void>();
  #trace: { readonly file: string; readonly stream: fs.WriteStream } | undefined;

  /** Oldest first. */
  get recent(): readonly RequestRecord[] {
    return this.#recent;
  }

  onDidAdd(listener: () => void): void {
    this.#listeners.add(listener);
  }

  add(record: RequestRecord): void {
    this.#recent.push(record);
    if (this.#recent.length > remembered) this.#recent.shift();
    this.#trace?.stream.write(`${JSON.stringify(record)}\n`);
    for (const listener of this.#listeners) listener();
  }

  /**
   * From now on appends every record to the file; '' stops that.
   * @param fail gets one sentence when the file cannot be written; then nothing more is written
   */
  traceTo(file: string, fail: (problem: string) => void): void {
    if (this.#trace?.file === file) return;
    this.#trace?.stream.end();
    this.#trace = undefined;
    if (file === '') return;
    const stream = fs.createWriteStream(file, { flags: 'a', mode: 0o600 });
    stream.once('error', (error) => {
      if (this.#trace?.stream === stream) this.#trace = undefined;
      fail(
        `The trace cannot be written (${errorMessage(error)}); choose another file as sqlAhead.engine.traceFile.`,
      );
    });
    this.#trace = { file, stream };
  }
}

/** Wraps an engine, so that each request to it leaves a record. */
export function recorded(engine: Engine, records: Pick<RequestRecords, 'add'>): Engine {
  const note = async <T>(
    session: string,
    kind: RequestRecord['kind'],
    request: Promise<T>,
    outcome: (result: T) => { readonly end: string; readonly statistics?: RequestStatistics },
  ): Promise<T> => {
    const time = new Date().toISOString();
    const started = performance.now();
    const add = (result: { readonly end: string; readonly statistics?: RequestStatistics }): void => {
      const { status } = engine;
      const perToken = status.state === 'ready' ? status.model.kvBytesPerToken : undefined;
      const { statistics } = result;
      records.add({
        ...{ time, session: session.slice(session.lastIndexOf('/') + 1), kind, ...result },
        milliseconds: tenths(performance.now() - started),
        ...(statistics && perToken !== undefined ? { bytes: statistics.cached * perToken } : {}),
      });
    };
    try {
      const result = await request;
      add(outcome(result));
      return result;
    } catch (error) {
      add({ end: errorCode(error) ?? 'error' });
      throw error;
    }
  };
  return {
    get status() {
      return engine.status;
    },
    onDidChangeStatus: (listener) => engine.onDidChangeStatus(listener),
    prefill: (request) =>
      note(request.session, 'prefill', engine.prefill(request), (statistics) => ({
        end: 'ready',
        statistics: rounded(statistics),
      })),
    complete: (request) =>
      note(
        request.session,
        request.options.priority === 'ahead' ? 'ahead' : 'complete',
        engine.complete(request),
        ({ end, statistics }: Completion) => ({ end, statistics: rounded(statistics) }),
      ),
    branch: (request) =>
      note(
        request.session,
        'branch',
        engine.branch(request),
        // The statistics of a batch stand with each of its alternatives.
        ([best]) => (best ? { end: best.end, statistics: rounded(best.statistics) } : { end: 'no-choice' }),
      ),
    statistics: () => engine.statistics(),
    countTokens: (texts) => engine.countTokens(texts),
    inspect: (session, prompt) => engine.inspect(session, prompt),
    closeSession: (session) => engine.closeSession(session),
    restart: () => engine.restart(),
    dispose: () => engine.dispose(),
  };
}

function rounded(statistics: RequestStatistics): RequestStatistics {
  return {
    ...statistics,
    prefillMs: tenths(statistics.prefillMs),
    decodeMs: tenths(statistics.decodeMs),
  };
}

function tenths(milliseconds: number): number {
  return Math.round(10 * milliseconds) / 10;
}
