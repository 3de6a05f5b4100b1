/** Newest wins: a newer job of a session ends the older ones, and jobs that a person waits for go first. */
import assert from 'node:assert/strict';
import { Scheduler } from '../../../server/src/engine/scheduler';
import { cancelled } from '../../../server/src/errors';

/** Work that ends when told to, or when its signal is set. */
function work(): {
  run: (signal: AbortSignal) => Promise<string>;
  finish: () => void;
  started: Promise<void>;
} {
  let finish = (): void => undefined;
  let begin = (): void => undefined;
  const started = new Promise<void>((resolve) => (begin = resolve));
  const done = new Promise<string>((resolve) => (finish = () => resolve('done')));
  return {
    started,
    finish: () => finish(),
    run: (signal) => {
      begin();
      return Promise.race([
        done,
        new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(cancelled()))),
      ]);
    },
  };
}

describe('Scheduler', () => {
  it('ends the running job of the same session', async () => {
    const scheduler = new Scheduler();
    const [first, second] = [work(), work()];
    const a = scheduler.schedule('s', 'prefill', first.run);
    await first.started;
    const b = scheduler.schedule('s', 'prefill', second.run);
    await assert.rejects(a, { code: 'ERR_CANCELLED' });
    second.finish();
    assert.equal(await b, 'done');
  });

  it('drops a waiting job of the same session without starting it', async () => {
    const scheduler = new Scheduler();
    const [other, stale, newest] = [work(), work(), work()];
    const o = scheduler.schedule('other', 'prefill', other.run);
    await other.started;
    let ran = false;
    const s = scheduler.schedule('s', 'prefill', (signal) => ((ran = true), stale.run(signal)));
    const n = scheduler.schedule('s', 'prefill', newest.run);
    await assert.rejects(s, { code: 'ERR_CANCELLED' });
    other.finish();
    newest.finish();
    assert.deepEqual(await Promise.all([o, n]), ['done', 'done']);
    assert.equal(ran, false);
  });

  it('runs the most urgent first: decode, prefill, decode ahead, schema, other documents, looks', async () => {
    const scheduler = new Scheduler();
    const first = work();
    const order: string[] = [];
    const done = [scheduler.schedule('a:typed', 'complete', first.run)];
    await first.started;
    for (const [session, kind] of [
      ['b:looked at', 'inspect'],
      ['b:other document', 'prefill'],
      ['b:schema', 'background'],
      ['b:decoded ahead', 'ahead'],
      ['b:visible', 'prefill'],
      ['c:asked', 'complete'],
    ] as const) {
      done.push(scheduler.schedule(session, kind, () => (order.push(session), Promise.resolve('done'))));
    }
    first.finish();
    await Promise.all(done);
    assert.deepEqual(order, [
      'c:asked',
      'b:visible',
      'b:decoded ahead',
      'b:schema',
      'b:other document',
      'b:looked at',
    ]);
  });

  it('interrupts decoding ahead for visible work, and goes on with it afterwards', async () => {
    const scheduler = new Scheduler();
    const [ahead, visible] = [work(), work()];
    let runs = 0;
    const a = scheduler.schedule('a:x', 'ahead', (signal) => (runs++, ahead.run(signal)));
    await ahead.started;
    const v = scheduler.schedule('b:y', 'prefill', visible.run);
    await visible.started;
    ahead.finish();
    visible.finish();
    assert.deepEqual(await Promise.all([a, v]), ['done', 'done']);
    assert.equal(runs, 2);
  });

  it('does not run again what was cancelled while it was interrupted', async () => {
    const scheduler = new Scheduler();
    const [ahead, visible] = [work(), work()];
    const stop = new AbortController();
    const a = scheduler.schedule('a:x', 'ahead', ahead.run, stop.signal);
    await ahead.started;
    const v = scheduler.schedule('a:y', 'complete', visible.run);
    await visible.started;
    stop.abort();
    await assert.rejects(a, { code: 'ERR_CANCELLED' });
    visible.finish();
    assert.equal(await v, 'done');
  });

  it('lets visible work of a session go on when something is asked for ahead, or looked at', async () => {
    const scheduler = new Scheduler();
    const visible = work();
    const v = scheduler.schedule('a:x', 'complete', visible.run);
    await visible.started;
    const ahead = scheduler.schedule('a:x', 'ahead', () => Promise.resolve('ahead'));
    const look = scheduler.schedule('a:x', 'inspect', () => Promise.resolve('look'));
    visible.finish();
    assert.deepEqual(await Promise.all([v, ahead, look]), ['done', 'ahead', 'look']);
  });

  it('ends everything of a session at a newer text', async () => {
    for (const kind of ['complete', 'prefill', 'ahead', 'background', 'inspect'] as const) {
      const scheduler = new Scheduler();
      const older = work();
      const o = scheduler.schedule('a:x', kind, older.run);
      await older.started;
      const newer = scheduler.schedule('a:x', 'prefill', () => Promise.resolve('newer'));
      await assert.rejects(o, { code: 'ERR_CANCELLED' });
      assert.equal(await newer, 'newer');
    }
  });

  it('ends a job by its signal, running, waiting or not yet there', async () => {
    const scheduler = new Scheduler();
    const [running, waiting] = [work(), work()];
    const [one, two] = [new AbortController(), new AbortController()];
    const a = scheduler.schedule('a', 'prefill', running.run, one.signal);
    await running.started;
    const b = scheduler.schedule('b', 'prefill', waiting.run, two.signal);
    two.abort();
    await assert.rejects(b, { code: 'ERR_CANCELLED' });
    one.abort();
    await assert.rejects(a, { code: 'ERR_CANCELLED' });
    await assert.rejects(scheduler.schedule('c', 'prefill', waiting.run, two.signal), {
      code: 'ERR_CANCELLED',
    });
  });

  it('goes on after a job that failed', async () => {
    const scheduler = new Scheduler();
    await assert.rejects(
      scheduler.schedule('a', 'prefill', () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.equal(await scheduler.schedule('a', 'prefill', () => Promise.resolve(1)), 1);
  });
});
