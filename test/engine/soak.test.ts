/** The keys of an hour of typing, without the pauses: memory and cache must not grow. */
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadHost, never, prompt } from './support';

/** A key every 160 ms for an hour. */
const keys = 22_500;
const completionEvery = 25;
const text = `SELECT c.name, count(*) AS orders, sum(o.amount) AS spent
FROM customers c JOIN orders o ON o.customer_id = c.id
WHERE c.city = 'Paris' GROUP BY c.name;
`;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function liveBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('an hour of typing', function () {
  this.timeout(900_000);

  it('keeps the live bytes and the cells as they are', async () => {
    const host = await loadHost();
    const live: number[] = [];
    const cells: number[] = [];
    for (let key = 1; key <= keys; key++) {
      // Documents take turns, each typed anew with something that was not there before.
      const round = Math.floor(key / text.length);
      const typed = `-- ${round.toString()}\n${text.slice(0, key % text.length)}`;
      const session = `w:${(round % 5).toString()}`;
      await host.prefill({ session, prompt: prompt(typed), signal: never });
      if (key % completionEvery === 0)
        await host.complete({
          session,
          prompt: prompt(typed),
          options: { maxTokens: 8, stopBefore: ['\n'], stopAfter: [';'] },
          signal: never,
        });
      if (key % (keys / 10) === 0) {
        live.push(liveBytes());
        cells.push(host.statistics().usedCells);
      }
    }
    // The first half fills what is remembered; live bytes, because the resident size follows V8's reserve.
    const warm = Math.max(...live.slice(0, 5));
    const end = live.at(-1) ?? Infinity;
    assert.ok(end < warm * 1.1, `live megabytes: ${live.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')}`);
    assert.ok(Math.max(...cells) <= host.statistics().cells);
    await host.dispose();
  });
});
