/**
 * Custom messages between client/ and server/, and the options the client starts the server with.
 * Types and names only, so that both bundles may import it.
 */
import type { Position } from 'vscode-languageserver-types';
import type { EngineModel, EngineStatistics } from './engine/engine';
import type { RequestRecord } from './engine/records';

/** initializationOptions of the `initialize` request. */
export interface InitializationOptions {
  /** Folder of the installed extension: holds dist/, native/bin/ and models/. */
  readonly extensionPath: string;
  /** Folder the server may write to (trace, caches); it may be missing or read-only. */
  readonly storagePath: string;
  /** False in an untrusted workspace: no database is opened, the workspace chooses no model. */
  readonly trusted: boolean;
  /** Whether the client shows documents of `ddlScheme`; without, a table without a DDL file has no definition. */
  readonly showsDdl?: boolean;
  /** Whether the client has `acceptedCommand`; without, nothing is learnt, as nothing would seem to be accepted. */
  readonly tellsAcceptance?: boolean;
  readonly settings: Settings;
}

/** The `sqlAhead` section as the server needs it; sent again by workspace/didChangeConfiguration. */
export interface Settings {
  readonly database: string;
  readonly ddlFiles: readonly string[];
  readonly dialect: 'auto' | 'sqlite' | 'postgres' | 'mysql' | 'duckdb' | 'tsql';
  readonly model: string;
  readonly engine: {
    readonly backend: 'auto' | 'cpu' | 'vulkan' | 'cuda' | 'metal';
    readonly gpuLayers: number;
    readonly threads: number;
    readonly contextTokens: number;
    readonly keyType: 'f16' | 'q8_0';
    readonly valueType: 'f16' | 'q8_0' | 'q5_1' | 'q4_0';
    /** Most MiB the KV cache may take; 0 chooses by itself. */
    readonly cacheMemory: number;
    /** Minutes the engine stays after the last window left. */
    readonly keepAliveMinutes: number;
    /** File that gets one JSON line a request; empty: none. */
    readonly traceFile: string;
    /** A server that serves instead of the engine on this machine; absent or without an address: none. */
    readonly remote?: {
      readonly url: string;
      /** '' takes what the server has. */
      readonly model: string;
      /** From the client's secret storage; '' where the server wants none. Never logged. */
      readonly key: string;
    };
  };
  readonly inlineCompletion: {
    readonly enabled: boolean;
    readonly maxTokens: number;
    /** Mean token probability, 0 to 1, below which a suggestion is not shown. */
    readonly minimumConfidence: number;
  };
  readonly diagnostics: { readonly enabled: boolean };
  readonly format: { readonly keywordCase: 'preserve' | 'upper' | 'lower' };
  readonly connections?: readonly ConnectionSettings[];
  /** Name of the connection that serves; empty: the database file or DDL of the workspace. */
  readonly connection?: string;
  /** From where sample values of text columns are read; never from sensitive connections. Absent: files. */
  readonly sampleValues?: 'files' | 'all' | 'none';
  /** Whether use is counted and followed; absent: it is. */
  readonly learning?: { readonly enabled: boolean };
}

/** One entry of `sqlAhead.connections`. Passwords are never in settings: the server asks (passwordRequest). */
export interface ConnectionSettings {
  readonly name: string;
  readonly kind: 'postgres' | 'mysql' | 'sqlite' | 'duckdb';
  readonly host?: string;
  readonly port?: number;
  /** Name of the database, or path of the file for sqlite and duckdb. */
  readonly database?: string;
  readonly user?: string;
  /** off, require (encrypted, certificate not checked) or verify; unset: off on this machine, else verify. */
  readonly ssl?: 'off' | 'require' | 'verify';
  /** Path of the certificates that the server's must come from; unset: those that Node trusts. */
  readonly rootCertificate?: string;
  /** PostgreSQL: schemas in which a name alone is looked for, in order; unset: as the server has it for the user. */
  readonly searchPath?: readonly string[];
  /** No sample values are taken from it. */
  readonly sensitive?: boolean;
  /** Schemas to read; unset: all but the system's own (MySQL: the connection's database). */
  readonly schemas?: readonly string[];
}

/** Request server → client: the password of a connection; null where the person would not say. */
export const passwordRequest = 'sqlAhead/password';
export interface PasswordParams {
  readonly connection: ConnectionSettings;
  /** The one given before was refused. */
  readonly again: boolean;
}

