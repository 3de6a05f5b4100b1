/** Newest wins: a newer job of a session ends the older ones, and what people wait for goes first. */
import assert from 'node:assert/strict';
import { Scheduler } from '../../../server/src/engine/host/scheduler';
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

  it('runs a completion before waiting prefills of other sessions', async () => {
    const scheduler = new Scheduler();
    const first = work();
    const order: string[] = [];
    const done = [scheduler.schedule('a', 'prefill', first.run)];
    await first.started;
    for (const [session, kind] of [
      ['b', 'prefill'],
      ['c', 'inspect'],
      ['d', 'complete'],
    ] as const) {
      done.push(scheduler.schedule(session, kind, () => (order.push(session), Promise.resolve('done'))));
    }
    first.finish();
    await Promise.all(done);
    assert.deepEqual(order, ['d', 'b', 'c']);
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
