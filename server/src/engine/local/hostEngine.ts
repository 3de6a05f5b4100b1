/**
 * The `Engine` that runs in the engine host: sends each request to that process, and connects again when it dies
 * (hostConnection.ts finds or starts it). A request made while the model loads waits for it; a request that is open when the
 * process dies fails with ERR_ENGINE_GONE.
 */
import {
  CancellationTokenSource,
  ResponseError,
  type MessageConnection,
  type RequestType,
} from 'vscode-jsonrpc';
import { cancelled, errorMessage, SqlAheadError, type ErrorCode } from '../../errors';
import type {
  Choose,
  BranchRequest,
  CompleteRequest,
  PrefillRequest,
  Completion,
  Engine,
  EngineStatistics,
  EngineStatus,
  Prompt,
  RequestStatistics,
  SessionInspection,
} from '../engine';
import {
  branchRequest,
  closeSessionNotification,
  completeRequest,
  countTokensRequest,
  inspectRequest,
  prefillRequest,
  statisticsRequest,
  type HostOptions,
  type PromptParams,
  type WireError,
} from '../wire/messages';
import { openHostConnection, type HostConnection } from './hostConnection';
import type { SegmentReferences } from './segmentReferences';

export interface HostEngineOptions {
  readonly host: HostOptions;
  /** Model that serves where the one of `host` cannot be loaded. */
  readonly fallbackModelPath?: string;
  /** Minutes the host stays after its last window left. */
  readonly keepAliveMinutes?: number;
  /** dist/engineHost.js */
  readonly hostScript: string;
  readonly runtimeDirectory: string;
  readonly probePath: string;
  /** Folder the engine may write to. */
  readonly storagePath?: string;
  /** models/caches/ */
  readonly cachePresets?: string;
  readonly log: (level: string, text: string) => void;
}

/** After `crashLimit` crashes within this time the engine is not started again by itself. */
const crashWindowMs = 60_000;
const crashLimit = 4;
/** When the engine stopped twice on a GPU within this time, it runs on the CPU from then on. */
const deviceWindowMs = 3_600_000;
const deviceLossLimit = 2;

export class HostEngine implements Engine {
  readonly #options: HostEngineOptions;
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  #status: EngineStatus = { state: 'starting' };
  #connected: Promise<HostConnection> | undefined;
  #crashes: number[] = [];
  #deviceLosses: number[] = [];
  /** What the host is started with: the options, or what replaced them when they did not work (the CPU, the starter model). */
  #host: HostOptions;
  /** Why something was replaced, as a sentence for the person. */
  #notice: string | undefined;
  /** The backend that the host last named, e.g. "cpu"; undefined before the model is loaded. */
  #backend: string | undefined;
  /** We close the connection on purpose, for other options or a restart; so its end is no crash. */
  #moving = false;
  #disposed = false;
  readonly #choosers = new Map<number, Choose>();
  #nextChooser = 1;

  constructor(options: HostEngineOptions) {
    this.#options = options;
    this.#host = options.host;
    void this.#connect();
  }

  get status(): EngineStatus {
    return this.#status;
  }

  onDidChangeStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  prefill({ session, prompt, signal, priority = 'visible' }: PrefillRequest): Promise<RequestStatistics> {
    return this.#request(
      prefillRequest,
      (references) => ({ ...promptParams(references, session, prompt), priority }),
      signal,
    );
  }

  complete({ session, prompt, options, choose, signal }: CompleteRequest): Promise<Completion> {
    return this.#choosing(choose, (chooser) =>
      this.#request(
        completeRequest,
        (references) => ({ ...promptParams(references, session, prompt), options, ...chooser }),
        signal,
      ),
    );
  }

  branch({ session, prompt, count, options, choose, signal }: BranchRequest): Promise<readonly Completion[]> {
    return this.#choosing(choose, (chooser) =>
      this.#request(
        branchRequest,
        (references) => ({ ...promptParams(references, session, prompt), count, options, ...chooser }),
        signal,
      ),
    );
  }

  statistics(): Promise<EngineStatistics> {
    return this.#request(statisticsRequest, () => null);
  }

  countTokens(texts: readonly string[]): Promise<readonly number[]> {
    return this.#request(countTokensRequest, () => ({ texts }));
  }

  inspect(session: string, prompt: Prompt): Promise<SessionInspection> {
    return this.#request(inspectRequest, (references) => promptParams(references, session, prompt));
  }

  closeSession(session: string): void {
    void this.#connected
      ?.then(({ connection }) => connection.sendNotification(closeSessionNotification, { session }))
      .catch(() => undefined);
  }

  async restart(): Promise<void> {
    const connected = await this.#connected?.catch(() => undefined);
    this.#crashes = [];
    this.#deviceLosses = [];
    // The settings' own GPU and model get another chance.
    this.#host = this.#options.host;
    this.#notice = undefined;
    if (!connected) return void this.#connect();
    // From here on the connection's end is no crash.
    this.#moving = true;
    await connected.shutdown();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const connected = await this.#connected?.catch(() => undefined);
    connected?.connection.end();
    connected?.connection.dispose();
  }

  /** While the request runs, the host may ask `choose` under a number: a function cannot cross the socket. */
  async #choosing<R>(
    choose: Choose | undefined,
    request: (chooser: { readonly chooser?: number }) => Promise<R>,
  ): Promise<R> {
    if (!choose) return request({});
    const chooser = this.#nextChooser++;
    this.#choosers.set(chooser, choose);
    try {
      return await request({ chooser });
    } finally {
      this.#choosers.delete(chooser);
    }
  }

  async #request<P, R>(
    type: RequestType<P, R, WireError>,
    params: (references: SegmentReferences) => P,
    signal?: AbortSignal,
  ): Promise<R> {
    const connected = this.#connected;
    if (!connected) throw new SqlAheadError('ERR_ENGINE_START', this.#problem());
    const source = new CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { connection, references, liveness } = await connected;
      if (signal?.aborted) throw cancelled();
      return await liveness.during(connection.sendRequest<R>(type.method, params(references), source.token));
    } catch (error) {
      throw fromWire(error);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  #problem(): string {
    return 'problem' in this.#status ? this.#status.problem : 'The engine is not running.';
  }

  #setStatus(status: EngineStatus): void {
    this.#status = status;
    for (const listener of this.#listeners) listener(status);
  }

  /** Connects, and connects again whenever the connection ends, until dispose() or too many crashes. */
  async #connect(): Promise<void> {
    this.#setStatus({ state: 'starting' });
    this.#backend = undefined;
    const connected = this.#openConnection();
    this.#connected = connected;
    try {
      const { closed } = await connected;
      await closed;
      if (this.#disposed) return;
      if (!this.#moving && this.#crashesTooOften()) {
        this.#connected = undefined;
        this.#setStatus({
          state: 'failed',
          problem: `The engine stopped ${crashLimit.toString()} times within a minute; choose another model or set sqlAhead.engine.backend to "cpu", then run "SQL Ahead: Restart the Engine".`,
        });
        return;
      }
      if (!this.#moving) {
        this.#leaveBrokenDevice();
        this.#setStatus({ state: 'restarting', problem: 'The engine stopped and is being started again.' });
      }
      this.#moving = false;
      void this.#connect();
    } catch (error) {
      this.#connected = undefined;
      this.#setStatus({ state: 'failed', problem: errorMessage(error) });
    }
  }

  #crashesTooOften(): boolean {
    const now = performance.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashWindowMs), now];
    return this.#crashes.length >= crashLimit;
  }

  /** Counts a crash on a GPU, or while one was being started; after the second the CPU is used. */
  #leaveBrokenDevice(): void {
    if (this.#host.backend === 'cpu' || this.#backend === 'cpu') return;
    const now = performance.now();
    this.#deviceLosses = [...this.#deviceLosses.filter((at) => now - at < deviceWindowMs), now];
    if (this.#deviceLosses.length < deviceLossLimit) return;
    this.#host = { ...this.#host, backend: 'cpu' };
    this.#notice =
      'The engine stopped twice on the GPU, so the model runs on the CPU; update the driver of the GPU, then run "SQL Ahead: Restart the Engine".';
    this.#options.log('warn', this.#notice);
  }

  #onHostStatus(status: EngineStatus, connection: MessageConnection): void {
    const { fallbackModelPath } = this.#options;
    if (status.state === 'failed' && fallbackModelPath && this.#host.modelPath !== fallbackModelPath) {
      // The person sees what failed; then the starter model takes over.
      this.#setStatus(status);
      this.#notice = `${status.problem} Until then the starter model serves.`;
      this.#host = { ...this.#host, modelPath: fallbackModelPath };
      this.#moving = true;
      connection.end();
      return;
    }
    // Somebody asked for a restart, here or in another window: the connection's end will be no crash.
    if (status.state === 'restarting') this.#moving = true;
    if (status.state !== 'ready') return this.#setStatus(status);
    this.#backend = status.model.backend;
    const notice = this.#notice ?? status.notice;
    this.#setStatus(notice === undefined ? status : { ...status, notice });
  }

  #openConnection(): Promise<HostConnection> {
    return openHostConnection({
      ...this.#options,
      host: this.#host,
      onStatus: (status, connection) => this.#onHostStatus(status, connection),
      choose: ({ chooser, generated, candidates, logProbabilities }) =>
        this.#choosers.get(chooser)?.(generated, candidates, logProbabilities),
    });
  }
}

function promptParams(
  references: SegmentReferences,
  session: string,
  { segments, stable }: Prompt,
): PromptParams {
  return { session, segments: references.wire(segments), ...(stable === undefined ? {} : { stable }) };
}

function fromWire(error: unknown): Error {
  if (error instanceof SqlAheadError) return error;
  if (error instanceof ResponseError) {
    const { code } = (error.data ?? {}) as Partial<WireError>;
    return new SqlAheadError((code ?? 'ERR_CANCELLED') as ErrorCode, error.message);
  }
  // The JSON-RPC library's own error for a closed connection.
  return new SqlAheadError('ERR_ENGINE_GONE', 'The engine stopped; it is being started again.');
}
