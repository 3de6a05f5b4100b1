/**
 * The messages between a language server and the engine host (JSON-RPC, one socket for each server). Whoever changes one
 * raises `protocolVersion`: it is part of the record's name (endpoint.ts), so a server never joins a host of another version.
 */
import { NotificationType, NotificationType0, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { KvType } from '../../../../native/types';
import type {
  Choice,
  CompleteOptions,
  Completion,
  EngineStatistics,
  EngineStatus,
  RequestStatistics,
  Segment,
  SessionInspection,
} from '../engine';

export const protocolVersion = 4;

/** What a host is started with. Windows with equal options share a host; other options mean another host. */
export interface HostOptions {
  readonly extensionVersion: string;
  readonly modelPath: string;
  readonly backend: 'auto' | 'cpu' | 'vulkan' | 'cuda' | 'metal';
  readonly gpuLayers: number;
  /** 0 chooses by itself. */
  readonly threads: number;
  /** 0 chooses by itself. */
  readonly contextTokens: number;
  /** 'auto': what was measured as best for this model (host/cacheTypes.ts), else f16. */
  readonly keyType: 'auto' | Exclude<KvType, 'f32'>;
  readonly valueType: 'auto' | Exclude<KvType, 'f32'>;
  /** Most MiB the KV cache may take; 0 chooses by itself. */
  readonly cacheMemory: number;
}

/** argv[2] of the host process, as JSON. */
export interface HostArguments {
  readonly options: HostOptions;
  /** Path of the record in which the host writes where it listens (endpoint.ts). */
  readonly endpoint: string;
  /** Folder with the addon and the runtime libraries. */
  readonly runtimeDirectory: string;
  /** Script that tries a GPU driver in a process of its own, because a driver may crash. */
  readonly probePath: string;
  /** Folder for what outlives the process (schema snapshots); none when it is not given. */
  readonly storagePath?: string;
  /** The folder models/caches/: for some models, which types of KV cache were measured as best. */
  readonly cachePresets?: string;
  /** Milliseconds the host stays after its last client left. */
  readonly lingerMs: number;
}

/** A prompt segment, or the id of a text sent before by `define`. */
export type WireSegment = Segment | { readonly ref: number };

export interface PromptParams {
  readonly session: string;
  readonly segments: readonly WireSegment[];
  readonly stable?: number;
}

/** Gives a long text a number, so that a schema does not cross the socket with every key (local/segmentReferences.ts). */
export const defineNotification = new NotificationType<{ readonly id: number; readonly text: string }>(
  'engine/define',
);
export const forgetNotification = new NotificationType<{ readonly id: number }>('engine/forget');
/** The host sends it as its first message: so a client knows that a live host is there. */
export const helloNotification = new NotificationType<{ readonly pid: number }>('engine/hello');
export const statusNotification = new NotificationType<EngineStatus>('engine/status');
export const logNotification = new NotificationType<{ readonly level: string; readonly text: string }>(
  'engine/log',
);
export const closeSessionNotification = new NotificationType<{ readonly session: string }>(
  'engine/closeSession',
);
/** The host answers at once even while it loads or evaluates, because native work has threads of its own. */
export const pingRequest = new RequestType0<null, void>('engine/ping');
/** Asks the host to end. */
export const shutdownNotification = new NotificationType0('engine/shutdown');

export interface PrefillParams extends PromptParams {
  readonly priority?: CompleteOptions['priority'];
}
export const prefillRequest = new RequestType<PrefillParams, RequestStatistics, WireError>('engine/prefill');
export interface CompleteParams extends PromptParams {
  readonly options: CompleteOptions;
  /** A number, when the client wants to choose each token; the host's `choose` requests for it carry that number. */
  readonly chooser?: number;
}
export const completeRequest = new RequestType<CompleteParams, Completion, WireError>('engine/complete');
export interface BranchParams extends CompleteParams {
  readonly count: number;
}
export const branchRequest = new RequestType<BranchParams, readonly Completion[], WireError>('engine/branch');
export const statisticsRequest = new RequestType<null, EngineStatistics, WireError>('engine/statistics');
export interface ChooseParams {
  readonly chooser: number;
  readonly generated: string;
  readonly candidates: readonly string[];
  readonly logProbabilities: readonly number[];
}
/** Host → client: which candidate comes next; null ends the generation. */
export const chooseRequest = new RequestType<ChooseParams, Exclude<Choice, undefined> | null, void>(
  'engine/choose',
);
export const countTokensRequest = new RequestType<{ readonly texts: readonly string[] }, number[], WireError>(
  'engine/countTokens',
);
export const inspectRequest = new RequestType<PromptParams, SessionInspection, WireError>('engine/inspect');

/** `data` of a ResponseError. */
export interface WireError {
  readonly code: string;
}
