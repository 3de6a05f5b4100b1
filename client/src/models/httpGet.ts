/**
 * GET of a large file, without credentials. Uses Node's http and https, because VS Code puts its proxy settings and the
 * system's certificates into these modules; only its newer releases put them into fetch.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { ModelError, proxyRefuses } from './modelError';

const mostRedirects = 5;

/** When this many bytes wait for the disk, the server has to wait. */
const mostWaiting = 4 * 1024 * 1024;

export interface GetRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** After this many milliseconds without a byte the connection counts as broken. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** Head and body of an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Yields each piece once. When the connection broke, throws why, after all that was received before. */
  chunks(): AsyncGenerator<Buffer, void>;
  destroy(): void;
}

/**
 * Resolves with the head of the answer; the body is still to be read. Follows redirects to https only; http is allowed
 * for addresses on this machine.
 * @throws ModelError for an address that is not allowed; Node's error for a broken connection
 */
export async function get({ url, headers, idleMs, signal }: GetRequest): Promise<Answer> {
  let address = parse(url);
  const mayBeLocal = isOnThisMachine(address);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    if (address.protocol !== 'https:' && !(mayBeLocal && isOnThisMachine(address)))
      throw new ModelError(
        'ERR_MODEL_ADDRESS',
        `${address.origin} is not allowed: models are downloaded over https only. Check "sqlAhead.models.mirror".`,
      );
    const answer = await once(address, headers, idleMs, signal);
    const { status } = answer;
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
      if (status === 407) {
        answer.destroy();
        throw proxyRefuses();
      }
      return answer;
    }
    answer.destroy();
    address = parse(location, address);
  }
  throw new ModelError('ERR_MODEL_ADDRESS', `${address.origin} redirects again and again: set another mirror in "sqlAhead.models.mirror", or try again later.`);
}

function parse(url: string, base?: URL): URL {
  const address = URL.parse(url, base?.href);
  if (!address || (address.protocol !== 'https:' && address.protocol !== 'http:'))
    throw new ModelError(
      'ERR_MODEL_ADDRESS',
      'The address of the model cannot be read. Check "sqlAhead.models.mirror".',
    );
  // Node would send user and password.
  address.username = '';
  address.password = '';
  return address;
}

function isOnThisMachine({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(hostname);
}

function once(
  address: URL,
  headers: Readonly<Record<string, string>>,
  idleMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const { request } = address.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(address, { headers, signal });
    asked.setTimeout(idleMs, () => asked.destroy(new Error('The server has gone silent.')));
    asked.on('response', (message) => resolve(receive(message)));
    // Keep a listener while the body is read: an error without a listener would end the process.
    asked.on('error', reject);
    asked.end();
  });
}

/**
 * Reads the body from the first moment on. A stream that breaks throws away the bytes that nobody has read yet, and
 * they would have to be downloaded again.
 */
function receive(message: http.IncomingMessage): Answer {
  const waiting: Buffer[] = [];
  let bytes = 0;
  let end: { readonly error?: Error } | undefined;
  let wake = (): void => undefined;
  const finish = (how: { readonly error?: Error }): void => {
    end ??= how;
    wake();
  };
  message.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes > mostWaiting) message.pause();
    wake();
  });
  message.on('end', () => finish({}));
  message.on('error', (error) => finish({ error }));
  message.on('close', () => finish({ error: new Error('The connection was closed.') }));
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    async *chunks() {
      for (;;) {
        for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
          bytes -= chunk.length;
          yield chunk;
        }
        message.resume();
        if (end?.error !== undefined) throw end.error;
        if (end) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    destroy: () => message.destroy(),
  };
}
