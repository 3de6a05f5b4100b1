// Builds the addon and puts it, with llama.cpp's runtime libraries, into native/bin/<platform>-<arch>/. Needs CMake, a
// C++17 compiler, git and tar. Everything else comes from npm and is checked by its hash.
//
// node scripts/build-native.mjs [--with cuda] [--libraries <folder>] [--force]
//
// --libraries takes libllama, libggml and the plugins from a folder (your own build) instead of from npm. Result:
// <target>/ has the addon, libllama, libggml*, CPU plugins and the licence; <target>/gpu/ has the GPU plugins. They
// have a folder of their own, so that loading the CPU plugins by folder loads no GPU driver.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkSearchPaths, searchOwnFolder } from './lib/elf.mjs';
import { releaseOf, targets } from './lib/llama-release.mjs';
import { exportedNames, moduleDefinition } from './lib/pe.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const native = path.join(root, 'native');
const vendor = path.join(native, 'vendor');
const build = path.join(native, 'build');
const target = `${process.platform}-${process.arch}`;
const bin = path.join(native, 'bin', target);
const { llamaRelease, packageVersion, sourcePackage } = releaseOf(target);

const { values: options } = parseArgs({
  options: {
    with: { type: 'string', multiple: true, default: [] },
    libraries: { type: 'string' },
    force: { type: 'boolean', default: false },
  },
});

const say = (text) => console.log(`native: ${text}`);

