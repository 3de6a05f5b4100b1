/** The product as a system of the benchmark: its language server in a process of its own, over LSP and stdio. */
import path from 'node:path';
import type { EngineModel, EngineStatistics } from '../../../server/src/engine/engine';
import { kvCacheRequest, type KvCacheResult } from '../../../server/src/protocol';
import { defaultSettings, LspWindow } from '../../lsp/window';
import { clock } from './clock';
import { residentBytes } from './memory';
import type { Observation } from './observed';
import type { Change, Opened, Place, Suggestion, System, SystemOptions } from './system';

export class Product implements System {
  readonly name = 'SQL Ahead';
  readonly anticipates = true;
  readonly everyKey = 1;
  readonly #options: SystemOptions;
  #window: LspWindow | undefined;
  readonly #uris = new Map<string, string>();
  #evaluated = 0;
  #answers: Observation[] = [];

  constructor(options: SystemOptions) {
    this.#options = options;
  }

  get window(): LspWindow {
    if (!this.#window) throw new Error('no trace is open');
    return this.#window;
  }

  async open({ folder, files }: Pick<Opened, 'folder' | 'files'>): Promise<void> {
    const { root, model, threads, contextTokens, maxTokens, backend } = this.#options;
    await this.#window?.close();
    this.#uris.clear();
    this.#window = await LspWindow.open({
      folder,
      serverScript: path.join(root, 'out', 'bench', 'typing', 'observed.js'),
      settings: {
        model,
        engine: { ...defaultSettings.engine, backend, threads, contextTokens },
        // Random weights are sure of nothing: what is measured is the time, whatever it says.
        inlineCompletion: { ...defaultSettings.inlineCompletion, maxTokens, ...this.#options.confidence },
      },
    });
    this.#window.process.on('message', (observation: Observation) => this.#answers.push(observation));
    await this.#window.ready();
    for (const [file, text] of Object.entries(files))
      this.#uris.set(file, await this.#window.openDocument(file, text));
    // A person reads what there is before typing: the schema is evaluated by then.
    for (const [file, text] of Object.entries(files))
      await this.#window.inspect(this.#uri(file), text.length);
    await this.evaluatedTokens();
  }

  /** The schema's part of the prompts of this trace, as an empty document shows it. */
  async schemaText(mentioning: string): Promise<string> {
    const uri = await this.window.openDocument('schema-only.sql', mentioning);
    const { promptText } = await this.window.inspect(uri, mentioning.length);
    return promptText.slice(0, promptText.length - mentioning.length);
  }

  async key({ file, cursor }: Place, change: Change | undefined): Promise<Suggestion> {
    const started = clock();
    const uri = this.#uri(file);
    if (change) void this.window.edit(uri, change.from, change.to, change.text);
    this.#answers = [];
    const [item] = await this.window.inlineCompletion(uri, cursor, 2);
    const wholeMs = clock() - started;
    const text = item === undefined ? '' : typeof item.insertText === 'string' ? item.insertText : '';
    // The note of how it was answered comes by another pipe than the answer.
    while (this.#answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const [answer] = this.#answers;
    const zeroWait = this.#answers.every(({ waited }) => !waited);
    // What was there before the key is available when the client is told of it.
    const firstMs = zeroWait ? wholeMs : Math.min(wholeMs, (answer?.firstAt ?? Infinity) - started);
    const { decoded = 0, decodeMs = 0 } = answer ?? {};
    return {
      firstMs,
      wholeMs,
      text,
      zeroWait,
      ...(zeroWait ? {} : { decoding: { tokens: decoded, ms: decodeMs } }),
    };
  }

  async change({ file }: Place, change: Change): Promise<void> {
    await this.window.edit(this.#uri(file), change.from, change.to, change.text);
  }

  /** Resolves when nothing is decoded for the place any more. */
  async rest({ file, cursor }: Place): Promise<void> {
    await this.window.inspect(this.#uri(file), cursor);
  }

  /** Tokens of a prompt that holds nothing but the schema. */
  async schemaTokens(): Promise<number> {
    const uri = await this.window.openDocument('nothing.sql', '');
    return (await this.window.inspect(uri, 0)).promptTokens.length;
  }

  /** By the engine's own count: it also knows what was evaluated for requests that a newer key ended. */
  async evaluatedTokens(): Promise<number> {
    const { evaluated } = (await this.#statistics()).statistics.totals;
    const since = evaluated - this.#evaluated;
    this.#evaluated = evaluated;
    return since;
  }

  async sizes(): Promise<{ kvBytes: number; rssBytes: number }> {
    const { pid } = this.window.process;
    const { statistics } = await this.#statistics();
    return { kvBytes: statistics.kvBytes, rssBytes: pid === undefined ? 0 : residentBytes(pid) };
  }

  async model(): Promise<EngineModel> {
    return (await this.#statistics()).model;
  }

  async #statistics(): Promise<{ statistics: EngineStatistics; model: EngineModel }> {
    const { statistics, model } = await this.window.connection.sendRequest<KvCacheResult>(kvCacheRequest);
    if (!statistics || !model) throw new Error('the engine is not ready');
    return { statistics, model };
  }

  async close(): Promise<void> {
    await this.#window?.close();
    this.#window = undefined;
  }

  #uri(file: string): string {
    const uri = this.#uris.get(file);
    if (uri === undefined) throw new Error(`${file} is not open`);
    return uri;
  }
}
