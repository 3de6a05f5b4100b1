/**
 * The last good schemas on disk, one file a source, so that a window shows one at once. Only a convenience: what is
 * missing, damaged or of another version counts as not there, and a folder that cannot be written is left alone.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Column, Schema } from './model';

/** Rises when the model of a schema or what is kept of it changes. Version 1 kept values that were read from rows. */
const version = 2;
const suffix = `.v${String(version)}.json`;

export class CatalogCache {
  #cleaned: Promise<void> | undefined;

  /** @param folder absolute path; made when something is first kept */
  constructor(private readonly folder: string) {}

  /** The schema kept for a source; undefined where there is none that can be trusted. */
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
      // Falls through to removal.
    }
    await rm(file, { force: true }).catch(() => undefined);
    return undefined;
  }

  /** Removes all that is kept. Rejects where that cannot be. */
  async forget(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Resolves when it is written, or could not be. */
  async save(sourceId: string, schema: Schema): Promise<void> {
    await (this.#cleaned ??= this.#clean());
    const file = this.fileOf(sourceId);
    const temporary = `${file}.${randomUUID()}.tmp`;
    const body = JSON.stringify(withoutValues(schema));
    try {
      // Names and values of a database are nobody else's business.
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

  /** Removes what other versions kept. */
  async #clean(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!name.includes(suffix))
        await rm(path.join(this.folder, name), { force: true }).catch(() => undefined);
    }
  }
}

/** The cache within the folder that the server may write to. */
export const cacheOf = (storagePath: string): CatalogCache =>
  new CatalogCache(path.join(storagePath, 'catalogues'));

/** Values that were read from rows stay in memory; those that the schema itself lists (enum, CHECK) are part of it. */
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
