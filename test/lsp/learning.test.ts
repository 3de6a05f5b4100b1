/**
 * Learning from use over LSP: the server counts what was accepted, shows it and forgets it, and keeps no text of the
 * person.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  acceptedCommand,
  acceptedNotification,
  forgetLearntRequest,
  learntRequest,
  type AcceptedParams,
} from '../../server/src/protocol';
import { disposeAll, LspWindow, root, temporaryFolder } from './window';

const webshop = path.join(root, 'samples', 'webshop');
const text = 'SELECT name FROM ';

/** Accepts the first suggestion behind `text`. */
async function accept(window: LspWindow): Promise<void> {
  const uri = await window.openDocument('query.sql', text);
  const [item] = await window.inlineCompletion(uri, text.length);
  assert.ok(item && typeof item.insertText === 'string');
  assert.equal(item.command?.command, acceptedCommand);
  await window.edit(uri, text.length, text.length, item.insertText);
  const params = (item.command.arguments as AcceptedParams[])[0];
  await window.connection.sendNotification(acceptedNotification, params);
}

/** The one file in which is kept what was learnt. */
function fileIn(storage: string): string {
  const [name, ...others] = fs.readdirSync(storage).filter((one) => one.startsWith('learning.'));
  assert.ok(name !== undefined && others.length === 0);
  return path.join(storage, name);
}

describe('learning from use', () => {
  afterEach(disposeAll);

  it('counts what is accepted, shows it and forgets it', async () => {
    const storage = temporaryFolder();
    const window = await LspWindow.open({ folder: webshop, storage, tellsAcceptance: true });
    await window.ready();
    await accept(window);
    assert.match(await window.connection.sendRequest(learntRequest), /\ntable +1 +1 \(100 %\)/);
    const kept = (): string => fs.readFileSync(fileIn(storage), 'utf8');
    assert.doesNotMatch(kept(), /SELECT|name|FROM|customers|query/);
    await window.connection.sendRequest(forgetLearntRequest);
    assert.match(await window.connection.sendRequest(learntRequest), /Nothing yet/);
    assert.doesNotMatch(kept(), /shown/);
  });

  it('counts a part that is accepted, and not what is typed key by key', async () => {
    const window = await LspWindow.open({ folder: webshop, tellsAcceptance: true });
    await window.ready();
    const offered = async (name: string): Promise<{ uri: string; part: string }> => {
      const uri = await window.openDocument(name, text);
      const [item] = await window.inlineCompletion(uri, text.length);
      assert.ok(item && typeof item.insertText === 'string');
      return { uri, part: item.insertText.slice(0, -1) };
    };
    const typed = await offered('typed.sql');
    for (const [i, key] of Array.from(typed.part).entries())
      await window.edit(typed.uri, text.length + i, text.length + i, key);
    assert.doesNotMatch(await window.connection.sendRequest(learntRequest), /\ntable +\d+ +[1-9]/);
    const { uri, part } = await offered('part.sql');
    await window.edit(uri, text.length, text.length, part);
    assert.match(await window.connection.sendRequest(learntRequest), /\ntable +\d+ +1 /);
  });

  for (const [name, options] of Object.entries({
    'when it is switched off': { tellsAcceptance: true, settings: { learning: { enabled: false } } },
    'where the client cannot tell what is accepted': {},
  }))
    it(`counts nothing ${name}`, async () => {
      const window = await LspWindow.open({ folder: webshop, ...options });
      await window.ready();
      const uri = await window.openDocument('query.sql', text);
      for (const item of await window.inlineCompletion(uri, text.length))
        assert.equal(item.command, undefined);
      assert.match(await window.connection.sendRequest(learntRequest), /Nothing yet/);
    });

  it('begins anew over a damaged file', async () => {
    const storage = temporaryFolder();
    fs.writeFileSync(path.join(storage, 'learning.1.json'), '{"format":1,"models":{"m":{"table":');
    const window = await LspWindow.open({ folder: webshop, storage, tellsAcceptance: true });
    await window.ready();
    await accept(window);
    assert.match(await window.connection.sendRequest(learntRequest), /\ntable +1 +1 /);
    assert.deepEqual(window.errors, []);
  });

  it('goes on in memory where the file cannot be written', async () => {
    const storage = path.join(temporaryFolder(), 'a-file-not-a-folder');
    fs.writeFileSync(storage, '');
    const window = await LspWindow.open({ folder: webshop, storage, tellsAcceptance: true });
    await window.ready();
    await accept(window);
    assert.match(await window.connection.sendRequest(learntRequest), /\ntable +1 +1 /);
    assert.deepEqual(window.errors, []);
    assert.ok(window.log.some((line) => /What is learnt stays in memory/.test(line)));
  });

  it('counts what three windows count at once, and forgets in all of them', async () => {
    const storage = temporaryFolder();
    const runtimeDirectory = temporaryFolder();
    const windows = await Promise.all(
      [1, 2, 3].map(() =>
        LspWindow.open({ folder: webshop, storage, runtimeDirectory, tellsAcceptance: true }),
      ),
    );
    await Promise.all(windows.map((window) => window.ready()));
    const learnt = (window: LspWindow): Promise<string> => window.connection.sendRequest(learntRequest);
    const times = 200;
    await Promise.all(
      windows.map(async (window) => {
        const uri = await window.openDocument('query.sql', text);
        for (let i = 0; i < times; i++) {
          const [item] = await window.inlineCompletion(uri, text.length);
          const params = (item?.command?.arguments as AcceptedParams[])[0];
          await window.connection.sendNotification(acceptedNotification, params);
          // It is written at once, while the others write.
          await learnt(window);
        }
      }),
    );
    const [first] = windows;
    assert.ok(first);
    assert.match(await learnt(first), /\ntable +600 +600 /);
    await first.connection.sendRequest(forgetLearntRequest);
    for (const window of windows) assert.match(await learnt(window), /Nothing yet/);
  });
});
