/** When an engine host counts as hung, and which process is then ended. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Countdown } from '../../../server/src/engine/wire/countdown';
import { endHost } from '../../../server/src/engine/wire/endHost';
import { Liveness } from '../../../server/src/engine/local/liveness';

describe('liveness', () => {
  const never = new Promise<never>(() => undefined);

  it('finds a process silent after so many ticks without an answer, and pings it once', async () => {
    let pings = 0;
    await new Promise<void>((resolve) => {
      const ping = (): Promise<never> => (pings++, never);
      void new Liveness({ ping, onSilent: resolve, tickMs: 1, limit: 5 }).during(never);
    });
    assert.equal(pings, 1);
  });

  it('finds none silent that answers, be it with a refusal, however long the work takes', async () => {
    for (const answer of [() => Promise.resolve(), () => Promise.reject(new Error('no'))]) {
      let pings = 0;
      await new Promise<void>((resolve, reject) => {
        const work = new Promise<void>((done) => {
          const ping = async (): Promise<void> => {
            if (++pings === 20) done();
            return answer();
          };
          const onSilent = (): void => reject(new Error('silent'));
          const liveness = new Liveness({ ping, onSilent, tickMs: 1, limit: 2 });
          setImmediate(() => void liveness.during(work).then(resolve));
        });
      });
      assert.equal(pings, 20);
    }
  });

  it('takes a loop that was held up here for one tick', async () => {
    let silent = false;
    let ping = (): void => undefined;
    const pinged = new Promise<void>((resolve) => (ping = resolve));
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let end = (): void => undefined;
    const work = new Promise<void>((resolve) => (end = resolve));
    const liveness = new Liveness({
      ping: () => (ping(), answered),
      onSilent: () => (silent = true),
      tickMs: 5,
      limit: 2,
    });
    const watched = liveness.during(work);
    await pinged;
    // As a machine that sleeps, or a query that runs in this process: ten times the limit go by in one turn.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    await new Promise(setImmediate);
    answer();
    await answered;
    assert.equal(silent, false);
    end();
    await watched;
  });

  it('counts down while the loop runs only', async () => {
    let ended = false;
    const countdown = new Countdown(1000, () => (ended = true));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(ended, false);
    assert.equal(countdown.ended, false);
    countdown.stop();
  });

  it('ends a host of this endpoint, and nobody else', async () => {
    const script = "process.stdout.write('up'); setInterval(() => undefined, 1000)";
    for (const [argument, ends] of [
      ['{"endpoint":"/run/sql-ahead/engine-0123.json"}', true],
      ['{"endpoint":"/run/sql-ahead/engine-4567.json"}', false],
    ] as const) {
      const child = spawn(process.execPath, ['-e', script, argument], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const exited = new Promise<string | null>((resolve) =>
        child.once('exit', (_, signal) => resolve(signal)),
      );
      await new Promise((resolve) => child.stdout.once('data', resolve));
      assert.equal(endHost(child.pid ?? 0, '/run/sql-ahead/engine-0123.json'), ends);
      if (!ends) child.kill('SIGTERM');
      assert.equal(await exited, ends ? 'SIGKILL' : 'SIGTERM');
    }
    assert.equal(endHost(process.pid, ''), false);
  });
});
