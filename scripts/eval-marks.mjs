// `npm run eval:marks`: how much of what real databases refuse is marked; options and figures are described in
// test/eval/marks.ts.
import { ensureBundles, ensureDependencies, ensureSystemPackages, nodeBinary } from './lib/install.mjs';
import { run } from './lib/process.mjs';

await ensureDependencies();
await ensureSystemPackages('db');
await ensureBundles('--eval');
process.exitCode = await run(nodeBinary(), ['out/eval/marks.js', ...process.argv.slice(2)]);
