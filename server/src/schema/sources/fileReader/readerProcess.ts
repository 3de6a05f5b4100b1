/**
 * The file reader, from the server's side: starts the process when it is first needed, sends it one request at a time,
 * kills it at the deadline, and ends it after a while without use.
 */
import { fork, type ChildProcess } from 'node:child_process';
import {
  createMessageConnection,
  ResponseError,
  type MessageConnection,
  type RequestType,
} from 'vscode-jsonrpc';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { errorCode, SqlAheadError, type ErrorCode } from '../../../errors';
import { abortable, within } from '../connection';
import { readyNotification, type ReaderArguments, type ReaderError } from './protocol';

/** Path of the program, and the folder it runs in, which is never one of the workspace. Both absolute. */
export interface ReaderProgram {
  readonly script: string;
  readonly folder: string;
}

/** Milliseconds. */
export interface ReaderTiming {
  /** For reading a catalogue, and for reading what rows tell. */
  readonly catalogue: number;
  readonly contents: number;
  /** For one check of a statement; the person is waiting. */
  readonly check: number;
  /** How long the unused process is kept. */
  readonly idle: number;
}

export const defaultReaderTiming: ReaderTiming = {
  catalogue: 20_000,
  contents: 5_000,
  check: 2_000,
  idle: 60_000,
};

/**
 * Bytes of memory that the process may take, with its libraries. A catalogue of 100,000 tables takes a few hundred MB.
 */
const mostMemory = 1.5 * 1024 ** 3;
const mostHeapMegabytes = 768;
/** Milliseconds that the process has to start, enough for a busy machine. */
const startLimit = 30_000;
/** Milliseconds after the longest deadline at which the process ends itself, in case the server is gone. */
const graceAfterDeadline = 2_000;

