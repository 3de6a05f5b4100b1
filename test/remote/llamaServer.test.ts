/**
 * The remote engine with a real llama-server and the starter model; tests only what is true for any model. `npm run
 * test:remote` runs it and passes the path of the server's program.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import * as path from 'node:path';
import type { Choose } from '../../server/src/engine/engine';
import { RemoteEngine } from '../../server/src/engine/remote/remoteEngine';
import { untilStatus } from '../unit/support/engineStatus';

const schema = 'CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);\n'.repeat(8);
const rules = { maxTokens: 12, stopBefore: ['\n'], stopAfter: [';'] };
const prompt = (typed: string): { segments: string[]; stable: number } => ({
  segments: [schema, typed],
  stable: 1,
});

describe('RemoteEngine with a real llama-server', () => {
  let child: ChildProcess;
  let engine: RemoteEngine;

  before(async () => {
    const program = process.env['SQL_AHEAD_LLAMA_SERVER'];
    assert.ok(program, 'run this by npm run test:remote');
    const port = await freePort();
    const model = path.join(process.cwd(), 'models', 'starter', 'sql-ahead-starter-q8_0.gguf');
    const args = ['-m', model, '-c', '1024', '-np', '1', '-t', '1', '-ngl', '0'];
    child = spawn(program, [...args, '--host', '127.0.0.1', '--port', port.toString()], { stdio: 'ignore' });
    engine = new RemoteEngine({
      ...{ url: `http://127.0.0.1:${port.toString()}`, model: '', key: '', log: () => undefined },
    });
    while ((await untilStatus(engine, ({ state }) => state !== 'starting')).state !== 'ready')
      await engine.restart();
  });
  after(async () => {
    await engine.dispose();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.kill()) await ended;
  });

  it('knows the model and counts its tokens', async () => {
    assert.ok(engine.status.state === 'ready');
    assert.equal(engine.status.model.contextTokens, 1024);
    const [none, some] = await engine.countTokens(['', 'SELECT 1']);
    assert.equal(none, 0);
    assert.ok(some !== undefined && some > 0);
  });

  it('evaluates the schema once, and a key for its own tokens', async () => {
    const first = await engine.prefill({ session: 'a', prompt: prompt('SELECT') });
    assert.ok(first.reused + first.evaluated > 50);
    const second = await engine.prefill({ session: 'a', prompt: prompt('SELECT n') });
    assert.ok(second.evaluated < 8, JSON.stringify(second));
    assert.ok(second.reused > 50);
  });

  it('continues greedily as with a choice that always takes the best', async () => {
    const greedy = await engine.complete({
      session: 'a',
      prompt: prompt('SELECT name FROM'),
      options: rules,
    });
    const chosen = await engine.complete({
      session: 'a',
      prompt: prompt('SELECT name FROM'),
      options: rules,
      choose: () => 0,
    });
    assert.equal(chosen.text, greedy.text);
    assert.ok(greedy.text.length > 0);
  });

  it('follows a choice off the greedy path', async () => {
    // The second candidate, as long as there is one.
    const second: Choose = (_, candidates) => Math.min(1, candidates.length - 1);
    const offered: number[] = [];
    const { text } = await engine.complete({
      session: 'a',
      prompt: prompt('SELECT name FROM'),
      options: rules,
      choose: (generated, candidates, p) => {
        offered.push(candidates.length);
        return second(generated, candidates, p);
      },
    });
    const greedy = await engine.complete({
      session: 'a',
      prompt: prompt('SELECT name FROM'),
      options: rules,
    });
    assert.notEqual(text, greedy.text);
    assert.ok(offered.every((count) => count > 1));
  });

  it('is held to begin with what is typed', async () => {
    const { text } = await engine.complete({
      session: 'a',
      prompt: prompt('SELECT name FROM'),
      options: {
        ...rules,
        mustBegin: ' customers',
      },
    });
    assert.ok(text.startsWith(' customers'), text);
  });

  it('gives alternatives with different beginnings', async () => {
    const all = await engine.branch({
      session: 'a',
      prompt: prompt('SELECT name FROM'),
      count: 3,
      options: rules,
      choose: () => 0,
    });
    assert.equal(new Set(all.map(({ text }) => text)).size, all.length);
    assert.ok(all.length > 1);
  });

  it('ends older work when newer text comes', async () => {
    const long = { maxTokens: 400, stopBefore: [], stopAfter: [] };
    let began = (): void => undefined;
    const running = new Promise<void>((resolve) => (began = resolve));
    const older = engine.complete({
      session: 'a',
      prompt: prompt('SELECT name FROM'),
      options: long,
      choose: () => (began(), 0),
    });
    await running;
    const newer = engine.prefill({ session: 'a', prompt: prompt('SELECT') });
    await assert.rejects(older, { code: 'ERR_CANCELLED' });
    await newer;
  });

  it('says that a prompt is too long', async () => {
    await assert.rejects(engine.prefill({ session: 'a', prompt: { segments: ['word '.repeat(5000)] } }), {
      code: 'ERR_PROMPT_TOO_LONG',
    });
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
