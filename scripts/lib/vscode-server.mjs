// Starts a real VS Code that needs no download: the server and web workbench in npm's code-server package. `npm start`
// uses it when there is no desktop VS Code, and so do the end-to-end tests.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

/** Version of code-server in test/e2e/vscode/package.json. Each needs its own Node: 4.139 (VS Code 1.139) needs Node 24. */
const serverVersion = (root) =>
  JSON.parse(readFileSync(path.join(root, 'test', 'e2e', 'vscode', 'package.json'), 'utf8')).dependencies[
    'code-server'
  ];

/** Settings for a quiet workbench: no welcome page, no update checks, ghost text on. */
export const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.openRepositoryInParentFolders': 'never',
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'editor.inlineSuggest.enabled': true,
};

const serverRoot = (root) => path.join(root, '.vscode-test', `server-${serverVersion(root)}`);
const entry = (root) =>
  path.join(serverRoot(root), 'node_modules', 'code-server', 'lib', 'vscode', 'out', 'server-main.js');

/**
 * Installs the server once, in the versions and hashes of test/e2e/vscode/package-lock.json.
 * @param say receives progress lines
 */
export function ensureVscodeServer(root, say) {
  const folder = serverRoot(root);
  const stamp = path.join(folder, '.installed');
  if (existsSync(stamp)) return;
  say(`VS Code server (npm package code-server ${serverVersion(root)})`);
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(path.join(root, 'test', 'e2e', 'vscode', name), path.join(folder, name));
  // --force: its engines field allows only one Node; --ignore-scripts: what we start needs none of its native builds.
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--force', '--loglevel=error'];
  npm(['ci', ...options], folder);
  // The server's own packages. Its shrinkwrap pins them, but lacks one without which `npm ci` refuses.
  npm(['install', ...options, '--omit=dev'], path.dirname(path.dirname(entry(root))));
  writeFileSync(stamp, '');
}

function npm(args, cwd) {
  const result = spawnSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.status !== 0)
    throw new Error(`'npm ${args.join(' ')}' failed:\n${result.stdout}${result.stderr}`);
}

/**
 * Installs a VSIX and starts a server on a free port of this machine.
 * @param options.root repository root · .node Node 24 · .data folder for user data, extensions and logs · .vsix file,
 * or undefined · .settings, .machineSettings (written if there are none yet) · .env more environment · .workspaceTrust
 * true to ask whether a folder is trusted, as desktop VS Code does
 * @returns url, host ("127.0.0.1:port"), pid, stop() which ends the whole process group, and exited
 */
export async function startVscodeServer({
  root,
  node,
  data,
  vsix,
  settings = {},
  machineSettings = {},
  env = {},
  workspaceTrust = false,
}) {
  const folders = {
    user: path.join(data, 'user'),
    extensions: path.join(data, 'extensions'),
    server: path.join(data, 'server'),
    home: path.join(data, 'home'),
  };
  for (const folder of [
    path.join(folders.user, 'User'),
    path.join(folders.user, 'Machine'),
    ...Object.values(folders),
  ]) {
    mkdirSync(folder, { recursive: true });
  }
  write(path.join(folders.user, 'User', 'settings.json'), { ...quietSettings, ...settings });
  // Settings of machine scope work only here, because for its workbench a server is a remote machine.
  write(path.join(folders.user, 'Machine', 'settings.json'), machineSettings);
  const environment = {
    ...process.env,
    HOME: folders.home,
    XDG_CONFIG_HOME: path.join(folders.home, '.config'),
    XDG_DATA_HOME: path.join(folders.home, '.local', 'share'),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}', // look up nothing in a marketplace
    ...env,
  };
  delete environment.VSCODE_IPC_HOOK_CLI;
  const common = [
    entry(root),
    '--accept-server-license-terms',
    '--server-data-dir',
    folders.server,
    '--user-data-dir',
    folders.user,
    '--extensions-dir',
    folders.extensions,
  ];
  if (vsix) {
    const installed = spawnSync(node, [...common, '--force', '--install-extension', vsix], {
      env: environment,
      encoding: 'utf8',
    });
    if (installed.status !== 0)
      throw new Error(`The extension could not be installed:\n${installed.stdout}${installed.stderr}`);
  }
  const port = await freePort();
  const logFile = path.join(data, 'server.log');
  const log = openSync(logFile, 'a');
  const child = spawn(
    node,
    [
      ...common,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--without-connection-token',
      '--enable-smoke-test-driver',
      '--telemetry-level',
      'off',
      ...(workspaceTrust ? [] : ['--disable-workspace-trust']),
      '--disable-experiments',
    ],
    { env: environment, stdio: ['ignore', log, log], detached: true },
  );
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // The process has ended already.
    }
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 60_000;
  while (!(await answers(`${url}/version`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`The VS Code server did not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, host: `127.0.0.1:${port}`, pid: child.pid, stop, exited, logFile };
}

/** Writes settings if there are none yet; a person's own settings stay. */
function write(file, settings) {
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(settings, null, 2));
}

/** The address that opens a folder and a file in it. */
export function workbenchAddress(server, folder, file) {
  const payload = file
    ? `&payload=${encodeURIComponent(JSON.stringify([['openFile', `vscode-remote://${server.host}${file}`]]))}`
    : '';
  return `${server.url}/?folder=${encodeURI(folder)}${payload}`;
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
