/** Sentences about paths in the settings that lead to no regular file. */
import { SqlAheadError } from '../../errors';
import type { FileRefused } from '../../regularFile';

/** @param name what messages call the file */
export function refusedDatabase(error: FileRefused, name: string): SqlAheadError {
  const options = { cause: error };
  switch (error.refusal) {
    case 'missing':
      return new SqlAheadError(
        'ERR_DATABASE_NOT_FOUND',
        `The database ${name} does not exist: correct the setting sqlAhead.database or create the file.`,
        options,
      );
    case 'denied':
      return new SqlAheadError(
        'ERR_DATABASE_NOT_FOUND',
        `The database ${name} may not be read by this user: change its permissions or pick another file.`,
        options,
      );
    case 'folder':
      return new SqlAheadError(
        'ERR_DATABASE_INVALID',
        `${name} is a folder, not a database file: pick a database file.`,
        options,
      );
    default:
      return new SqlAheadError(
        'ERR_DATABASE_INVALID',
        `${name} is not a regular file (a device, a pipe or a loop of links): pick a database file.`,
        options,
      );
  }
}
