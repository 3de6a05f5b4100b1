/**
 * What typing costs in tokens and requests, without a clock: a change that evaluates more shows up as a diff of
 * costs.snap.json. Suggestions are off, so no figure depends on what a model says. Each key waits until the engine is
 * idle.
 */
import * as path from 'node:path';
import * as fs from 'node:fs';
import type { EngineStatistics } from '../../server/src/engine/engine';
import { kvCacheRequest, type KvCacheResult } from '../../server/src/protocol';
import { traces, type Trace } from '../bench/typing/traces';
import { expectSnapshot } from '../unit/support/expected';
import { defaultSettings, disposeAll, LspWindow, root, temporaryFolder } from './window';

const snapshots = path.join('test', 'lsp', 'costs.snap.json');

interface Costs {
  keys: number;
  /** Requests to the engine: each is one way over the socket and back. */
  requests: number;
  /** Keys that evaluated anything. */
  evaluating: number;
  /** Tokens evaluated and taken away, by all keys together. */
  evaluated: number;
  cropped: number;
  /** Tokens the dearest key evaluated. */
  most: number;
  /** Bytes of the KV cache in use at the end, what lines share counted once. */
  bytes: number;
}

class Typing {
  readonly costs: Costs = {
    keys: 0,
    requests: 0,
    evaluating: 0,
    evaluated: 0,
    cropped: 0,
    most: 0,
    bytes: 0,
  };
  readonly #window: LspWindow;
  readonly #cursors = new Map<string, number>();
  #front = '';
  #pasted = '';
  #seen: EngineStatistics['totals'] | undefined;

  constructor(window: LspWindow) {
    this.#window = window;
  }

  async open(files: Trace['files']): Promise<void> {
    for (const [file, text] of Object.entries(files).toReversed()) {
      this.#front = await this.#window.openDocument(file, text);
      this.#cursors.set(this.#front, text.length);
      await this.#rest();
    }
    this.#seen = (await this.#statistics()).totals;
  }

  async step(step: Trace['steps'][number]): Promise<void> {
    switch (step.kind) {
      case 'type':
        for (const key of step.text) await this.#replace(0, key);
        break;
      case 'jump':
        this.#cursors.set(this.#front, this.#text.indexOf(step.behind) + step.behind.length);
        break;
      case 'paste':
        this.#pasted = step.text;
        await this.#replace(0, step.text);
        break;
      case 'undo':
        await this.#replace(this.#pasted.length, '');
        break;
      case 'switch':
        this.#front = new URL(step.file, this.#front).href;
        break;
    }
  }

  get #text(): string {
    return this.#window.text(this.#front);
  }
  get #cursor(): number {
    return this.#cursors.get(this.#front) ?? 0;
  }

  /** Takes characters before the cursor away and puts a text there. */
  async #replace(taken: number, text: string): Promise<void> {
    const from = this.#cursor - taken;
    await this.#window.edit(this.#front, from, this.#cursor, text);
    this.#cursors.set(this.#front, from + text.length);
    await this.#rest();
    const { totals, usedCells, kvBytesPerToken } = await this.#statistics();
    const seen = this.#seen ?? totals;
    const evaluated = totals.evaluated - seen.evaluated;
    // Waiting for rest is one request too.
    this.costs.requests += totals.requests - seen.requests - 1;
    this.costs.keys++;
    this.costs.evaluating += evaluated > 0 ? 1 : 0;
    this.costs.evaluated += evaluated;
    this.costs.cropped += totals.cropped - seen.cropped;
    this.costs.most = Math.max(this.costs.most, evaluated);
    this.costs.bytes = usedCells * kvBytesPerToken;
    this.#seen = totals;
  }

  /** Resolves when nothing is done for the document any more. */
  async #rest(): Promise<void> {
    await this.#window.inspect(this.#front, this.#cursor);
  }
  async #statistics(): Promise<EngineStatistics> {
    const { statistics } = await this.#window.connection.sendRequest<KvCacheResult>(kvCacheRequest);
    if (!statistics) throw new Error('the engine is not ready');
    return statistics;
  }
}

describe('the cost of typing', () => {
  afterEach(disposeAll);

  for (const trace of traces.filter(({ name }) => name !== 'schema-1000')) {
    it(`${trace.name}: as before`, async () => {
      const folder = temporaryFolder();
      trace.prepare(folder, root);
      const window = await LspWindow.open({
        folder: fs.realpathSync(folder),
        settings: { inlineCompletion: { ...defaultSettings.inlineCompletion, enabled: false } },
      });
      await window.ready();
      const typing = new Typing(window);
      await typing.open(trace.files);
      for (const step of trace.steps) await typing.step(step);
      expectSnapshot(snapshots, trace.name, typing.costs);
    });
  }
});
