/**
 * One worker for one context: jobs run one at a time, the most urgent first, and a newer job of a session ends the
 * older ones of that session, running or waiting. Nothing about tokens here.
 */
import { cancelled } from '../../errors';

/** Smaller runs first: what a person waits for, then what anticipates, then what only looks. */
export const priorities = { complete: 0, prefill: 1, inspect: 2, close: 3 } as const;
export type JobKind = keyof typeof priorities;

interface Job {
  readonly session: string;
  readonly priority: number;
  readonly controller: AbortController;
  run(): Promise<void>;
  reject(error: Error): void;
}

export class Scheduler {
  readonly #waiting: Job[] = [];
  #running: Job | undefined;

  /**
   * Runs `work` when its turn comes. It gets a signal that is set when the job is superseded or cancelled.
   * @throws SqlAheadError ERR_CANCELLED when a newer job of the session came, or `signal` was set, before it ended.
   */
  schedule<T>(
    session: string,
    kind: JobKind,
    work: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    this.#supersede(session);
    return new Promise<T>((resolve, reject) => {
      const controller = new AbortController();
      const job: Job = {
        session,
        priority: priorities[kind],
        controller,
        run: async () => {
          try {
            resolve(await work(controller.signal));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
        reject,
      };
      if (signal?.aborted) return reject(cancelled());
      signal?.addEventListener('abort', () => this.#cancel(job), { once: true });
      const behind = this.#waiting.findIndex((other) => other.priority > job.priority);
      this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, job);
      void this.#pump();
    });
  }

  #supersede(session: string): void {
    for (const job of this.#waiting.filter((waiting) => waiting.session === session)) this.#cancel(job);
    if (this.#running?.session === session) this.#running.controller.abort();
  }

  #cancel(job: Job): void {
    job.controller.abort();
    const at = this.#waiting.indexOf(job);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    job.reject(cancelled());
  }

  async #pump(): Promise<void> {
    if (this.#running) return;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      this.#running = job;
      await job.run();
    }
    this.#running = undefined;
  }
}
