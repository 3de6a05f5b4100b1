// `npm run zoo -- COMMAND …`: builds the zoo's commands and runs one; they are described in scripts/zoo/main.ts.
import { ensureBundles, ensureDependencies, ensureNative, nodeBinary } from './lib/install.mjs';
import { run } from './lib/process.mjs';

await ensureDependencies();
await ensureNative();
await ensureBundles('--zoo');
process.exitCode = await run(nodeBinary(), ['out/zoo/main.js', ...process.argv.slice(2)]);
