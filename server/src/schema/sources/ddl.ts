/** The source of a schema that reads .sql files with CREATE TABLE statements, when no database is at hand. */
import path from 'node:path';
import { errorCode, SqlAheadError } from '../../errors';
import { FileRefused, readRegularFile } from '../../regularFile';
import { DdlReader, type Locate } from '../ddl/readDdl';
import { migrationOrder } from '../ddl/migrationOrder';
import { detectDialect } from '../detectDialect';
import type { Dialect, Schema, Table } from '../model';
import { preparable } from '../validate';
import { checkAgainstRequest } from './fileReader/protocol';
import { ReaderProcess, type ReaderProgram } from './fileReader/readerProcess';
import type { SchemaSource } from './source';

/** Most bytes of a file. A larger one is a dump with its data, and would take seconds to read. */
export const largestFile = 20 * 1024 * 1024;

/**
 * @param paths absolute paths; read in the order in which migration tools run them, without those that take changes
 * back
 * @param dialect the files' dialect; auto guesses it from their text
 * @param program the file reader, which checks statements of SQLite; without it none are checked
 */
export function ddlSource(
  paths: readonly string[],
  dialect: Dialect | 'auto',
  program?: ReaderProgram,
): SchemaSource {
  const files = migrationOrder(paths);
  const first = path.basename(files[0] ?? '');
  const description = files.length > 1 ? `${first} and ${files.length - 1} more` : first;
  const reader = program && new ReaderProcess(program, description);
  let known: Schema | undefined;
  let definitions: readonly string[] = [];
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
      const ddl = new DdlReader(spoken);
      for (const [i, text] of texts.entries()) ddl.read(text, locateIn(files[i] ?? ''));
      const read = ddl.finish();
      known = { dialect: spoken, source: description, ...read };
      definitions = [...read.tables, ...read.unlisted].map(createStatement);
      return known;
    },
    ...(reader === undefined
      ? {}
      : {
          validate: async (sql, signal) => {
            if (known?.dialect !== 'sqlite' || !preparable(sql, 'sqlite')) return undefined;
            try {
              const params = { definitions, sql };
              const { check } = reader.timing;
              return (await reader.request(checkAgainstRequest, params, check, signal)) ?? undefined;
            } catch (error) {
              if (errorCode(error) === 'ERR_CANCELLED') throw error;
              return undefined;
            }
          },
          dispose: () => reader.dispose(),
        }),
  };
}

const locateIn =
  (file: string): Locate =>
  (from, to) => ({ file, from, to });

/** A CREATE statement made from what was read; the file's own text is never run. */
function createStatement(table: Table): string {
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const columns = [...table.columns, ...(table.hiddenColumns ?? [])];
  return `CREATE TABLE ${quote(table.name)} (${columns.map(({ name }) => quote(name)).join(', ')})`;
}

async function readText(file: string): Promise<string> {
  const name = path.basename(file);
  try {
    return decoded(await readRegularFile(file, largestFile));
  } catch (error) {
    const message =
      error instanceof FileRefused && error.refusal === 'too-large'
        ? `The DDL file ${name} is larger than 20 MB: give a dump of the schema without its data.`
        : error instanceof FileRefused && error.refusal === 'missing'
          ? `The DDL file ${name} cannot be read: correct the setting sqlAhead.ddlFiles or create the file.`
          : `The DDL file ${name} cannot be read: check that it is a file and that this user may read it.`;
    throw new SqlAheadError('ERR_DDL_UNREADABLE', message, { cause: error });
  }
}

/** A wrong byte does not throw: one Latin-1 character in a comment must not cost the schema. */
export function decoded(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
