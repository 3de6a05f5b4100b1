/** The interface of everything that a schema can be read from: files, servers, DDL. */
import type { Schema, Table } from '../model';
import type { Validate } from '../validate';

export interface SchemaSource {
  /** Identifies the source, also on disk. Made from what it reads; never contains a secret. */
  readonly id: string;
  /** Its name for a person: a file's base name. */
  readonly description: string;
  /**
   * Reads the schema as it is now.
   *
   * @throws SqlAheadError ERR_DATABASE_* or ERR_DDL_UNREADABLE, one sentence that says what to do; ERR_CANCELLED when
   * the signal is aborted first
   * @param onNames called at most once, with only the names (columnsPending), when the columns take longer
   */
  read(signal: AbortSignal, onNames?: (schema: Schema) => void): Promise<Schema>;
  /** Reads columns and keys of tables that `read` left pending because there are too many. */
  readonly readTables?: (tables: readonly Table[], signal: AbortSignal) => Promise<readonly Table[]>;
  /** True when the schema should be kept on disk, because reading it needs a server or a file that may be busy. */
  readonly isKept?: boolean;
  /** Ends connections that were kept for checks. */
  readonly dispose?: () => void;
  /** Checks a statement without running it. Missing when the source cannot check. */
  readonly validate?: Validate;
  /** Absolute paths of the files whose change means that the schema must be read again. They may not exist yet. */
  readonly watchPaths: readonly string[];
}
