/** Custom messages between client/ and server/. Types and names only, so that both bundles may import it. */
import type { Position } from 'vscode-languageserver-types';
import type { EngineModel, EngineStatistics } from './engine/engine';
import type { RequestRecord } from './engine/records';
import type { ConnectionSettings } from './settings';

/** Notification client → server: the key of the remote engine is another one now; '' for none. */
export const remoteKeyNotification = 'sqlAhead/remoteKey';
export interface RemoteKeyParams {
  readonly key: string;
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
