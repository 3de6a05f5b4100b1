// `npm test`: runs every test suite, even from a fresh clone. `npm test -- --only unit,lsp` runs some of them; `suites`
// has their names. The last line adds up all suites: "N passed, N failed".
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  ensureBundles,
  ensureDependencies,
  ensureNative,
  ensureSystemPackages,
  nodeBinary,
} from './lib/install.mjs';
import { root, run, say } from './lib/process.mjs';
import { ensureQwenVocabulary } from './lib/qwen-vocabulary.mjs';
import { ensureVscodeServer } from './lib/vscode-server.mjs';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const scratch = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-test-'));
const bin = (name) => path.join(root, 'node_modules', name);

const mocha =
  (files, { timeout = 20_000, env = {} } = {}) =>
  async (counts) => {
    const args = [
      bin('mocha/bin/mocha.js'),
      '--exit',
      '--reporter',
      path.join(root, 'scripts', 'lib', 'reporter.cjs'),
    ];
    await run(nodeBinary(), [...args, '--timeout', String(timeout), files], {
      env: { ...env, SQL_AHEAD_COUNTS: counts },
    });
  };
/** Commands that pass or fail as a whole; each counts as one test. */
const commands = (...all) => {
  return async () => {
    const result = { passed: 0, failed: 0 };
    for (const [name, ...args] of all) {
      const code = await run(nodeBinary(), args);
      console.log(`  ${code === 0 ? '✔' : '✘'} ${name}`);
      result[code === 0 ? 'passed' : 'failed']++;
    }
    return result;
  };
};

const suites = {
  check: commands(
    ['types', bin('typescript/bin/tsc'), '--noEmit'],
    ['lint', bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.'],
    [
      'floors',
      bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
      ...['server/src', 'client/src', 'native'],
    ],
    ['format', bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  ),
  unit: mocha('out/test/unit/**/*.test.js'),
  native: mocha('out/test/native/**/*.test.js', { timeout: 60_000, env: { SQL_AHEAD_TEST_BACKEND: 'cpu' } }),
  // The same tests on a Vulkan device in software, where the cache is in device memory.
  'native-vulkan': mocha('out/test/native/**/*.test.js', {
    timeout: 120_000,
    env: { SQL_AHEAD_TEST_BACKEND: 'vulkan', GGML_VK_VISIBLE_DEVICES: '0' },
  }),
  // Starts PostgreSQL and MariaDB servers of its own, and opens database files.
  db: mocha('out/test/db/**/*.test.js', { timeout: 120_000 }),
  engine: mocha('out/test/engine/**/*.test.js', { timeout: 60_000, env: { SQL_AHEAD_TEST_BACKEND: 'cpu' } }),
  // A few edits only, because just the device of the cache differs.
  'engine-vulkan': mocha('out/test/engine/edits.test.js', {
    timeout: 120_000,
    env: { SQL_AHEAD_TEST_BACKEND: 'vulkan', GGML_VK_VISIBLE_DEVICES: '0' },
  }),
  lsp: mocha('out/test/lsp/**/*.test.js', { timeout: 180_000 }),
  // What a foreign folder, file, server, name or process might try, one test file for each.
  security: mocha('out/test/security/**/*.test.js', { timeout: 180_000 }),
  grammar: commands([
    'question comments',
    bin('vscode-tmgrammar-test/dist/unit.js'),
    '--grammar',
    'test/fixtures/grammar/sql.tmLanguage.json',
    'test/fixtures/grammar/question.sql',
  ]),
  package: commands(['VSIX', path.join(root, 'scripts', 'package.mjs')]),
  'e2e-host': (counts) =>
    run(nodeBinary(), ['out/test/e2e/runHostSuite.js'], { env: { SQL_AHEAD_COUNTS: counts } }),
  'e2e-ui': mocha('out/test/e2e/ui/**/*.test.js', { timeout: 600_000 }),
};

const only = values.only?.split(',');
const unknown = only?.filter((name) => !(name in suites)) ?? [];
if (unknown.length > 0) {
  console.error(`No suite is called ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}
const names = Object.keys(suites).filter((name) => !only || only.includes(name));

try {
  await ensureDependencies();
  const browser = names.some((name) => name.startsWith('e2e'));
  const groups = [
    'build',
    ...(browser || names.some((name) => name.endsWith('vulkan')) ? ['test'] : []),
    ...(names.includes('db') ? ['db'] : []),
  ];
  await ensureSystemPackages(...groups);
  await ensureNative();
  await ensureBundles('--tests');
  if (names.includes('engine')) await ensureQwenVocabulary();
  if (browser) ensureVscodeServer(root, say);

  const sum = { passed: 0, failed: 0 };
  for (const name of names) {
    const started = Date.now();
    say(`\n${name}`);
    const counts = path.join(scratch, `${name}.json`);
    const result = (await suites[name](counts)) ?? {};
    const read = existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')) : result;
    // A suite that ran no test has failed, whatever its exit code.
    const { passed, failed } = read.passed + read.failed > 0 ? read : { passed: 0, failed: 1 };
    sum.passed += passed;
    sum.failed += failed;
    say(`${name}: ${passed} passed, ${failed} failed, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  process.exitCode = sum.failed > 0 ? 1 : 0;
} catch (error) {
  console.error(error.message);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
