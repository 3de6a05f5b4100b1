/**
 * What every handler of the language server works with. A handler is one surface: it translates between LSP and a
 * feature, and registers itself on the connection. State that several handlers share is here, and nothing else.
 */
import type {
  ClientCapabilities,
  Connection,
  ServerCapabilities,
  TextDocuments,
} from 'vscode-languageserver';
import type { SqlDocument } from './documents';
import type { Engine } from '../engine/engine';
import type { RequestRecords } from '../engine/records';
import type { Problems } from './problems';
import type { Settings } from '../settings';
import type { StartOptions } from './startOptions';
import type { Catalog } from '../schema/catalog';
import type { ReaderProgram } from '../schema/sources/fileReader/readerProcess';
import type { StatusReporter } from './status';
import type { DocumentSessions } from './documentSessions';
import type { Learning } from './usage';

/** What an engine is made from. */
export interface EngineOptions extends Pick<StartOptions, 'storagePath' | 'remoteKey'> {
  readonly settings: Settings;
}

export interface ServerParts {
  /** Makes the engine for the settings; called again when settings it depends on change. */
  createEngine(options: EngineOptions, log: (level: string, text: string) => void): Engine;
  /** The program that opens database files, and the folder it runs in. */
  readonly fileReader: ReaderProgram;
}

export interface ServerContext {
  readonly connection: Connection;
  readonly parts: ServerParts;
  readonly documents: TextDocuments<SqlDocument>;
  readonly problems: Problems;
  readonly status: StatusReporter;
  readonly sessions: DocumentSessions;
  readonly learning: Learning;
  /** What the client said in `initialize`; what holds where it says nothing before. */
  readonly options: StartOptions;
  /** As they are now; the defaults until the client told others. */
  readonly settings: Settings;
  /** What the client can do, as it said in `initialize`. */
  readonly client: ClientCapabilities;
  /** Path of the workspace folder; undefined where there is none on disk. */
  readonly folder: string | undefined;
  /** undefined before `initialized`. Owned by handlers/engine.ts. */
  engine: Engine | undefined;
  /**
   * The engine of questions, where the person set another model for them: loaded at the first call. Undefined where
   * `engine` answers them. Owned by handlers/engine.ts.
   */
  questions: () => Engine | undefined;
  /** What was asked of the engine. */
  readonly records: RequestRecords;
  readonly catalog: Catalog;
  /** The catalogue that serves a document. */
  catalogOf(uri: string): Catalog;
  /** Called when the client is ready for messages; in the order of registration. */
  onInitialized(listener: () => void): void;
  /** Called after settings have changed. */
  onDidChangeSettings(listener: (before: Settings, after: Settings) => void): void;
  /** Awaited before the server ends. */
  onShutdown(listener: () => void | Promise<void>): void;
}

/** Puts a surface on the connection; returns what the server can do because of it. */
export type Register = (context: ServerContext) => Partial<ServerCapabilities> | undefined;

/** Whether two parts of the settings differ. */
export function differ(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}
