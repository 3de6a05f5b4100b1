/** Reads a schema from .sql files with CREATE TABLE statements, where no database is at hand. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { SqlAheadError } from '../../errors';
import { readDdl, type Locate } from '../ddl/readDdl';
import { detectDialect } from '../detectDialect';
import type { Dialect, Schema, Table } from '../model';
import { preparable } from '../validate';
import type { SchemaSource } from './source';
import { onClone } from './sqliteValidator';

/** A dump with its data is larger and would take seconds to read (bytes). */
const largestFile = 20 * 1024 * 1024;

/**
 * @param paths absolute paths; read in the order of their base names, as numbered migrations want it
 * @param dialect what the files are written in; auto guesses it from their text
 */
export function ddlSource(paths: readonly string[], dialect: Dialect | 'auto'): SchemaSource {
  const files = [...paths].sort((a, b) => compare(path.basename(a), path.basename(b)) || compare(a, b));
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
      // A file may lack its last semicolon.
      const text = texts.join(separator);
      const spoken = dialect === 'auto' ? detectDialect(text) : dialect;
      const { tables, functions } = readDdl(text, spoken, locate(files, texts));
      known = { dialect: spoken, source: description, tables, functions };
      return known;
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous, SQLite is not
    validate: async (sql) =>
      known?.dialect === 'sqlite' && preparable(sql, 'sqlite')
        ? onClone(known.tables.map(createStatement), sql)
        : undefined,
  };
}

const separator = '\n;\n';

/** Offsets of the joined text as offsets of the file they are in. */
function locate(files: readonly string[], texts: readonly string[]): Locate {
  let at = 0;
  const starts = texts.map((text) => {
    const start = at;
    at += text.length + separator.length;
    return start;
  });
  return (from, to) => {
    const index = starts.findLastIndex((start) => start <= from);
    const file = files[index];
    const start = starts[index] ?? 0;
    return file === undefined ? undefined : { file, from: from - start, to: to - start };
  };
}

/** Names only, from what was read: nothing of the file itself is run. */
function createStatement(table: Table): string {
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  return `CREATE TABLE ${quote(table.name)} (${table.columns.map(({ name }) => quote(name)).join(', ')})`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
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
