/** `sql-ahead-server`, the command by which any editor starts the server: its options, its Node, its folder. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { disposeAll, onDispose, root, temporaryFolder } from './window';

const launcher = path.join(root, 'bin', 'sql-ahead-server.js');
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
};

function run(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [launcher, ...args], { encoding: 'utf8', cwd: temporaryFolder() });
}

/** An executable script. */
function script(folder: string, name: string, text: string): void {
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

describe('sql-ahead-server', () => {
  afterEach(disposeAll);

  it('tells its version and its options', () => {
    assert.equal(run('--version').stdout, `${version}\n`);
    assert.match(run('--help').stdout, /--stdio/);
  });

  for (const args of [[], ['--studio'], ['--stdio', 'file.sql']])
    it(`refuses ${JSON.stringify(args)} with what there is`, () => {
      const { status, stdout, stderr } = run(...args);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /Usage: sql-ahead-server --stdio/);
    });

  /** Starts it, has one answer, and ends it in order. @param node what runs the launcher, with its options */
  async function speaks(node: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
    const child = spawn(process.execPath, [...node, launcher, '--stdio'], {
      cwd,
      env: {
        ...process.env,
        ...{
          HOME: temporaryFolder(),
          SQL_AHEAD_RUNTIME_DIR: temporaryFolder(),
          SQL_AHEAD_ENGINE_LINGER_MS: '0',
        },
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.listen();
    onDispose(async () => {
      child.kill();
      await exited;
    });
    const result = await connection.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
    });
    assert.match(JSON.stringify(result), /hoverProvider/);
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    assert.equal(await exited, 0);
    connection.dispose();
  }

  it('starts the server in the folder of its own, whichever it is called in and by which link', async () => {
    const folder = temporaryFolder();
    const seen = path.join(folder, 'seen');
    const preload = path.join(folder, 'preload.cjs');
    fs.writeFileSync(
      preload,
      `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(seen)}, process.cwd()));`,
    );
    await speaks(['-r', preload], folder, {});
    assert.equal(fs.readFileSync(seen, 'utf8'), root);
  });

  it('finds a Node that is new enough, and never one in the folder it is called in', async () => {
    const [here, old, good] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    const trap = path.join(here, 'sprung');
    script(here, 'node', `touch '${trap}'; exit 1`);
    script(old, 'node', 'echo v18.20.0');
    fs.symlinkSync(process.execPath, path.join(good, 'node'));
    const preload = path.join(old, 'old.cjs');
    fs.writeFileSync(preload, "Object.defineProperty(process.versions, 'node', { value: '18.20.0' });");
    const PATH = ['', '.', old, good, '/usr/bin', '/bin'].join(path.delimiter);
    await speaks(['-r', preload], here, { PATH });
    assert.equal(fs.existsSync(trap), false);
  });

  it('says which Node it needs where there is none', () => {
    const old = temporaryFolder();
    const preload = path.join(old, 'old.cjs');
    fs.writeFileSync(preload, "Object.defineProperty(process.versions, 'node', { value: '18.20.0' });");
    const { status, stderr } = spawnSync(process.execPath, ['-r', preload, launcher, '--stdio'], {
      encoding: 'utf8',
      env: { PATH: old },
    });
    assert.equal(status, 1);
    assert.match(stderr, /needs Node 22\.13 or newer; this is 18\.20\.0.*SQL_AHEAD_NODE/);
  });
});
