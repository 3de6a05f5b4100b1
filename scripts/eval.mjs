// `npm run eval`: builds what is evaluated and runs it; options and figures are described in test/eval/main.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBundles, ensureDependencies, ensureNative, nodeBinary } from './lib/install.mjs';
import { run } from './lib/process.mjs';

// An engine of its own, whatever else is running.
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
