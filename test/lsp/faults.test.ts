/** Bad input and broken parts: one clear sentence, the editor keeps working, nothing is lost. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { defaultSettings, disposeAll, LspWindow, root, starterModel, temporaryFolder } from './window';

const webshop = path.join(root, 'samples', 'webshop');

describe('faults', () => {
  afterEach(disposeAll);

  it('brings ghost text back after the engine was killed in mid-typing', async () => {
    const window = await LspWindow.open({ folder: webshop });
    await window.ready();
    const uri = await window.openDocument('typed.sql', '');
    const typed = 'SELECT name FROM ';
    let killed = 0;
    for (const [i, key] of Array.from(typed).entries()) {
      await window.edit(uri, i, i, key);
      if (i === 8) {
        killed = (await window.inspect(uri, i + 1)).enginePid;
        process.kill(killed, 'SIGKILL');
        // Typing goes on while the engine is gone; every request is answered, with nothing at worst.
        await window.inlineCompletion(uri, i + 1);
      }
    }
    await window.until(({ engine }) => engine === 'ready');
    const { enginePid, promptText } = await window.inspect(uri, typed.length);
    assert.notEqual(enginePid, killed);
    assert.ok(promptText.endsWith(typed));
    assert.ok((await window.inlineCompletion(uri, typed.length)).length > 0);
    assert.deepEqual(window.errors, []);
  });

  describe('a model that cannot be used is named, and the rest works', () => {
    const models: Record<string, { make: (file: string) => void; message: RegExp }> = {
      'missing.gguf': { make: () => undefined, message: /missing\.gguf/ },
      'empty.gguf': { make: (file) => fs.writeFileSync(file, ''), message: /empty\.gguf/ },
      'notes.gguf': {
        make: (file) => fs.writeFileSync(file, 'not a model at all\n'.repeat(100)),
        message: /notes\.gguf/,
      },
      'truncated.gguf': {
        make: (file) => fs.writeFileSync(file, fs.readFileSync(starterModel).subarray(0, 3_000_000)),
        message: /truncated\.gguf/,
      },
    };
    for (const [name, { make, message }] of Object.entries(models)) {
      it(name, async () => {
        const model = path.join(temporaryFolder(), name);
        make(model);
        const window = await LspWindow.open({ folder: webshop, settings: { model } });
        assert.match(await window.untilError(message), message);
        // The starter model takes over.
        const status = await window.ready();
        assert.match(status.problem ?? '', message);
        assert.match(status.problem ?? '', /starter model/);
        const uri = await window.openDocument('typed.sql', 'SELECT name FROM ');
        assert.ok((await window.inspect(uri, 17)).nextToken >= 0);
        assert.equal(window.errors.length, 1);
        // Choosing a good model heals it without a restart of the window.
        await window.configure({ model: '' });
        await window.until(({ engine, problem }) => engine === 'ready' && problem === undefined);
        assert.ok((await window.inspect(uri, 17)).nextToken >= 0);
      });
    }
  });

  it('falls back to the CPU where the backend asked for does not work, with a sentence', async () => {
    const window = await LspWindow.open({
      folder: webshop,
      settings: { engine: { ...defaultSettings.engine, backend: 'metal' } },
    });
    const status = await window.ready();
    assert.equal(status.backend, 'cpu');
    assert.match(status.problem ?? '', /Metal cannot be used/);
    assert.deepEqual(window.errors, []);
  });

  describe('a database that cannot be read is named, and ghost text goes on', () => {
    const databases: Record<string, { make: (file: string) => void; message: RegExp }> = {
      'gone.sqlite': { make: () => undefined, message: /gone\.sqlite/ },
      'text.sqlite': {
        make: (file) => fs.writeFileSync(file, 'hello\n'.repeat(500)),
        message: /text\.sqlite/,
      },
      'corrupt.sqlite': {
        make: (file) => {
          const bytes = fs.readFileSync(path.join(webshop, 'webshop.sqlite'));
          bytes.fill(0x5a, 100, 4096);
          fs.writeFileSync(file, bytes);
        },
        message: /corrupt\.sqlite/,
      },
    };
    for (const [name, { make, message }] of Object.entries(databases)) {
      it(name, async () => {
        const folder = temporaryFolder();
        make(path.join(folder, name));
        const window = await LspWindow.open({ folder, settings: { database: name } });
        assert.match(await window.untilError(message), message);
        await window.until(({ engine }) => engine === 'ready');
        const uri = await window.openDocument(
          'a.sql',
          'CREATE TABLE people (id INTEGER, name TEXT);\nSELECT name FROM ',
        );
        const { promptText } = await window.inspect(uri, window.text(uri).length);
        assert.match(promptText, /people/);
        assert.equal(window.errors.length, 1);
      });
    }
  });

  it('reads a locked database when it is free again', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'locked.sqlite');
    fs.copyFileSync(path.join(webshop, 'webshop.sqlite'), file);
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN EXCLUSIVE');
    const window = await LspWindow.open({ folder });
    assert.match(await window.untilError(/locked\.sqlite/), /locked/);
    holder.exec('ROLLBACK');
    holder.close();
    assert.match((await window.ready()).schema, /locked\.sqlite \(\d+ tables\)/);
  });

  it('works in a 5 MB file', async () => {
    const window = await LspWindow.open({ folder: webshop });
    await window.ready();
    const line = "INSERT INTO products (name, price) VALUES ('a thing; with -- marks', 12.5);\n";
    const dump = line.repeat(Math.ceil((5 * 1024 * 1024) / line.length));
    const uri = await window.openDocument('dump.sql', dump + '\n');
    let end = dump.length + 1;
    for (const key of 'SELECT name FROM ') {
      await window.edit(uri, end, end, key);
      end++;
    }
    const { promptText, promptTokens } = await window.inspect(uri, end);
    assert.ok(promptText.endsWith('SELECT name FROM '));
    assert.ok(promptTokens.length < 1024);
    assert.ok((await window.inlineCompletion(uri, end)).length > 0);
    assert.match(
      JSON.stringify(await window.hover(uri, dump.length / 2 - ((dump.length / 2) % line.length) + 14)),
      /products/,
    );
  });

  it('answers every request on broken SQL', async () => {
    const window = await LspWindow.open({ folder: webshop });
    await window.ready();
    const broken = [
      'SELECT ((((',
      "SELECT 'never closed",
      '/* never closed',
      ')))) FROM FROM ;;; $$',
      '\u0000\u0001\uD800 SELECT',
      'SELECT `"[',
      'WITH x AS (SELECT',
    ];
    for (const [i, text] of broken.entries()) {
      const uri = await window.openDocument(`broken${i.toString()}.sql`, text);
      for (let offset = 0; offset <= text.length; offset += 3) {
        assert.ok(Array.isArray(await window.inlineCompletion(uri, offset)));
        await window.hover(uri, offset);
      }
    }
    assert.deepEqual(window.errors, []);
  });

  it('finds another folder when the one for the socket cannot be written', async () => {
    const file = path.join(temporaryFolder(), 'a-file-not-a-folder');
    fs.writeFileSync(file, '');
    const window = await LspWindow.open({
      folder: webshop,
      runtimeDirectory: path.join(file, 'inside'),
      env: { XDG_RUNTIME_DIR: '', TMPDIR: temporaryFolder() },
    });
    await window.ready();
    assert.deepEqual(window.errors, []);
  });

  it('says what to do when no folder can be written', async () => {
    const file = path.join(temporaryFolder(), 'a-file-not-a-folder');
    fs.writeFileSync(file, '');
    const nowhere = path.join(file, 'inside');
    const window = await LspWindow.open({
      folder: webshop,
      runtimeDirectory: nowhere,
      env: { XDG_RUNTIME_DIR: nowhere, TMPDIR: nowhere, HOME: nowhere },
    });
    assert.match(await window.untilError(/folder/), /Restart the Engine/);
    await window.until(({ schema }) => schema !== '');
    const uri = await window.openDocument('typed.sql', 'SELECT * FROM customers');
    assert.match(JSON.stringify(await window.hover(uri, 18)), /email/);
  });

  it('replaces the socket of a host that is gone', async () => {
    const runtimeDirectory = temporaryFolder();
    const first = await LspWindow.open({ folder: webshop, runtimeDirectory });
    await first.ready();
    const uri = await first.openDocument('a.sql', 'SELECT ');
    process.kill((await first.inspect(uri, 7)).enginePid, 'SIGKILL');
    await first.close();
    const second = await LspWindow.open({ folder: webshop, runtimeDirectory });
    await second.ready();
    assert.deepEqual(second.errors, []);
  });

  it('opens no database in an untrusted workspace', async () => {
    const window = await LspWindow.open({ folder: webshop, trusted: false });
    await window.until(({ engine }) => engine === 'ready');
    const uri = await window.openDocument('a.sql', 'SELECT * FROM customers');
    assert.equal(await window.hover(uri, 18), null);
    assert.equal(window.status.schema, '');
  });

  it('gives up on an engine that keeps dying, with a sentence', async () => {
    const window = await LspWindow.open({ folder: webshop });
    const uri = await window.openDocument('a.sql', 'SELECT ');
    for (let i = 0; i < 4; i++) {
      await window.until(({ engine }) => engine === 'ready');
      process.kill((await window.inspect(uri, 7)).enginePid, 'SIGKILL');
      const gone = (): number =>
        window.statuses.filter(({ engine }) => engine === 'restarting' || engine === 'failed').length;
      await window.until(() => gone() > i);
    }
    await window.until(({ engine }) => engine === 'failed');
    assert.match(await window.untilError(/stopped 4 times/), /Restart the Engine/);
    assert.deepEqual(window.settings, defaultSettings);
  });
});
