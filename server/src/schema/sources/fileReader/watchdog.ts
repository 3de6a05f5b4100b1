/**
 * Ends the file reader when a request takes too long or too much memory. The server does the same from outside; this
 * watchdog is for a server that is gone, and for memory that fills up quickly. It runs in a thread of its own, because
 * the main thread is stuck inside the database library at that time.
 */
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import type { ReaderArguments } from './protocol';

const askEvery = 50;
/** A worker's process.stderr goes through the main thread, which is stuck: write to the descriptor itself. */
const standardError = 2;

interface WatchdogData extends ReaderArguments {
  /** One number: 0 while the main thread does nothing, else the number of the request. */
  readonly shared: SharedArrayBuffer;
}

/** Marks the time during which a request is being worked on. */
export class Watchdog {
  readonly #current: Int32Array<SharedArrayBuffer>;
  #requests = 0;

  private constructor(shared: SharedArrayBuffer) {
    this.#current = new Int32Array(shared);
  }

  /** @param script the bundle that calls `watchIfWorker()` when it runs as a worker */
  static start(script: string, limits: ReaderArguments): Watchdog {
    const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const data: WatchdogData = { ...limits, shared };
    new Worker(script, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: 16 } }).unref();
    return new Watchdog(shared);
  }

  async during<R>(work: () => R | Promise<R>): Promise<R> {
    this.#requests = (this.#requests % 1_000_000) + 1;
    this.#mark(this.#requests);
    try {
      return await work();
    } finally {
      this.#mark(0);
    }
  }

  #mark(value: number): void {
    Atomics.store(this.#current, 0, value);
    Atomics.notify(this.#current, 0);
  }
}

/** The worker's loop. It sleeps while there is no request. In the main thread it returns at once. */
export function watchIfWorker(): void {
  if (isMainThread) return;
  const { shared, longestRequest, mostMemory } = workerData as WatchdogData;
  const current = new Int32Array(shared);
  for (;;) {
    Atomics.wait(current, 0, 0);
    const request = Atomics.load(current, 0);
    const latest = performance.now() + longestRequest;
    while (request !== 0 && Atomics.load(current, 0) === request) {
      if (process.memoryUsage.rss() > mostMemory) end('it took too much memory');
      if (performance.now() > latest) end('it took too long');
      Atomics.wait(current, 0, request, askEvery);
    }
  }
}

/** Kills the process, because exit() would wait for the thread that is stuck. */
function end(reason: string): void {
  writeSync(standardError, reason);
  process.kill(process.pid, 'SIGKILL');
}
