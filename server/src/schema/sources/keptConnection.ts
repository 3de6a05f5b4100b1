/**
 * A connection to a server that is opened when first needed, used by one caller at a time, and closed after a while
 * without use.
 */
import { errorCode, SqlAheadError } from '../../errors';
import { isLost, within } from './connection';

export class KeptConnection<T> {
  #opened: Promise<T> | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(
    private readonly open: (signal: AbortSignal) => Promise<T>,
    private readonly close: (connection: T) => void,
    private readonly idle: number,
  ) {}

  /**
   * Does some work with the connection. Returns undefined when no connection can be had or the work fails; the next
   * call opens a new one. Servers and routers end idle connections: one that turns out to be lost is replaced at once,
   * and the work is done again.
   *
   * @param limit milliseconds that the work may take
   * @throws SqlAheadError ERR_CANCELLED when the signal is aborted before the work began
   */
  async use<R>(
    signal: AbortSignal,
    limit: number,
    work: (connection: T) => Promise<R>,
  ): Promise<R | undefined> {
    const before = this.#tail;
    let done: () => void = () => undefined;
    this.#tail = new Promise<void>((resolve) => (done = resolve));
    try {
      await before;
      if (signal.aborted) throw new SqlAheadError('ERR_CANCELLED', 'Checking the statement was cancelled.');
      if (this.#isDisposed) return undefined;
      clearTimeout(this.#timer);
      const isKept = this.#opened !== undefined;
      try {
        return await this.#run(limit, work);
      } catch (error) {
        this.#drop();
        if (!isKept || !isLost(error)) throw error;
        return await this.#run(limit, work);
      }
    } catch (error) {
      if (errorCode(error) === 'ERR_CANCELLED') throw error;
      this.#drop();
      return undefined;
    } finally {
      this.#timer = setTimeout(() => this.#drop(), this.idle);
      this.#timer.unref();
      done();
    }
  }

  async #run<R>(limit: number, work: (connection: T) => Promise<R>): Promise<R> {
    // Opening goes on when its first caller cancels, because the next caller needs the connection too.
    this.#opened ??= this.open(new AbortController().signal);
    const late = () => new SqlAheadError('ERR_CONNECTION_TIMEOUT', 'Checking the statement took too long.');
    return within(work(await this.#opened), limit, late);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  #drop(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.then(this.close, () => undefined);
  }
}
