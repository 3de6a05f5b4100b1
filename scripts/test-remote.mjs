// `npm run test:remote [-- PATH]`: tests the remote engine with a real llama-server, at PATH or built by `npm run
// bench:peers`.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureBundles, ensureDependencies, nodeBinary } from './lib/install.mjs';
import { llamaRelease } from './lib/llama-release.mjs';
import { root, run } from './lib/process.mjs';

const built = path.join(root, '.tools', `llama.cpp-${llamaRelease}`, 'build', 'bin', 'llama-server');
const program = process.argv[2] ?? built;
if (!existsSync(program)) {
  console.error(
    `${program} is not there; run "npm run bench:peers" first, or give the path of a llama-server.`,
  );
  process.exit(2);
}
await ensureDependencies();
await ensureBundles('--tests');
process.exitCode = await run(
  nodeBinary(),
  [
    path.join(root, 'node_modules/mocha/bin/mocha.js'),
    '--exit',
    '--timeout',
    '60000',
    'out/test/remote/*.test.js',
  ],
  { env: { SQL_AHEAD_LLAMA_SERVER: path.resolve(program) } },
);
