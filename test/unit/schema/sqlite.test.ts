/** Reading SQLite files: what they contain, and the sentences about files that are none. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqlAheadError, type ErrorCode } from '../../../server/src/errors';
import { diagnostics } from '../../../server/src/features/diagnostics/diagnostics';
import type { Schema, Table } from '../../../server/src/schema/model';
import { renderTable } from '../../../server/src/schema/render';
import { sqliteSource } from '../../../server/src/schema/sources/fileSource';
import { readSqliteCatalogue, readSqliteContents } from '../../../server/src/schema/sources/sqlite';
import { checkAgainst } from '../../../server/src/schema/sources/sqliteValidator';
import { temporaryFolders } from '../support/folders';
import { readerProgram } from '../support/reader';

/** As the file reader reads it, in this process. */
async function read(file: string): Promise<Schema> {
  const at = { kind: 'sqlite' as const, file, name: path.basename(file) };
  const schema = await readSqliteCatalogue(at);
  return { ...schema, tables: await readSqliteContents(at, schema.tables, false) };
}

async function rejectsWith(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof SqlAheadError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\//, 'the base name is enough');
    return true;
  });
}

describe('SQLite source', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  const folder = temporaryFolders();

  function databaseWith(ddl: string, name = 'test.sqlite'): string {
    const file = path.join(folder(), name);
    const database = new DatabaseSync(file);
    database.exec(ddl);
    database.close();
    return file;
  }

  async function tablesOf(ddl: string): Promise<readonly Table[]> {
    return (await read(databaseWith(ddl))).tables;
  }

  function check(ddl: string, expected: readonly string[]): void {
    it(ddl.replace(/\s+/g, ' ').slice(0, 110), async () => {
      const lines = (await tablesOf(ddl)).map((t) =>
        renderTable(t, 'sqlite').slice('CREATE TABLE '.length, -1),
      );
      assert.deepEqual(lines, expected);
    });
  }

  check('CREATE TABLE a (id INTEGER PRIMARY KEY, b VARCHAR(20) NOT NULL, c)', [
    'a (id INTEGER PRIMARY KEY, b VARCHAR(20) NOT NULL, c TEXT)',
  ]);
  check('CREATE TABLE b (id INTEGER PRIMARY KEY); CREATE TABLE a (b_id INT REFERENCES B)', [
    'b (id INTEGER PRIMARY KEY)',
    'a (b_id INT REFERENCES b(id))',
  ]);
  check(
    'CREATE TABLE b (p INT, q INT, PRIMARY KEY (p, q)) WITHOUT ROWID; CREATE TABLE a (x INT, y INT, FOREIGN KEY (x, y) REFERENCES b)',
    [
      'b (p INT NOT NULL, q INT NOT NULL, PRIMARY KEY (p, q))',
      'a (x INT REFERENCES b(p), y INT REFERENCES b(q))',
    ],
  );
  check('CREATE TABLE a (x INT REFERENCES gone (id), y INT REFERENCES gone)', [
    'a (x INT REFERENCES gone(id), y INT)',
  ]);
  check(
    'CREATE TABLE a (id INTEGER PRIMARY KEY REFERENCES b); CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a)',
    ['a (id INTEGER PRIMARY KEY REFERENCES b(id))', 'b (id INTEGER PRIMARY KEY REFERENCES a(id))'],
  );
  check('CREATE TABLE z (i INT); CREATE TABLE a (i INT); CREATE VIEW v AS SELECT i AS j, 1 AS k FROM z', [
    'z (i INT)',
    'a (i INT)',
    'v (j INT, k TEXT)',
  ]);
  check('CREATE TABLE "order" ("a ""b""" INT, "größe" TEXT, "x\ny" TEXT)', [
    '"order" ("a ""b""" INT, größe TEXT, "x y" TEXT)',
  ]);
  check('CREATE TABLE a (i INTEGER PRIMARY KEY AUTOINCREMENT)', ['a (i INTEGER PRIMARY KEY)']);
  check('CREATE VIRTUAL TABLE f USING fts5(title, body)', ['f (title TEXT, body TEXT)']);
  check(
    'CREATE TABLE a (i INT); CREATE VIEW broken AS SELECT absent FROM a; CREATE VIEW lost AS SELECT 1 FROM gone',
    ['a (i INT)'],
  );
  check('', []);

  it('reads what the prompt does not show', async () => {
    const [table] = await tablesOf(`
      CREATE TABLE a (b INT DEFAULT 1, c TEXT UNIQUE, d INT GENERATED ALWAYS AS (b + 1), e INT AS (b) STORED, UNIQUE (b, c));
      CREATE UNIQUE INDEX part ON a (b) WHERE b > 1;
      CREATE UNIQUE INDEX expression ON a (lower(c));
      INSERT INTO a (b, c) VALUES (1, 'x'), (2, 'y');
    `);
    assert.ok(table);
    assert.deepEqual(
      table.columns.map((column) => [column.name, column.defaultValue, column.generated ?? false]),
      [
        ['b', '1', false],
        ['c', undefined, false],
        ['d', undefined, true],
        ['e', undefined, true],
      ],
    );
    assert.deepEqual(table.uniqueKeys, [['c'], ['b', 'c']]);
    assert.equal(table.rowCount, 2);
  });

  it('takes row counts from ANALYZE', async () => {
    const [table] = await tablesOf(
      "CREATE TABLE a (b INT); CREATE INDEX i ON a (b); INSERT INTO a VALUES (1); ANALYZE; UPDATE sqlite_stat1 SET stat = '5000 1'",
    );
    assert.equal(table?.rowCount, 5000);
  });

  it('says where it comes from', async () => {
    const file = databaseWith('CREATE TABLE a (b)', 'shop.db');
    const schema = await read(file);
    assert.deepEqual([schema.source, schema.dialect], ['shop.db', 'sqlite']);
    assert.deepEqual(sqliteSource(file, readerProgram).watchPaths, [file, `${file}-wal`]);
  });

  it('reads a database in WAL mode while another program writes', async () => {
    const file = databaseWith('PRAGMA journal_mode = WAL; CREATE TABLE a (b INT)');
    const writer = new DatabaseSync(file);
    writer.exec('CREATE TABLE later (c INT); BEGIN IMMEDIATE; CREATE TABLE unfinished (d INT)');
    try {
      const names = (await read(file)).tables.map((table) => table.name);
      assert.deepEqual(names, ['a', 'later']);
    } finally {
      writer.close();
    }
  });

  it('changes nothing', async () => {
    const file = databaseWith('CREATE TABLE a (b INT); INSERT INTO a VALUES (1)');
    const hash = () => createHash('sha256').update(readFileSync(file)).digest('hex');
    const before = [hash(), readdirSync(path.dirname(file))];
    await read(file);
    assert.deepEqual([hash(), readdirSync(path.dirname(file))], before);
  });

  it('knows what may be named though nothing offers it', async () => {
    const file = databaseWith(`
      CREATE TABLE a (b INT);
      CREATE VIRTUAL TABLE notes USING fts5(title, body);
      CREATE VIEW theirs AS SELECT their_function(b) AS c FROM a;
      CREATE TABLE vecs (id INTEGER);
    `);
    const database = new DatabaseSync(file);
    database.enableDefensive(false);
    database.exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET rootpage = 0, sql = 'CREATE VIRTUAL TABLE vecs USING vec0(x)' WHERE name = 'vecs'`);
    database.close();
    const schema = await read(file);
    assert.deepEqual(
      schema.tables.map(({ name, columns, hiddenColumns = [] }) => [
        name,
        columns.length,
        hiddenColumns.length,
      ]),
      [
        ['a', 1, 0],
        ['notes', 2, 2],
      ],
    );
    const unmarked = [
      'SELECT title FROM notes ORDER BY rank',
      "SELECT title FROM notes AS n WHERE n.notes MATCH 'x'",
      'SELECT block FROM notes_data',
      'SELECT c FROM theirs',
      'SELECT distance FROM vecs',
      'SELECT name, sql FROM main.sqlite_schema',
      'SELECT name FROM sqlite_master',
      'SELECT tbl_name FROM temp.sqlite_temp_schema',
      'SELECT x FROM attached.anything',
    ];
    for (const text of unmarked) assert.deepEqual(diagnostics(text, schema, 'sqlite'), [], text);
    assert.equal(diagnostics('SELECT absent FROM notes', schema, 'sqlite').length, 1);
  });

  it('leaves nothing beside a database in WAL mode that nobody has open', async () => {
    const file = databaseWith('PRAGMA journal_mode = WAL; CREATE TABLE a (b INT)');
    const before = readdirSync(path.dirname(file));
    assert.equal((await read(file)).tables.length, 1);
    assert.deepEqual(readdirSync(path.dirname(file)), before);
  });

  it('says where the newest changes are when they cannot be read', async () => {
    const file = databaseWith('PRAGMA journal_mode = WAL; CREATE TABLE a (b INT)');
    const writer = new DatabaseSync(file);
    writer.exec('CREATE TABLE later (c INT)');
    const copy = path.join(folder(), 'copy.sqlite');
    for (const suffix of ['', '-wal']) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
    writer.close();
    // Nothing can be made beside it, as in a folder that may not be written to.
    symlinkSync('/nowhere/at-all', `${copy}-shm`);
    await rejectsWith(
      read(copy),
      'ERR_DATABASE_INVALID',
      /^The newest changes of copy\.sqlite stand in copy\.sqlite-wal, which is only read where /,
    );
  });

  it('says that a program broke off in the middle of a change', async () => {
    const file = databaseWith('CREATE TABLE a (b BLOB)');
    const writer = new DatabaseSync(file);
    writer.exec('PRAGMA cache_size = 1; BEGIN; CREATE TABLE c (d BLOB)');
    for (let i = 0; i < 50; i++) writer.exec('INSERT INTO c VALUES (randomblob(3000))');
    const copy = path.join(folder(), 'copy.sqlite');
    for (const suffix of ['', '-journal']) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
    writer.close();
    await rejectsWith(
      read(copy),
      'ERR_DATABASE_INVALID',
      /^A program broke off while it wrote to copy\.sqlite, and copy\.sqlite-journal holds what must be undone: /,
    );
  });

  it('says that a file is missing', async () => {
    await rejectsWith(
      read(path.join(folder(), 'no.db')),
      'ERR_DATABASE_NOT_FOUND',
      /^The database no\.db does not exist: /,
    );
  });

  it('says that a database is locked, and reads it when it is free', async () => {
    const file = databaseWith('CREATE TABLE a (b INT)');
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN EXCLUSIVE');
    try {
      await rejectsWith(
        read(file),
        'ERR_DATABASE_LOCKED',
        /^Another program holds the database test\.sqlite: /,
      );
      holder.exec('ROLLBACK');
      assert.equal((await read(file)).tables.length, 1);
    } finally {
      holder.close();
    }
  });

  it('says that a text file is no database', async () => {
    const file = path.join(folder(), 'notes.sqlite');
    writeFileSync(file, 'This is not a database at all. '.repeat(100));
    await rejectsWith(read(file), 'ERR_DATABASE_INVALID', /^notes\.sqlite is not a SQLite database: /);
  });

  it('says that a folder is no database', async () => {
    const file = path.join(folder(), 'folder.sqlite');
    mkdirSync(file);
    await rejectsWith(read(file), 'ERR_DATABASE_INVALID', /^folder\.sqlite is a folder/);
  });

  it('takes an empty file as a database without tables', async () => {
    const file = path.join(folder(), 'empty.sqlite');
    writeFileSync(file, '');
    assert.deepEqual((await read(file)).tables, []);
  });

  it('says that a truncated database is damaged', async () => {
    const columns = Array.from({ length: 200 }, (_, i) => `column_with_a_long_name_${i} TEXT`).join(', ');
    const file = databaseWith(
      `CREATE TABLE a (${columns}); CREATE TABLE b (${columns}); INSERT INTO a DEFAULT VALUES;`,
    );
    writeFileSync(file, readFileSync(file).subarray(0, 4096));
    await rejectsWith(read(file), 'ERR_DATABASE_INVALID', /test\.sqlite/);
  });

  it('says that an overwritten database is damaged, wherever the damage is', async () => {
    const file = databaseWith('CREATE TABLE a (b INT); CREATE TABLE c (d INT);');
    const good = readFileSync(file);
    for (const at of [100, 108, good.length - 60]) {
      const bad = Buffer.from(good);
      bad.fill(0xff, at, Math.min(at + 24, bad.length));
      writeFileSync(file, bad);
      // Some damage is not in what is read; then there are tables, but never another kind of error.
      await read(file).catch((error: unknown) => {
        assert.ok(error instanceof SqlAheadError);
        assert.equal(error.code, 'ERR_DATABASE_INVALID');
      });
    }
  });

  it('stops when it is told to', async () => {
    const file = databaseWith('CREATE TABLE a (b INT)');
    await rejectsWith(
      sqliteSource(file, readerProgram).read(AbortSignal.abort()),
      'ERR_CANCELLED',
      /cancelled/,
    );
  });

  it('runs nothing that a schema holds behind its statements', () => {
    const made = path.join(folder(), 'made.sqlite');
    const schema = `CREATE TABLE a (b INT); ATTACH '${made}' AS other; CREATE TABLE other.c (d INT)`;
    assert.deepEqual(checkAgainst([schema], 'SELECT b FROM a'), { ok: true });
    assert.ok(!existsSync(made));
  });

  it('makes no file where there is none', async () => {
    const missing = path.join(folder(), 'missing.sqlite');
    const source = sqliteSource(missing, readerProgram);
    await rejectsWith(source.read(new AbortController().signal), 'ERR_DATABASE_NOT_FOUND', /does not exist/);
    assert.equal(await source.validate?.('SELECT 1', new AbortController().signal), undefined);
    assert.ok(!existsSync(missing));
  });

  it('says that the runtime is too old', async () => {
    const file = databaseWith('CREATE TABLE a (b INT)');
    const getBuiltinModule = process.getBuiltinModule.bind(process);
    process.getBuiltinModule = () => undefined;
    try {
      await rejectsWith(read(file), 'ERR_DATABASE_UNSUPPORTED', /cannot read SQLite files: /);
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  });

  it('reads the sample workspace', async () => {
    const schema = await read(path.resolve('samples/webshop/webshop.sqlite'));
    assert.equal(schema.tables.length, 11);
    assert.equal(schema.tables.find((table) => table.name === 'orders')?.rowCount, 180);
  });
});
