/**
 * A completion server on this machine, for tests. It speaks as llama-server or by OpenAI's protocol, and its model is a
 * script. Tokens are words with the space before them.
 */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Spoken {
  readonly path: string;
  readonly body: {
    prompt?: string;
    n_predict?: number;
    max_tokens?: number;
    logprobs?: number;
    n_probs?: number;
    content?: string;
  };
  readonly authorization: string | undefined;
  /** True when the client closed the connection before the answer was whole. */
  closedEarly: boolean;
}

type Candidates = readonly (readonly [text: string, logProbability: number])[];

export class LoopbackServer {
  readonly requests: Spoken[] = [];
  /** What the model thinks comes after a text, best first; [] ends it. */
  next: (text: string) => Candidates = () => [];
  /** Awaited before each token. */
  beforeToken: () => Promise<void> = () => Promise.resolve();
  /** Answers with this status and text instead. */
  refuse: ((path: string, spoken: Spoken) => { status: number; text: string } | undefined) | undefined;
  readonly #server: http.Server;
  readonly #style: 'llama-server' | 'openai';
  #listeners: (() => void)[] = [];

  private constructor(style: 'llama-server' | 'openai') {
    this.#style = style;
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
  }

  static async start(style: 'llama-server' | 'openai', port = 0): Promise<LoopbackServer> {
    const loopback = new LoopbackServer(style);
    await new Promise<void>((resolve) => loopback.#server.listen(port, '127.0.0.1', resolve));
    return loopback;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  get url(): string {
    return `http://127.0.0.1:${this.port.toString()}`;
  }
  completions(): Spoken[] {
    return this.requests.filter(({ path }) => path.endsWith('completion') || path.endsWith('completions'));
  }
  /** Resolves when the condition holds; looked at whenever something happens. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#listeners.push(resolve));
  }
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const spoken: Spoken = {
      path: request.url ?? '',
      body: (text === '' ? {} : JSON.parse(text)) as Spoken['body'],
      authorization: request.headers.authorization,
      closedEarly: false,
    };
    this.requests.push(spoken);
    response.on('close', () => {
      if (!response.writableFinished) spoken.closedEarly = true;
      this.#wake();
    });
    this.#wake();
    const refusal = this.refuse?.(spoken.path, spoken);
    if (refusal) return void response.writeHead(refusal.status).end(refusal.text);
    const json = (value: unknown): void => void response.end(JSON.stringify(value));
    const isLlama = this.#style === 'llama-server';
    if (isLlama && spoken.path === '/props') {
      json({ default_generation_settings: { n_ctx: 2048 }, model_path: '/models/tiny.gguf' });
      return;
    }
    if (isLlama && spoken.path === '/tokenize') {
      json({ tokens: (spoken.body.content ?? '').split(/(?= )/).map((_, i) => i) });
      return;
    }
    if (isLlama && spoken.path === '/completion')
      return this.#stream(response, spoken, spoken.body.n_predict ?? 0);
    if (!isLlama && spoken.path === '/v1/models') {
      json({ data: [{ id: 'tiny', max_model_len: 4096 }] });
      return;
    }
    if (!isLlama && spoken.path === '/v1/completions')
      return this.#stream(response, spoken, spoken.body.max_tokens ?? 0);
    response.writeHead(404).end('{}');
  }

  async #stream(response: http.ServerResponse, { body }: Spoken, maxTokens: number): Promise<void> {
    const isLlama = this.#style === 'llama-server';
    const send = (value: unknown): void => void response.write(`data: ${JSON.stringify(value)}\n\n`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timings = { cache_n: 7, prompt_n: 3 };
    let text = body.prompt ?? '';
    for (let i = 0; i < maxTokens && !response.destroyed; i++) {
      await this.beforeToken();
      const candidates = this.next(text);
      const [best] = candidates;
      if (!best) break;
      const [token, logprob] = best;
      text += token;
      if (isLlama) {
        const top = candidates.map(([other, value]) => ({ token: other, logprob: value }));
        send({
          ...{ content: token, stop: false, timings },
          completion_probabilities: [{ token, logprob, top_logprobs: top }],
        });
      } else {
        const told = {
          tokens: [token],
          token_logprobs: [logprob],
          top_logprobs: [Object.fromEntries(candidates)],
        };
        send({ choices: [{ text: token, ...(body.logprobs === undefined ? {} : { logprobs: told }) }] });
      }
    }
    if (isLlama) send({ content: '', stop: true, timings });
    else {
      send({ choices: [], usage: { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 7 } } });
      response.write('data: [DONE]\n\n');
    }
    response.end();
  }

  #wake(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