/** Notification server → client, sent when something in it changed. Its texts are plain (plain.ts). */
export const statusNotification = 'sqlAhead/status';
export interface Status {
  readonly engine: 'starting' | 'loading' | 'ready' | 'failed' | 'restarting';
  /** 0..1 while loading. */
  readonly progress?: number;
  /** general.name of the model, or its file name. */
  readonly model?: string;
  /** e.g. "cpu", with the sentence that says why. */
  readonly backend?: string;
  readonly backendReason?: string;
  /** Tokens in the KV cache for the document last worked on. */
  readonly cachedTokens?: number;
  /** Milliseconds the last inline completion took, from request to answer. */
  readonly lastLatencyMs?: number;
  /** What serves as schema, e.g. "webshop.sqlite (10 tables)"; empty when there is none. */
  readonly schema: string;
  /** One sentence on what is wrong and what to do; undefined when all is well. */
  readonly problem?: string;
}

/**
 * Notification client → server: the question as typed so far. Replaces earlier ones of the same document, and ends what
 * runs for them; an empty question ends it all.
 */
export const askPrefillNotification = 'sqlAhead/ask/prefill';
/** Notification server → client: what was found ahead for the newest question. */
export const askAnswerNotification = 'sqlAhead/ask/answer';
export interface AskAnswerParams {
  readonly textDocument: { readonly uri: string };
  /** As the client sent it. */
  readonly question: string;
  /** As in AskResult; null when there is none. */
  readonly sql: string | null;
}
/** Request client → server: the statement for the question, or null when there is none. */
export const askRequest = 'sqlAhead/ask';
export interface AskParams {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
  readonly question: string;
}
export interface AskResult {
  /** The whole statement, ending in a semicolon, without a line break at the end. */
  readonly sql: string;
  readonly milliseconds: number;
}

/** Notification client → server: the active editor shows this document, with its cursor there. */
export const cursorNotification = 'sqlAhead/cursor';
export interface CursorParams {
  readonly textDocument: { readonly uri: string; readonly version: number };
  readonly position: Position;
}
/** Notification server → client: the suggestion shown for this version goes on; ask again where nothing changed. */
export const suggestionGrewNotification = 'sqlAhead/suggestionGrew';
export type SuggestionGrewParams = CursorParams;

/** Command of the client that an inline item carries; its one argument goes on to the server as it is. */
export const acceptedCommand = 'sqlAhead.suggestionAccepted';
/** Notification client → server: an inline item was accepted. */
export const acceptedNotification = 'sqlAhead/suggestionAccepted';
export interface AcceptedParams {
  /** The answer, and the item in it. */
  readonly offer: number;
  readonly index: number;
}
/** Request client → server: what was learnt, as a page of text. */
export const learntRequest = 'sqlAhead/learnt';
/** Request client → server: forget it, on disk as well. */
export const forgetLearntRequest = 'sqlAhead/forgetLearnt';

/** Request client → server: read the schema again. */
export const refreshSchemaRequest = 'sqlAhead/refreshSchema';
/** Request client → server: end the engine host and start it again. */
export const restartEngineRequest = 'sqlAhead/restartEngine';

/** Request client → server: the cache of a document's session, token by token (KV inspector, tests). */
export const inspectRequest = 'sqlAhead/inspect';
export interface InspectParams {
  readonly textDocument: { readonly uri: string };
  /** Where the prompt is cut; the engine is brought up to it first. */
  readonly position: Position;
}
export interface InspectResult {
  readonly promptText: string;
  readonly promptTokens: readonly number[];
  readonly cachedTokens: readonly number[];
  /** Positions the KV cache itself reports for the sequence. */
  readonly cachedPositions: { readonly min: number; readonly max: number };
  /** Best next token after the prompt, from the cache. */
  readonly nextToken: number;
  /** Tokens evaluated for this document since it was opened. */
  readonly evaluatedTokens: number;
  readonly enginePid: number;
}

/** Request client → server: the whole KV cache, for the inspector. From then on its changes are told. */
export const kvCacheRequest = 'sqlAhead/kvCache';
/** Notification server → client: ask again. */
export const kvCacheChangedNotification = 'sqlAhead/kvCacheChanged';
export interface KvCacheResult {
  /** Absent while no engine is ready. */
  readonly model?: EngineModel;
  readonly statistics?: EngineStatistics;
  /** What was asked of the engine last, oldest first. */
  readonly requests: readonly RequestRecord[];
}

/** Scheme of read-only documents that show a table as DDL; their text comes from `ddlRequest`. */
export const ddlScheme = 'sql-ahead-ddl';
/** Request client → server: the text of such a document, empty where its table is gone. */
export const ddlRequest = 'sqlAhead/ddl';
export interface DdlParams {
  readonly uri: string;
}