/** Environment variables that the process gets. The others may hold passwords and tokens. */
const passedOn = ['SystemRoot', 'windir', 'TEMP', 'TMP', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ'];

interface Running {
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  readonly ready: Promise<void>;
  /** Resolves when the process has ended, with a sentence that says how. */
  readonly ended: Promise<string>;
}

export class ReaderProcess {
  #running: Running | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;
  readonly #onDispose = new AbortController();

  /**
   * @param name what messages call the file that is read
   * @param advice what messages tell a person to do when the file is too much
   */
  constructor(
    private readonly program: ReaderProgram,
    private readonly name: string,
    readonly timing: ReaderTiming = defaultReaderTiming,
    private readonly advice = 'give its schema as a DDL file, or pick another file',
  ) {}

  /** Process id while it runs. */
  get pid(): number | undefined {
    return this.#running?.process.pid;
  }

  /**
   * Sends a request when those before are answered.
   *
   * @param limit milliseconds for the answer, counted from when the process has started
   * @throws SqlAheadError that the reader sent; ERR_DATABASE_TIMEOUT when the deadline passed, and ERR_READER_GONE when
   * the process ended before, both with a sentence; ERR_CANCELLED when the signal is aborted or this is disposed of,
   * while the process may go on with the work until the deadline
   */
  async request<P, R>(
    type: RequestType<P, R, ReaderError>,
    params: P,
    limit: number,
    signal: AbortSignal,
  ): Promise<R> {
    const before = this.#tail;
    const work = before.then(() => {
      if (signal.aborted || this.#isDisposed)
        throw new SqlAheadError('ERR_CANCELLED', 'Reading the file was cancelled.');
      return this.#ask(type, params, limit);
    });
    this.#tail = work.catch(() => undefined);
    return abortable(abortable(work, signal), this.#onDispose.signal);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#onDispose.abort();
    clearTimeout(this.#timer);
    this.#end();
  }

  async #ask<P, R>(type: RequestType<P, R, ReaderError>, params: P, limit: number): Promise<R> {
    clearTimeout(this.#timer);
    const { connection, ready, ended } = (this.#running ??= this.#start());
    const gone = ended.then((how) => {
      throw new SqlAheadError('ERR_READER_GONE', this.#gone(how));
    });
    const late = (milliseconds: number) => () =>
      new SqlAheadError('ERR_DATABASE_TIMEOUT', this.#tooLong(milliseconds));
    const orGone = async <T>(work: Promise<T>, milliseconds: number): Promise<T> =>
      within(Promise.race([work, gone]), milliseconds, late(milliseconds), () => this.#end());
    try {
      // The deadline is for the work, and a process that is still starting has not begun it.
      await orGone(ready, startLimit);
      return await orGone(answerOf(connection.sendRequest<R>(type.method, params)), limit);
    } finally {
      this.#timer = setTimeout(() => this.#end(), this.timing.idle);
      this.#timer.unref();
    }
  }

  #tooLong(limit: number): string {
    return `${this.name} takes longer than ${String(limit / 1000)} s to read: ${this.advice}.`;
  }

  #gone(how: string): string {
    return `Reading ${this.name} ended the process that reads it (${how}): the file may be damaged; ${this.advice}.`;
  }

  #start(): Running {
    const { catalogue, contents, check } = this.timing;
    const limits: ReaderArguments = {
      longestRequest: Math.max(catalogue, contents, check) + graceAfterDeadline,
      mostMemory,
    };
    const environment = Object.fromEntries(
      passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    );
    const child = fork(this.program.script, [JSON.stringify(limits)], {
      cwd: this.program.folder,
      // With this set, Electron's executable runs as a plain Node.
      env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
      execArgv: [
        `--max-old-space-size=${String(mostHeapMegabytes)}`,
        '--disable-warning=ExperimentalWarning',
      ],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    // Neither the process nor its channel keeps the server running.
    child.unref();
    child.channel?.unref();
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    let said = '';
    child.stderr?.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-200)));
    const running: Running = {
      process: child,
      connection,
      ready: new Promise((resolve) => connection.onNotification(readyNotification, resolve)),
      ended: new Promise((resolve) => {
        child.once('error', (error) => resolve(error.message));
        child.once('close', (code, signal) => {
          const how = /^it took/.test(said) ? said : `it ended with ${signal ?? String(code)}`;
          resolve(how);
        });
      }),
    };
    // A message cannot be sent when the process has ended, and `ended` reports that.
    connection.onError(() => undefined);
    connection.listen();
    void running.ended.then(() => {
      connection.dispose();
      if (this.#running === running) this.#running = undefined;
    });
    return running;
  }

  #end(): void {
    this.#running?.process.kill('SIGKILL');
    this.#running = undefined;
  }
}

/** Keeps files that were too much for the process from being read again until they change. */
export class RefusedFiles {
  #refused: { readonly state: string; readonly error: unknown } | undefined;

  /** @param state fingerprint of the files */
  constructor(private readonly state: () => string) {}

  /** Whether the files are as they were when they were too much. */
  get areRefused(): boolean {
    return this.#refused?.state === this.state();
  }

  /** Reads, or throws what the last reading threw when it would end the same way. */
  async orRead<T>(read: () => Promise<T>): Promise<T> {
    const state = this.state();
    if (this.#refused?.state === state) throw this.#refused.error;
    this.#refused = undefined;
    try {
      return await read();
    } catch (error) {
      if (isTooMuch(error)) this.#refused = { state, error };
      throw error;
    }
  }
}

/** True when the file was too much for the process: the same request would end the same way. */
export const isTooMuch = (error: unknown): boolean =>
  ['ERR_DATABASE_TIMEOUT', 'ERR_READER_GONE'].includes(errorCode(error) ?? '');

/** Rejects with an error that the reader sent. Errors of the connection are left to `ended`, which tells more. */
function answerOf<R>(answer: Promise<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    answer.then(resolve, (error: unknown) => {
      if (error instanceof ResponseError) reject(fromWire(error as ResponseError<ReaderError>));
    });
  });
}

function fromWire({ data, message }: ResponseError<ReaderError>): SqlAheadError {
  return new SqlAheadError((data?.code ?? 'ERR_DATABASE_INVALID') as ErrorCode, message);
}
