/**
 * Keeps the schema current: reads its source, watches the source's files, and counts the changes. When a read fails,
 * the last good schema stays, and `problem` says what is wrong. sources/discover.ts chooses the source.
 */
import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import { errorMessage, SqlAheadError } from '../errors';
import { fingerprint } from '../regularFile';
import type { CatalogCache } from './catalogCache';
import { emptySchema, type Dialect, type Schema, type Table } from './model';
import { tableKey } from './rank';
import { renderSchema } from './render';
import type { SchemaSource } from './sources/source';
import type { Validate } from './validate';

/** What has changed in the catalogue. */
export interface CatalogChange {
  readonly epoch: number;
  /**
   * Keys (see tableKey in rank.ts) of tables that were added, removed or changed. Empty when only the problem changed.
   */
  readonly tables: readonly string[];
}

/**
 * Milliseconds: how long file events are collected, and the shortest and longest wait before a locked database is read
 * again.
 */
export interface CatalogTiming {
  readonly debounce: number;
  readonly firstRetry: number;
  readonly lastRetry: number;
}

const defaultTiming: CatalogTiming = { debounce: 200, firstRetry: 250, lastRetry: 10_000 };

export class Catalog {
  private current: Schema;
  private currentEpoch = 0;
  private currentProblem: SqlAheadError | undefined;
  private source: SchemaSource | undefined;
  private rendered: string;
  private reading: { controller: AbortController; done: Promise<void> } | undefined;
  private readonly listeners = new Set<(change: CatalogChange) => void>();
  private watchers: FSWatcher[] = [];
  private fingerprint = '';
  private debounceTimer: NodeJS.Timeout | undefined;
  private retryTimer: NodeJS.Timeout | undefined;
  private retries = 0;
  private disposed = false;
  private saving: Promise<void> | undefined;
  /** Keys of pending tables whose columns are being read or have been read. */
  private readonly asked = new Set<string>();

  /** The catalogue is empty until `setSource`. Until then its schema has this dialect. */
  constructor(
    private dialect: Dialect,
    private readonly timing: CatalogTiming = defaultTiming,
    private cache?: CatalogCache,
  ) {
    this.current = emptySchema(dialect);
    this.rendered = renderSchema([], dialect);
  }

  /** From now on keeps schemas in that folder, which is known only after the catalogue was made. */
  useCache(cache: CatalogCache): void {
    this.cache = cache;
  }

  /** The last schema that was read; empty before the first. */
  get schema(): Schema {
    return this.current;
  }

  /** Rises whenever the schema's text in a prompt changes. */
  get epoch(): number {
    return this.currentEpoch;
  }

  /** Why the last read failed; undefined when it succeeded. */
  get problem(): SqlAheadError | undefined {
    return this.currentProblem;
  }

  /** The source's name for a person; empty when there is no source. */
  get description(): string {
    return this.source?.description ?? '';
  }

  /**
   * Reads from another source from now on, or from none. The old schema goes at once, so that none of its names are
   * suggested any more; when the files are the same, it stays until the new read ends. Resolves when the first read has
   * ended, even if it failed.
   */
  async setSource(source: SchemaSource | undefined, dialect: Dialect = this.dialect): Promise<void> {
    if (this.disposed) return;
    const isSame = source !== undefined && source.id === this.source?.id;
    this.stop();
    this.source?.dispose?.();
    this.source = source;
    this.retries = 0;
    if (!isSame || dialect !== this.dialect) {
      const hadProblem = this.currentProblem !== undefined;
      this.currentProblem = undefined;
      this.accept(emptySchema(dialect), hadProblem);
    }
    this.dialect = dialect;
    this.startWatching();
    if (!isSame && source?.isKept) await this.showKept(source);
    if (this.source === source) await this.refresh();
  }

  /** Shows the schema from the last time until the source has been read. */
  private async showKept(source: SchemaSource): Promise<void> {
    const kept = await this.cache?.load(source.id);
    if (kept !== undefined && this.source === source && !this.disposed) this.accept(kept);
  }

  /** Reads the columns of tables that are still pending. Resolves when they are there or cannot be read. */
  async loadColumns(tables: readonly Table[]): Promise<void> {
    const { source } = this;
    const wanted = tables.filter((table) => table.columnsPending && !this.asked.has(tableKey(table)));
    if (!source?.readTables || wanted.length === 0) return;
    for (const table of wanted) this.asked.add(tableKey(table));
    try {
      const read = await source.readTables(wanted, this.reading?.controller.signal ?? neverAborted);
      if (source !== this.source) return;
      const byKey = new Map(read.map((table) => [tableKey(table), table]));
      const replaced = (table: Table): Table => byKey.get(tableKey(table)) ?? table;
      const { tables: listed, unlisted } = this.current;
      this.accept({
        ...this.current,
        tables: listed.map(replaced),
        ...(unlisted === undefined ? {} : { unlisted: unlisted.map(replaced) }),
      });
    } catch {
      // The tables stay pending. The next read of the whole schema will report what is wrong.
      for (const table of wanted) this.asked.delete(tableKey(table));
    }
  }

  /** Resolves when the schema is on disk, or could not be written. */
  async saved(): Promise<void> {
    await this.saving;
  }

