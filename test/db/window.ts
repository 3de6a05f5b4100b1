/**
 * The bundled server, started as a window does, with a connection to a real server: what settings and password lead to.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { PasswordParams } from '../../server/src/protocol';
import { disposeAll, LspWindow, temporaryFolder } from '../lsp/window';
import { loadDuckdb, loadPostgres, postgresScript } from './load';
import { postgres } from './shared';
import { password } from './servers';

const labelsAt = async (window: LspWindow, text: string): Promise<string[]> => {
  const uri = await window.openDocument(`${String(window.statuses.length)}.sql`, text);
  const list = await window.request<{ items: { label: string }[] }>(
    'textDocument/completion',
    uri,
    text.length,
  );
  return list.items.map(({ label }) => label);
};

describe('a window with a connection', () => {
  afterEach(disposeAll);

  const elephant = async () => {
    const { connection } = await postgres();
    await loadPostgres(connection, password, 'birds', 'CREATE TABLE herons (id int, wingspan int)');
    return { ...connection, name: 'elephant', database: 'birds' };
  };

  it('asks for the password and shows what the server has', async () => {
    const asked: PasswordParams[] = [];
    const settings = { connections: [await elephant()], connection: 'elephant' };
    const window = await LspWindow.open({
      settings,
      password: (params) => (asked.push(params), password),
    });
    assert.equal((await window.hasSchema()).schema, 'elephant (1 table)');
    assert.deepEqual(
      asked.map(({ connection, again }) => [connection.name, again]),
      [['elephant', false]],
    );
    assert.ok((await labelsAt(window, 'SELECT * FROM ')).includes('herons'));
    assert.ok((await labelsAt(window, 'SELECT * FROM herons h WHERE h.')).includes('wingspan'));
  });

  it('says what is wrong without one, without the schema of another, and goes on when it is given', async () => {
    const connection = await elephant();
    let said: string | null = null;
    const window = await LspWindow.open({
      settings: { connections: [connection], connection: 'elephant' },
      password: () => said,
    });
    assert.match(await window.untilError(/elephant/), /needs a password/);
    assert.equal(window.status.schema, '');
    said = password;
    await window.connection.sendRequest('sqlAhead/refreshSchema');
    assert.equal((await window.hasSchema()).schema, 'elephant (1 table)');
  });

  it('sees what another client changed when the schema is read again, and shows it from disk without a password', async () => {
    const connection = await elephant();
    const storage = temporaryFolder();
    const open = (said: string | null) =>
      LspWindow.open({
        storage,
        settings: { connections: [connection], connection: 'elephant' },
        password: () => said,
      });
    const window = await open(password);
    await window.hasSchema();
    await postgresScript(connection, password, 'birds', 'CREATE TABLE egrets (id int)');
    await window.connection.sendRequest('sqlAhead/refreshSchema');
    await window.until(({ schema }) => schema === 'elephant (2 tables)');
    assert.ok((await labelsAt(window, 'SELECT * FROM ')).includes('egrets'));
    await window.close();
    for (const said of [null, 'wrong']) {
      const next = await open(said);
      assert.match(await next.untilError(/elephant/), said === null ? /needs a password/ : /was refused/);
      assert.equal(next.status.schema, 'elephant (2 tables)');
      assert.ok((await labelsAt(next, 'SELECT * FROM ')).includes('egrets'));
      await next.close();
    }
  });

  it('goes from one connection to another', async () => {
    const file = path.join(temporaryFolder(), 'ponds.duckdb');
    await loadDuckdb(file, 'CREATE TABLE frogs (id int); CREATE TABLE newts (id int)');
    const connections = [await elephant(), { name: 'ponds', kind: 'duckdb' as const, database: file }];
    const window = await LspWindow.open({
      settings: { connections, connection: 'elephant' },
      password: () => password,
    });
    await window.until(({ schema }) => schema === 'elephant (1 table)');
    await window.configure({ connection: 'ponds' });
    await window.until(({ schema }) => schema === 'ponds.duckdb (2 tables)');
    assert.ok(!(await labelsAt(window, 'SELECT * FROM ')).includes('herons'));
    await window.configure({ connection: 'nothing of the kind' });
    assert.match(await window.untilError(/nothing of the kind/), /No connection is called/);
  });

  it('connects to nothing in an untrusted workspace', async () => {
    let asked = 0;
    const window = await LspWindow.open({
      trusted: false,
      settings: { connections: [await elephant()], connection: 'elephant' },
      password: () => (asked++, password),
    });
    assert.ok(!(await labelsAt(window, 'SELECT * FROM ')).includes('herons'));
    assert.equal(asked, 0);
  });
});
