/**
 * Sends HTTP requests to the one server that the person named. It refuses redirects, so key and password reach no other
 * server, and it keeps both out of every message and log. It ends an answer that is too long or takes too long, and turns
 * failures into sentences for the person.
 */
import { cancelled, errorMessage, SqlAheadError } from '../../errors';
import { eventData } from './events';

/** How much a server may answer, and how long it may take. */
export interface HttpLimits {
  /** A server that is there answers small requests within this time. */
  readonly smallRequestMs: number;
  /** A stream may take this long: enough for a slow machine to read a long prompt and write a line. */
  readonly streamMs: number;
  /** The longest answers are token ids of a long prompt, and streams that tell 40 candidates a token. */
  readonly bytes: number;
}

const usualLimits: HttpLimits = { smallRequestMs: 10_000, streamMs: 300_000, bytes: 32 * 1024 * 1024 };
/** How much of an error answer is read. */
const refusalBytes = 300;

export class Http {
  readonly #base: string;
  /** The query of the address, e.g. `?api-version=1`: sent with every request, and never shown, because it may hold a key. */
  readonly #search: string;
  readonly #authorization: string | undefined;
  /** Texts that no message may contain. */
  readonly #secrets: readonly string[];
  readonly #limits: HttpLimits;

  /**
   * @param url http or https, with or without a path, a trailing slash, and a user and password for basic authentication
   * @param key goes before the user and password; '' for none
   * @throws SqlAheadError ERR_ENGINE_START
   */
  constructor(url: string, key: string, limits: Partial<HttpLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits };
    const parsed = URL.parse(url);
    if (!parsed || !/^https?:$/.test(parsed.protocol))
      throw new SqlAheadError(
        'ERR_ENGINE_START',
        `sqlAhead.engine.remote.url is no address of a server (${withoutSecrets(url)}); it begins with http:// or https://.`,
      );
    this.#base = (parsed.origin + parsed.pathname).replace(/\/+$/, '');
    this.#search = parsed.search;
    const [user = '', password = ''] = [parsed.username, parsed.password].map(decoded);
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    if (key !== '') this.#authorization = `Bearer ${key}`;
    else if (user !== '' || password !== '') this.#authorization = `Basic ${basic}`;
    const values = [...parsed.searchParams.values()];
    this.#secrets = [key, password, parsed.password, basic, ...values].filter((text) => text.length > 3);
  }

  /** Where the server is, without user, password and query: this may be shown. */
  get base(): string {
    return this.#base;
  }

  /** The answer as JSON; undefined where the server knows no such path. @throws SqlAheadError */
  async json(path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const limit = AbortSignal.timeout(this.#limits.smallRequestMs);
    const response = await this.#send(path, body, signal ? AbortSignal.any([signal, limit]) : limit, signal);
    if ([404, 405, 501].includes(response.status)) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) throw await this.#refusal(response);
    try {
      return JSON.parse(await textOf(response, this.#limits.bytes)) as unknown;
    } catch (error) {
      throw this.#gone(error, signal);
    }
  }

  /** The answer's events. Leaving the loop closes the connection. @throws SqlAheadError */
  async *events(path: string, body: unknown, signal: AbortSignal): AsyncGenerator {
    const leave = new AbortController();
    const limit = AbortSignal.timeout(this.#limits.streamMs);
    const end = AbortSignal.any([signal, leave.signal, limit]);
    const response = await this.#send(path, body, end, signal);
    if (!response.ok || !response.body) throw await this.#refusal(response);
    try {
      yield* eventData(limited(response.body, this.#limits.bytes));
    } catch (error) {
      throw this.#gone(error, signal);
    } finally {
      leave.abort();
    }
  }

  async #send(path: string, body: unknown, signal: AbortSignal, wish?: AbortSignal): Promise<Response> {
    try {
      return await fetch(this.#base + path + this.#search, {
        redirect: 'error',
        signal,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
        },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw this.#gone(error, wish);
    }
  }

  async #refusal(response: Response): Promise<SqlAheadError> {
    const text = this.#hide(await beginningOf(response, refusalBytes).catch(() => ''));
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
      `The server at ${this.#base} does not answer (${this.#hide(errorMessage(cause))}); start it, or clear sqlAhead.engine.remote.url to use the model on this machine.`,
    );
  }

  /** A server may repeat what it was sent. */
  #hide(text: string): string {
    return this.#secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '…'), text);
  }
}

/** An address that cannot be read, without what may be a password or a key in it. */
function withoutSecrets(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^([^/]*\/\/|)[^/]*@/, '$1…@');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The same bytes; throws once there are more than the limit. */
async function* limited(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limit) throw new RangeError(`it answered with more than ${limit.toString()} bytes`);
    yield chunk;
  }
}

async function textOf(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  if (response.body) for await (const chunk of limited(response.body, limit)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Reads no further than this many characters. */
async function beginningOf(response: Response, length: number): Promise<string> {
  let text = '';
  const utf8 = new TextDecoder();
  if (response.body)
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      text += utf8.decode(chunk, { stream: true });
      if (text.length >= length) break;
    }
  return text.slice(0, length);
}
