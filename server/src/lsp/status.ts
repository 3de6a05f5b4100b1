/** Collects what the status bar shows and sends it when something changed. */
import type { EngineStatus, RequestStatistics } from '../engine/engine';
import type { Status } from '../protocol';
import { plain } from '../plain';

export class StatusReporter {
  readonly #send: (status: Status) => void;
  #status: Status = { engine: 'starting', schema: '' };
  #sent = '';

  constructor(send: (status: Status) => void) {
    this.#send = send;
  }

  get status(): Status {
    return this.#status;
  }

  engine(engine: EngineStatus, schemaProblem: string | undefined): void {
    const { schema, cachedTokens, lastLatencyMs } = this.#status;
    const notice = engine.state === 'ready' ? engine.notice : undefined;
    const problem = 'problem' in engine ? engine.problem : (notice ?? schemaProblem);
    this.#update({
      engine: engine.state,
      schema,
      ...(engine.state === 'loading' ? { progress: engine.progress } : {}),
      ...(engine.state === 'ready'
        ? {
            model: engine.model.name,
            backend: engine.model.backend,
            backendReason: engine.model.backendReason,
            ...(engine.model.cacheTypes === undefined ? {} : { cacheTypes: engine.model.cacheTypes }),
          }
        : {}),
      ...(engine.state === 'ready' && cachedTokens !== undefined ? { cachedTokens } : {}),
      ...(engine.state === 'ready' && lastLatencyMs !== undefined ? { lastLatencyMs } : {}),
      ...(problem !== undefined ? { problem } : {}),
    });
  }

  schema(schema: string): void {
    this.#update({ ...this.#status, schema });
  }

  statistics({ cached }: RequestStatistics): void {
    this.#update({ ...this.#status, cachedTokens: cached });
  }

  latency(lastLatencyMs: number): void {
    this.#update({ ...this.#status, lastLatencyMs });
  }

  #update(update: Status): void {
    const status = plainTexts(update);
    this.#status = status;
    const text = JSON.stringify(status);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#send(status);
  }
}

/** Others choose the names of models, servers and files: make them plain. */
function plainTexts(status: Status): Status {
  return Object.fromEntries(
    Object.entries(status).map(([key, value]) => [key, typeof value === 'string' ? plain(value) : value]),
  ) as unknown as Status;
}
