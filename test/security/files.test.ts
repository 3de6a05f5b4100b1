/**
 * Database files and paths that try to hang the server, fill its memory, or be read without end. Each must end in one
 * sentence, or in a schema without the harmful part, and the server must go on.
 */
import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqlAheadError } from '../../server/src/errors';
import { fingerprint, readRegularFile } from '../../server/src/regularFile';
import { Catalog } from '../../server/src/schema/catalog';
import { CatalogCache } from '../../server/src/schema/catalogCache';
import type { Schema } from '../../server/src/schema/model';
import { ddlSource } from '../../server/src/schema/sources/ddl';
import { discoverSource } from '../../server/src/schema/sources/discover';
import type { DatabaseKind } from '../../server/src/schema/sources/fileReader/protocol';
import type { ReaderTiming } from '../../server/src/schema/sources/fileReader/readerProcess';
import { fileSource } from '../../server/src/schema/sources/fileSource';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import { temporaryFolders } from '../unit/support/folders';
import { readerProgram } from '../unit/support/reader';
import { endlessQuery, sqliteFile, treeWithoutEnd, withEntry } from './hostileFiles';

const never = new AbortController().signal;
/** Deadlines that pass within a test, and leave a busy machine time for what ends by itself. */
const timing: ReaderTiming = { catalogue: 8_000, contents: 4_000, check: 4_000, idle: 60_000 };

