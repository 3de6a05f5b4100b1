// `npm run eval`: builds and runs the evaluation. test/eval/main.ts describes its options and figures.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBundles, ensureDependencies, ensureNative, nodeBinary } from './lib/install.mjs';
import { run } from './lib/process.mjs';

// A folder of its own makes it start an engine of its own, even while others run.
const runtime = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-eval-'));
try {
  await ensureDependencies();
  await ensureNative();
  await ensureBundles('--eval');
  process.exitCode = await run(nodeBinary(), ['out/eval/main.js', ...process.argv.slice(2)], {
    env: { SQL_AHEAD_RUNTIME_DIR: runtime },
  });
} finally {
  rmSync(runtime, { recursive: true, force: true });
}
