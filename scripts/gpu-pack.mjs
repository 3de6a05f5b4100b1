// `npm run gpu:pack [-- --out FILE.tar.xz]`: packs into one file under 64 MB all that a CUDA machine without network
// needs to measure the product: source of the pinned llama.cpp and of the addon, the bundles, a Node, the starter
// model, and gpu-bench.sh, which is run there (docs/gpu.md). That script also makes models with random weights.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBundles, ensureDependencies, nodeBinary } from './lib/install.mjs';
import { llamaRelease } from './lib/llama-release.mjs';
import { must, root, say, step } from './lib/process.mjs';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'sql-ahead-gpu.tar.xz' } } });
const out = path.resolve(values.out);
const most = 64 * 2 ** 20;

const sourceName = `llama.cpp-${llamaRelease}`;
/** The parts of llama.cpp's source that llama-server, llama-bench, and the CPU and CUDA backends are built from. */
const wanted = [
  'CMakeLists.txt',
  'LICENSE',
  'cmake',
  'common',
  'ggml',
  'include',
  'licenses',
  'scripts/ui-assets.cmake',
  'src',
  'tools',
  'vendor',
];
const vocabulary = 'models/ggml-vocab-qwen2.gguf';
const otherBackends =
  /^ggml\/src\/ggml-(?!base|cpu|cuda|common|impl|alloc|backend|quants|threads|opt|feature|version)[a-z0-9]+(?:\/|$)/;
const isLeftOut = (file) =>
  otherBackends.test(file) || /^tools\/(?:ui|mtmd)\/.*\.(?:png|jpe?g|svg|mp[34]|wav|gz|woff2?)$/.test(file);

function copy(from, to, filter = () => true) {
  cpSync(from, to, { recursive: true, filter: (file) => filter(path.relative(root, file)) });
}

await ensureDependencies();
await ensureBundles('--bench');
const source = path.join(root, '.tools', sourceName);
if (!existsSync(path.join(source, 'CMakeLists.txt')))
  await must(process.execPath, [path.join(root, 'scripts', 'bench-peers.mjs'), '--only', 'source']);

const temporary = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-gpu-'));
try {
  const folder = path.join(temporary, 'sql-ahead-gpu');
  const tree = path.join(folder, '.tools', sourceName);
  mkdirSync(tree, { recursive: true });
  for (const entry of wanted) {
    if (!existsSync(path.join(source, entry))) continue;
    cpSync(path.join(source, entry), path.join(tree, entry), {
      recursive: true,
      filter: (file) => !isLeftOut(path.relative(source, file)),
    });
  }
  mkdirSync(path.join(tree, 'models'));
  cpSync(path.join(source, vocabulary), path.join(tree, vocabulary));
  const isNoMap = (file) => !file.endsWith('.map');
  for (const entry of ['dist', 'out/bench']) copy(path.join(root, entry), path.join(folder, entry), isNoMap);
  for (const entry of ['native/src', 'native/CMakeLists.txt', 'samples/webshop', 'package.json', 'LICENSE'])
    copy(path.join(root, entry), path.join(folder, entry));
  mkdirSync(path.join(folder, 'models', 'starter'), { recursive: true });
  for (const file of readdirSync(path.join(root, 'models', 'starter')).filter((name) =>
    name.endsWith('.gguf'),
  ))
    cpSync(path.join(root, 'models', 'starter', file), path.join(folder, 'models', 'starter', file));
  for (const name of ['node-addon-api', 'node-api-headers'])
    copy(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name));
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' });
  writeFileSync(path.join(folder, 'commit'), commit);
  mkdirSync(path.join(folder, 'bin'));
  cpSync(nodeBinary(), path.join(folder, 'bin', 'node'));
  cpSync(path.join(root, 'scripts', 'gpu-bench.sh'), path.join(folder, 'gpu-bench.sh'));
  await step('packed', () =>
    execFileSync('tar', [
      '-C',
      temporary,
      '-cf',
      out,
      '--use-compress-program',
      'xz -6 -T0',
      'sql-ahead-gpu',
    ]),
  );
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
const { size } = statSync(out);
say(`${path.relative(process.cwd(), out)}: ${(size / 2 ** 20).toFixed(1)} MB`);
if (size >= most) throw new Error('It is larger than 64 MB; leave more of the source out.');
