/**
 * Serves one language server: takes its requests from the socket and hands them to the model (modelHost.ts). It puts the
 * texts back that the server sent as numbers (local/segmentReferences.ts), gives sessions a prefix so that two windows never
 * share one by name, and sends errors back with their code.
 */
import { ErrorCodes, ResponseError, type CancellationToken, type MessageConnection } from 'vscode-jsonrpc';
import { signalOf } from '../../cancellation';
import { errorCode, errorMessage, SqlAheadError } from '../../errors';
import type { Prompt, Segment } from '../engine';
import type { AskChoice } from './decode/decoding';
import type { ModelHost } from './modelHost';
import {
  branchRequest,
  chooseRequest,
  closeSessionNotification,
  completeRequest,
  countTokensRequest,
  defineNotification,
  forgetNotification,
  inspectRequest,
  pingRequest,
  prefillRequest,
  shutdownNotification,
  statisticsRequest,
  type CompleteParams,
  type PromptParams,
  type WireError,
  type WireSegment,
} from '../wire/messages';

export interface ConnectionEvents {
  shutdown(): void;
  /** The GPU failed: nothing in this process can be trusted any more. */
  deviceFailed(): void;
}

/** When a window does not answer `choose` within this time (it hangs, or is being debugged), its generation ends: others wait. */
const chooseLimitMs = 1000;

let connectionCount = 0;

export function serveConnection(
  connection: MessageConnection,
  model: Promise<ModelHost>,
  events: ConnectionEvents,
): void {
  const prefix = `${(connectionCount++).toString()}:`;
  const defined = new Map<number, string>();
  const sessions = new Set<string>();

  const segments = (wire: readonly WireSegment[]): Segment[] =>
    wire.map((segment) => {
      if (typeof segment === 'string' || 'special' in segment) return segment;
      const text = defined.get(segment.ref);
      if (text === undefined)
        throw new SqlAheadError('ERR_ENGINE_VERSION', `Segment ${segment.ref.toString()} was never defined.`);
      return text;
    });
  const session = (name: string): string => {
    sessions.add(prefix + name);
    return prefix + name;
  };
  /** A request's session and prompt, in which numbers are replaced by the texts they stand for. */
  const promptOf = (params: PromptParams): { readonly session: string; readonly prompt: Prompt } => ({
    session: session(params.session),
    prompt: { segments: segments(params.segments), stable: params.stable ?? 0 },
  });

  async function answer<T>(
    token: CancellationToken,
    work: (host: ModelHost, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = signalOf(token);
    try {
      return await work(await model, signal);
    } catch (error) {
      const code = errorCode(error) ?? 'ERR_MODEL';
      throw new ResponseError<WireError>(ErrorCodes.InternalError, errorMessage(error), { code });
    }
  }
  const failsWithDevice = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ERR_DEVICE' || code === 'ERR_CROP') events.deviceFailed();
      throw error;
    }
  };

  connection.onNotification(defineNotification, ({ id, text }) => void defined.set(id, text));
  connection.onNotification(forgetNotification, ({ id }) => void defined.delete(id));
  connection.onRequest(pingRequest, () => null);
  connection.onNotification(shutdownNotification, () => events.shutdown());
  connection.onRequest(prefillRequest, (params, token) =>
    answer(token, (host, signal) =>
      failsWithDevice(host.prefill({ ...promptOf(params), signal, priority: params.priority })),
    ),
  );
  const chooseOf = ({ chooser }: CompleteParams): AskChoice | undefined =>
    chooser === undefined
      ? undefined
      : async (generated, candidates, logProbabilities) =>
          (await within(
            chooseLimitMs,
            connection.sendRequest(chooseRequest, { chooser, generated, candidates, logProbabilities }),
          )) ?? undefined;
  connection.onRequest(completeRequest, (params, token) =>
    answer(token, (host, signal) =>
      failsWithDevice(
        host.complete({ ...promptOf(params), options: params.options, choose: chooseOf(params), signal }),
      ),
    ),
  );
  connection.onRequest(branchRequest, (params, token) =>
    answer(token, (host, signal) =>
      failsWithDevice(
        host.branch({
          ...promptOf(params),
          count: params.count,
          options: params.options,
          choose: chooseOf(params),
          signal,
        }),
      ),
    ),
  );
  connection.onRequest(statisticsRequest, (_, token) =>
    answer(token, (host) => Promise.resolve(host.statistics())),
  );
  connection.onRequest(inspectRequest, (params, token) =>
    answer(token, (host, signal) => failsWithDevice(host.inspect({ ...promptOf(params), signal }))),
  );
  connection.onRequest(countTokensRequest, (params, token) =>
    answer(token, (host) => Promise.resolve(host.countTokens(params.texts))),
  );
  connection.onNotification(closeSessionNotification, (params) => close(session(params.session)));
  connection.onClose(() => {
    for (const name of sessions) close(name);
  });

  function close(name: string): void {
    sessions.delete(name);
    // This fails only when the model was never loaded or is gone; then there is nothing to close.
    model.then((host) => host.closeSession(name)).catch(() => undefined);
  }
}

/** The promise's value, or undefined when it takes longer than `limitMs`. */
async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