function run(command, args, cwd = root) {
  // On Windows npm is a script, which only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm';
  try {
    execFileSync(command, args, {
      cwd,
      shell,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    console.error(error.stdout ?? ''); // shown only now: compilers report errors on stdout
    throw new Error(
      `'${[path.basename(command), ...args].join(' ')}' failed: ${error.message.split('\n')[0]}`,
      { cause: error },
    );
  }
}

/** Downloads a package, checks its hash, and unpacks it into `folder`. */
function fetchPackage({ name, integrity }, folder) {
  if (!integrity) {
    throw new Error(
      `${name}@${packageVersion} is not pinned. Run \`npm view ${name}@${packageVersion} dist.integrity\`, ` +
        'enter the value in scripts/lib/llama-release.mjs and build again.',
    );
  }
  say(`fetching ${name}@${packageVersion}`);
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-'));
  try {
    run('npm', [
      'pack',
      `${name}@${packageVersion}`,
      '--ignore-scripts',
      '--silent',
      '--pack-destination',
      temporary,
    ]);
    const tarball = readdirSync(temporary).find((file) => file.endsWith('.tgz'));
    const found = `sha512-${createHash('sha512')
      .update(readFileSync(path.join(temporary, tarball)))
      .digest('base64')}`;
    if (found !== integrity)
      throw new Error(`${name}@${packageVersion} has the hash ${found}, not the pinned ${integrity}.`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    run('tar', ['-xzf', tarball, '-C', folder, '--strip-components', '1'], temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Folder of an unpacked package: in node_modules (checked by package-lock.json), else downloaded once. */
function packageFolder(spec) {
  const installed = path.join(root, 'node_modules', spec.name);
  const fetched = path.join(vendor, 'packages', `${spec.name.replaceAll('/', '-')}-${packageVersion}`);
  for (const folder of [installed, fetched]) {
    const manifest = path.join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === packageVersion)
      return folder;
  }
  fetchPackage(spec, fetched);
  return fetched;
}

/** The folder below bins/ that contains a package's libraries. */
function libraryFolder(spec) {
  if (spec.folder) return spec.folder;
  const bins = path.join(packageFolder(spec), 'bins');
  return path.join(
    bins,
    readdirSync(bins).find((entry) => !entry.startsWith('_')),
  );
}

/** llama.cpp's headers from the pinned release. */
function headers() {
  const folder = path.join(vendor, `llama.cpp-${llamaRelease}`);
  if (existsSync(path.join(folder, 'llama.h'))) return folder;
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-'));
  try {
    fetchPackage(sourcePackage, path.join(temporary, 'package'));
    const tree = path.join(temporary, 'llama.cpp');
    run('git', [
      'clone',
      '--quiet',
      '--no-checkout',
      path.join(temporary, 'package', sourcePackage.bundle),
      tree,
    ]);
    run(
      'git',
      ['checkout', '--quiet', 'HEAD', '--', 'include', 'ggml/include', 'src/llama-ext.h', 'LICENSE'],
      tree,
    );
    mkdirSync(folder, { recursive: true });
    cpSync(path.join(tree, 'LICENSE'), path.join(folder, 'LICENSE'));
    cpSync(path.join(tree, 'ggml/include'), folder, { recursive: true });
    cpSync(path.join(tree, 'src/llama-ext.h'), path.join(folder, 'llama-ext.h'));
    cpSync(path.join(tree, 'include'), folder, { recursive: true }); // last: its llama.h says that all is there
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  say(`llama.cpp ${llamaRelease} headers are in ${path.relative(root, folder)}`);
  return folder;
}

const isLibrary = (file) => /\.(so|dylib|dll|metal)(\.|$)/.test(file);
const isGpuPlugin = (file) => /ggml-(cuda|vulkan|metal)\b/.test(file);
/** True for libraries of llama.cpp that are not used, or that the base package has already. */
const isOther = (file) => /llama-common|llama-addon|mtmd/.test(file);

function stage(base, gpuPackages, wanted) {
  const staged = `${bin}.new`; // replaces `bin` at the end, so that a failed build leaves the old runtime
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(path.join(staged, 'gpu'), { recursive: true });
  const inBase = new Set(readdirSync(libraryFolder(base)));
  for (const file of inBase) {
    if (!isLibrary(file) || isOther(file)) continue;
    const to = path.join(staged, isGpuPlugin(file) ? 'gpu' : '', file);
    cpSync(path.join(libraryFolder(base), file), to, { dereference: true });
  }
  for (const gpu of gpuPackages) {
    for (const file of readdirSync(libraryFolder(gpu))) {
      // Beside the plugin copy only its own libraries: libllama and libggml come from the base package.
      if (
        !isLibrary(file) ||
        isOther(file) ||
        inBase.has(file) ||
        /(llama|ggml)\.(cuda|vulkan|metal|v)\S*$/.test(file)
      )
        continue;
      cpSync(path.join(libraryFolder(gpu), file), path.join(staged, 'gpu', file));
    }
  }
  if (!base.folder)
    cpSync(path.join(packageFolder(base), 'LICENSE'), path.join(staged, 'LICENSE.node-llama-cpp'));
  cpSync(path.join(headers(), 'LICENSE'), path.join(staged, 'LICENSE.llama.cpp'));
  cpSync(path.join(build, 'Release', 'sqlahead.node'), path.join(staged, 'sqlahead.node'));
  for (const file of readdirSync(staged, { recursive: true }))
    if (isLibrary(file)) searchOwnFolder(path.join(staged, file));
  checkSearchPaths(staged);
  writeFileSync(path.join(staged, 'stamp'), wanted);
  rmSync(bin, { recursive: true, force: true });
  renameSync(staged, bin);
}

/**
 * Writes module definitions for the libraries that the addon links. CMake makes import libraries from them, which
 * Microsoft's linker needs and the packages lack.
 */
function moduleDefinitions(libraries) {
  if (process.platform !== 'win32') return [];
  const folder = path.join(build, 'definitions');
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(libraries)) {
    if (!/^(?:llama\.|ggml\.|ggml-base\.).*dll$/.test(file)) continue;
    const definition = moduleDefinition(file, exportedNames(path.join(libraries, file)));
    writeFileSync(path.join(folder, file.replace(/dll$/, 'def')), definition);
  }
  return [`--CDLLAMA_DEFINITION_DIR=${folder}`];
}

/** True when a GPU backend's packages can be downloaded. One that nobody asked for by name may be missing. */
function available(backend) {
  try {
    runtime[backend].forEach(packageFolder);
    return true;
  } catch (error) {
    if (options.with.includes(backend)) throw error;
    say(`left out ${backend}: ${error.message}`);
    return false;
  }
}

/** A hash of everything that the result depends on. */
function stamp(gpuBackends) {
  const hash = createHash('sha256').update(
    JSON.stringify({ llamaRelease, packageVersion, target, gpuBackends, libraries: options.libraries }),
  );
  const src = path.join(native, 'src');
  const files = readdirSync(src)
    .sort()
    .map((file) => path.join(src, file));
  files.push(
    path.join(native, 'CMakeLists.txt'),
    path.join(native, 'package.json'),
    path.join(root, 'scripts', 'lib', 'elf.mjs'),
    path.join(root, 'scripts', 'lib', 'pe.mjs'),
    fileURLToPath(import.meta.url),
  );
  for (const file of files) hash.update(path.relative(root, file)).update(readFileSync(file));
  return hash.digest('hex');
}

const runtime = options.libraries
  ? { base: { folder: path.resolve(options.libraries) }, bundled: [] }
  : targets[target];
if (!runtime) {
  throw new Error(`No prebuilt llama.cpp for ${target}; native/README.md says how to build it from source.`);
}
const gpuBackends = [...new Set([...runtime.bundled, ...options.with])];
for (const backend of gpuBackends) {
  if (!runtime[backend]) throw new Error(`There is no ${backend} runtime for ${target}.`);
}

const stampFile = path.join(bin, 'stamp');
const wanted = stamp(gpuBackends);
if (!options.force && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) {
  say(`up to date (${path.relative(root, bin)})`);
} else {
  const started = Date.now();
  const include = headers();
  const cmakeJs = path.join(root, 'node_modules/cmake-js/bin/cmake-js');
  const common = ['-d', native, '-O', build, '-l', 'warn'];
  const definitions = [
    `--CDLLAMA_INCLUDE_DIR=${include}`,
    `--CDLLAMA_LIBRARY_DIR=${libraryFolder(runtime.base)}`,
    `--CDLLAMA_RELEASE=${llamaRelease}`,
    ...moduleDefinitions(libraryFolder(runtime.base)),
  ];
  say(`building for ${target}`);
  // CMake refuses a build folder that was made at another path, as after the tree was copied or moved.
  const cache = path.join(build, 'CMakeCache.txt');
  if (existsSync(cache) && !readFileSync(cache, 'utf8').includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${native}\n`))
    rmSync(build, { recursive: true });
  run(process.execPath, [cmakeJs, 'configure', ...common, ...definitions]);
  run(process.execPath, [cmakeJs, 'build', ...common, '-p', '2']);
  const staged = gpuBackends.filter((backend) => available(backend));
  stage(
    runtime.base,
    staged.flatMap((backend) => runtime[backend]),
    wanted,
  );
  const seconds = Math.round((Date.now() - started) / 1000);
  say(`${path.relative(root, bin)} is ready (${[...staged, 'cpu'].join(', ')}; ${seconds} s)`);
}
