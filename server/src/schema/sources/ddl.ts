/** Reads a schema from .sql files with CREATE TABLE statements, where no database is at hand. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { SqlAheadError } from '../../errors';
import { DdlReader, type Locate } from '../ddl/readDdl';
import { migrationOrder } from '../ddl/migrationOrder';
import { detectDialect } from '../detectDialect';
import type { Dialect, Schema, Table } from '../model';
import { preparable } from '../validate';
import type { SchemaSource } from './source';
import { onClone } from './sqliteValidator';

/** A dump with its data is larger and would take seconds to read (bytes). */
const largestFile = 20 * 1024 * 1024;

/**
 * @param paths absolute paths; read in the order in which migration tools run them, without what takes changes back
 * @param dialect what the files are written in; auto guesses it from their text
 */
export function ddlSource(paths: readonly string[], dialect: Dialect | 'auto'): SchemaSource {
  const files = migrationOrder(paths);
  const first = path.basename(files[0] ?? '');
  const description = files.length > 1 ? `${first} and ${files.length - 1} more` : first;
  let known: Schema | undefined;
  return {
    id: `ddl ${dialect} ${files.join('\n')}`,
    description,
    watchPaths: files,
    read: async (signal): Promise<Schema> => {
      const texts: string[] = [];
      for (const file of files) {
        if (signal.aborted) throw new SqlAheadError('ERR_CANCELLED', 'Reading the schema was cancelled.');
        texts.push(await readText(file));
      }
      const spoken = dialect === 'auto' ? detectDialect(texts.join('\n')) : dialect;
      const reader = new DdlReader(spoken);
      for (const [i, text] of texts.entries()) reader.read(text, locateIn(files[i] ?? ''));
      known = { dialect: spoken, source: description, ...reader.finish() };
      return known;
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous, SQLite is not
    validate: async (sql) =>
      known?.dialect === 'sqlite' && preparable(sql, 'sqlite')
        ? onClone([...known.tables, ...(known.unlisted ?? [])].map(createStatement), sql)
        : undefined,
  };
}

const locateIn =
  (file: string): Locate =>
  (from, to) => ({ file, from, to });

/** Names only, from what was read: nothing of the file itself is run. */
function createStatement(table: Table): string {
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const columns = [...table.columns, ...(table.hiddenColumns ?? [])];
  return `CREATE TABLE ${quote(table.name)} (${columns.map(({ name }) => quote(name)).join(', ')})`;
}

async function readText(file: string): Promise<string> {
  const name = path.basename(file);
  let size;
  try {
    size = (await stat(file)).size;
  } catch (error) {
    const message = `The DDL file ${name} cannot be read: correct the setting sqlAhead.ddlFiles or create the file.`;
    throw new SqlAheadError('ERR_DDL_UNREADABLE', message, { cause: error });
  }
  if (size > largestFile) {
    const message = `The DDL file ${name} is larger than 20 MB: give a dump of the schema without its data.`;
    throw new SqlAheadError('ERR_DDL_UNREADABLE', message);
  }
  try {
    const bytes = await readFile(file);
    const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    // Not fatal: a stray Latin-1 byte in a comment must not cost the schema.
    return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8').decode(bytes);
  } catch (error) {
    const message = `The DDL file ${name} cannot be read: check that it is a file and that this user may read it.`;
    throw new SqlAheadError('ERR_DDL_UNREADABLE', message, { cause: error });
  }
}
