/**
 * Names and types of the messages between client/ and server/ that are not in LSP. No code, so both bundles may import
 * it.
 */
import type { Position } from 'vscode-languageserver-types';
import type { EngineModel, EngineStatistics } from './engine/engine';
import type { RequestRecord } from './engine/records';
import type { ConnectionSettings } from './settings';

/** Notification client → server: the remote engine has this key now; '' for none. */
export const remoteKeyNotification = 'sqlAhead/remoteKey';
export interface RemoteKeyParams {
  readonly key: string;
}

/** Request server → client: the password of a connection; null when the person gave none. */
export const passwordRequest = 'sqlAhead/password';
export interface PasswordParams {
  readonly connection: ConnectionSettings;
  /** True when the server refused the password that was given before. */
  readonly again: boolean;
}

/** Notification server → client: the status, whenever it changed. Its texts are plain (plain.ts). */
export const statusNotification = 'sqlAhead/status';
export interface Status {
  readonly engine: 'starting' | 'loading' | 'ready' | 'failed' | 'restarting';
  /** 0 to 1 while the model is being loaded. */
  readonly progress?: number;
  /** The model's `general.name`, or its file name. */
  readonly model?: string;
  /** For example "cpu", with the sentence that says why. */
  readonly backend?: string;
  readonly backendReason?: string;
  /** In which types the KV cache keeps keys and values, and why. */
  readonly cacheTypes?: string;
  /** Tokens in the KV cache for the document that was worked on last. */
  readonly cachedTokens?: number;
  /** Milliseconds from request to answer of the last inline completion. */
  readonly lastLatencyMs?: number;
  /** The schema in use, for example "webshop.sqlite (10 tables)"; empty when there is none. */
  readonly schema: string;
  /** One sentence that says what is wrong and what to do. Undefined when nothing is wrong. */
  readonly problem?: string;
}

/**
 * Notification client → server: the question as typed so far. It replaces earlier questions of the same document and
 * ends the work on them. An empty question ends all work.
 */
export const askPrefillNotification = 'sqlAhead/ask/prefill';
/** Notification server → client: the statement for the newest question, found before Enter. */
export const askAnswerNotification = 'sqlAhead/ask/answer';
export interface AskAnswerParams {
  readonly textDocument: { readonly uri: string };
  /** The question as the client sent it. */
  readonly question: string;
  /** Null when there is none. */
  readonly answer: AskAnswer | null;
}
/** What a question is answered with. */
export interface AskAnswer {
  /** The whole statement, ending in a semicolon, without a line break at the end. */
  readonly sql: string;
  /** False: it is not probable enough to be shown as the answer. Say so, and insert it only when the person wants it anyway. */
  readonly isSure: boolean;
  /** What may be chosen from, the most probable first: `sql`, and what differs from it. */
  readonly statements: readonly OfferedStatement[];
}
export interface OfferedStatement {
  readonly sql: string;
  /** What it asks for, in plain words; empty when that is not known. One line. */
  readonly words: string;
}
/** Request client → server: the statements for the question, or null when there are none. */
export const askRequest = 'sqlAhead/ask';
export interface AskParams {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
  readonly question: string;
}
export interface AskResult extends AskAnswer {
  readonly milliseconds: number;
}

/** Notification client → server: the active editor shows this document, with its cursor at this position. */
export const cursorNotification = 'sqlAhead/cursor';
export interface CursorParams {
  readonly textDocument: { readonly uri: string; readonly version: number };
  readonly position: Position;
}
/**
 * Notification server → client: the suggestion for this version of the text has grown. Ask again if the text is
 * unchanged.
 */
export const suggestionGrewNotification = 'sqlAhead/suggestionGrew';
export type SuggestionGrewParams = CursorParams;

/** The client's command that an inline item carries. The client sends its one argument back to the server as it is. */
export const acceptedCommand = 'sqlAhead.suggestionAccepted';
/** Notification client → server: the person accepted an inline item. */
export const acceptedNotification = 'sqlAhead/suggestionAccepted';
export interface AcceptedParams {
  /** Which answer it was, and which item of that answer. */
  readonly offer: number;
  readonly index: number;
}
/** Request client → server: what the server learnt, as a page of text. */
export const learntRequest = 'sqlAhead/learnt';
/** Request client → server: forget what was learnt, on the disk too. */
export const forgetLearntRequest = 'sqlAhead/forgetLearnt';

/** Request client → server: read the schema again. */
export const refreshSchemaRequest = 'sqlAhead/refreshSchema';
/** Request client → server: end the engine host and start it again. */
export const restartEngineRequest = 'sqlAhead/restartEngine';

/** Request client → server: what the cache holds for a document's session (KV inspector, tests). */
export const inspectRequest = 'sqlAhead/inspect';
export interface InspectParams {
  readonly textDocument: { readonly uri: string };
  /** The prompt ends here. The engine evaluates it up to this position first. */
  readonly position: Position;
}
export interface InspectResult {
  readonly promptText: string;
  readonly promptTokens: readonly number[];
  readonly cachedTokens: readonly number[];
  /** The positions that the KV cache itself reports for the sequence. */
  readonly cachedPositions: { readonly min: number; readonly max: number };
  /** The likeliest next token after the prompt, computed from the cache. */
  readonly nextToken: number;
  /** Tokens evaluated for this document since it was opened. */
  readonly evaluatedTokens: number;
  readonly enginePid: number;
}

/**
 * Request client → server: the whole KV cache, for the inspector. Afterwards the server tells the client of each
 * change.
 */
export const kvCacheRequest = 'sqlAhead/kvCache';
/** Notification server → client: the KV cache has changed, ask again. */
export const kvCacheChangedNotification = 'sqlAhead/kvCacheChanged';
export interface KvCacheResult {
  /** Missing while no engine is ready. */
  readonly model?: EngineModel;
  readonly statistics?: EngineStatistics;
  /** The latest requests to the engine, oldest first. */
  readonly requests: readonly RequestRecord[];
}

/** Scheme of read-only documents that show a table as DDL. The client gets their text by `ddlRequest`. */
export const ddlScheme = 'sql-ahead-ddl';
/** Request client → server: the text of such a document; empty when the table is gone. */
export const ddlRequest = 'sqlAhead/ddl';
export interface DdlParams {
  readonly uri: string;
}