/** Resolves when no process has that id any more. */
async function gone(pid: number | undefined): Promise<void> {
  assert.ok(pid !== undefined);
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('hostile database files', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();
  const opened: SchemaSource[] = [];
  afterEach(() => {
    for (const source of opened.splice(0)) source.dispose?.();
  });

  function open(kind: DatabaseKind, file: string, program = readerProgram, within = timing): SchemaSource {
    const source = fileSource(kind, file, program, true, within);
    opened.push(source);
    return source;
  }

  const read = (file: string, kind: DatabaseKind = 'sqlite'): Promise<Schema> => open(kind, file).read(never);
  const namesOf = ({ tables }: Schema): string[] => tables.map(({ name }) => name);
  const inFolder = (name: string): string => path.join(folder(), name);

  async function failureOf(work: Promise<unknown>): Promise<SqlAheadError> {
    let failure: unknown;
    await assert.rejects(work, (error) => {
      failure = error;
      return true;
    });
    assert.ok(failure instanceof SqlAheadError, String(failure));
    return failure;
  }

  /** A program that notes each start of the reader: its folder and environment. */
  function noted(): { readonly program: typeof readerProgram; readonly starts: () => Start[] } {
    const at = folder();
    const notes = path.join(at, 'starts');
    const script = path.join(at, 'reader.cjs');
    writeFileSync(
      script,
      `if (require('node:worker_threads').isMainThread)
         require('node:fs').appendFileSync(${JSON.stringify(notes)}, JSON.stringify(
           { folder: process.cwd(), environment: Object.keys(process.env), pid: process.pid }) + '\\n');
       require(${JSON.stringify(readerProgram.script)});`,
    );
    const starts = (): Start[] =>
      existsSync(notes)
        ? readFileSync(notes, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Start)
        : [];
    return { program: { script, folder: readerProgram.folder }, starts };
  }

  interface Start {
    readonly folder: string;
    readonly environment: readonly string[];
    readonly pid: number;
  }

  describe('SQLite', () => {
    it('rows behind a virtual table over an endless view are not counted', async () => {
      const file = sqliteFile(
        inFolder('a.sqlite'),
        'CREATE TABLE a (b TEXT)',
        `CREATE VIEW v (rowid, x) AS SELECT n, n FROM (${endlessQuery})`,
        "CREATE VIRTUAL TABLE f USING fts5(x, content='v')",
      );
      const schema = await read(file);
      assert.deepEqual(namesOf(schema), ['a', 'v', 'f']);
      assert.equal(schema.tables[0]?.rowCount, 0);
    });

    it('an endless view in the place of ANALYZE is not read', async () => {
      const file = sqliteFile(inFolder('a.sqlite'), "CREATE TABLE a (b TEXT); INSERT INTO a VALUES ('x')");
      withEntry(file, 'view', 'sqlite_stat1', `CREATE VIEW sqlite_stat1 AS ${endlessQuery}`);
      const schema = await read(file);
      assert.deepEqual(namesOf(schema), ['a']);
      assert.equal(schema.tables[0]?.rowCount, 1);
    });

    it('views that are called like pragmas are not asked', async () => {
      const names = ['table_list', 'table_xinfo', 'foreign_key_list', 'index_list', 'index_info'];
      const file = sqliteFile(
        inFolder('a.sqlite'),
        'CREATE TABLE a (b TEXT UNIQUE)',
        ...names.map((name) => `CREATE VIEW pragma_${name} AS ${endlessQuery}`),
      );
      const schema = await read(file);
      assert.deepEqual(namesOf(schema).slice(0, 1), ['a']);
      assert.deepEqual(schema.tables[0]?.uniqueKeys, [['b']]);
    });

    it('generated columns are not computed', async () => {
      const costly = "substr(replace(hex(zeroblob(length(b) * 100000)), '0', 'xxxx'), 1, 3)";
      const file = sqliteFile(
        inFolder('a.sqlite'),
        `CREATE TABLE a (b TEXT, c TEXT AS (${costly}), d TEXT AS (c || b))`,
        "INSERT INTO a (b) VALUES ('red'), ('red'), ('red'), ('blue'), ('blue'), ('blue')",
      );
      const [table] = (await read(file)).tables;
      assert.deepEqual(
        table?.columns.map(({ name, values }) => [name, values?.list]),
        [
          ['b', ['red', 'blue']],
          ['c', undefined],
          ['d', undefined],
        ],
      );
    });

    it('a table whose pages never end is known without its number of rows', async () => {
      const [table] = (await read(treeWithoutEnd(inFolder('a.sqlite'), 't'))).tables;
      assert.deepEqual([table?.name, table?.rowCount], ['t', undefined]);
    });

    it('a catalogue that never ends: one sentence, once, and the process is gone', async () => {
      const file = treeWithoutEnd(inFolder('a.sqlite'));
      const { program, starts } = noted();
      const source = open('sqlite', file, program);
      const failure = await failureOf(source.read(never));
      assert.equal(failure.code, 'ERR_DATABASE_TIMEOUT');
      assert.equal(
        failure.message,
        'a.sqlite takes longer than 8 s to read: give its schema as a DDL file, or pick another file.',
      );
      assert.equal(await failureOf(source.read(never)), failure);
      assert.equal(await source.validate?.('SELECT a FROM t', never), undefined);
      const [start, ...more] = starts();
      assert.deepEqual(more, []);
      await gone(start?.pid);
      // Changed, it is tried again.
      writeFileSync(file, readFileSync(sqliteFile(inFolder('b.sqlite'), 'CREATE TABLE a (b)')));
      assert.deepEqual(namesOf(await source.read(never)), ['a']);
    });

    it('a statement that compiles without end gets no verdict, and the next one gets its own', async () => {
      const source = open('sqlite', sqliteFile(inFolder('a.sqlite'), 'CREATE TABLE a (b INT)'));
      const steps = Array.from(
        { length: 40 },
        (_, i) =>
          `c${String(i + 1)} AS (SELECT (SELECT a FROM c${String(i)}) + (SELECT a FROM c${String(i)}) AS a)`,
      );
      const bomb = `WITH c0 AS (SELECT 1 AS a), ${steps.join(', ')} SELECT a FROM c40`;
      assert.equal(await source.validate?.(bomb, never), undefined);
      assert.deepEqual(await source.validate?.('SELECT b FROM a', never), { ok: true });
    });

    it('a schema of too many columns or too long names is refused in one sentence', async () => {
      const columns = Array.from({ length: 2000 }, (_, i) => `c${String(i)}`).join(', ');
      const tables = Array.from({ length: 151 }, (_, i) => `CREATE TABLE t${String(i)} (${columns})`);
      const patient = { ...timing, catalogue: 100_000 };
      const refusalOf = (file: string) => failureOf(open('sqlite', file, readerProgram, patient).read(never));
      const many = await refusalOf(sqliteFile(inFolder('a.sqlite'), 'BEGIN', ...tables, 'COMMIT'));
      assert.equal(
        many.message,
        'The schema of a.sqlite is too large to read (more than 300,000 columns): give the tables you need as a DDL file.',
      );
      const long = 'x'.repeat(40_000_000);
      const names = await refusalOf(
        sqliteFile(inFolder('b.sqlite'), `CREATE TABLE "${long}" ("${long}" INT)`),
      );
      assert.match(
        names.message,
        /^The schema of b\.sqlite is too large to read \(more than 64 MB of names\): /,
      );
    });

    it('entries that SQLite would not make, and names of any characters', async () => {
      const odd = 'a\u0000b\u0007\u202e\n[x](command:y)';
      const file = sqliteFile(inFolder('a.sqlite'), `CREATE TABLE a ("${odd.replace('\u0000', '')}" INT)`);
      assert.deepEqual((await read(file)).tables[0]?.columns[0]?.name, odd.replace('\u0000', ''));
      for (const sql of [
        'CREATE',
        'CREATE TABLE',
        'CREATE TABLE b AS SELECT 1',
        'DROP TABLE a',
        'x'.repeat(1000),
      ]) {
        const broken = withEntry(
          sqliteFile(inFolder('b.sqlite'), 'CREATE TABLE a (b INT)'),
          'table',
          'b',
          sql,
        );
        const failure = await failureOf(read(broken));
        assert.equal(failure.code, 'ERR_DATABASE_INVALID', sql.slice(0, 30));
      }
    });
  });

  describe('DuckDB', () => {
    async function duckdbFile(name: string, ...statements: readonly string[]): Promise<string> {
      const { DuckDBInstance } = await import('@duckdb/node-api');
      const file = inFolder(name);
      const instance = await DuckDBInstance.create(file);
      const connection = await instance.connect();
      for (const statement of statements) await connection.run(statement);
      connection.closeSync();
      instance.closeSync();
      return file;
    }

    it('constants are not computed while a statement is checked', async () => {
      const source = open('duckdb', await duckdbFile('a.duckdb', 'CREATE TABLE a (b INT)'));
      for (const bomb of [
        'SELECT * FROM a WHERE b IN (SELECT unnest(range(3000000000)))',
        "SELECT b FROM a WHERE CAST(b AS VARCHAR) = repeat('abcdefgh', 4000000000)",
      ])
        assert.deepEqual(await source.validate?.(bomb, never), { ok: true }, bomb);
    });

    it('what is computed all the same gets no verdict, and after three times nothing is tried', async () => {
      const { program, starts } = noted();
      const file = await duckdbFile('a.duckdb', 'CREATE TABLE a (b INT)');
      const source = open('duckdb', file, program);
      const bomb = 'SELECT * FROM range(len(range(3000000000)))';
      assert.equal(await source.validate?.(bomb, never), undefined);
      assert.deepEqual(await source.validate?.('SELECT b FROM a', never), { ok: true });
      for (let i = 0; i < 4; i++) assert.equal(await source.validate?.(bomb, never), undefined);
      const all = starts();
      assert.equal(all.length, 3);
      await gone(all.at(-1)?.pid);
    });

    it('reaches no file, and leaves none', async () => {
      const source = open('duckdb', await duckdbFile('a.duckdb', 'CREATE TABLE a (b INT)'));
      const [file = ''] = source.watchPaths;
      const verdict = await source.validate?.("SELECT * FROM read_text('/etc/hostname')", never);
      assert.ok(verdict?.ok === false);
      assert.match(verdict.message, /disabled by configuration/);
      await source.read(never);
      assert.deepEqual(readdirSync(path.dirname(file)), ['a.duckdb']);
    });

    it('macros that are called like the functions of the catalogue are not asked', async () => {
      const trap = "SELECT 'trap' AS schema_name, 'trap' AS table_name, 'trap' AS name, 'trap' AS kind";
      const file = await duckdbFile(
        'a.duckdb',
        "CREATE TABLE a (b VARCHAR); INSERT INTO a VALUES ('x'), ('x'), ('x')",
        ...['tables', 'views', 'columns', 'constraints', 'types', 'functions'].map(
          (name) => `CREATE MACRO duckdb_${name}() AS TABLE ${trap}`,
        ),
        "CREATE MACRO current_database() AS 'trap'",
        "CREATE MACRO substr(a, b, c) AS 'trap'",
      );
      const schema = await read(file, 'duckdb');
      assert.deepEqual(namesOf(schema), ['a']);
      assert.deepEqual(schema.tables[0]?.columns[0]?.values?.list, ['x']);
    });

    it('keys stay in their schema, and generated columns are no defaults', async () => {
      const file = await duckdbFile(
        'a.duckdb',
        'CREATE SCHEMA sales; CREATE TABLE customers (id INT PRIMARY KEY)',
        'CREATE TABLE sales.customers (id INT PRIMARY KEY)',
        'CREATE TABLE sales.orders (customer INT REFERENCES sales.customers (id), n INT DEFAULT 1, twice INT AS (n * 2))',
      );
      const { tables } = await read(file, 'duckdb');
      const orders = tables.find(({ name }) => name === 'orders');
      assert.deepEqual(orders?.foreignKeys, [
        { columns: ['customer'], table: 'customers', namespace: 'sales', referencedColumns: ['id'] },
      ]);
      assert.deepEqual(
        orders.columns.map(({ name, defaultValue, generated }) => [name, defaultValue, generated]),
        [
          ['customer', undefined, undefined],
          ['n', '1', undefined],
          ['twice', undefined, true],
        ],
      );
    });

    it('a damaged file is called damaged, wherever it lies, and is not tried for ever', async () => {
      const locked = path.join(folder(), 'lock and block');
      mkdirSync(locked);
      const file = path.join(locked, 'a.duckdb');
      const bytes = readFileSync(await duckdbFile('a.duckdb', 'CREATE TABLE a (b INT)'));
      bytes.fill(0xff, 12_300, 12_400);
      writeFileSync(file, bytes);
      const failure = await failureOf(read(file, 'duckdb'));
      assert.equal(failure.message, 'The database a.duckdb is damaged: restore it from a backup.');
      assert.equal(failure.code, 'ERR_DATABASE_INVALID');
    });
  });

  describe('DDL', () => {
    it('a script made to take for ever is ended, and not read again until it changes', async () => {
      const file = inFolder('schema.sql');
      // Each column makes the next one dearer: read to its end this takes minutes.
      const columns = Array.from({ length: 400_000 }, (_, k) => `ALTER TABLE a ADD COLUMN c${k} INT;`);
      writeFileSync(file, `CREATE TABLE a (b INT);\n${columns.join('\n')}`);
      const { program, starts } = noted();
      const source = ddlSource([file], 'sqlite', program, { ...timing, catalogue: 500 });
      opened.push(source);
      const failure = await failureOf(source.read(never));
      assert.equal(failure.code, 'ERR_DATABASE_TIMEOUT');
      assert.equal(
        failure.message,
        'schema.sql takes longer than 0.5 s to read: give a dump of the schema without its data, or name fewer files in the setting sqlAhead.ddlFiles.',
      );
      await gone(starts()[0]?.pid);
      assert.equal(await failureOf(source.read(never)), failure);
      assert.equal(starts().length, 1);
      writeFileSync(file, 'CREATE TABLE a (b INT);');
      const patient = ddlSource([file], 'sqlite', program, timing);
      opened.push(patient);
      assert.deepEqual(namesOf(await patient.read(never)), ['a']);
    });

    it('many files of the allowed size are too much together', async () => {
      const files = Array.from({ length: 4 }, (_, k) => inFolder(`${k}.schema.sql`));
      for (const file of files) writeFileSync(file, ' '.repeat(17 * 1024 * 1024));
      const source = ddlSource(files, 'sqlite', readerProgram, timing);
      opened.push(source);
      const failure = await failureOf(source.read(never));
      assert.equal(failure.code, 'ERR_DDL_UNREADABLE');
      assert.match(failure.message, /larger than 64 MB together/);
    });
  });

  describe('the process that reads files', () => {
    it('runs in the folder of the extension, with an environment without secrets', async () => {
      process.env['SQL_AHEAD_SECRET_FOR_TEST'] = 'secret';
      const { program, starts } = noted();
      await open('sqlite', sqliteFile(inFolder('a.sqlite'), 'CREATE TABLE a (b)'), program).read(never);
      delete process.env['SQL_AHEAD_SECRET_FOR_TEST'];
      const [start] = starts();
      assert.equal(start?.folder, readerProgram.folder);
      const foreign = start.environment.filter(
        (name) =>
          !/^(SystemRoot|windir|TEMP|TMP|TMPDIR|LANG|LC_ALL|TZ|ELECTRON_RUN_AS_NODE|NODE_CHANNEL_\w+)$/.test(
            name,
          ),
      );
      assert.deepEqual(foreign, []);
    });

    it('serves one request after the other, and is started once', async () => {
      const { program, starts } = noted();
      const source = open('sqlite', sqliteFile(inFolder('a.sqlite'), 'CREATE TABLE a (b)'), program);
      await source.read(never);
      const all = Array.from({ length: 20 }, async () => source.validate?.('SELECT b FROM a', never));
      for (const verdict of await Promise.all(all)) assert.deepEqual(verdict, { ok: true });
      assert.equal(starts().length, 1);
    });

    it('ends with the server', async () => {
      const reader = fork(readerProgram.script, ['{"longestRequest":60000,"mostMemory":4e9}'], {
        silent: true,
      });
      await once(reader, 'message');
      reader.disconnect();
      await once(reader, 'exit');
    });

    for (const [what, limits, said] of [
      ['time', { longestRequest: 500, mostMemory: 4e9 }, 'it took too long'],
      ['memory', { longestRequest: 600_000, mostMemory: 1 }, 'it took too much memory'],
    ] as const) {
      it(`ends itself when a request takes too much ${what}, though no server is there to end it`, async () => {
        const reader = fork(readerProgram.script, [JSON.stringify(limits)], { silent: true });
        let text = '';
        reader.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
        await once(reader, 'message');
        const params = { kind: 'sqlite', file: treeWithoutEnd(inFolder('a.sqlite')), name: 'a.sqlite' };
        reader.send({ jsonrpc: '2.0', id: 1, method: 'catalogue', params });
        const [, signal] = (await once(reader, 'close')) as [number | null, string | null];
        assert.deepEqual([signal, text], ['SIGKILL', said]);
      });
    }
  });
});

