// Bundles client, server and engine host into dist/ with esbuild. `--tests` also bundles the test files into out/,
// `--eval` the evaluation, `--bench` the benchmarks, `--zoo` the validation of models, `--recipe` the part of the
// model's recipe that is in TypeScript.
import { build, context } from 'esbuild';
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
process.chdir(root);
const flags = new Set(process.argv.slice(2));

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  sourcemap: true,
  logLevel: 'warning',
  // Not bundled: pg-native is another driver, and DuckDB's driver is a native module that stays beside the bundles
  // (package.mjs).
  external: ['vscode', '*.node', 'pg-native', '@duckdb/node-api'],
  loader: { '.sql': 'text' },
  legalComments: 'none',
};

const bundles = {
  ...common,
  entryPoints: {
    client: 'client/src/extension.ts',
    server: 'server/src/main.ts',
    engineHost: 'server/src/engine/host/main.ts',
    fileReader: 'server/src/schema/sources/fileReader/main.ts',
    probe: 'native/probe.ts',
  },
  outdir: 'dist',
  minify: flags.has('--minify'),
};
bundles.entryPoints = Object.fromEntries(
  Object.entries(bundles.entryPoints).filter(([, file]) => existsSync(file)),
);

// One bundle for each test file. Tests read fixtures from the source tree, relative to the working directory.
const testFiles = globSync(['test/**/*.test.ts', 'test/e2e/suite/index.ts', 'test/e2e/runHostSuite.ts']);
const tests = {
  ...common,
  entryPoints: testFiles,
  outdir: 'out',
  outbase: '.',
  external: [...common.external, 'mocha', 'fast-check', 'esbuild', 'playwright-core'],
};

const evaluation = {
  ...common,
  entryPoints: ['main', 'judge', 'marks', 'accepted'].map((name) => `test/eval/${name}.ts`),
  outdir: 'out/eval',
};

const recipe = {
  ...common,
  entryPoints: ['models/recipe/linkQuestions.ts'],
  outdir: 'out/recipe',
};

const zoo = {
  ...common,
  entryPoints: ['scripts/zoo/main.ts'],
  outdir: 'out/zoo',
};

const benchmarks = {
  ...common,
  entryPoints: ['main', 'observed'].flatMap((name) => globSync(`test/bench/*/${name}.ts`)),
  outdir: 'out/bench',
  outbase: 'test/bench',
};

if (flags.has('--watch')) {
  const watcher = await context(bundles);
  await watcher.watch();
  console.log('watching client/, server/ and native/');
} else {
  const { metafile } = await build({ ...bundles, metafile: true });
  // package.mjs makes the licence notices from this list of bundled files.
  if (flags.has('--metafile')) {
    mkdirSync('dist', { recursive: true });
    writeFileSync('dist/meta.json', JSON.stringify(metafile));
  }
  // Else a bundle of a removed test would still run.
  if (flags.has('--tests')) rmSync('out/test', { recursive: true, force: true });
  if (flags.has('--tests') && testFiles.length > 0) await build(tests);
  if (flags.has('--eval')) await build(evaluation);
  if (flags.has('--recipe')) await build(recipe);
  if (flags.has('--zoo')) await build(zoo);
  if (flags.has('--bench')) await build(benchmarks);
}
