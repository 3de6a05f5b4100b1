/**
 * The client of the engine host: what it does when hosts die, refuse or are already there. The hosts are this file
 * itself, run by HostEngine as a process of its own, and do what the name of the model says.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';
import type { EngineStatus } from '../../../server/src/engine/engine';
import { HostEngine } from '../../../server/src/engine/local/hostEngine';
import { endpointKey, endpointPath } from '../../../server/src/engine/wire/endpoint';
import { listen } from '../../../server/src/engine/host/listen';
import {
  countTokensRequest,
  shutdownNotification,
  statusNotification,
  type HostArguments,
  type HostOptions,
} from '../../../server/src/engine/wire/messages';

/** A host without a model. */
function fakeHost({ options, socketPath }: HostArguments): void {
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
    connection.sendNotification(statusNotification, status).catch(() => undefined);
  });
  listen(server, socketPath).then(
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
    function until(engine: HostEngine, condition: (status: EngineStatus) => boolean): Promise<EngineStatus> {
      return new Promise((resolve) => {
        const look = (status: EngineStatus): void => {
          if (!condition(status)) return;
          stop();
          resolve(status);
        };
        const stop = engine.onDidChangeStatus(look);
        look(engine.status);
      });
    }
    const ready = (engine: HostEngine): Promise<EngineStatus> =>
      until(engine, ({ state }) => state === 'ready');
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

    it('removes the socket of a host that is gone', async () => {
      // A socket whose process was killed leaves its file behind.
      const socketPath = endpointPath(endpointKey(hostOptions('model')));
      const dead = net.createServer().listen(socketPath);
      await new Promise((resolve) => dead.once('listening', resolve));
      fs.linkSync(socketPath, `${socketPath}.kept`);
      await new Promise((resolve) => dead.close(resolve));
      fs.renameSync(`${socketPath}.kept`, socketPath);
      const { engine } = open('model');
      await ready(engine);
    });

    it('joins only who greets: a host that is just ending takes a connection and closes it', async () => {
      const socketPath = endpointPath(endpointKey(hostOptions('model')));
      let taken = 0;
      const ending = net.createServer((socket) => {
        socket.destroy();
        if (++taken === 2) ending.close();
      });
      ending.listen(socketPath);
      await new Promise((resolve) => ending.once('listening', resolve));
      const { engine } = open('model');
      assert.equal((await ready(engine)).state, 'ready');
    });

    it('leaves a GPU that ended the engine twice for the CPU, and says so', async () => {
      const { engine } = open('gpu-kills');
      for (let i = 0; i < 2; i++) {
        await ready(engine);
        const restarted = until(engine, ({ state }) => state !== 'ready');
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
      const again = until(engine, ({ state }) => state === 'failed');
      await engine.restart();
      await again;
      await ready(engine);
      assert.equal(statuses.filter(({ state }) => state === 'failed').length, before + 1);
    });
  });
