/** The file of counts: shared by windows, damaged, not writable, forgotten. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { noCounts, type Learnt } from '../../../server/src/learning/counts';
import { LearningStore } from '../../../server/src/learning/store';
import { temporaryFolders } from '../support/folders';

const once: Learnt = { m: { table: { ...noCounts, shown: 1 } } };

describe('LearningStore', () => {
  const folder = temporaryFolders();

  async function shown(store: LearningStore): Promise<number> {
    await store.load();
    return store.learnt['m']?.table?.shown ?? 0;
  }

  it('adds up what several windows count, and leaves one file', async () => {
    const storage = path.join(folder(), 'not', 'there', 'yet');
    const [a, b] = [new LearningStore(storage), new LearningStore(storage)];
    for (const store of [a, b, a]) {
      store.add(once);
      await store.save();
      await store.save();
    }
    assert.equal(await shown(new LearningStore(storage)), 3);
    assert.deepEqual(readdirSync(storage), ['learning.3.json']);
  });

  it('loses nothing where windows write at the same time', async () => {
    const storage = folder();
    const stores = Array.from({ length: 5 }, () => new LearningStore(storage));
    const rounds = 40;
    // Each at its own pace, so that one reads between two steps of another.
    await Promise.all(
      stores.map(async (store) => {
        for (let round = 0; round < rounds; round++) {
          store.add(once);
          await store.save();
        }
      }),
    );
    assert.equal(await shown(new LearningStore(storage)), stores.length * rounds);
    assert.equal(readdirSync(storage).length, 1);
  });

  it('goes on from the newest where a dead window left older ones', async () => {
    const storage = folder();
    const a = new LearningStore(storage);
    a.add(once);
    await a.save();
    cpSync(path.join(storage, 'learning.1.json'), path.join(storage, 'learning.9.json'));
    a.add(once);
    await a.save();
    assert.deepEqual(readdirSync(storage), ['learning.10.json']);
    assert.equal(await shown(new LearningStore(storage)), 2);
  });

  for (const damaged of ['', '{', 'null', '{"models":7}', '{"models":{"m":{"table":{"shown":"many"}}}}'])
    it(`begins anew over ${damaged || 'nothing'}`, async () => {
      const storage = folder();
      writeFileSync(path.join(storage, 'learning.1.json'), damaged);
      const store = new LearningStore(storage);
      assert.equal(await shown(store), 0);
      store.add(once);
      await store.save();
      assert.equal(await shown(new LearningStore(storage)), 1);
    });

  it('goes on in memory where it cannot write, and says so in one and the same sentence', async () => {
    const file = path.join(folder(), 'a-file');
    writeFileSync(file, '');
    const store = new LearningStore(file);
    store.add(once);
    const messages: string[] = [];
    for (let tries = 0; tries < 2; tries++)
      await store.save().catch((error: unknown) => messages.push((error as Error).message));
    assert.match(messages[0] ?? '', /cannot be written/);
    assert.equal(messages[1], messages[0]);
    assert.equal(store.learnt['m']?.table?.shown, 1);
    assert.equal(readFileSync(file, 'utf8'), '');
  });

  it('forgets on disk as well', async () => {
    const storage = folder();
    const store = new LearningStore(storage);
    store.add(once);
    await store.save();
    store.add(once);
    await store.forget();
    await store.save();
    assert.deepEqual(store.learnt, {});
    const [file = '', ...others] = readdirSync(storage);
    assert.deepEqual(others, []);
    assert.doesNotMatch(readFileSync(path.join(storage, file), 'utf8'), /shown/);
  });

  it('forgets in other windows too, what they have counted and not yet written included', async () => {
    const storage = folder();
    const [a, b, c] = [new LearningStore(storage), new LearningStore(storage), new LearningStore(storage)];
    for (const store of [a, b, c]) {
      store.add(once);
      await store.save();
    }
    b.add(once);
    await a.forget();
    await b.save();
    assert.deepEqual(b.learnt, {});
    assert.equal(await shown(c), 0);
    b.add(once);
    await b.save();
    assert.equal(await shown(a), 1);
  });

  it('forgets what a window counted that began over nothing', async () => {
    const storage = folder();
    const [a, b] = [new LearningStore(storage), new LearningStore(storage)];
    await b.load();
    b.add(once);
    await a.forget();
    await b.save();
    assert.equal(await shown(a), 0);
  });
});
