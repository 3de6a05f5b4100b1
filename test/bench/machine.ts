/** Describes the machine and versions that a benchmark runs on, for its report. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly gpu?: string;
  /** Load averages before the run: above the number of cores, others were at work. */
  readonly load: readonly number[];
  readonly node: string;
  /** Commit measured. */
  readonly commit: string;
  readonly date: string;
}

export function machine(): Machine {
  const gpu = output('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader']);
  return {
    processor: processor(),
    cores: os.availableParallelism(),
    memoryGB: Math.round(os.totalmem() / 2 ** 30),
    ...(gpu === '' ? {} : { gpu }),
    load: os.loadavg().map((value) => Number(value.toFixed(1))),
    node: process.version,
    // A copy that is no repository brings its commit along (scripts/gpu-pack.mjs).
    commit: process.env.SQL_AHEAD_COMMIT ?? output('git', ['rev-parse', '--short', 'HEAD']),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The command that runs a script of package.json as this process was run; of paths only the names. */
export function commandLine(script: string): string {
  const args = process.argv.slice(2).map((arg) => (path.isAbsolute(arg) ? path.basename(arg) : arg));
  return ['npm run', script, ...(args.length > 0 ? ['--'] : []), ...args].join(' ');
}

function processor(): string {
  const named = os.cpus()[0]?.model ?? '';
  if (named !== '' && named !== 'unknown') return named;
  try {
    return /model name\s*:\s*(.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? process.arch;
  } catch {
    return process.arch;
  }
}

function output(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
