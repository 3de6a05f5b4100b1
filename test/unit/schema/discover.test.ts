/** Which source a workspace folder leads to, and the sentences about DDL files that cannot be read. */
import assert from 'node:assert/strict';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqlAheadError } from '../../../server/src/errors';
import { ddlSource } from '../../../server/src/schema/sources/ddl';
import { discoverSource } from '../../../server/src/schema/sources/discover';
import { temporaryFolders } from '../support/folders';
import { readerProgram } from '../support/reader';

type Settings = Parameters<typeof discoverSource>[0];
const none: Settings = { database: '', ddlFiles: [], dialect: 'auto' };

describe('discovery', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  const folder = temporaryFolders();

  /** Files as path: text; `database` stands for a real SQLite database, `duck` for the beginning of a DuckDB file. */
  function workspace(files: Readonly<Record<string, string>>): string {
    const root = folder();
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(root, name);
      mkdirSync(path.dirname(file), { recursive: true });
      if (text === 'duck') writeFileSync(file, `checksumDUCK${'\0'.repeat(100)}`);
      else if (text !== 'database') writeFileSync(file, text);
      else {
        const database = new DatabaseSync(file);
        database.exec('CREATE TABLE a (b INT)');
        database.close();
      }
    }
    return root;
  }

  function check(
    title: string,
    files: Readonly<Record<string, string>>,
    expected: readonly string[] | undefined,
    settings: Partial<Settings> = {},
  ): void {
    it(title, async () => {
      const root = workspace(files);
      const source = await discoverSource({ ...none, ...settings }, root, readerProgram);
      const found = source?.watchPaths.filter((file) => !/[-.]wal$/.test(file));
      assert.deepEqual(
        found?.map((file) => path.relative(root, file)),
        expected?.map((file) => path.normalize(file)),
      );
    });
  }

  check('finds nothing in an empty folder', {}, undefined);
  check('finds the one database', { 'shop.sqlite': 'database' }, ['shop.sqlite']);
  check('finds it in db/ and data/', { 'data/shop.sqlite3': 'database' }, ['data/shop.sqlite3']);
  check('takes .db only with the header of SQLite', { 'a.db': 'database', 'b.db': 'other' }, ['a.db']);
  check('finds the one DuckDB file', { 'shop.duckdb': 'duck' }, ['shop.duckdb']);
  check('finds DuckDB in data/', { 'data/shop.ddb': 'duck' }, ['data/shop.ddb']);
  check('takes .db with the header of DuckDB', { 'a.db': 'duck', 'b.db': 'other' }, ['a.db']);
  check('takes neither a SQLite nor a DuckDB file', { 'a.db': 'database', 'b.duckdb': 'duck' }, undefined);
  check('prefers the DuckDB file to DDL', { 'a.duckdb': 'duck', 'schema.sql': '' }, ['a.duckdb']);
  check('takes neither of two', { 'a.sqlite': 'database', 'b.sqlite': 'database' }, undefined);
  check(
    'falls back to DDL where there are two',
    { 'a.sqlite': 'database', 'db/b.db': 'database', 'schema.sql': '' },
    ['schema.sql'],
  );
  check('prefers the database to DDL', { 'a.sqlite': 'database', 'schema.sql': '' }, ['a.sqlite']);
  check('finds DDL files by their names', { 'sql/b.ddl.sql': '', 'a.schema.sql': '', 'queries.sql': '' }, [
    'a.schema.sql',
    'sql/b.ddl.sql',
  ]);
  check(
    'takes the database of the settings',
    { 'a.sqlite': 'database', 'b.sqlite': 'database' },
    ['b.sqlite'],
    {
      database: 'b.sqlite',
    },
  );
  check('takes it even when it is missing', { 'a.sqlite': 'database' }, ['gone.sqlite'], {
    database: 'gone.sqlite',
  });
  check('takes the DDL files of the settings', { 'a.sqlite': 'database' }, ['x.sql', 'y.sql'], {
    ddlFiles: ['y.sql', 'x.sql'],
  });
  check('takes no folder for a file', { 'a.sqlite/inner.txt': '' }, undefined);

  it('finds nothing without a folder, unless the setting is absolute', async () => {
    assert.equal(
      await discoverSource({ ...none, database: 'a.sqlite' }, undefined, readerProgram),
      undefined,
    );
    const file = path.join(folder(), 'a.sqlite');
    assert.deepEqual(
      (await discoverSource({ ...none, database: file }, undefined, readerProgram))?.watchPaths[0],
      file,
    );
  });

  for (const [title, connections, connection, expected] of [
    ['takes the connection that is picked', [{ name: 'a', kind: 'postgres' }], 'a', 'postgres'],
    ['takes a file as a connection', [{ name: 'a', kind: 'duckdb', database: 'x' }], 'a', 'duckdb'],
    ['says when it is not there', [{ name: 'a', kind: 'mysql' }], 'b', 'missing'],
    ['says when it is of no kind', [{ name: 'a', kind: 'oracle' }], 'a', 'missing'],
    ['passes over what is no connection', [null, 7, { name: 'a', kind: 'mysql' }], 'a', 'mysql'],
    ['does without a list', { a: 1 }, 'a', 'missing'],
  ] as const) {
    it(title, async () => {
      const settings = { ...none, connections, connection } as unknown as Settings;
      const source = await discoverSource(settings, folder(), readerProgram);
      assert.equal(source?.id.split(' ', 1)[0], expected);
      if (expected !== 'missing') return;
      await assert.rejects(source.read(new AbortController().signal), SqlAheadError);
    });
  }

  it('tells SQLite and DuckDB apart by what a file holds, then by its name', async () => {
    const root = workspace({ 'a.db': 'duck', 'b.duckdb': 'database', 'c.duckdb': '', 'd.sqlite': 'text' });
    const kinds = ['a.db', 'b.duckdb', 'c.duckdb', 'd.sqlite', 'gone.duckdb', 'gone.db'].map(
      async (database) =>
        (await discoverSource({ ...none, database }, root, readerProgram))?.id.split(' ', 1).at(0),
    );
    assert.deepEqual(await Promise.all(kinds), ['duckdb', 'sqlite', 'duckdb', 'sqlite', 'duckdb', 'sqlite']);
  });

  describe('sample values', () => {
    const connections = [
      { name: 'file', kind: 'sqlite' as const, database: 'a.sqlite' },
      { name: 'secret', kind: 'sqlite' as const, database: 'a.sqlite', sensitive: true },
    ];
    const cases: [string, Partial<Settings>, readonly string[] | undefined][] = [
      ['are read from files', {}, ['x', 'y']],
      ['are read where everything is', { sampleValues: 'all' }, ['x', 'y']],
      ['are not read when turned off', { sampleValues: 'none' }, undefined],
      ['are read from a file that is a connection', { connections, connection: 'file' }, ['x', 'y']],
      [
        'are never read from a sensitive one',
        { connections, connection: 'secret', sampleValues: 'all' },
        undefined,
      ],
    ];
    for (const [title, settings, expected] of cases) {
      it(title, async () => {
        const root = folder();
        const database = new DatabaseSync(path.join(root, 'a.sqlite'));
        database.exec("CREATE TABLE a (b TEXT); INSERT INTO a VALUES ('x'), ('y')");
        database.close();
        const source = await discoverSource({ ...none, ...settings }, root, readerProgram);
        const schema = await source?.read(new AbortController().signal);
        assert.deepEqual(schema?.tables[0]?.columns[0]?.seen, expected);
      });
    }
  });

  it('finds the sample workspace', async () => {
    const source = await discoverSource(none, path.resolve('samples/webshop'), readerProgram);
    assert.equal(source?.description, 'webshop.sqlite');
  });

  it('reads DDL files in the order of their names, as one', async () => {
    const root = workspace({
      '2.sql': 'ALTER TABLE a ADD COLUMN c INT',
      '1.sql': 'CREATE TABLE a (b INT) -- no semicolon',
    });
    const source = ddlSource([path.join(root, '2.sql'), path.join(root, '1.sql')], 'auto', readerProgram);
    const schema = await source.read(new AbortController().signal);
    assert.equal(source.description, '1.sql and 1 more');
    assert.deepEqual(
      schema.tables.map((table) => table.columns.map((column) => column.name)),
      [['b', 'c']],
    );
  });

  it('reads DDL that is not UTF-8', async () => {
    const root = folder();
    writeFileSync(path.join(root, 'a.sql'), Buffer.from('CREATE TABLE a (b INT); -- gr\xfc\xdfe', 'latin1'));
    writeFileSync(path.join(root, 'b.sql'), Buffer.from('\ufeffCREATE TABLE c (d INT);', 'utf16le'));
    for (const name of ['a.sql', 'b.sql']) {
      const schema = await ddlSource([path.join(root, name)], 'sqlite', readerProgram).read(
        new AbortController().signal,
      );
      assert.equal(schema.tables.length, 1, name);
    }
  });

  it('refuses DDL that is missing or too large, in one sentence', async () => {
    const root = folder();
    const large = path.join(root, 'large.sql');
    writeFileSync(large, '');
    truncateSync(large, 21 * 1024 * 1024);
    for (const [file, message] of [
      [large, /^The DDL file large\.sql is larger than 20 MB: /],
      [path.join(root, 'gone.sql'), /^The DDL file gone\.sql cannot be read: /],
    ] as const) {
      await assert.rejects(
        ddlSource([file], 'auto', readerProgram).read(new AbortController().signal),
        (error) => {
          assert.ok(error instanceof SqlAheadError);
          assert.equal(error.code, 'ERR_DDL_UNREADABLE');
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });
});
