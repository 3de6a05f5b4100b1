/**
 * Measures the language server's process: time to its first answer, processor time for a key, and the cost of a schema
 * that it saw before.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { kvCacheRequest, type KvCacheResult } from '../../../server/src/protocol';
import { defaultSettings, LspWindow, root } from '../../lsp/window';
import { median, round } from '../figures';
import { tables } from '../typing/traces';
import { measureAnswer, type Answer } from './answer';

export interface ServerFigures {
  /** From the start of the process to its answer to `initialize`, and until the engine is ready. */
  readonly initialize_ms: number;
  readonly engine_ready_ms: number;
  /** Processor time of the language server a key, with nothing suggested; the engine has a process of its own. */
  readonly cpu_ms_per_key: { readonly small_file: number; readonly megabyte_file: number };
  /** A schema of 100 tables until its prompt is in the cache: evaluated, and after a restart of everything. */
  readonly schema: {
    readonly tokens: number;
    /** What the engine takes for it. */
    readonly evaluate_ms: number;
    readonly restart_ms: number;
    readonly restart_evaluated_tokens: number;
    readonly restart_gain: number;
    /** From the opening of the first document to the answer of a client that asks for the cache. */
    readonly evaluate_at_client_ms: number;
    readonly restart_at_client_ms: number;
  };
  readonly answer: Answer;
}

interface Options {
  readonly model: string;
  readonly threads: number;
  readonly backend: 'cpu' | 'cuda';
}

export async function measureServer(options: Options): Promise<ServerFigures> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-bench-'));
  try {
    writeFileSync(path.join(folder, 'schema.sql'), tables(100));
    const starts = [];
    for (let i = 0; i < 4; i++) starts.push(await startOf(folder, options));
    const line = 'INSERT INTO entity_1 (name, amount) VALUES (1, 2);\n';
    return {
      initialize_ms: round(median(starts.map(({ initialize }) => initialize))),
      engine_ready_ms: round(median(starts.map(({ ready }) => ready))),
      cpu_ms_per_key: {
        small_file: await perKey(folder, options, ''),
        megabyte_file: await perKey(folder, options, line.repeat(Math.ceil((1 << 20) / line.length))),
      },
      schema: schemaFigures(starts),
      answer: await measureAnswer({ root, ...options }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const storage = 'storage';

interface Start {
  readonly initialize: number;
  readonly ready: number;
  readonly clientMs: number;
  readonly engineMs: number;
  readonly schemaTokens: number;
  readonly evaluated: number;
}

/** Room for the whole schema, also where the model was trained for less: the time is the same. */
const contextTokens = 8192;

function open(folder: string, { model, threads, backend }: Options): Promise<LspWindow> {
  return LspWindow.open({
    folder,
    storage: path.join(folder, storage),
    settings: {
      model,
      engine: { ...defaultSettings.engine, threads, backend, contextTokens },
      inlineCompletion: { ...defaultSettings.inlineCompletion, enabled: false },
    },
  });
}

/** Resolves when the engine has written a schema's state; it does so once nothing else is left to do. */
async function schemaSaved(folder: string): Promise<void> {
  const schemas = path.join(folder, storage, 'schemas');
  while (!existsSync(schemas) || !readdirSync(schemas).some((file) => file.endsWith('.kv')))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

/** One start of everything; the folder keeps what the server stores. */
async function startOf(folder: string, options: Options): Promise<Start> {
  const started = performance.now();
  const window = await open(folder, options);
  const initialize = performance.now() - started;
  await window.ready();
  const ready = performance.now() - started;
  // The schema comes into the cache with the first document.
  const opened = performance.now();
  const uri = await window.openDocument('a.sql', 'S');
  const { promptTokens } = await window.inspect(uri, 1);
  const clientMs = performance.now() - opened;
  const { statistics } = await cache(window);
  await schemaSaved(folder);
  await window.close();
  return {
    initialize,
    ready,
    clientMs,
    engineMs: statistics?.totals.prefillMs ?? NaN,
    schemaTokens: promptTokens.length,
    evaluated: statistics?.totals.evaluated ?? NaN,
  };
}

function schemaFigures([cold, ...warm]: readonly Start[]): ServerFigures['schema'] {
  const restart = median(warm.map(({ engineMs }) => engineMs));
  const evaluate = cold?.engineMs ?? NaN;
  return {
    tokens: cold?.schemaTokens ?? NaN,
    evaluate_ms: round(evaluate),
    restart_ms: round(restart),
    restart_evaluated_tokens: median(warm.map(({ evaluated }) => evaluated)),
    restart_gain: round(evaluate / restart),
    evaluate_at_client_ms: round(cold?.clientMs ?? NaN),
    restart_at_client_ms: round(median(warm.map(({ clientMs }) => clientMs))),
  };
}

const cache = (window: LspWindow): Promise<KvCacheResult> => window.connection.sendRequest(kvCacheRequest);

/** Milliseconds of processor time a key, over a statement typed at the end of a file. */
async function perKey(folder: string, options: Options, text: string): Promise<number> {
  const window = await open(folder, options);
  await window.ready();
  const uri = await window.openDocument('typed.sql', text);
  let end = text.length;
  const type = async (typed: string): Promise<void> => {
    for (const key of typed) {
      await window.edit(uri, end, end, key);
      end++;
      await window.inspect(uri, end);
    }
  };
  await type('SELECT name FROM entity_3;\n'); // warm-up
  const typed = 'SELECT e.name, e.amount FROM entity_3 e WHERE e.parent_id = 7 ORDER BY e.name;\n';
  const before = processorMs(window.process.pid);
  await type(typed);
  const spent = processorMs(window.process.pid) - before;
  await window.close();
  return round(spent / typed.length);
}

/** Processor time of a process so far; Linux only, where a tick is 10 ms. */
function processorMs(pid: number | undefined): number {
  try {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ') ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return NaN;
  }
}
