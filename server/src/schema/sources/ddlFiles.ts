/**
 * Reads DDL files into a schema. The file reader does this for the server: a dump may be large, and a hostile file may be
 * made so that reading it takes minutes.
 */
import path from 'node:path';
import { SqlAheadError } from '../../errors';
import { FileRefused, readRegularFile } from '../../regularFile';
import { DdlReader, type Locate } from '../ddl/readDdl';
import { detectDialect } from '../detectDialect';
import type { Dialect, Schema } from '../model';

/** Most bytes of a file. A larger one is a dump with its data, and would take seconds to read. */
export const largestFile = 20 * 1024 * 1024;
/** Most bytes of all files of a schema together. */
const largestSum = 64 * 1024 * 1024;

/**
 * @param files absolute paths, in the order in which they are to be read
 * @param dialect the files' dialect; auto guesses it from their text
 * @param source what the schema calls the place it comes from
 * @throws SqlAheadError ERR_DDL_UNREADABLE
 */
export async function readDdlFiles(
  files: readonly string[],
  dialect: Dialect | 'auto',
  source: string,
): Promise<Schema> {
  const texts: string[] = [];
  let sum = 0;
  for (const file of files) {
    const bytes = await readBytes(file);
    sum += bytes.length;
    if (sum > largestSum) {
      const message = `${source}: the DDL files are larger than 64 MB together: name fewer files in the setting sqlAhead.ddlFiles.`;
      throw new SqlAheadError('ERR_DDL_UNREADABLE', message);
    }
    texts.push(decoded(bytes));
  }
  const spoken = dialect === 'auto' ? detectDialect(texts.join('\n')) : dialect;
  const ddl = new DdlReader(spoken);
  for (const [i, text] of texts.entries()) ddl.read(text, locateIn(files[i] ?? ''));
  return { dialect: spoken, source, ...ddl.finish() };
}

const locateIn =
  (file: string): Locate =>
  (from, to) => ({ file, from, to });

async function readBytes(file: string): Promise<Buffer> {
  const name = path.basename(file);
  try {
    return await readRegularFile(file, largestFile);
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
