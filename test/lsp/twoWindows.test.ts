/**
 * Two windows on one engine host, each with a language server and a schema of its own. Neither sees anything of the
 * other, and the host ends after the last one. No test depends on what a model suggests.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { legality } from '../eval/typingScore';
import { schemaOf } from '../unit/support/schemas';
import { disposeAll, LspWindow, temporaryFolder } from './window';

const zoo = `CREATE TABLE keeper (id INTEGER PRIMARY KEY, nickname TEXT NOT NULL);
CREATE TABLE animal (id INTEGER PRIMARY KEY, species TEXT, keeper_id INTEGER REFERENCES keeper(id));`;
const library = `CREATE TABLE reader (id INTEGER PRIMARY KEY, surname TEXT NOT NULL);
CREATE TABLE loan (id INTEGER PRIMARY KEY, volume TEXT, reader_id INTEGER REFERENCES reader(id));`;

async function open(ddl: string, runtimeDirectory: string, env: NodeJS.ProcessEnv = {}): Promise<LspWindow> {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'schema.sql'), ddl);
  const window = await LspWindow.open({
    folder,
    runtimeDirectory,
    env,
    settings: { ddlFiles: ['schema.sql'] },
  });
  await window.ready();
  return window;
}

/** Types a query and looks at what is shown behind every key. @returns how many suggestions there were */
async function type(window: LspWindow, ddl: string, query: string): Promise<{ uri: string; shown: number }> {
  const schema = schemaOf(ddl);
  const uri = await window.openDocument('typed.sql', '');
  let shown = 0;
  for (const [i, key] of Array.from(query).entries()) {
    await window.edit(uri, i, i, key);
    const text = query.slice(0, i + 1);
    for (const { insertText, range } of await window.inlineCompletion(uri, text.length)) {
      assert.ok(typeof insertText === 'string');
      assert.deepEqual(range?.start, window.positionAt(uri, text.length));
      assert.deepEqual(legality(text, insertText, schema).invalid, [], text + insertText);
      shown++;
    }
    // A typo and its correction.
    if (i % 9 === 5) {
      await window.edit(uri, i + 1, i + 1, 'x');
      await window.edit(uri, i + 1, i + 2, '');
    }
  }
  return { uri, shown };
}

/** Resolves when nothing is in the folder any more. */
async function isEmpty(folder: string): Promise<void> {
  for (;;) {
    let watcher: fs.FSWatcher | undefined;
    const changed = new Promise<void>((resolve) => {
      watcher = fs.watch(folder, () => resolve());
    });
    try {
      if (fs.readdirSync(folder).length === 0) return;
      await changed;
    } finally {
      watcher?.close();
    }
  }
}

describe('two windows on one engine', () => {
  afterEach(disposeAll);

  it('are each answered from their own text and schema while both type', async () => {
    const runtimeDirectory = temporaryFolder();
    const [a, b] = await Promise.all([open(zoo, runtimeDirectory), open(library, runtimeDirectory)]);
    const queryA = 'SELECT k.nickname, count(*) FROM keeper k JOIN animal a ON a.keeper_id = k.id GROUP BY k';
    const queryB = "SELECT r.surname FROM reader r JOIN loan l ON l.reader_id = r.id WHERE l.volume = 'x' OR";
    const [ofA, ofB] = await Promise.all([type(a, zoo, queryA), type(b, library, queryB)]);
    assert.ok(ofA.shown > 0 && ofB.shown > 0);

    const [heldA, heldB] = await Promise.all([
      a.inspect(ofA.uri, queryA.length),
      b.inspect(ofB.uri, queryB.length),
    ]);
    assert.equal(heldA.enginePid, heldB.enginePid);
    assert.equal(fs.readdirSync(runtimeDirectory).filter((name) => name.endsWith('.json')).length, 1);
    for (const [{ promptText, promptTokens, cachedTokens, cachedPositions }, query, own, other] of [
      [heldA, queryA, 'keeper', 'reader'],
      [heldB, queryB, 'reader', 'keeper'],
    ] as const) {
      assert.ok(promptText.endsWith(query));
      assert.match(promptText, new RegExp(`CREATE TABLE ${own}`));
      assert.doesNotMatch(promptText, new RegExp(other));
      assert.deepEqual(cachedTokens.slice(0, promptTokens.length), promptTokens);
      assert.deepEqual(cachedPositions, { min: 0, max: cachedTokens.length - 1 });
    }
    // What stands there is in the cache: the other window's work has not taken it away.
    const again = await Promise.all([a.inspect(ofA.uri, queryA.length), b.inspect(ofB.uri, queryB.length)]);
    assert.deepEqual(
      again.map(({ evaluatedTokens }) => evaluatedTokens),
      [heldA, heldB].map(({ evaluatedTokens }) => evaluatedTokens),
    );
  });

  it('keep it until the last one has left', async () => {
    const runtimeDirectory = temporaryFolder();
    const [a, b] = await Promise.all([open(zoo, runtimeDirectory), open(library, runtimeDirectory)]);
    const uri = await b.openDocument('b.sql', 'SELECT ');
    const { enginePid } = await b.inspect(uri, 7);
    await a.close();
    assert.equal((await b.inspect(uri, 7)).enginePid, enginePid);
    await b.close();
    await isEmpty(runtimeDirectory);
  });

  it('find it again where it stays a while after the last one', async () => {
    const runtimeDirectory = temporaryFolder();
    const stays = { SQL_AHEAD_ENGINE_LINGER_MS: '600000' };
    const first = await open(zoo, runtimeDirectory, stays);
    const uri = await first.openDocument('a.sql', 'SELECT ');
    const { enginePid } = await first.inspect(uri, 7);
    try {
      await first.close();
      const second = await open(library, runtimeDirectory, stays);
      const other = await second.openDocument('b.sql', 'SELECT ');
      assert.equal((await second.inspect(other, 7)).enginePid, enginePid);
      await second.close();
    } finally {
      process.kill(enginePid, 'SIGTERM');
    }
    await isEmpty(runtimeDirectory);
  });
});
