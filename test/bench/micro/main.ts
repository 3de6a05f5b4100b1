/**
 * `npm run bench:micro`: measures the parts of a keystroke one by one, and llama-bench on the same model for
 * comparison.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { llamaRelease } from '../../../scripts/lib/llama-release.mjs';
import { disposeAll } from '../../lsp/window';
import { median, round } from '../figures';
import { commandLine, machine, type Machine } from '../machine';
import { measureAddon, measureDecode, type AddonFigures } from './addon';
import { measureServer, type ServerFigures } from './server';

const usage =
  'npm run bench:micro -- [--model PATH] [--threads N] [--lengths 1024,8192,32768] [--backend cpu|cuda] [--only addon] [--out FILE.json]';

export interface MicroReport {
  readonly machine: Machine;
  readonly model: string;
  readonly threads: number;
  readonly backend: string;
  readonly command: string;
  /** llama-bench's tg in ms a token, and how much longer the addon's token takes; absent without llama-bench. */
  readonly llama_bench?: { readonly decode_ms: number; readonly overhead: number };
  readonly addon: AddonFigures;
  readonly server?: ServerFigures;
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    threads: { type: 'string', default: Math.max(1, Math.min(8, os.availableParallelism() - 1)).toString() },
    lengths: { type: 'string', default: '1024,8192,32768' },
    backend: { type: 'string', default: 'cpu' },
    only: { type: 'string' },
    out: { type: 'string' },
  },
});

/** Rounds of llama-bench and the addon in turn: a busy minute then falls on both. */
const rounds = 3;

async function main(): Promise<void> {
  const root = process.cwd();
  const { backend } = values;
  if (backend !== 'cpu' && backend !== 'cuda') throw new Error(usage);
  const before = machine();
  const threads = Number(values.threads);
  const model =
    values.model === undefined
      ? path.join(root, 'models', 'starter', 'sql-ahead-starter-q8_0.gguf')
      : path.resolve(values.model);
  const lengths = values.lengths.split(',').map(Number);
  const options = { root, model, threads, backend, lengths } as const;
  const bench: number[] = [];
  const own: number[] = [];
  for (let i = 1; i < rounds; i++) {
    bench.push(llamaBench(model, threads, backend));
    own.push(await measureDecode(options));
  }
  bench.push(llamaBench(model, threads, backend));
  const addon = await measureAddon(options);
  own.push(addon.decode_ms);
  const there = bench.every(Number.isFinite);
  const report = (server?: ServerFigures): MicroReport => ({
    machine: before,
    model: path.basename(model),
    threads,
    backend,
    command: commandLine('bench:micro'),
    ...(there
      ? {
          llama_bench: {
            decode_ms: round(median(bench)),
            overhead: round(median(own) / median(bench) - 1),
          },
        }
      : {}),
    addon,
    ...(server ? { server } : {}),
  });
  // What was measured stays measured, whatever comes next.
  if (values.out !== undefined) writeFileSync(values.out, textOf(report()));
  const server = values.only === 'addon' ? undefined : await measureServer({ model, threads, backend });
  await disposeAll();
  if (values.out === undefined) process.stdout.write(textOf(report(server)));
  else writeFileSync(values.out, textOf(report(server)));
}

const textOf = (report: MicroReport): string => `${JSON.stringify(report, undefined, 2)}\n`;

/** Milliseconds a token, or NaN where llama-bench is not built. */
function llamaBench(model: string, threads: number, backend: string): number {
  const binary = path.join('.tools', `llama.cpp-${llamaRelease}`, 'build', 'bin', 'llama-bench');
  if (!existsSync(binary)) return NaN;
  const layers = backend === 'cpu' ? '0' : '99';
  const args = ['-m', model, '-t', threads.toString(), '-ngl', layers, '-p', '0', '-n', '64', '-r', '3'];
  const output = execFileSync(binary, [...args, '-o', 'json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [result] = JSON.parse(output) as { readonly avg_ts: number }[];
  return result ? 1000 / result.avg_ts : NaN;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
