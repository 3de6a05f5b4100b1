/** Errors that a person may see. Each has a code for programs, and one sentence for people that says what to do. */

export type ErrorCode =
  | 'ERR_DATABASE_NOT_FOUND'
  | 'ERR_DATABASE_LOCKED'
  | 'ERR_DATABASE_INVALID'
  | 'ERR_DATABASE_UNSUPPORTED'
  | 'ERR_DATABASE_TIMEOUT'
  | 'ERR_READER_GONE'
  | 'ERR_DDL_UNREADABLE'
  | 'ERR_CONNECTION_PASSWORD'
  | 'ERR_CONNECTION_DATABASE'
  | 'ERR_CONNECTION_RIGHTS'
  | 'ERR_CONNECTION_TIMEOUT'
  | 'ERR_CONNECTION_TLS'
  | 'ERR_CONNECTION_UNREACHABLE'
  | 'ERR_CONNECTION_LOST'
  | 'ERR_MODEL'
  | 'ERR_RUNTIME'
  | 'ERR_ENGINE_GONE'
  | 'ERR_ENGINE_START'
  | 'ERR_ENGINE_VERSION'
  | 'ERR_PROMPT_TOO_LONG'
  | 'ERR_CONTEXT_FULL'
  | 'ERR_CACHE_FOLDER'
  | 'ERR_CANCELLED';

export class SqlAheadError extends Error {
  override readonly name = 'SqlAheadError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of any error that has one: ours, the addon's, Node's. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** The error that ends work which newer input has made useless. */
export function cancelled(): SqlAheadError {
  return new SqlAheadError('ERR_CANCELLED', 'Newer input came first.');
}
