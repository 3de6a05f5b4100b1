/**
 * Keeps the counts in one file that all windows share: each window adds what it counted since it last wrote. A missing or
 * damaged file counts as empty. When the file cannot be written, the counts stay in memory.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, SqlAheadError } from '../errors';
import { learntFrom, sum, type Learnt } from './counts';

export class LearningStore {
  readonly #file: string;
  #kept: Learnt = {};
  #added: Learnt = {};
  /** Both together; asked for with every key. */
  #all: Learnt = {};
  #working: Promise<void> = Promise.resolve();

  /** @param folder absolute path; made when something is first kept */
  constructor(folder: string) {
    this.#file = path.join(folder, 'learning.json');
  }

  /** As far as it was read. */
  get learnt(): Learnt {
    return this.#all;
  }

  add(counts: Learnt): void {
    this.#set(this.#kept, sum(this.#added, counts));
  }

  /** Reads the file anew. Never rejects. */
  load(): Promise<void> {
    return this.#next(async () => {
      this.#set(await this.#read(), this.#added);
    });
  }

  /** Writes what was added since. Rejects where that cannot be; it is then kept for the next time. */
  save(): Promise<void> {
    return this.#next(async () => {
      if (Object.keys(this.#added).length === 0) return;
      const kept = await this.#read();
      const added = this.#added;
      const all = sum(kept, added);
      const temporary = `${this.#file}.${randomUUID()}.tmp`;
      // What is counted meanwhile is for the next time.
      const before = this.#kept;
      this.#set(all, {});
      try {
        await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
        await writeFile(temporary, JSON.stringify({ version: 1, models: all }), { mode: 0o600 });
        await rename(temporary, this.#file);
      } catch (error) {
        this.#set(before, sum(added, this.#added));
        // One sentence for all tries: the log has it once.
        throw new SqlAheadError(
          'ERR_CACHE_FOLDER',
          `What is learnt stays in memory: ${this.#file} cannot be written (${errorCode(error) ?? 'unknown'}); make its folder writable to keep it.`,
          { cause: error },
        );
      } finally {
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    });
  }

  /** Forgets all, on disk as well. Rejects where the file cannot be removed. */
  forget(): Promise<void> {
    return this.#next(async () => {
      this.#set({}, {});
      await rm(this.#file, { force: true });
    });
  }

  #set(kept: Learnt, added: Learnt): void {
    this.#kept = kept;
    this.#added = added;
    this.#all = sum(kept, added);
  }

  /** One at a time, in order. */
  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#working.then(work);
    this.#working = done.catch(() => undefined);
    return done;
  }

  async #read(): Promise<Learnt> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#file, 'utf8'));
      return typeof value === 'object' && value !== null && 'models' in value ? learntFrom(value.models) : {};
    } catch {
      return {};
    }
  }
}