  /** Reads the source again. Resolves when the newest read has ended, and never rejects: see `problem`. */
  async refresh(): Promise<void> {
    const { source } = this;
    if (source === undefined || this.disposed) return;
    this.reading?.controller.abort();
    clearTimeout(this.retryTimer);
    const controller = new AbortController();
    const reading = { controller, done: this.read(source, controller.signal) };
    this.reading = reading;
    await reading.done;
    // A newer read has replaced this one: the caller wants to see its result.
    if (this.reading !== reading) await this.reading.done;
  }

  /** False when there is no database to ask. */
  get canValidate(): boolean {
    return this.source?.validate !== undefined;
  }

  /** Whether a database stands behind the schema and was reached: DDL files alone know no types and no functions. */
  get hasDatabase(): boolean {
    return this.canValidate && this.source?.isKept === true && this.currentProblem === undefined;
  }

  /** Asks the source whether it accepts a statement. The answer is undefined when the source cannot tell. */
  readonly validator: Validate = async (sql, signal) => this.source?.validate?.(sql, signal);

  /** Calls the listener after each change of schema or problem, until the returned function is called. */
  onDidChange(listener: (change: CatalogChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dispose(): void {
    this.disposed = true;
    this.stop();
    this.source?.dispose?.();
    this.listeners.clear();
  }

  private stop(): void {
    this.reading?.controller.abort();
    clearTimeout(this.retryTimer);
    clearTimeout(this.debounceTimer);
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }

  private async read(source: SchemaSource, signal: AbortSignal): Promise<void> {
    const before = this.currentProblem;
    // Taken before the read, so that what is written during the read counts as a change.
    const fingerprint = fingerprintOf(source);
    try {
      const schema = await source.read(signal, (names) => {
        // Only when nothing better is shown: names without columns must not replace known tables.
        if (!signal.aborted && this.current.tables.length === 0) this.accept(names);
      });
      if (signal.aborted) return;
      this.asked.clear();
      this.fingerprint = fingerprint;
      this.currentProblem = undefined;
      this.retries = 0;
      this.accept(schema, before !== undefined);
      if (source.isKept) this.saving = this.cache?.save(source.id, schema);
    } catch (error) {
      if (signal.aborted) return;
      this.fingerprint = fingerprint;
      this.currentProblem = asProblem(error, source);
      if (this.currentProblem.code === 'ERR_DATABASE_LOCKED') this.retryLater();
      if (before?.message !== this.currentProblem.message) this.emit();
    }
  }

  private accept(schema: Schema, problemGone = false): void {
    const rendered = renderSchema(schema.tables, schema.dialect);
    const changed = rendered !== this.rendered;
    const isOther =
      schema.source !== this.current.source || unlistedKeys(schema) !== unlistedKeys(this.current);
    const tables = changed ? changedTables(this.current, schema) : [];
    this.current = schema;
    if (changed) {
      this.rendered = rendered;
      this.currentEpoch++;
    }
    if (changed || isOther || problemGone) this.emit(tables);
  }

  private emit(tables: readonly string[] = []): void {
    for (const listener of [...this.listeners]) listener({ epoch: this.currentEpoch, tables });
  }

  private retryLater(): void {
    const pause = Math.min(this.timing.firstRetry * 2 ** this.retries, this.timing.lastRetry);
    this.retries++;
    this.retryTimer = setTimeout(() => void this.refresh(), pause);
    this.retryTimer.unref();
  }

  private startWatching(): void {
    const paths = this.source?.watchPaths ?? [];
    for (const folder of new Set(paths.map((file) => path.dirname(file)))) {
      const files = paths.filter((file) => path.dirname(file) === folder);
      const names = new Set(files.map((file) => path.basename(file)));
      try {
        // Watch the folder, not the file, to notice also a file that is replaced or does not exist yet.
        const watcher = watch(folder, { persistent: false }, (_, name) => {
          if (name === null || names.has(name)) this.filesChanged();
        });
        watcher.on('error', () => watcher.close());
        this.watchers.push(watcher);
      } catch {
        // The folder is gone, or the system has no watches left. "Read the Schema Again" still works.
      }
    }
  }

  private filesChanged(): void {
    clearTimeout(this.debounceTimer);
    this.debounceTimer = setTimeout(() => {
      // Opening a database in WAL mode touches the files beside it: read only when something differs.
      const { source } = this;
      if (source !== undefined && fingerprintOf(source) !== this.fingerprint) void this.refresh();
    }, this.timing.debounce);
    this.debounceTimer.unref();
  }
}

const neverAborted = new AbortController().signal;

/** The names outside the prompt that count as known. */
const unlistedKeys = ({ unlisted = [] }: Schema): string =>
  unlisted.map((table) => `${tableKey(table)}${table.columnsPending ? '?' : ''}`).join('\n');

/** Keys of the tables that differ between the two schemas. */
function changedTables(before: Schema, after: Schema): string[] {
  const texts = (schema: Schema) =>
    new Map(schema.tables.map((table) => [tableKey(table), JSON.stringify(table)]));
  const [old, now] = [texts(before), texts(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
}

/** Size, time and identity of the watched files. An empty log beside the first file counts as none. */
function fingerprintOf(source: SchemaSource): string {
  return source.watchPaths.map((file) => fingerprint(file, file.endsWith('-wal'))).join(' ');
}

function asProblem(error: unknown, source: SchemaSource): SqlAheadError {
  if (error instanceof SqlAheadError) return error;
  return new SqlAheadError(
    'ERR_DATABASE_INVALID',
    `The schema of ${source.description} cannot be read: ${errorMessage(error)}`,
    { cause: error },
  );
}
