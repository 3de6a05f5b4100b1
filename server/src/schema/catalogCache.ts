/**
 * Keeps the last good schema of each source on disk, so that a new window shows it at once. Only a convenience: a file
 * that is missing, damaged or of another version is ignored, and so is a folder that cannot be written.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Column, Schema } from './model';

/**
 * Raise it when the model of a schema changes, or what is kept of it. Version 1 kept values that were read from rows.
 */
const version = 2;
const suffix = `.v${String(version)}.json`;

export class CatalogCache {
  #cleaned: Promise<void> | undefined;

  /** @param folder absolute path; it is made when the first schema is kept */
  constructor(private readonly folder: string) {}

  /** The schema kept for a source; undefined when there is none that can be trusted. */
  async load(sourceId: string): Promise<Schema | undefined> {
    await (this.#cleaned ??= this.#clean());
    const file = this.fileOf(sourceId);
    let text;
    try {
      text = await readFile(file, 'utf8');
    } catch {
      return undefined;
    }
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    try {
      if (end > 0 && text.slice(0, end) === headOf(body)) return JSON.parse(body) as Schema;
    } catch {
      // Not readable as a schema: it is removed below.
    }
    await rm(file, { force: true }).catch(() => undefined);
    return undefined;
  }

  /** Removes everything that is kept. Rejects when it cannot. */
  async forget(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Resolves when the file is written, or could not be. */
  async save(sourceId: string, schema: Schema): Promise<void> {
    await (this.#cleaned ??= this.#clean());
    const file = this.fileOf(sourceId);
    const temporary = `${file}.${randomUUID()}.tmp`;
    const body = JSON.stringify(withoutValues(schema));
    try {
      // Only this user may see the names and values of a database.
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, `${headOf(body)}\n${body}`, { mode: 0o600 });
      await rename(temporary, file);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  private fileOf(sourceId: string): string {
    return path.join(
      this.folder,
      `${createHash('sha256').update(sourceId).digest('hex').slice(0, 32)}${suffix}`,
    );
  }

  /** Removes the files of other versions. */
  async #clean(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!name.includes(suffix))
        await rm(path.join(this.folder, name), { force: true }).catch(() => undefined);
    }
  }
}

/** The cache in the folder that the server may write to. */
export const cacheOf = (storagePath: string): CatalogCache =>
  new CatalogCache(path.join(storagePath, 'catalogues'));

/**
 * Removes values that were read from rows, which stay in memory only. Values that the schema lists (enum, CHECK) are
 * kept.
 */
function withoutValues(schema: Schema): Schema {
  const bare = ({ seen, values, ...column }: Column): Column => ({
    ...column,
    ...(values === undefined || values.from === 'sample' ? {} : { values }),
  });
  return {
    ...schema,
    tables: schema.tables.map((table) => ({ ...table, columns: table.columns.map(bare) })),
  };
}

function headOf(body: string): string {
  return `sql-ahead catalogue ${String(version)} ${createHash('sha256').update(body).digest('hex')}`;
}
