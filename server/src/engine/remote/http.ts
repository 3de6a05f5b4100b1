/**
 * Requests to the one server the person named, and to no other: redirects are refused, and the key goes only there.
 * Failures become sentences.
 */
import { cancelled, errorMessage, SqlAheadError } from '../../errors';
import { eventData } from './events';

/** A server that is there answers small requests within this time. */
const smallRequestMs = 10_000;

export class Http {
  readonly #base: string;
  readonly #key: string;

  /**
   * @param url http or https, with or without a path and a trailing slash
   * @throws SqlAheadError ERR_ENGINE_START
   */
  constructor(url: string, key: string) {
    this.#base = url.replace(/\/+$/, '');
    this.#key = key;
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new SqlAheadError(
        'ERR_ENGINE_START',
        `sqlAhead.engine.remote.url is no address of a server (${url}); it begins with http:// or https://.`,
      );
  }

  get base(): string {
    return this.#base;
  }

  /** The answer as JSON; undefined where the server knows no such path. @throws SqlAheadError */
  async json(path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const limit = AbortSignal.timeout(smallRequestMs);
    const response = await this.#send(path, body, signal ? AbortSignal.any([signal, limit]) : limit, signal);
    if ([404, 405, 501].includes(response.status)) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) throw await this.#refusal(response);
    try {
      return await response.json();
    } catch (error) {
      throw this.#gone(error, signal);
    }
  }

  /** The answer's events. Leaving the loop closes the connection. @throws SqlAheadError */
  async *events(path: string, body: unknown, signal: AbortSignal): AsyncGenerator {
    const leave = new AbortController();
    const response = await this.#send(path, body, AbortSignal.any([signal, leave.signal]), signal);
    if (!response.ok || !response.body) throw await this.#refusal(response);
    try {
      yield* eventData(response.body);
    } catch (error) {
      throw this.#gone(error, signal);
    } finally {
      leave.abort();
    }
  }

  async #send(path: string, body: unknown, signal: AbortSignal, wish?: AbortSignal): Promise<Response> {
    try {
      return await fetch(this.#base + path, {
        redirect: 'error',
        signal,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#key === '' ? {} : { authorization: `Bearer ${this.#key}` }),
        },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw this.#gone(error, wish);
    }
  }

  async #refusal(response: Response): Promise<SqlAheadError> {
    const text = (await response.text().catch(() => '')).slice(0, 300);
    if (response.status === 401 || response.status === 403)
      return new SqlAheadError(
        'ERR_ENGINE_START',
        `The server at ${this.#base} wants a key; run "SQL Ahead: Set the Key of the Remote Engine".`,
      );
    if (response.status === 400 && /context|too long|max(imum)?[ _]?(model[ _]?)?len|exceed/i.test(text))
      return new SqlAheadError(
        'ERR_PROMPT_TOO_LONG',
        `The prompt is longer than ${this.#base} takes; shorten the text before the cursor.`,
      );
    return new SqlAheadError(
      'ERR_ENGINE_GONE',
      `The server at ${this.#base} answered ${response.status.toString()}: ${text}`,
    );
  }

  #gone(error: unknown, wish?: AbortSignal): SqlAheadError {
    if (error instanceof SqlAheadError) return error;
    if (wish?.aborted) return cancelled();
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return new SqlAheadError(
      'ERR_ENGINE_GONE',
      `The server at ${this.#base} does not answer (${errorMessage(cause)}); start it, or clear sqlAhead.engine.remote.url to use the model on this machine.`,
    );
  }
}
