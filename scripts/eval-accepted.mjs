// `npm run eval:accepted`: how often ghost text leaves a statement that the real database accepts; options and figures are
// described in test/eval/accepted.ts.
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

// A folder of its own makes it start an engine of its own, even while others run.
const runtime = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-accepted-'));
try {
  await ensureDependencies();
  await ensureSystemPackages('db');
  await ensureNative();
  await ensureBundles('--eval');
  process.exitCode = await run(nodeBinary(), ['out/eval/accepted.js', ...process.argv.slice(2)], {
    env: { SQL_AHEAD_RUNTIME_DIR: runtime },
  });
} finally {
  rmSync(runtime, { recursive: true, force: true });
}
