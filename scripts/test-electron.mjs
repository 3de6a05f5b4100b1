// `npm run test:electron`: runs the extension host's test suite in a desktop VS Code, which @vscode/test-electron
// downloads or VSCODE_EXECUTABLE names. On machines with neither, `npm test` runs the same suite in the VS Code server.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBundles, ensureDependencies, ensureNative } from './lib/install.mjs';
import { root } from './lib/process.mjs';

await ensureDependencies();
await ensureNative();
await ensureBundles('--tests');
const { runTests } = await import('@vscode/test-electron');

const scratch = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-electron-'));
try {
  const workspace = path.join(scratch, 'webshop');
  cpSync(path.join(root, 'samples', 'webshop'), workspace, { recursive: true });
  const user = path.join(scratch, 'user');
  mkdirSync(path.join(user, 'User'), { recursive: true });
  writeFileSync(
    path.join(user, 'User', 'settings.json'),
    JSON.stringify({ 'editor.inlineSuggest.enabled': true, 'sqlAhead.engine.backend': 'cpu' }),
  );
  const given = process.env.VSCODE_EXECUTABLE;
  process.exitCode = await runTests({
    ...(given ? { vscodeExecutablePath: given } : {}),
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'out', 'test', 'e2e', 'suite', 'index.js'),
    extensionTestsEnv: { SQL_AHEAD_RUNTIME_DIR: path.join(scratch, 'run'), SQL_AHEAD_ENGINE_LINGER_MS: '0' },
    launchArgs: [
      workspace,
      `--user-data-dir=${user}`,
      '--disable-extensions',
      '--disable-workspace-trust',
      '--no-sandbox',
    ],
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
