/** A system to compare the product with: llama.cpp's own server, with cache_prompt, streaming and one slot. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { EngineModel } from '../../../server/src/engine/engine';
import { residentBytes } from './memory';
import { plainPrompt, stopText } from './prompts';
import type { Opened, Place, Suggestion, System, SystemOptions } from './system';

interface Chunk {
  readonly content: string;
  readonly stop: boolean;
  readonly timings?: { readonly prompt_n: number; readonly predicted_n: number };
}

export class LlamaServer implements System {
  readonly name = 'llama-server';
  readonly anticipates = false;
  readonly everyKey = 1;
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #options: SystemOptions;
  readonly #fim: EngineModel['fim'];
  readonly #kvBytesPerToken: number;
  #schemaText = '';
  #evaluated = 0;

  private constructor(
    child: ChildProcess,
    url: string,
    options: SystemOptions,
    model: Pick<EngineModel, 'fim' | 'kvBytesPerToken'>,
  ) {
    this.#process = child;
    this.#url = url;
    this.#options = options;
    this.#fim = model.fim;
    this.#kvBytesPerToken = model.kvBytesPerToken;
  }

  static async start(
    binary: string,
    options: SystemOptions,
    model: Pick<EngineModel, 'fim' | 'kvBytesPerToken'>,
  ): Promise<LlamaServer> {
    const port = await freePort();
    const threads = options.threads.toString();
    const args = ['-m', options.model, '-c', options.contextTokens.toString(), '-t', threads, '-tb', threads];
    args.push('-np', '1', '-fa', 'auto', '--host', '127.0.0.1', '--port', port.toString());
    args.push('-ngl', options.backend === 'cpu' ? '0' : '99');
    const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'ignore'] });
    const url = `http://127.0.0.1:${port.toString()}`;
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`llama-server ended with ${String(code)}`)));
    });
    ended.catch(() => undefined);
    while (!(await Promise.race([answers(`${url}/health`), ended])))
      await new Promise((resolve) => setTimeout(resolve, 100));
    return new LlamaServer(child, url, options, model);
  }

  async open({ files, schemaText }: Opened): Promise<void> {
    this.#schemaText = schemaText;
    for (const [file, text] of Object.entries(files)) await this.key({ file, text, cursor: text.length });
    this.#evaluated = 0;
  }

  async key(place: Place): Promise<Suggestion> {
    const started = performance.now();
    const response = await fetch(`${this.#url}/completion`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        prompt: plainPrompt(this.#schemaText, place, this.#fim),
        n_predict: this.#options.maxTokens,
        temperature: 0,
        cache_prompt: true,
        stream: true,
        stop: [stopText],
      }),
    });
    if (!response.ok || !response.body) throw new Error(`llama-server answered ${await response.text()}`);
    let [text, pending, firstMs, predicted] = ['', '', NaN, 0];
    const decoder = new TextDecoder();
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      const lines = (pending + decoder.decode(bytes, { stream: true })).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('data: ')) continue;
        if (Number.isNaN(firstMs)) firstMs = performance.now() - started;
        const chunk = JSON.parse(line.slice('data: '.length)) as Chunk;
        text += chunk.content;
        this.#evaluated += chunk.timings?.prompt_n ?? 0;
        predicted += chunk.timings?.predicted_n ?? 0;
      }
    }
    const wholeMs = performance.now() - started;
    const decoding = { tokens: Math.max(0, predicted - 1), ms: wholeMs - firstMs };
    return { firstMs, wholeMs, text, zeroWait: false, decoding };
  }

  change(): Promise<void> {
    return Promise.resolve();
  }

  evaluatedTokens(): Promise<number> {
    const evaluated = this.#evaluated;
    this.#evaluated = 0;
    return Promise.resolve(evaluated);
  }

  sizes(): Promise<{ kvBytes: number; rssBytes: number }> {
    const { pid } = this.#process;
    return Promise.resolve({
      kvBytes: this.#kvBytesPerToken * this.#options.contextTokens,
      rssBytes: pid === undefined ? 0 : residentBytes(pid),
    });
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.kill()) await exited;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
