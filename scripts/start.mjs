// `npm start`: opens the sample workspace in a real VS Code, even from a fresh clone. Uses desktop `code` when it is on
// PATH, else a VS Code server on this machine, whose address it prints. Ctrl+C ends it and everything it started.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { ensureDependencies, ensureNative, ensureSystemPackages, nodeBinary } from './lib/install.mjs';
import { vsixPath } from './lib/paths.mjs';
import { must, root, say, step } from './lib/process.mjs';
import { ensureVscodeServer, startVscodeServer, workbenchAddress } from './lib/vscode-server.mjs';

const workspace = path.join(root, 'samples', 'webshop');
const file = path.join(workspace, 'queries.sql');

try {
  await ensureDependencies();
  const desktop = findDesktop();
  await ensureSystemPackages('build', ...(desktop ? [] : ['server']));
  await ensureNative(...(spawnSync('nvidia-smi').status === 0 ? ['--with', 'cuda'] : []));
  if (desktop) await openDesktop(desktop);
  else await openServer();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function findDesktop() {
  const names = process.platform === 'win32' ? ['code.cmd'] : ['code'];
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((candidate) => existsSync(candidate));
}

async function openDesktop(code) {
  await step('bundles', () => must(nodeBinary(), [path.join(root, 'scripts', 'build.mjs')]));
  const data = path.join(root, '.vscode-test', 'start', 'desktop');
  say(`Opening ${path.relative(root, workspace)} in VS Code; this ends when its window is closed.`);
  const args = [
    '--wait',
    '--new-window',
    `--user-data-dir=${data}`,
    `--extensionDevelopmentPath=${root}`,
    workspace,
    file,
  ];
  const child = spawn(code, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill());
  await new Promise((resolve) => child.once('exit', resolve));
}

async function openServer() {
  await must(process.execPath, [path.join(root, 'scripts', 'package.mjs')]);
  ensureVscodeServer(root, say);
  const data = path.join(root, '.vscode-test', 'start', 'server');
  mkdirSync(data, { recursive: true });
  const server = await step('VS Code server', () =>
    startVscodeServer({
      root,
      node: nodeBinary(),
      data,
      vsix: vsixPath(root),
      env: { SQL_AHEAD_ENGINE_LINGER_MS: '0' },
    }),
  );
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await server.stop();
    say('Stopped.');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop());
  say('Open this address in a browser, and end with Ctrl+C:');
  console.log(workbenchAddress(server, workspace, file));
  await server.exited;
  if (!stopping)
    throw new Error(`The VS Code server ended; its log is ${path.relative(root, server.logFile)}.`);
}
