// Builds the systems that `npm run bench` compares the product with, in .tools/: llama.cpp's own tools from the source
// of the pinned release, and node-llama-cpp. The product and its tests do not need them.
//
// npm run bench:peers [-- --only source|llama.cpp|node-llama-cpp] [--jobs N]
//
// Needs CMake, a C++17 compiler, git, tar and about ten minutes of two cores. A second run only checks that all is
// there.
import { availableParallelism } from 'node:os';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { llamaRelease, packageVersion, sourcePackage } from './lib/llama-release.mjs';
import { fetchPackage } from './lib/npm-package.mjs';
import { must, root, say, step } from './lib/process.mjs';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, jobs: { type: 'string' } },
});
const tools = path.join(root, '.tools');
const jobs = options.jobs ?? String(Math.min(2, availableParallelism()));

/** Does the work unless a stamp says that the same source made the result already. */
async function once(name, folder, made, work) {
  const stamp = path.join(folder, '.made');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === made) return say(`${name}: up to date`);
  rmSync(stamp, { force: true });
  await step(name, work);
  writeFileSync(stamp, made);
}

const folder = path.join(tools, `llama.cpp-${llamaRelease}`);

/** The source of the pinned release: the tools are built from it, and its models/ has the real tokenizer. */
async function source() {
  mkdirSync(tools, { recursive: true });
  if (existsSync(path.join(folder, 'CMakeLists.txt'))) return;
  const unpacked = path.join(tools, 'node-llama-cpp-package');
  fetchPackage({ ...sourcePackage, version: packageVersion }, unpacked);
  rmSync(folder, { recursive: true, force: true });
  await must('git', ['clone', '--quiet', path.join(unpacked, sourcePackage.bundle), folder]);
  rmSync(unpacked, { recursive: true, force: true });
  keepTileConfiguration();
}

/**
 * GCC 12's intrinsic declares only the first 8 bytes that it reads, so the compiler drops the others: an illegal
 * instruction follows.
 */
function keepTileConfiguration() {
  const file = path.join(folder, 'ggml', 'src', 'ggml-cpu', 'amx', 'mmq.cpp');
  const text = readFileSync(file, 'utf8');
  const load = '_tile_loadconfig(&tc);';
  writeFileSync(file, text.replace(load, `__asm__ volatile("" : : "m"(tc));\n    ${load}`));
}

async function llamaCpp() {
  const build = path.join(folder, 'build');
  const flags = [
    '-DCMAKE_BUILD_TYPE=Release',
    '-DGGML_NATIVE=ON',
    ...['CURL', 'OPENSSL', 'BUILD_TESTS', 'BUILD_EXAMPLES', 'BUILD_UI'].map((name) => `-DLLAMA_${name}=OFF`),
  ];
  const targets = ['llama-server', 'llama-bench', 'llama-quantize'];
  await source();
  await once(`llama.cpp ${llamaRelease}: ${targets.join(', ')}`, folder, flags.join(' '), async () => {
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
    await must('cmake', ['-S', folder, '-B', build, '-Wno-dev', ...flags], quiet);
    await must('cmake', ['--build', build, '--parallel', jobs, '--target', ...targets], quiet);
  });
}

async function nodeLlamaCpp() {
  const peer = path.join(tools, 'node-llama-cpp');
  const from = path.join(root, 'test', 'bench', 'peers');
  mkdirSync(peer, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(path.join(from, file), path.join(peer, file));
  const lock = readFileSync(path.join(from, 'package-lock.json'), 'utf8');
  // The package's optional dependencies are 700 MB of runtimes for other processors and GPUs; package.json names ours.
  // `npm ci` refuses a lock file whose optional packages a registry lacks, so use `npm install`, which checks the same
  // hashes.
  const flags = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await once(`node-llama-cpp ${packageVersion}`, peer, lock, () =>
    must('npm', ['install', ...flags], { cwd: peer }),
  );
}

const { only } = options;
if (only === undefined || only === 'node-llama-cpp') await nodeLlamaCpp();
if (only === 'source') await source();
if (only === undefined || only === 'llama.cpp') await llamaCpp();
