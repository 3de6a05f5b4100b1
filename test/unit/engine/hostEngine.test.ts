/**
 * The client of the engine host: what it does when a host dies, refuses or exists already. HostEngine starts this file
 * itself as the host; the name of the model tells it how to behave.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { EngineStatus } from '../../../server/src/engine/engine';
import { HostEngine } from '../../../server/src/engine/local/hostEngine';
import { endpointKey, endpointPath, readRecord, writeRecord } from '../../../server/src/engine/wire/endpoint';
import { listen } from '../../../server/src/engine/host/listen';
import {
  countTokensRequest,
  helloNotification,
  shutdownNotification,
  statusNotification,
  type HostArguments,
  type HostOptions,
} from '../../../server/src/engine/wire/messages';
import { untilStatus } from '../support/engineStatus';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A host without a model. */
function fakeHost({ options, endpoint }: HostArguments): void {
  const name = path.basename(options.modelPath);
  const backend = options.backend === 'auto' ? 'vulkan' : options.backend;
  const status: EngineStatus = name.startsWith('bad')
    ? { state: 'failed', problem: `${name} is bad; choose another.` }
    : {
        state: 'ready',
        model: {
          ...{ name, description: '', contextTokens: 1, backend, backendReason: '', architecture: '' },
          kvBytesPerToken: 0,
        },
      };
  const clients = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    clients.add(socket);
    const connection = createMessageConnection(
      new SocketMessageReader(socket),
      new SocketMessageWriter(socket),
    );
    socket.on('error', () => undefined);
    connection.onClose(() => {
      clients.delete(socket);
      if (clients.size === 0) process.exit(0);
    });
    connection.onNotification(shutdownNotification, async () => {
      await connection.sendNotification(statusNotification, { state: 'restarting', problem: '' });
      process.exit(0);
    });
    connection.onRequest(countTokensRequest, ({ texts }) => {
      // A driver that ends the process with the first work on the GPU.
      if (name.startsWith('gpu-kills') && backend !== 'cpu') process.exit(3);
      return texts.map(() => process.pid);
    });
    connection.listen();
    // Another host only looks whether this one is alive, and may be gone by now.
    connection.sendNotification(helloNotification, { pid: process.pid }).catch(() => undefined);
    connection.sendNotification(statusNotification, status).catch(() => undefined);
  });
  listen(server, endpoint).then(
    (remove) => {
      if (!remove) process.exit(0);
      process.once('exit', remove);
    },
    () => process.exit(1),
  );
}

