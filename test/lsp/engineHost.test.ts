/** Speaks to the engine host directly, over its socket: what one client does must not harm the others. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { MessageConnection } from 'vscode-jsonrpc';
import type { Completion } from '../../server/src/engine/engine';
import {
  chooseRequest,
  completeRequest,
  countTokensRequest,
  prefillRequest,
} from '../../server/src/engine/wire/messages';
import { disposeAll, LspWindow, root, temporaryFolder } from './window';

const webshop = path.join(root, 'samples', 'webshop');
const rules = { maxTokens: 8, stopBefore: ['\n'], stopAfter: [';'] };

/** A window with an engine, and a second, raw connection to that engine. */
async function connect(): Promise<{ window: LspWindow; socketPath: string; raw: MessageConnection }> {
  const runtimeDirectory = temporaryFolder();
  const window = await LspWindow.open({ folder: webshop, runtimeDirectory });
  await window.ready();
  const socket = fs.readdirSync(runtimeDirectory).find((name) => name.endsWith('.sock'));
  assert.ok(socket);
  const socketPath = path.join(runtimeDirectory, socket);
  const stream = net.connect(socketPath);
  const raw = createMessageConnection(new SocketMessageReader(stream), new SocketMessageWriter(stream));
  raw.listen();
  return { window, socketPath, raw };
}

describe('engine host', () => {
  afterEach(disposeAll);

  it('lets nobody but its owner in', async () => {
    const { socketPath, raw } = await connect();
    const folder = path.dirname(socketPath);
    assert.equal(fs.statSync(folder).mode & 0o077, 0);
    for (const file of fs.readdirSync(folder))
      assert.equal(fs.statSync(path.join(folder, file)).mode & 0o077, 0);
    raw.end();
  });

  it('goes on without a client that never chooses', async () => {
    const { window, raw } = await connect();
    raw.onRequest(chooseRequest, () => new Promise<number>(() => undefined));
    const params = { session: 's', segments: ['SELECT '], options: rules, chooser: 1 };
    const stuck = raw.sendRequest<Completion>(completeRequest.method, params);
    const uri = await window.openDocument('typed.sql', 'SELECT name FROM ');
    assert.equal((await window.inlineCompletion(uri, 17)).length, 1);
    const { text, end } = await stuck;
    assert.equal(text, '');
    assert.equal(end, 'no-choice');
    raw.end();
  });

  it('survives a client that leaves in the middle of a request', async () => {
    const { window, raw } = await connect();
    const gone = new Promise<void>((resolve) => {
      raw.onRequest(chooseRequest, () => {
        raw.end();
        resolve();
        return null;
      });
    });
    raw
      .sendRequest(completeRequest.method, {
        session: 's',
        segments: ['SELECT '],
        options: rules,
        chooser: 1,
      })
      .catch(() => undefined);
    await gone;
    const uri = await window.openDocument('typed.sql', 'SELECT name FROM ');
    assert.equal((await window.inlineCompletion(uri, 17)).length, 1);
  });

  it('answers nonsense with an error that has a code', async () => {
    const { raw } = await connect();
    await assert.rejects(
      raw.sendRequest(prefillRequest.method, { session: 's', segments: [{ ref: 99 }] }),
      ({ data }: { data?: { code: string } }) => data?.code === 'ERR_ENGINE_VERSION',
    );
    await assert.rejects(
      raw.sendRequest(prefillRequest.method, { session: 's', segments: ['word '.repeat(5000)] }),
      ({ data }: { data?: { code: string } }) => data?.code === 'ERR_PROMPT_TOO_LONG',
    );
    assert.deepEqual(await raw.sendRequest(countTokensRequest.method, { texts: ['', 'SELECT 1'] }), [0, 3]);
    raw.end();
  });
});