describe('paths that lead to no file', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  const kinds: Readonly<Record<string, (at: string) => void>> = {
    'a loop of links': (at) => symlinkSync(path.basename(at), at),
    'a device without end': (at) => symlinkSync('/dev/zero', at),
    'a pipe': (at) => void execFileSync('mkfifo', [at]),
    'a socket of nobody': (at) => symlinkSync('/proc/self/fd/0/none', at),
    'a folder': (at) => mkdirSync(at),
  };

  for (const [kind, make] of Object.entries(kinds)) {
    it(`${kind}: read by nobody`, async () => {
      const at = folder();
      const file = (name: string): string => {
        const made = path.join(at, name);
        make(made);
        return made;
      };
      const codeOf = (source: SchemaSource): Promise<string> =>
        source.read(never).then(
          () => 'read',
          (error: unknown) => {
            source.dispose?.();
            assert.ok(error instanceof SqlAheadError, String(error));
            return error.code;
          },
        );
      assert.match(
        await codeOf(fileSource('sqlite', file('a.sqlite'), readerProgram, true)),
        /^ERR_DATABASE_/,
      );
      assert.match(
        await codeOf(fileSource('duckdb', file('a.duckdb'), readerProgram, true)),
        /^ERR_DATABASE_/,
      );
      const script = file('schema.sql');
      assert.equal(await codeOf(ddlSource([script], 'auto', readerProgram)), 'ERR_DDL_UNREADABLE');
      await assert.rejects(readRegularFile(script, 1000));
      assert.equal(typeof fingerprint(script), 'string');
      // The folder is looked through all the same.
      const settings = { database: '', ddlFiles: [], dialect: 'auto' } as const;
      await discoverSource(settings, at, readerProgram);
      for (const database of ['a.sqlite', 'a.duckdb'])
        (await discoverSource({ ...settings, database }, at, readerProgram))?.dispose?.();
      // A change beside it is looked at without harm, and a file in its place is read.
      const catalog = new Catalog('sqlite', { debounce: 1, firstRetry: 10, lastRetry: 50 });
      await catalog.setSource(ddlSource([script], 'sqlite', readerProgram));
      assert.equal(catalog.problem?.code, 'ERR_DDL_UNREADABLE');
      const changed = new Promise<void>((resolve) =>
        catalog.onDidChange(() => catalog.schema.tables.length > 0 && resolve()),
      );
      execFileSync('rm', ['-rf', script]);
      writeFileSync(script, 'CREATE TABLE a (b INT);');
      await changed;
      catalog.dispose();
    });
  }

  it('reads no more of a file than it had when it was opened', async () => {
    // Its size is 0, and it holds text.
    assert.equal(statSync('/proc/self/status').size, 0);
    assert.equal((await readRegularFile('/proc/self/status', 1000)).length, 0);
  });
});

