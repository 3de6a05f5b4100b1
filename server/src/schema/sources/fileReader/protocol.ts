/**
 * Messages between the server and its file reader (main.ts), over Node's IPC channel (vscode-jsonrpc). Every request
 * names all that it needs, because the process may have been replaced since the last one.
 */
import { NotificationType0, RequestType } from 'vscode-jsonrpc';
import type { Dialect, Schema, Table } from '../../model';
import type { Verdict } from '../../validate';

export type DatabaseKind = 'sqlite' | 'duckdb';

/** A database file: its kind, absolute path, and its name in messages. */
export interface DatabaseFile {
  readonly kind: DatabaseKind;
  readonly file: string;
  readonly name: string;
}

/** Data of an error response: the `code` of a SqlAheadError. */
export interface ReaderError {
  readonly code: string;
}

/** argv[2] of the process, as JSON. */
export interface ReaderArguments {
  /** Milliseconds after which a request ends the process, if the server has not ended it before. */
  readonly longestRequest: number;
  /** Bytes of memory after which the process ends. */
  readonly mostMemory: number;
}

/** Reader → server: the process has started and takes requests. */
export const readyNotification = new NotificationType0('ready');

/** The schema, without what only rows can tell. */
export const catalogueRequest = new RequestType<DatabaseFile, Schema, ReaderError>('catalogue');

export interface ContentsParams extends DatabaseFile {
  readonly tables: readonly Table[];
  /** True when values may be read besides the number of rows. */
  readonly samples: boolean;
}
/** What rows tell: the same tables with row counts, and with values if they may be read. */
export const contentsRequest = new RequestType<ContentsParams, readonly Table[], ReaderError>('contents');

export interface CheckParams extends DatabaseFile {
  readonly sql: string;
}
export const checkRequest = new RequestType<CheckParams, Verdict | null, ReaderError>('check');

export interface CheckAgainstParams {
  /** CREATE statements to run in an empty SQLite database in memory. */
  readonly definitions: readonly string[];
  readonly sql: string;
}
export const checkAgainstRequest = new RequestType<CheckAgainstParams, Verdict | null, ReaderError>(
  'checkAgainst',
);

export interface DdlParams {
  /** Absolute paths, in the order in which they are to be read. */
  readonly files: readonly string[];
  readonly dialect: Dialect | 'auto';
  /** What the schema calls the place it comes from. */
  readonly source: string;
}
export const ddlRequest = new RequestType<DdlParams, Schema, ReaderError>('ddl');
