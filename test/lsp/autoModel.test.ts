/** "auto" over LSP with the real engine: a model that was used is measured, and the next window chooses by that. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { forgetLearntRequest, learntRequest } from '../../server/src/protocol';
import { disposeAll, LspWindow, root, starterModel, temporaryFolder } from './window';

describe('auto', () => {
  afterEach(disposeAll);

  it('says what was chosen and why, from what was measured; all of it can be forgotten', async () => {
    const storage = temporaryFolder();
    const other = path.join(storage, 'models', 'other.gguf');
    fs.mkdirSync(path.dirname(other));
    fs.copyFileSync(starterModel, other);
    const open = (model: string): Promise<LspWindow> =>
      LspWindow.open({ folder: path.join(root, 'samples', 'webshop'), storage, settings: { model } });
    const page = (window: LspWindow): Promise<string> => window.connection.sendRequest(learntRequest);

    // A person's choice is measured, and nothing is chosen for them.
    const first = await open(other);
    await first.ready();
    const uri = await first.openDocument('query.sql', 'SELECT name FROM ');
    await first.inlineCompletion(uri, 17);
    await first.inspect(uri, 17);
    assert.match(
      await page(first),
      /Measured on this machine:\n\nother\.gguf: reads \d+ and writes [\d.]+ tokens a second\n$/,
    );
    await first.close();

    const second = await open('auto');
    await second.ready();
    const said = /(?:other|The starter model) for ghost text: (?:about )?[\d.]+ tokens a second here/;
    assert.match(await page(second), said);
    assert.ok(second.log.some((text) => said.test(text)));
    await second.connection.sendRequest(forgetLearntRequest);
    assert.doesNotMatch(await page(second), /other\.gguf|ghost text:/);
    assert.equal(fs.existsSync(path.join(storage, 'rates.json')), false);
  });
});
