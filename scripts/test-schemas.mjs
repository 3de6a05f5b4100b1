// `npm run test:schemas -- DIR`: runs the tests of test/schemas on the schemas in DIR, in real servers and files.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureBundles, ensureDependencies, ensureSystemPackages, nodeBinary } from './lib/install.mjs';
import { root, run } from './lib/process.mjs';

const folder = process.argv[2];
if (folder === undefined || !existsSync(folder)) {
  console.error(
    `${folder ?? 'A folder'} is not there; give one with schemas, as test/schemas/all.test.ts names them (Chinook, Sakila, MusicBrainz …): npm run test:schemas -- DIR`,
  );
  process.exit(2);
}
await ensureDependencies();
await ensureSystemPackages('db');
await ensureBundles('--tests');
process.exitCode = await run(
  nodeBinary(),
  [
    path.join(root, 'node_modules/mocha/bin/mocha.js'),
    '--exit',
    '--timeout',
    '120000',
    'out/test/schemas/*.test.js',
  ],
  { env: { SQL_AHEAD_SCHEMAS: path.resolve(folder) } },
);