if (process.argv[2]?.startsWith('{')) fakeHost(JSON.parse(process.argv[2]) as HostArguments);
else
  describe('HostEngine', () => {
    let folder = '';
    let engines: HostEngine[] = [];
    const before = process.env['SQL_AHEAD_RUNTIME_DIR'];
    beforeEach(() => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-host-'));
      process.env['SQL_AHEAD_RUNTIME_DIR'] = folder;
    });
    afterEach(async () => {
      await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
      if (before === undefined) delete process.env['SQL_AHEAD_RUNTIME_DIR'];
      else process.env['SQL_AHEAD_RUNTIME_DIR'] = before;
      fs.rmSync(folder, { recursive: true, force: true });
      engines = [];
    });

    const hostOptions = (model: string): HostOptions => ({
      extensionVersion: '1',
      modelPath: path.join(folder, model),
      backend: 'auto',
      gpuLayers: -1,
      threads: 0,
      contextTokens: 0,
      keyType: 'f16',
      valueType: 'f16',
      cacheMemory: 0,
    });
    function open(
      model: string,
      changes: Partial<HostOptions> = {},
    ): { engine: HostEngine; statuses: EngineStatus[] } {
      const engine = new HostEngine({
        host: { ...hostOptions(model), ...changes },
        fallbackModelPath: path.join(folder, 'starter'),
        hostScript: __filename,
        runtimeDirectory: '',
        probePath: '',
        log: () => undefined,
      });
      engines.push(engine);
      const statuses: EngineStatus[] = [];
      engine.onDidChangeStatus((status) => statuses.push(status));
      return { engine, statuses };
    }
    const ready = (engine: HostEngine): Promise<EngineStatus> =>
      untilStatus(engine, ({ state }) => state === 'ready');
    const pidOf = async (engine: HostEngine): Promise<number | undefined> =>
      (await engine.countTokens(['']))[0];

    it('joins the host that is there, from two windows that start at the same time as well', async () => {
      const [a, b] = [open('model').engine, open('model').engine];
      await Promise.all([ready(a), ready(b)]);
      const c = open('model').engine;
      await ready(c);
      assert.equal(await pidOf(a), await pidOf(b));
      assert.equal(await pidOf(a), await pidOf(c));
    });

    it('starts a host of its own for another version or other options', async () => {
      const engines = [
        open('model'),
        open('model', { extensionVersion: '2' }),
        open('model', { valueType: 'q8_0' }),
      ].map(({ engine }) => engine);
      await Promise.all(engines.map(ready));
      assert.equal(new Set(await Promise.all(engines.map(pidOf))).size, 3);
    });

    /** Writes down an address as a host does. */
    function record(address: string, pid = 1): string {
      const endpoint = endpointPath(endpointKey(hostOptions('model')));
      writeRecord(endpoint, { pid, address });
      return endpoint;
    }

    it('removes record and socket of a host that is gone', async () => {
      // A process that was killed leaves both behind.
      const address = path.join(folder, 'engine-dead.sock');
      const dead = net.createServer().listen(address);
      await new Promise((resolve) => dead.once('listening', resolve));
      fs.linkSync(address, `${address}.kept`);
      await new Promise((resolve) => dead.close(resolve));
      fs.renameSync(`${address}.kept`, address);
      const endpoint = record(address);
      const { engine } = open('model');
      await ready(engine);
      assert.equal(fs.existsSync(address), false);
      assert.equal(readRecord(endpoint)?.pid, await pidOf(engine));
      assert.equal(fs.statSync(endpoint).mode & 0o077, 0);
    });

    it('replaces a record that says nothing', async () => {
      fs.writeFileSync(endpointPath(endpointKey(hostOptions('model'))), '{"pid": "7"');
      await ready(open('model').engine);
    });

    it('removes no file beside its own folder, whatever a record says', async () => {
      const kept = path.join(fs.mkdtempSync(path.join(folder, 'other-')), 'kept');
      fs.writeFileSync(kept, '');
      record(kept);
      await ready(open('model').engine);
      assert.ok(fs.existsSync(kept));
    });

    it('joins only who greets: a host that is just ending takes a connection and closes it', async () => {
      const address = path.join(folder, 'engine-ending.sock');
      let taken = 0;
      const ending = net.createServer((socket) => {
        socket.destroy();
        if (++taken === 2) ending.close();
      });
      ending.listen(address);
      await new Promise((resolve) => ending.once('listening', resolve));
      record(address);
      const { engine } = open('model');
      assert.equal((await ready(engine)).state, 'ready');
    });

    it('keeps nothing of a request that was answered', async () => {
      const { engine } = open('model');
      await ready(engine);
      const ask = async (times: number): Promise<number> => {
        for (let i = 0; i < times; i++) await engine.countTokens(['']);
        collect();
        return process.memoryUsage().heapUsed;
      };
      const requests = 4000;
      const warm = await ask(requests);
      const kept = ((await ask(requests)) - warm) / requests;
      assert.ok(kept < 100, `${kept.toFixed(0)} bytes a request`);
    });

    it('leaves a GPU that ended the engine twice for the CPU, and says so', async () => {
      const { engine } = open('gpu-kills');
      for (let i = 0; i < 2; i++) {
        await ready(engine);
        const restarted = untilStatus(engine, ({ state }) => state !== 'ready');
        await assert.rejects(engine.countTokens(['']), { code: 'ERR_ENGINE_GONE' });
        await restarted;
      }
      const status = await ready(engine);
      assert.ok(status.state === 'ready');
      assert.equal(status.model.backend, 'cpu');
      assert.match(status.notice ?? '', /stopped twice on the GPU/);
      assert.equal(typeof (await pidOf(engine)), 'number');
    });

    it('serves with the starter model where the chosen one cannot be loaded, and says so', async () => {
      const { engine, statuses } = open('bad.gguf');
      const status = await ready(engine);
      assert.ok(status.state === 'ready');
      assert.equal(status.model.name, 'starter');
      assert.match(status.notice ?? '', /bad\.gguf is bad.*starter model/);
      assert.ok(statuses.some(({ state }) => state === 'failed'));
    });

    it('tries again what did not work when it is restarted', async () => {
      const { engine, statuses } = open('bad.gguf');
      await ready(engine);
      const before = statuses.filter(({ state }) => state === 'failed').length;
      const again = untilStatus(engine, ({ state }) => state === 'failed');
      await engine.restart();
      await again;
      await ready(engine);
      assert.equal(statuses.filter(({ state }) => state === 'failed').length, before + 1);
    });
  });
