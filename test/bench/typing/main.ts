/**
 * `npm run bench`: replays typing in the product and in the systems it is compared with, with the same weights, threads
 * and prompt, and with the runs taking turns. Writes the figures as JSON; `npm run bench:page` makes
 * docs/performance.md of them.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineModel } from '../../../server/src/engine/engine';
import { llamaRelease } from '../../../scripts/lib/llama-release.mjs';
import { disposeAll } from '../../lsp/window';
import { mean, percentile, ratio, round, spread, type Ratio, type Spread } from '../figures';
import { commandLine, machine, type Machine } from '../machine';
import { NodeLlamaCpp, Stateless } from './inProcess';
import { LlamaServer } from './llamaServer';
import { Product } from './product';
import { replay, type Replay } from './replay';
import type { Opened, System, SystemOptions } from './system';
import { traces, type Trace } from './traces';
import { Typist } from './typist';

const usage = `npm run bench -- [--model PATH] [--trace NAME]... [--peers stateless,node-llama-cpp,llama-server] [--runs N]
  [--threads N] [--context N] [--max-tokens N] [--backend cpu|cuda] [--llama-server PATH] [--seed N] [--out FILE.json]
Traces: ${traces.map(({ name }) => name).join(', ')}.`;

export interface Row {
  readonly system: string;
  readonly trace: string;
  readonly keystrokes: number;
  readonly ttft_ms: Spread;
  /** The same of those keys alone whose suggestion was not there yet; absent where there was none. */
  readonly ttft_waiting_ms?: Spread;
  readonly ghost_ms: Spread;
  /** Of the suggestions shown, those answered without waiting for anything. */
  readonly zero_wait_rate: number;
  readonly shown_rate: number;
  readonly tokens_per_keystroke: { readonly mean: number; readonly p95: number };
  /** Tokens a second behind the first one, while they were waited for; absent where none was. */
  readonly decode_tps?: number;
  readonly kv_bytes: number;
  readonly rss_bytes: number;
}

export interface TypingReport {
  readonly machine: Machine;
  /** Name of the file, and what the file says of itself. */
  readonly model: string;
  readonly description: string;
  readonly backend: string;
  readonly threads: number;
  readonly runs: number;
  readonly max_tokens: number;
  readonly command: string;
  readonly rows: readonly Row[];
  /** The product's time until the whole suggestion over each peer's, median of runs with the least and the greatest. */
  readonly ghost_ratio: readonly ({ readonly trace: string; readonly peer: string } & Ratio)[];
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    trace: { type: 'string', multiple: true },
    peers: { type: 'string', default: 'stateless,node-llama-cpp,llama-server' },
    runs: { type: 'string', default: '2' },
    threads: { type: 'string', default: Math.max(1, Math.min(8, os.availableParallelism() - 1)).toString() },
    context: { type: 'string', default: '0' },
    'max-tokens': { type: 'string', default: '16' },
    backend: { type: 'string', default: 'cpu' },
    'llama-server': { type: 'string' },
    'stateless-every': { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});

const root = process.cwd();
const tools = path.join(root, '.tools');
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const chosen = traces.filter(({ name }) => values.trace?.includes(name) ?? true);
  const { backend } = values;
  if (chosen.length === 0 || (backend !== 'cpu' && backend !== 'cuda')) throw new Error(usage);
  const starter = path.join(root, 'models', 'starter', 'sql-ahead-starter-q8_0.gguf');
  const model = values.model === undefined ? starter : path.resolve(values.model);
  const random = /random/.test(path.basename(model));
  const options: SystemOptions = {
    root,
    model,
    backend,
    threads: Number(values.threads),
    contextTokens: Number(values.context),
    maxTokens: Number(values['max-tokens']),
    confidence: random ? { minimumConfidence: 0 } : {},
  };
  const before = machine();
  const product = new Product(options);
  const measured = new Map<string, Replay[]>();
  const sizes = new Map<string, { kvBytes: number; rssBytes: number }>();
  let peers: System[] = [];
  try {
    const facts = await modelFacts(product);
    peers = await startPeers(
      values.peers.split(','),
      { ...options, contextTokens: facts.contextTokens },
      facts,
    );
    const all = [product, ...peers];
    const of = (system: System, trace: Trace): Replay[] => measured.get(`${system.name} ${trace.name}`) ?? [];
    const report = (): TypingReport => ({
      machine: before,
      model: path.basename(model),
      description: `${facts.name} (${facts.description})`,
      backend: facts.backend,
      threads: options.threads,
      runs: Number(values.runs),
      max_tokens: options.maxTokens,
      command: commandLine('bench'),
      rows: chosen.flatMap((trace) =>
        all
          .filter((system) => of(system, trace).length > 0)
          .map((system) => row(system, trace, of(system, trace), sizes.get(`${system.name} ${trace.name}`))),
      ),
      ghost_ratio: chosen.flatMap((trace) =>
        peers
          .filter((peer) => of(product, trace).length > 0 && of(peer, trace).length > 0)
          .map((peer) => ({
            trace: trace.name,
            peer: peer.name,
            ...ratio(of(product, trace).map(ghosts), of(peer, trace).map(ghosts)),
          })),
      ),
    });
    for (const trace of chosen) {
      for (let run = 0; run < Number(values.runs); run++) {
        // In turn, beginning with another one each time, so that a slow minute does not fall on one system alone.
        const order = all.map((_, i) => all[(i + run) % all.length]).filter((s) => s !== undefined);
        const opened = await prepare(trace, product);
        for (const system of order) {
          const key = `${system.name} ${trace.name}`;
          try {
            await system.open(opened);
            const result = await replay(trace, system, new Typist(Number(values.seed) + run));
            say(`${trace.name} ${(run + 1).toString()}: ${system.name} ${line(result)}`);
            measured.set(key, [...(measured.get(key) ?? []), result]);
            sizes.set(key, await system.sizes());
          } catch (error) {
            failed(`${trace.name} ${(run + 1).toString()}: ${system.name}`, error);
          }
          if (system === product) await product.close();
        }
        rmSync(opened.folder, { recursive: true, force: true });
        // What was measured stays measured, whatever comes next.
        if (values.out !== undefined) write(values.out, report());
      }
    }
    if (values.out === undefined) process.stdout.write(textOf(report()));
  } finally {
    for (const system of [product, ...peers]) await system.close();
    await disposeAll();
  }
}

