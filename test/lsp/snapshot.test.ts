/** After a restart the schema is not evaluated again: its state comes from disk. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { disposeAll, LspWindow, root, temporaryFolder } from './window';

const folder = path.join(root, 'samples', 'webshop');

/** Waits until a file with this ending is in the folder. */
async function fileIn(directory: string, ending: string): Promise<string> {
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      const watcher = fs.watch(directory, () => {
        watcher.close();
        resolve();
      });
    });
    const found = fs.readdirSync(directory).find((name) => name.endsWith(ending));
    if (found) return path.join(directory, found);
    await changed;
  }
}

describe('the schema', () => {
  afterEach(disposeAll);

  /** Tokens a window with an engine of its own evaluates for the first document. */
  async function evaluated(storage: string): Promise<number> {
    const window = await LspWindow.open({ folder, storage, runtimeDirectory: temporaryFolder() });
    await window.ready();
    const uri = await window.openDocument('typed.sql', 'SELECT');
    return (await window.inspect(uri, 6)).evaluatedTokens;
  }

  it('is restored from disk by the next engine, and evaluated anew where the file is damaged', async () => {
    const storage = temporaryFolder();
    const first = await evaluated(storage);
    const file = await fileIn(path.join(storage, 'schemas'), '.kv');
    assert.ok(first > 100);
    assert.ok((await evaluated(storage)) <= 2);
    const bytes = fs.readFileSync(file);
    fs.writeFileSync(file, bytes.fill(7, bytes.length >> 1));
    assert.equal(await evaluated(storage), first);
  });
});
