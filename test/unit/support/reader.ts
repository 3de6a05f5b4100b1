/** The bundled file reader, for tests, which run in the root of the repository. */
import path from 'node:path';
import type { Schema } from '../../../server/src/schema/model';
import type { ReaderProgram } from '../../../server/src/schema/sources/fileReader/readerProcess';
import { sqliteSource } from '../../../server/src/schema/sources/fileSource';

export const readerProgram: ReaderProgram = {
  script: path.resolve('dist/fileReader.js'),
  folder: path.resolve('.'),
};

/** The schema of a SQLite file; the process that read it does not stay. */
export async function readOnce(file: string, samples = false): Promise<Schema> {
  const source = sqliteSource(file, readerProgram, samples);
  try {
    return await source.read(new AbortController().signal);
  } finally {
    source.dispose?.();
  }
}