/** A folder with what the trace needs, and the schema as the product would write it into a prompt. */
async function prepare(trace: Trace, product: Product): Promise<Opened> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-bench-'));
  trace.prepare(folder, root);
  await product.open({ folder, files: {} });
  const typed = trace.steps.map((step) => ('text' in step ? step.text : '')).join('');
  const schemaText = await product.schemaText(Object.values(trace.files).join('') + typed);
  await product.close();
  return { folder, files: trace.files, schemaText };
}

type ModelFacts = Pick<
  EngineModel,
  'name' | 'description' | 'backend' | 'fim' | 'kvBytesPerToken' | 'contextTokens'
>;

/** What the product's engine says of the model. */
async function modelFacts(product: Product): Promise<ModelFacts> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-bench-'));
  try {
    writeFileSync(path.join(folder, 'schema.sql'), 'CREATE TABLE t (id INTEGER);\n');
    await product.open({ folder, files: { 'a.sql': 'SELECT ' } });
    return await product.model();
  } finally {
    await product.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startPeers(
  names: readonly string[],
  options: SystemOptions,
  facts: ModelFacts,
): Promise<System[]> {
  const server =
    values['llama-server'] ?? path.join(tools, `llama.cpp-${llamaRelease}`, 'build', 'bin', 'llama-server');
  const peerEntry = path.join(tools, 'node-llama-cpp', 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
  const need = (file: string): void => {
    if (!existsSync(file))
      throw new Error(`${path.relative(root, file)} is missing; run: npm run bench:peers`);
  };
  const start: Record<string, () => Promise<System>> = {
    stateless: () => Stateless.start(options, facts, Number(values['stateless-every'])),
    'node-llama-cpp': () => {
      need(peerEntry);
      return NodeLlamaCpp.start(peerEntry, options, facts);
    },
    'llama-server': () => {
      need(server);
      return LlamaServer.start(server, options, facts);
    },
  };
  const systems: System[] = [];
  for (const name of names.filter((wanted) => wanted !== '' && wanted !== 'none')) {
    const begin = start[name];
    if (!begin) throw new Error(usage);
    systems.push(await begin());
  }
  return systems;
}

/** Where nothing was shown there was nothing to wait for: those keys say nothing about waiting. */
const shown = (replay: Replay): Replay['samples'] => replay.samples.filter((sample) => sample.shown);
const ghosts = (result: Replay): number[] => shown(result).map(({ wholeMs }) => wholeMs);

function row(
  system: System,
  trace: Trace,
  results: readonly Replay[],
  size: { kvBytes: number; rssBytes: number } = { kvBytes: 0, rssBytes: 0 },
): Row {
  const samples = results.flatMap(({ samples: all }) => all);
  const seen = results.flatMap(shown);
  const tokens = samples.map((sample) => sample.tokens);
  const decoding = seen.flatMap((sample) => sample.decoding ?? []);
  const decodedTokens = decoding.reduce((sum, part) => sum + part.tokens, 0);
  const decodingMs = decoding.reduce((sum, { ms }) => sum + ms, 0);
  const waited = seen.filter(({ zeroWait }) => !zeroWait).map(({ firstMs }) => firstMs);
  return {
    system: system.name,
    trace: trace.name,
    keystrokes: results.reduce((sum, { keystrokes }) => sum + keystrokes, 0),
    ttft_ms: spread(seen.map(({ firstMs }) => firstMs)),
    ...(waited.length > 0 ? { ttft_waiting_ms: spread(waited) } : {}),
    ghost_ms: spread(seen.map(({ wholeMs }) => wholeMs)),
    zero_wait_rate: round(seen.filter(({ zeroWait }) => zeroWait).length / seen.length),
    shown_rate: round(seen.length / samples.length),
    tokens_per_keystroke: { mean: round(mean(tokens)), p95: round(percentile(tokens, 95)) },
    ...(decodingMs > 0 && decodedTokens > 0
      ? { decode_tps: round((1000 * decodedTokens) / decodingMs) }
      : {}),
    kv_bytes: size.kvBytes,
    rss_bytes: size.rssBytes,
  };
}

function line(result: Replay): string {
  const { p50, p95 } = spread(ghosts(result));
  const ready = shown(result).filter(({ zeroWait }) => zeroWait).length;
  return `${result.keystrokes.toString()} keys, whole suggestion p50 ${p50.toString()} p95 ${p95.toString()} ms, ${ready.toString()} of ${shown(result).length.toString()} at once`;
}

const textOf = (report: TypingReport): string => `${JSON.stringify(report, undefined, 2)}\n`;
const write = (file: string, report: TypingReport): void => writeFileSync(file, textOf(report));

function failed(what: string, error: unknown): void {
  say(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

main().catch((error: unknown) => failed('bench', error));
