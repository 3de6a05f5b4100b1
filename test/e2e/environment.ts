/**
 * The environment of the end-to-end tests: a temporary copy of the sample workspace, a VS Code server with the packaged
 * extension, and Chromium.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumBinary, vsixPath } from '../../scripts/lib/paths.mjs';
import { startVscodeServer, type VscodeServer } from '../../scripts/lib/vscode-server.mjs';

export const root = process.cwd();
/** Milliseconds. A busy machine is many times slower: what a test waits for comes, the question is only when. */
export const patience = 240_000;
const vsix = vsixPath(root);

export interface Environment {
  readonly server: VscodeServer;
  readonly browser: Browser;
  /** Copy of samples/webshop. */
  readonly workspace: string;
  readonly scratch: string;
  /** A page of the size that the pictures in docs/ have. */
  newPage(): Promise<Page>;
  /** Ends everything; keeps the scratch folder when `keep` is set, so that its logs can be read. */
  stop(keep?: boolean): Promise<void>;
}

export async function startEnvironment(
  settings: Readonly<Record<string, unknown>> = {},
  env: NodeJS.ProcessEnv = {},
  machine: { readonly backend?: string; readonly workspaceTrust?: boolean } = {},
): Promise<Environment> {
  if (!fs.existsSync(vsix)) throw new Error(`${vsix} is missing; run "npm run package" first.`);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-e2e-'));
  const workspace = path.join(scratch, 'webshop');
  fs.cpSync(path.join(root, 'samples', 'webshop'), workspace, { recursive: true });
  const server = await startVscodeServer({
    root,
    node: process.execPath,
    data: path.join(scratch, 'data'),
    vsix,
    settings: {
      // Ghost text is looked for, so the suggest widget keeps out of the way.
      'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
      'editor.wordBasedSuggestions': 'off',
      'files.autoSave': 'off',
      'workbench.reduceMotion': 'on', // a picture taken while something fades in shows it faded
      ...settings,
    },
    machineSettings: { 'sqlAhead.engine.backend': machine.backend ?? 'cpu' },
    workspaceTrust: machine.workspaceTrust ?? false,
    // A runtime folder of its own: no run joins another one's engine.
    env: { SQL_AHEAD_RUNTIME_DIR: path.join(scratch, 'run'), SQL_AHEAD_ENGINE_LINGER_MS: '0', ...env },
  });
  const executablePath = chromiumBinary();
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    headless: true,
    timeout: patience,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    server,
    browser,
    workspace,
    scratch,
    newPage: async () => {
      const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
      page.setDefaultTimeout(patience);
      return page;
    },
    stop: async (keep = false) => {
      await browser.close();
      await server.stop();
      if (!keep) fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
