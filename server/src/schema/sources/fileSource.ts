/**
 * The source of a schema that reads a database file (SQLite or DuckDB). A process of its own opens the file and checks
 * statements (fileReader/); when it is killed, this file decides what still works.
 */
import path from 'node:path';
import { errorCode } from '../../errors';
import { fingerprint } from '../../regularFile';
import type { Schema } from '../model';
import { preparable } from '../validate';
import {
  catalogueRequest,
  checkRequest,
  contentsRequest,
  type DatabaseFile,
  type DatabaseKind,
} from './fileReader/protocol';
import {
  isTooMuch,
  ReaderProcess,
  RefusedFiles,
  type ReaderProgram,
  type ReaderTiming,
} from './fileReader/readerProcess';
import type { SchemaSource } from './source';

/** After checks have ended the process this often, none is tried until the file changes. */
const mostEndings = 3;

const logSuffix: Readonly<Record<DatabaseKind, string>> = { sqlite: '-wal', duckdb: '.wal' };

/** @param file absolute path of the database file */
export const sqliteSource = (file: string, program: ReaderProgram, samples = false): SchemaSource =>
  fileSource('sqlite', file, program, samples);

/** @param file absolute path of the database file */
export const duckdbSource = (file: string, program: ReaderProgram, samples = false): SchemaSource =>
  fileSource('duckdb', file, program, samples);

/**
 * @param file absolute path of the database file
 * @param samples true when values may be read
 */
export function fileSource(
  kind: DatabaseKind,
  file: string,
  program: ReaderProgram,
  samples: boolean,
  timing?: ReaderTiming,
): SchemaSource {
  const at: DatabaseFile = { kind, file, name: path.basename(file) };
  const reader = new ReaderProcess(program, at.name, timing);
  const watchPaths = [file, `${file}${logSuffix[kind]}`];
  const state = (): string => watchPaths.map((one) => fingerprint(one, one !== file)).join(' ');
  const refused = new RefusedFiles(state);
  let endings = { state: '', count: 0 };

  const contents = async (schema: Schema, signal: AbortSignal): Promise<Schema> => {
    const { tables } = schema;
    const params = { ...at, tables, samples };
    try {
      return {
        ...schema,
        tables: await reader.request(contentsRequest, params, reader.timing.contents, signal),
      };
    } catch (error) {
      if (errorCode(error) === 'ERR_CANCELLED') throw error;
      // Names and types are useful even without what rows tell.
      return schema;
    }
  };

  return {
    id: `${kind} ${file}`,
    description: at.name,
    isKept: true,
    watchPaths,
    read: (signal) =>
      refused.orRead(async () => {
        const schema = await reader.request(catalogueRequest, at, reader.timing.catalogue, signal);
        return contents(schema, signal);
      }),
    validate: async (sql, signal) => {
      if (!preparable(sql, kind)) return undefined;
      if (refused.areRefused) return undefined;
      const now = state();
      if (endings.state !== now) endings = { state: now, count: 0 };
      if (endings.count >= mostEndings) return undefined;
      try {
        const params = { ...at, sql };
        return (await reader.request(checkRequest, params, reader.timing.check, signal)) ?? undefined;
      } catch (error) {
        if (errorCode(error) === 'ERR_CANCELLED') throw error;
        if (isTooMuch(error)) endings = { state: now, count: endings.count + 1 };
        return undefined;
      }
    },
    dispose: () => reader.dispose(),
  };
}
