/** A server on this machine with one file, and with the faults that a download must survive. */
import { createHash } from 'node:crypto';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
}

export class FileServer {
  readonly requests: Asked[] = [];
  content: Buffer;
  etag = '"one"';
  takesRanges = true;
  /** The answer to each request breaks after so many bytes; from the end of the list on, none does. */
  breaks: number[] = [];
  /** Answers otherwise where it returns true. */
  answer: ((request: Asked, response: http.ServerResponse) => boolean) | undefined;
  /** Called before an answer is begun; with it a test changes the file in the middle. */
  before: ((request: Asked) => void) | undefined;
  /** What is asked from now on is answered when it resolves. */
  gate: Promise<void> | undefined;
  readonly #server: http.Server;

  private constructor(content: Buffer) {
    this.content = content;
    this.#server = http.createServer((request, response) => {
      if (this.gate) void this.gate.then(() => this.#answer(request, response));
      else this.#answer(request, response);
    });
  }

  static async start(content: Buffer): Promise<FileServer> {
    const made = new FileServer(content);
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  closeConnections(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.closeConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const asked: Asked = { path: request.url ?? '', headers: request.headers };
    this.requests.push(asked);
    this.before?.(asked);
    if (this.answer?.(asked, response)) return;
    const { range, 'if-range': ifRange } = request.headers;
    const [, from] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
    const isRange = from !== undefined && this.takesRanges && (ifRange === undefined || ifRange === this.etag);
    const start = isRange ? Number(from) : 0;
    const total = this.content.length;
    const body = this.content.subarray(start);
    response.writeHead(isRange ? 206 : 200, {
      'content-length': body.length,
      ...(this.etag === '' ? {} : { etag: this.etag }),
      ...(isRange ? { 'content-range': `bytes ${start}-${total - 1}/${total}` } : {}),
    });
    const limit = this.breaks.shift();
    if (limit === undefined || limit >= body.length) response.end(body);
    else response.write(body.subarray(0, limit), () => response.destroy());
  }
}

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
