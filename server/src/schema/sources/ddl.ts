/**
 * The source of a schema that reads .sql files with CREATE TABLE statements, when no database is at hand. The file reader
 * reads them, so that a file that takes for ever holds up nothing else.
 */
import path from 'node:path';
import { errorCode } from '../../errors';
import { fingerprint } from '../../regularFile';
import { migrationOrder } from '../ddl/migrationOrder';
import type { Dialect, Schema, Table } from '../model';
import { preparable } from '../validate';
import { checkAgainstRequest, ddlRequest } from './fileReader/protocol';
import {
  ReaderProcess,
  RefusedFiles,
  type ReaderProgram,
  type ReaderTiming,
} from './fileReader/readerProcess';
import type { SchemaSource } from './source';

const advice =
  'give a dump of the schema without its data, or name fewer files in the setting sqlAhead.ddlFiles';

/**
 * @param paths absolute paths; read in the order in which migration tools run them, without those that take changes
 * back
 * @param dialect the files' dialect; auto guesses it from their text
 * @param program the file reader, which reads the files and checks statements of SQLite
 */
export function ddlSource(
  paths: readonly string[],
  dialect: Dialect | 'auto',
  program: ReaderProgram,
  timing?: ReaderTiming,
): SchemaSource {
  const files = migrationOrder(paths);
  const first = path.basename(files[0] ?? '');
  const description = files.length > 1 ? `${first} and ${files.length - 1} more` : first;
  const reader = new ReaderProcess(program, description, timing, advice);
  const refused = new RefusedFiles(() => files.map((file) => fingerprint(file)).join(' '));
  let known: Schema | undefined;
  let definitions: readonly string[] = [];
  return {
    id: `ddl ${dialect} ${files.join('\n')}`,
    description,
    watchPaths: files,
    read: (signal) =>
      refused.orRead(async () => {
        const params = { files, dialect, source: description };
        known = await reader.request(ddlRequest, params, reader.timing.catalogue, signal);
        definitions = [...known.tables, ...(known.unlisted ?? [])].map(createStatement);
        return known;
      }),
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
  };
}

/** A CREATE statement made from what was read; the file's own text is never run. */
function createStatement(table: Table): string {
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const columns = [...table.columns, ...(table.hiddenColumns ?? [])];
  return `CREATE TABLE ${quote(table.name)} (${columns.map(({ name }) => quote(name)).join(', ')})`;
}
