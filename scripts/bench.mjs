// Builds and runs a benchmark: `npm run bench`, `bench:catalogue`, `bench:micro`, `bench:model`, `bench:sql` and
// `soak`. test/bench/<name>/main.ts describes the options and figures of each.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  ensureBundles,
  ensureDependencies,
  ensureNative,
  ensureSystemPackages,
  nodeBinary,
} from './lib/install.mjs';
import { run } from './lib/process.mjs';

const [name, ...args] = process.argv.slice(2);
const runtime = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-bench-'));
try {
  await ensureDependencies();
  if (name === 'catalogue') await ensureSystemPackages('db');
  await ensureNative();
  await ensureBundles('--bench');
  process.exitCode = await run(nodeBinary(), [`out/bench/${name}/main.js`, ...args], {
    env: { SQL_AHEAD_RUNTIME_DIR: runtime },
  });
} finally {
  rmSync(runtime, { recursive: true, force: true });
}
