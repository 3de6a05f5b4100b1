/**
 * An engine whose process hangs (it is stopped by a signal) is noticed, ended and replaced; nobody waits for it for
 * ever.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import { HostEngine } from '../../server/src/engine/local/hostEngine';
import { readRecord } from '../../server/src/engine/wire/endpoint';
import { pingRequest, prefillRequest } from '../../server/src/engine/wire/messages';
import { restartEngineRequest } from '../../server/src/protocol';
import {
  disposeAll,
  LspWindow,
  root,
  starterModel,
  temporaryFolder,
  type WindowOptions,
} from '../lsp/window';

const webshop = path.join(root, 'samples', 'webshop');

/** Resolves when the process is no more; one that nobody waited for counts. */
async function ended(pid: number): Promise<void> {
  const runs = (): boolean => {
    try {
      return !/\) Z/.test(fs.readFileSync(`/proc/${pid.toString()}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };
  while (runs()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('an engine that hangs', () => {
  const text = 'SELECT name FROM ';
  const stopped: number[] = [];
  afterEach(async () => {
    await disposeAll();
    // What a failed test left stopped would stay.
    for (const pid of stopped.splice(0)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // As it should be.
      }
    }
  });

  function stop(pid: number): void {
    stopped.push(pid);
    process.kill(pid, 'SIGSTOP');
  }
  async function open(options: WindowOptions = {}): Promise<{ window: LspWindow; uri: string; pid: number }> {
    const window = await LspWindow.open({ folder: webshop, ...options });
    await window.ready();
    const uri = await window.openDocument('typed.sql', text);
    return { window, uri, pid: (await window.inspect(uri, text.length)).enginePid };
  }
  /** Ghost text is there, of another engine than before. */
  async function assertReplaced(window: LspWindow, uri: string, pid: number): Promise<void> {
    await ended(pid);
    await window.until(({ engine }) => engine === 'ready');
    const offset = window.text(uri).length;
    assert.notEqual((await window.inspect(uri, offset)).enginePid, pid);
    assert.ok((await window.inlineCompletion(uri, offset)).length > 0);
    assert.deepEqual(window.errors, []);
  }

  it('is replaced while somebody types', async () => {
    const { window, uri, pid } = await open();
    const restarting = window.until(({ engine }) => engine === 'restarting');
    stop(pid);
    for (const key of 'c') await window.edit(uri, window.text(uri).length, window.text(uri).length, key);
    await window.inlineCompletion(uri, text.length + 1);
    await restarting;
    await assertReplaced(window, uri, pid);
  });

  it('is replaced when a restart is asked for, which returns', async () => {
    const { window, uri, pid } = await open();
    stop(pid);
    await window.connection.sendRequest(restartEngineRequest);
    await assertReplaced(window, uri, pid);
  });

  it('is replaced by a window that opens after the others have gone', async () => {
    const shared = { runtimeDirectory: temporaryFolder(), env: { SQL_AHEAD_ENGINE_LINGER_MS: '600000' } };
    const { window, pid } = await open(shared);
    await window.close();
    stop(pid);
    const second = await open({ ...shared, env: {} });
    await assertReplaced(second.window, second.uri, pid);
  });

  it('is replaced for two windows, which share one again', async () => {
    const shared = { runtimeDirectory: temporaryFolder() };
    const first = await open(shared);
    stop(first.pid);
    const second = await open(shared);
    await assertReplaced(second.window, second.uri, first.pid);
    await assertReplaced(first.window, first.uri, first.pid);
    const pids = await Promise.all(
      [first, second].map(({ window, uri }) => window.inspect(uri, text.length)),
    );
    assert.equal(pids[0]?.enginePid, pids[1]?.enginePid);
  });

  it('before it listens is ended, and the person is told', async () => {
    const folder = temporaryFolder();
    const hostScript = path.join(folder, 'engineHost.js');
    const pidFile = path.join(folder, 'pid');
    fs.writeFileSync(
      hostScript,
      `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); process.kill(process.pid, 'SIGSTOP');`,
    );
    const before = process.env['SQL_AHEAD_RUNTIME_DIR'];
    process.env['SQL_AHEAD_RUNTIME_DIR'] = folder;
    try {
      const engine = new HostEngine({
        host: {
          ...{ extensionVersion: '1', modelPath: starterModel, backend: 'cpu', gpuLayers: 0, threads: 1 },
          ...{ contextTokens: 0, keyType: 'f16', valueType: 'f16', cacheMemory: 0 },
        },
        ...{ hostScript, runtimeDirectory: '', probePath: '', log: () => undefined },
      });
      const failed = new Promise((resolve) =>
        engine.onDidChangeStatus((status) => status.state === 'failed' && resolve(status.problem)),
      );
      assert.match(String(await failed), /did not answer.*Restart the Engine/);
      await ended(Number(fs.readFileSync(pidFile, 'utf8')));
      await engine.dispose();
    } finally {
      if (before === undefined) delete process.env['SQL_AHEAD_RUNTIME_DIR'];
      else process.env['SQL_AHEAD_RUNTIME_DIR'] = before;
    }
  });

  it('is not one that is busy: it answers while it evaluates', async () => {
    const runtimeDirectory = temporaryFolder();
    await open({ runtimeDirectory });
    const record = fs.readdirSync(runtimeDirectory).find((name) => name.endsWith('.json')) ?? '';
    const stream = net.connect(readRecord(path.join(runtimeDirectory, record))?.address ?? '');
    const raw = createMessageConnection(new SocketMessageReader(stream), new SocketMessageWriter(stream));
    raw.listen();
    const order: string[] = [];
    const segments = [Array.from({ length: 120 }, (_, i) => `column_${i.toString()}`).join(', ')];
    const prefill = raw
      .sendRequest(prefillRequest.method, { session: 's', segments })
      .then(() => order.push('evaluated'));
    for (let i = 0; i < 3; i++) await raw.sendRequest(pingRequest).then(() => order.push('answered'));
    await prefill;
    assert.deepEqual(order, ['answered', 'answered', 'answered', 'evaluated']);
    raw.end();
  });
});
