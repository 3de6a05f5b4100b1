/**
 * Keeps what was learnt in a folder that all windows share. The file's name counts its versions, `learning.7.json`: a
 * window reads the newest, adds what it counted, and makes the next one, which fails where another window was quicker;
 * it then reads anew. So nothing that was counted is lost, and there is no lock that a dead process could hold. A file
 * that is missing or damaged counts as empty; one that cannot be written leaves the counts in memory.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, SqlAheadError } from '../errors';
import { learntFrom, sum, type Learnt } from './counts';

interface Kept {
  readonly models: Learnt;
  /** Changes when somebody had everything forgotten; counts from before are not added then. */
  readonly generation: string;
  /** Names of the last changes, by which a window sees whether its own is among them. */
  readonly changes: readonly string[];
}

/** This very object means that nothing was read yet; an empty file is read as a copy of it. */
const nothing: Kept = { models: {}, generation: '', changes: [] };
/** Far more than windows make while one of them looks. */
const knownChanges = 64;

export class LearningStore {
  readonly #folder: string;
  #kept = nothing;
  #added: Learnt = {};
  /** What was read and what was counted since, added up; kept, because every key asks for it. */
  #all: Learnt = {};
  #working: Promise<void> = Promise.resolve();

  /** @param folder absolute path; made when something is first kept */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The counts, as far as they were read. */
  get learnt(): Learnt {
    return this.#all;
  }

  add(counts: Learnt): void {
    this.#set(this.#kept, sum(this.#added, counts));
  }

  /** Reads the newest file anew. Never rejects. */
  load(): Promise<void> {
    return this.#next(async () => {
      const { kept } = await this.#newest();
      this.#set(kept, this.#isForgottenBy(kept) ? {} : this.#added);
    });
  }

  /** Writes what was counted since. Rejects when it cannot; the counts are then kept for the next time. */
  save(): Promise<void> {
    return this.#next(async () => {
      if (Object.keys(this.#added).length === 0) return;
      const added = this.#added;
      // Counts that come in meanwhile are written the next time.
      const before = this.#kept;
      this.#set({ ...before, models: sum(before.models, added) }, {});
      try {
        const after = await this.#change((kept) =>
          kept.generation === before.generation || before === nothing
            ? { ...kept, models: sum(kept.models, added) }
            : undefined,
        );
        const isForgotten = before !== nothing && after.generation !== before.generation;
        this.#set(after, isForgotten ? {} : this.#added);
      } catch (error) {
        this.#set(before, sum(added, this.#added));
        // The same sentence each time, so that the log has it once.
        throw new SqlAheadError(
          'ERR_CACHE_FOLDER',
          `What is learnt stays in memory: ${this.#folder} cannot be written (${errorCode(error) ?? 'unknown'}); make it a folder that you may write to, to keep it.`,
          { cause: error },
        );
      }
    });
  }

  /** Forgets everything, on disk and in all windows. Rejects when it cannot write that. */
  forget(): Promise<void> {
    return this.#next(async () => {
      this.#set(nothing, {});
      this.#set(await this.#change(() => ({ ...nothing, generation: randomUUID() })), {});
    });
  }

  #isForgottenBy({ generation }: Kept): boolean {
    return this.#kept !== nothing && this.#kept.generation !== generation;
  }

  #set(kept: Kept, added: Learnt): void {
    this.#kept = kept;
    this.#added = added;
    this.#all = sum(kept.models, added);
  }

  /** One at a time, in order. */
  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#working.then(work);
    this.#working = done.catch(() => undefined);
    return done;
  }

  /** Makes the next version out of the newest. @param by undefined leaves it as it is. @returns what is kept then */
  async #change(by: (kept: Kept) => Kept | undefined): Promise<Kept> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const change = randomUUID();
    for (;;) {
      const { version, kept } = await this.#newest();
      // Published before, and another window went on from it at once.
      if (kept.changes.includes(change)) return kept;
      const made = by(kept);
      if (made === undefined) return kept;
      const next = { ...made, changes: [...kept.changes, change].slice(-knownChanges) };
      // Each try writes a new file, because a published one must not change.
      const temporary = path.join(this.#folder, `learning.${randomUUID()}.tmp`);
      try {
        await writeFile(temporary, JSON.stringify({ format: 1, ...next }), { mode: 0o600 });
        if (await this.#publish(temporary, version + 1)) return next;
      } finally {
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    }
  }

  /** @returns false where a newer version is there: it goes on from this one, or from another of the same number */
  async #publish(temporary: string, version: number): Promise<boolean> {
    const file = this.#file(version);
    try {
      // Unlike a rename it fails where there is a file of that name.
      await link(temporary, file);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
    const versions = await this.#versions();
    const isNewest = versions.every((other) => other <= version);
    const needless = isNewest ? versions.filter((other) => other < version) : [version];
    await Promise.all(needless.map((other) => rm(this.#file(other), { force: true }).catch(() => undefined)));
    return isNewest;
  }

  async #newest(): Promise<{ readonly version: number; readonly kept: Kept }> {
    for (;;) {
      const version = Math.max(0, ...(await this.#versions()));
      if (version === 0) return { version, kept: { ...nothing } };
      try {
        return { version, kept: keptFrom(await readFile(this.#file(version), 'utf8')) };
      } catch (error) {
        // Gone means that there is a newer one by now.
        if (errorCode(error) !== 'ENOENT') return { version, kept: { ...nothing } };
      }
    }
  }

  async #versions(): Promise<number[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.flatMap((name) => {
      const digits = /^learning\.([1-9]\d{0,14})\.json$/.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
  }

  #file(version: number): string {
    return path.join(this.#folder, `learning.${version}.json`);
  }
}

function keptFrom(text: string): Kept {
  try {
    const value = JSON.parse(text) as { readonly [K in keyof Kept]?: unknown } | null;
    const generation = typeof value?.generation === 'string' ? value.generation : '';
    const changes: readonly unknown[] = Array.isArray(value?.changes) ? value.changes : [];
    return { models: learntFrom(value?.models), generation, changes: changes.map(String) };
  } catch {
    return { ...nothing };
  }
}
