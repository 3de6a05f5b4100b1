/** Faults around the engine cost at most time: aborts in every phase, full disks, files that change. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Prompt } from '../../server/src/engine/engine';
import type { ModelHost } from '../../server/src/engine/host/modelHost';
import { fileIn, loadHost, never, prompt, removeFolders, starter, temporaryFolder } from './support';

const rules = { maxTokens: 16, stopBefore: [], stopAfter: [] };
const text = 'SELECT name FROM customers WHERE ';

describe('the engine', () => {
  afterEach(removeFolders);

  /** The cache holds the prompt, without a gap. */
  async function assertIntact(host: ModelHost, session: string, wanted: Prompt): Promise<void> {
    const { promptTokens, cachedTokens, cachedPositions } = await host.inspect({
      session,
      prompt: wanted,
      signal: never,
    });
    assert.deepEqual(cachedTokens.slice(0, promptTokens.length), promptTokens);
    assert.deepEqual(cachedPositions, { min: 0, max: cachedTokens.length - 1 });
  }

  it('is intact after an abort in each phase, and says the same as before', async () => {
    const host = await loadHost();
    const expected = await host.complete({
      session: 'w:0',
      prompt: prompt(text),
      options: rules,
      signal: never,
    });
    const cancelled = { code: 'ERR_CANCELLED' };

    const prefill = new AbortController();
    const running = host.prefill({ session: 'w:1', prompt: prompt(text.repeat(9)), signal: prefill.signal });
    prefill.abort();
    await assert.rejects(running, cancelled);
    await assertIntact(host, 'w:1', prompt(text.repeat(9)));

    for (let at = 0; at < 6; at++) {
      for (const count of [1, 3]) {
        const controller = new AbortController();
        let asked = 0;
        const choose = (): Promise<number> => {
          if (asked++ === at * count) controller.abort();
          return Promise.resolve(0);
        };
        const session = `w:${at.toString()}${count.toString()}`;
        const wanted = prompt(`${text}${at.toString()}`);
        const work =
          count === 1
            ? host.complete({ session, prompt: wanted, options: rules, choose, signal: controller.signal })
            : host.branch({
                session,
                prompt: wanted,
                count,
                options: rules,
                choose,
                signal: controller.signal,
              });
        await assert.rejects(Promise.resolve(work), cancelled);
        await assertIntact(host, session, wanted);
      }
    }
    const after = await host.complete({
      session: 'w:0',
      prompt: prompt(text),
      options: rules,
      signal: never,
    });
    assert.equal(after.text, expected.text);
    await host.dispose();
  });

  it('counts what was evaluated before an interruption and before an abort', async () => {
    const host = await loadHost();
    const long = prompt(`${text}1 = 1 AND `.repeat(60));
    const { promptTokens } = await host.inspect({ session: 'w:count', prompt: long, signal: never });
    await host.closeSession('w:count');
    let total = host.statistics().totals.evaluated;
    const evaluatedSince = (): number => {
      const before = total;
      total = host.statistics().totals.evaluated;
      return total - before;
    };
    /** Resolves when a part of what is running is in the cache, or nothing runs any more. */
    const underWay = async (running: Promise<unknown>): Promise<void> => {
      const { usedCells } = host.statistics();
      const state = { ended: false };
      void running.then(() => (state.ended = true));
      while (!state.ended && host.statistics().usedCells === usedCells) await new Promise(setImmediate);
    };
    for (let turns = 0; turns < 3; turns++) {
      // A beginning of its own each time, so that nothing of it is in the cache.
      const own: Prompt = { segments: [String.fromCharCode(65 + turns), ...long.segments] };
      const running = host.prefill({ session: 'w:a', prompt: own, signal: never });
      await underWay(running);
      const urgent = await host.complete({
        session: 'v:b',
        prompt: prompt(`-- ${turns.toString()}`),
        options: rules,
        signal: never,
      });
      const { reused, evaluated } = await running;
      assert.deepEqual([reused, evaluated], [0, promptTokens.length + 1]);
      assert.equal(evaluatedSince(), evaluated + urgent.statistics.evaluated);

      const abort = new AbortController();
      const other: Prompt = { segments: [String.fromCharCode(97 + turns), ...long.segments] };
      const aborted = host
        .prefill({ session: 'w:c', prompt: other, signal: abort.signal })
        .catch(() => undefined);
      await underWay(aborted);
      abort.abort();
      await aborted;
      const first = evaluatedSince();
      const again = await host.prefill({ session: 'w:c', prompt: other, signal: never });
      assert.equal(again.reused, first);
      assert.equal(evaluatedSince(), again.evaluated);
    }
    await host.dispose();
  });

  it('counts what decoding ahead decoded before more urgent work', async () => {
    const host = await loadHost();
    const ahead = { ...rules, priority: 'ahead' } as const;
    let urgent: Promise<unknown> | undefined;
    let asked = 0;
    const choose = (): Promise<number> => {
      if (++asked === 4)
        urgent = host.complete({ session: 'v:b', prompt: prompt('SELECT '), options: rules, signal: never });
      return Promise.resolve(0);
    };
    const found = await host.complete({
      session: 'w:b',
      prompt: prompt(`${text}b`),
      options: ahead,
      choose,
      signal: never,
    });
    await urgent;
    assert.ok(urgent);
    const { evaluated, decoded, drafted, accepted } = found.statistics;
    assert.ok(evaluated > 0);
    assert.ok(decoded + drafted >= 4, `${String(decoded)} + ${String(drafted)}`);
    assert.ok(accepted <= drafted);
    await host.dispose();
  });

  it('makes room where many documents want more than the cache holds', async () => {
    const host = await loadHost({ contextTokens: 512, cacheMemory: 1 });
    assert.ok(host.statistics().cells < 4096);
    for (let i = 0; i < 60; i++) {
      const wanted = prompt(`SELECT ${i.toString()}, ${'name, '.repeat(80)}`);
      await host.complete({
        session: `w:${i.toString()}`,
        prompt: wanted,
        options: { ...rules, maxTokens: 4 },
        signal: never,
      });
      await assertIntact(host, `w:${i.toString()}`, wanted);
    }
    const { usedCells, cells } = host.statistics();
    assert.ok(usedCells <= cells);
    await host.dispose();
  });

  it('works without a place to keep schemas, and says so once', async () => {
    const storagePath = path.join(temporaryFolder(), 'file');
    fs.writeFileSync(storagePath, '');
    const said: string[] = [];
    let heard = (): void => undefined;
    const first = new Promise<void>((resolve) => (heard = resolve));
    const log = (line: string): void => {
      said.push(line);
      heard();
    };
    const host = await loadHost({ storagePath, log });
    await host.prefill({ session: 'w:a', prompt: prompt(text), signal: never });
    await first;
    await host.prefill({
      session: 'w:a',
      prompt: prompt(text, `-- dialect: sqlite\n${'-- another schema\n'.repeat(30)}`),
      signal: never,
    });
    await assertIntact(host, 'w:a', prompt(text));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /evaluated again/);
    await host.dispose();
  });

  it('goes on with the model it loaded when the file is replaced, and keeps no state for the other one', async () => {
    const folder = temporaryFolder();
    const modelPath = path.join(folder, 'model.gguf');
    const storagePath = path.join(folder, 'storage');
    fs.copyFileSync(starter, modelPath);
    const host = await loadHost({ modelPath, storagePath });
    const expected = await host.complete({
      session: 'w:a',
      prompt: prompt(text),
      options: rules,
      signal: never,
    });
    await fileIn(path.join(storagePath, 'schemas'), '.kv');
    const other = path.join(folder, 'other.gguf');
    fs.copyFileSync(starter, other);
    fs.renameSync(other, modelPath);
    await host.closeSession('w:a');
    assert.equal(
      (await host.complete({ session: 'w:b', prompt: prompt(text), options: rules, signal: never })).text,
      expected.text,
    );
    const replaced = await loadHost({ modelPath, storagePath });
    assert.equal(
      (await replaced.prefill({ session: 'w:a', prompt: prompt(text), signal: never })).restored,
      0,
    );
    await Promise.all([host.dispose(), replaced.dispose()]);
  });
});
