/** Where a schema comes from, whatever kind it is. */
import type { Schema, Table } from '../model';
import type { Validate } from '../validate';

export interface SchemaSource {
  /** Tells sources apart, also on disk: what it reads from, never a secret. */
  readonly id: string;
  /** What a user calls it: a file's base name. */
  readonly description: string;
  /**
   * Reads the schema as it is now.
   *
   * @throws SqlAheadError ERR_DATABASE_* or ERR_DDL_UNREADABLE, one sentence that says what to do;
   *   ERR_CANCELLED when the signal is aborted first
   * @param onNames called at most once, with the names alone (columnsPending), where the columns take longer
   */
  read(signal: AbortSignal, onNames?: (schema: Schema) => void): Promise<Schema>;
  /** Columns and keys of tables that `read` left pending because there are too many. */
  readonly readTables?: (tables: readonly Table[], signal: AbortSignal) => Promise<readonly Table[]>;
  /** Whether the schema is worth keeping on disk: reading it takes a server, or a file that may be busy. */
  readonly isKept?: boolean;
  /** Ends connections that were kept for checks. */
  readonly dispose?: () => void;
  /** Checks a statement without running it; absent where the source has nothing to check with. */
  readonly validate?: Validate;
  /** Absolute paths of files whose change calls for another read; they may not exist yet. */
  readonly watchPaths: readonly string[];
}
