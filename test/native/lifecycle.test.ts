/** Aborting, disposing, and ending the process: every promise is settled, and nothing crashes. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Context, Model, NativeError } from '../../native/index';
import { argmax, contextOptions, distance, failure, feed, freshLogits } from './support/runtime';
import { loadStarter, patience, schema, tolerance } from './support/runtime';
import { runChild } from './support/child';

describe('aborting and disposing', function () {
  this.timeout(patience);
  let model: Model;
  let context: Context;
  let long: Int32Array;

  before(async () => {
    model = await loadStarter();
    long = model.tokenize(schema.repeat(8), false).slice(0, 480);
  });

  beforeEach(async () => {
    context = await model.createContext({ ...contextOptions, microBatchTokens: 16 });
  });

  afterEach(() => context.dispose());
  after(() => model.dispose());

  it('keeps finished micro-batches of an aborted decode, and goes on from there', async () => {
    // Wait for ever more turns of the event loop, until an abort falls into the middle of the batch.
    let reached = -1;
    for (let turns = 1; reached < 0; turns *= 2) {
      await context.crop(0, 0, -1);
      const decode = feed(context, long).then(
        () => undefined,
        (error: unknown) => error as NativeError,
      );
      for (let i = 0; i < turns; i++) await turn();
      context.abort();
      const error = await decode;
      assert.ok(error, 'the decode ended before any abort fell into it');
      assert.ok(failure('ERR_ABORTED')(error));
      reached = (await context.positionRange(0)).max;
    }
    assert.equal((reached + 1) % 16, 0, 'whole micro-batches');
    assert.ok(reached < long.length - 1);
    assert.equal((await context.positionRange(0)).min, 0);
    await assert.rejects(context.logits(0), failure('ERR_ARGUMENT'));

    await feed(context, long.slice(reached + 1), { at: reached + 1 });
    const logits = await context.logits(0);
    const expected = await freshLogits(model, long);
    assert.equal(argmax(logits), argmax(expected));
    assert.ok(distance(logits, expected) < tolerance);
  });

  it('aborts the running decode only, not those behind it', async () => {
    const running = feed(context, long);
    const behind = feed(context, long.slice(0, 4), { sequence: 1 });
    context.abort();
    await assert.rejects(running, failure('ERR_ABORTED'));
    assert.equal((await behind).candidates.length, 1);
    assert.deepEqual(await context.positionRange(1), { min: 0, max: 3 });
  });

  it('aborts nothing when nothing runs', async () => {
    context.abort();
    await feed(context, long.slice(0, 4));
    context.abort();
    await feed(context, long.slice(4, 8), { at: 4 });
    assert.equal((await context.positionRange(0)).max, 7);
  });

  it('ends a running decode and fails queued calls on dispose', async () => {
    const running = feed(context, long);
    const queued = [context.positionRange(0), context.logits(0), feed(context, long), context.crop(0, 0, -1)];
    const settled = Promise.allSettled([running, ...queued]);
    assert.equal(context.isDisposed, false);
    const disposed = context.dispose();
    assert.equal(context.isDisposed, true);
    await disposed;
    const codes = (await settled).map((one) =>
      one.status === 'rejected' ? (one.reason as NativeError).code : one.status,
    );
    assert.match(codes[0] ?? '', /^ERR_(ABORTED|DISPOSED)$/);
    assert.deepEqual(codes.slice(1), ['ERR_DISPOSED', 'ERR_DISPOSED', 'ERR_DISPOSED', 'ERR_DISPOSED']);
  });

  it('refuses every use of a disposed context, and disposes twice', async () => {
    await context.dispose();
    await context.dispose();
    for (const use of [
      () => feed(context, long),
      () => context.logits(0),
      () => context.crop(0, 0, -1),
      () => context.share(0, 1, 0, 1),
      () => context.positionRange(0),
      () => context.stateSize(0),
    ]) {
      await assert.rejects(use, failure('ERR_DISPOSED'));
    }
    context.abort();
    assert.equal(context.sizes().maxSequences, 4);
  });

  it('disposes the contexts of a model with it', async () => {
    const other = await loadStarter();
    const contexts = await Promise.all([1, 2].map(() => other.createContext(contextOptions)));
    const running = contexts.map((one) => assert.rejects(feed(one, long), failure('ERR_ABORTED')));
    // Both decodes have begun once the queue answers, or are aborted at their first micro-batch.
    await Promise.all([other.dispose(), ...running].map((promise) => promise.catch(() => undefined)));
    assert.ok(contexts.every((one) => one.isDisposed));
    assert.throws(() => other.tokenize('a', false), failure('ERR_DISPOSED'));
    assert.throws(() => other.metadata('general.name'), failure('ERR_DISPOSED'));
    await assert.rejects(other.createContext(contextOptions), failure('ERR_DISPOSED'));
    assert.equal(other.info.architecture, 'qwen2', 'what was known stays known');
    await other.dispose();
  });
});

describe('the end of the process', function () {
  this.timeout(patience);

  for (const [name, source] of Object.entries({
    'process.exit with a decode in flight': 'feed(context); setImmediate(() => process.exit(0));',
    'process.exit in the middle of a decode': `
      feed(context); for (let i = 0; i < 3000; i++) await new Promise(setImmediate); process.exit(0);`,
    'process.exit with a model load in flight': 'load(); process.exit(0);',
    'process.exit with a context in the making': 'model.createContext(options); process.exit(0);',
    'the end of the program with everything open': '',
    'the end of the program with a dispose in flight': 'feed(context).catch(() => {}); model.dispose();',
    'garbage collection of context and model, in either order': `
      let other = await load(); await feed(await other.createContext(options)); other = undefined;
      model = undefined; gc(); await new Promise(setImmediate); gc();
      await feed(context); context = undefined; gc(); await new Promise(setImmediate); gc();`,
    'a garbage collection with a decode in flight': `
      const done = feed(context); context = undefined; model = undefined; gc(); await done; gc();`,
  })) {
    it(`is clean on ${name}`, async () => {
      assert.deepEqual(await runChild(source), { code: 0, signal: null, stderr: '' });
    });
  }

  it('is clean on an uncaught exception with a decode in flight', async () => {
    const { code, signal } = await runChild(
      'feed(context); setImmediate(() => { throw new Error("on purpose"); });',
    );
    assert.deepEqual({ code, signal }, { code: 1, signal: null });
  });

  it('is clean on the end of a worker thread with a decode in flight', async () => {
    const source = `
      const { Worker, isMainThread, parentPort } = require('node:worker_threads');
      if (isMainThread) {
        const worker = new Worker(__filename);
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
        await feed(context);
      } else {
        feed(context);
        parentPort.postMessage('decoding');
        await new Promise(() => setInterval(() => {}, 1000));
      }`;
    assert.deepEqual(await runChild(source), { code: 0, signal: null, stderr: '' });
  });

  it('lives on where memory runs out for a text, and says so', async () => {
    const source = `
      const { execFileSync } = require('node:child_process');
      const limit = (bytes) => execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + bytes + ':unlimited']);
      const text = Buffer.alloc(4e8, 'x').toString('latin1');
      const size = Number(/VmSize:\\s+(\\d+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'latin1'))[1]);
      limit(size * 1024 + 1e8);
      let code;
      try { model.tokenize(text, false); } catch (error) { code = error.code; }
      limit('unlimited');
      require('node:assert').equal(code, 'ERR_OUT_OF_MEMORY');
      await feed(context);`;
    assert.deepEqual(await runChild(source), { code: 0, signal: null, stderr: '' });
  });

  it('waits for a decode whose promise is awaited', async () => {
    const source = 'const result = await feed(context); process.exitCode = result.candidates.length - 1;';
    assert.deepEqual(await runChild(source), { code: 0, signal: null, stderr: '' });
  });
});
