/**
 * What the handlers share. A handler serves one part of LSP: it translates between LSP and a feature, and registers
 * itself on the connection. Only state that several handlers need is here.
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
import type { AutoModel } from './autoModel';
import type { Learning } from './usage';

/** What createEngine needs. */
export interface EngineOptions extends Pick<StartOptions, 'storagePath' | 'remoteKey'> {
  readonly settings: Settings;
}

export interface ServerParts {
  /** Makes the engine for the settings. Called again when settings that it depends on change. */
  createEngine(options: EngineOptions, log: (level: string, text: string) => void): Engine;
  /** The program that opens database files, and the folder that it runs in. */
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
  readonly autoModel: AutoModel;
  /** What the client said in `initialize`, with defaults for what it left out. */
  readonly options: StartOptions;
  /** The settings as they are now. Defaults until the client has sent its own. */
  readonly settings: Settings;
  /** The client's capabilities, from `initialize`. */
  readonly client: ClientCapabilities;
  /** Path of the workspace folder; undefined when there is none on disk. */
  readonly folder: string | undefined;
  /** Undefined before `initialized`. Only handlers/engine.ts sets it. */
  engine: Engine | undefined;
  /**
   * The engine for questions, when the person chose another model for them; the first call loads it. Undefined when
   * `engine` answers questions too. Only handlers/engine.ts sets it.
   */
  questions: () => Engine | undefined;
  /** That engine once it was made; asking for it makes none. */
  loadedQuestions: Engine | undefined;
  /** The latest requests to the engine. */
  readonly records: RequestRecords;
  readonly catalog: Catalog;
  /** The catalogue for a document. */
  catalogOf(uri: string): Catalog;
  /** Listeners run in the order of registration, as soon as the client accepts messages. */
  onInitialized(listener: () => void): void;
  /** Listeners run after settings have changed. */
  onDidChangeSettings(listener: (before: Settings, after: Settings) => void): void;
  /** The server waits for these listeners before it ends. */
  onShutdown(listener: () => void | Promise<void>): void;
}

/** Registers a handler on the connection. Returns the capabilities that the server has because of it. */
export type Register = (context: ServerContext) => Partial<ServerCapabilities> | undefined;

/** True when two parts of the settings differ. */
export function differ(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}
