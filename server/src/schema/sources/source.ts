/** Where a schema comes from, whatever kind it is. */
import type { Schema } from '../model';
import type { Validate } from '../validate';

export interface SchemaSource {
  /** What a user calls it: a file's base name. */
  readonly description: string;
  /**
   * Reads the schema as it is now.
   *
   * @throws SqlAheadError ERR_DATABASE_* or ERR_DDL_UNREADABLE, one sentence that says what to do;
   *   ERR_CANCELLED when the signal is aborted first
   */
  read(signal: AbortSignal): Promise<Schema>;
  /** Checks a statement without running it; absent where the source has nothing to check with. */
  readonly validate?: Validate;
  /** Absolute paths of files whose change calls for another read; they may not exist yet. */
  readonly watchPaths: readonly string[];
}