describe('values on disk', () => {
  const folder = temporaryFolders();

  it('none that was read from rows', async () => {
    const at = folder();
    const file = path.join(at, 'a.sqlite');
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE a (few TEXT, many TEXT, fixed TEXT CHECK (fixed IN ('allowed')))");
    const insert = database.prepare('INSERT INTO a VALUES (?, ?, ?)');
    for (let i = 0; i < 100; i++) insert.run('secret few', `secret many ${String(i)}`, 'allowed');
    database.close();
    const cacheFolder = path.join(at, 'catalogues');
    const catalog = new Catalog('sqlite', undefined, new CatalogCache(cacheFolder));
    await catalog.setSource(fileSource('sqlite', file, readerProgram, true));
    await catalog.saved();
    const [few, many] = catalog.schema.tables[0]?.columns ?? [];
    assert.deepEqual([few?.values?.list, many?.seen?.length], [['secret few'], 100]);
    catalog.dispose();
    const kept = readdirSync(cacheFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
    assert.equal(kept.length, 1);
    assert.doesNotMatch(kept.join(''), /secret/);
    if (process.platform !== 'win32') assert.equal(statSync(cacheFolder).mode & 0o077, 0);
    assert.match(kept.join(''), /allowed/);
  });

  it('what an earlier version kept is removed, and all of it when it is asked for', async () => {
    const at = path.join(folder(), 'catalogues');
    mkdirSync(at);
    writeFileSync(path.join(at, '0123.json'), 'sql-ahead catalogue 1 x\n{"list":["secret"]}');
    const cache = new CatalogCache(at);
    await cache.save('a', { dialect: 'sqlite', source: 'a', tables: [] });
    assert.deepEqual((await cache.load('a'))?.tables, []);
    assert.equal(readdirSync(at).length, 1);
    await cache.forget();
    assert.ok(!existsSync(at));
    assert.equal(await cache.load('a'), undefined);
  });

  it('what was read where values were allowed is not shown where they are not', async () => {
    const at = folder();
    sqliteFile(path.join(at, 'a.sqlite'), 'CREATE TABLE a (b TEXT)');
    const settings = { database: 'a.sqlite', ddlFiles: [], dialect: 'auto' } as const;
    const idOf = async (sampleValues: 'files' | 'none') =>
      (await discoverSource({ ...settings, sampleValues }, at, readerProgram))?.id;
    assert.notEqual(await idOf('files'), await idOf('none'));
  });
});
