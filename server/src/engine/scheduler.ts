/**
 * Decides which job may use the model now: one at a time, the most urgent first. A newer job of a session ends the session's
 * older ones: the person typed on, so nobody wants their result. A more urgent job of any session interrupts a less urgent
 * one, which runs again later. An interrupted job loses little: it stops between two chunks of tokens, and what it evaluated
 * stays in the cache (cache/kvCache.ts).
 */
import { cancelled, errorCode } from '../errors';

/**
 * The smaller number runs first. `complete`: a person waits for ghost text. `prefill`: the model reads what they just typed.
 * `ahead`: the model writes what nobody has asked for yet. `background`: it reads a schema before anybody types, or a schema
 * is saved. `inspect`: somebody looks at the cache.
 */
export const priorities = { complete: 0, prefill: 1, ahead: 2, background: 3, inspect: 4, close: 5 } as const;
export type JobKind = keyof typeof priorities;
/** The priority of a prefill for a document that the person is not typing in. */
const otherDocuments = 3.5;

type Work<T> = (signal: AbortSignal) => Promise<T>;

interface Job {
  readonly session: string;
  readonly kind: JobKind;
  /** Set when nobody wants the result any more. */
  readonly unwanted: AbortController;
  /** Set to stop the current run; unless the job is unwanted, it runs again later. */
  attempt: AbortController;
  /** Runs the work once. False: it was interrupted and has to run again. */
  run(): Promise<boolean>;
  reject(error: Error): void;
}

export class Scheduler {
  readonly #waiting: Job[] = [];
  #running: Job | undefined;
  /** For each window the session that the person last typed in. */
  readonly #visible = new Map<string, string>();

  /**
   * Runs `work` when its turn comes. When more urgent work interrupts it, it runs again from its beginning, and should find
   * in the cache what its earlier run did. The signal that it is given tells it to stop.
   * @param session "window:session", the names of both
   * @throws SqlAheadError ERR_CANCELLED when a newer job of the session came, or `signal` was set, before it ended.
   */
  schedule<T>(session: string, kind: JobKind, work: Work<T>, signal?: AbortSignal): Promise<T> {
    if (kind === 'complete' || kind === 'prefill') this.#visible.set(windowOf(session), session);
    if (kind === 'close' && this.#visible.get(windowOf(session)) === session)
      this.#visible.delete(windowOf(session));
    this.#supersede(session, kind);
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled());
      const job: Job = {
        session,
        kind,
        unwanted: new AbortController(),
        attempt: new AbortController(),
        run: async () => {
          job.attempt = new AbortController();
          try {
            resolve(await work(job.attempt.signal));
          } catch (error) {
            const interrupted = job.attempt.signal.aborted && errorCode(error) === 'ERR_CANCELLED';
            if (interrupted && !job.unwanted.signal.aborted) return false;
            reject(error instanceof Error ? error : new Error(String(error)));
          }
          signal?.removeEventListener('abort', cancel);
          return true;
        },
        reject,
      };
      const cancel = (): void => this.#cancel(job);
      signal?.addEventListener('abort', cancel, { once: true });
      this.#waiting.push(job);
      this.#interruptForMoreUrgent();
      void this.#pump();
    });
  }

  #priority({ kind, session }: Job): number {
    const visible = this.#visible.get(windowOf(session)) === session;
    return kind === 'prefill' && !visible ? otherDocuments : priorities[kind];
  }

  /** Ends the older jobs of a session, but not those that are more urgent: a decode ahead never ends what a person waits for. */
  #supersede(session: string, kind: JobKind): void {
    const ended = (job: Job): boolean =>
      job.session === session && (kind === 'close' || priorities[job.kind] >= floor(kind));
    for (const job of this.#waiting.filter(ended)) this.#cancel(job);
    if (this.#running && ended(this.#running)) this.#cancel(this.#running);
  }

  #cancel(job: Job): void {
    job.unwanted.abort();
    job.attempt.abort();
    const at = this.#waiting.indexOf(job);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    job.reject(cancelled());
  }

  #interruptForMoreUrgent(): void {
    const running = this.#running;
    // Closing takes no time and must be done whole.
    if (!running || running.kind === 'close') return;
    if (this.#waiting.some((job) => this.#priority(job) < this.#priority(running))) running.attempt.abort();
  }

  /** The most urgent waiting job, the oldest of them. */
  #next(): Job | undefined {
    let best: Job | undefined;
    for (const job of this.#waiting) if (!best || this.#priority(job) < this.#priority(best)) best = job;
    if (best) this.#waiting.splice(this.#waiting.indexOf(best), 1);
    return best;
  }

  async #pump(): Promise<void> {
    if (this.#running) return;
    for (let job = this.#next(); job; job = this.#next()) {
      this.#running = job;
      // An interrupted job goes before those of its priority that came later.
      if (!(await job.run())) this.#waiting.unshift(job);
    }
    this.#running = undefined;
  }
}

/** A new job of this kind ends the session's jobs that have this priority or a less urgent one. */
function floor(kind: JobKind): number {
  // A newer text makes the older completion worthless.
  return kind === 'prefill' ? priorities.complete : priorities[kind];
}

function windowOf(session: string): string {
  return session.slice(0, session.indexOf(':') + 1);
}
