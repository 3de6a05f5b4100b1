/**
 * What can go wrong with real servers. Each fault must end in one sentence without the password, and the last schema
 * must stay.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { SqlAheadError } from '../../server/src/errors';
import type { ConnectionSettings } from '../../server/src/settings';
import { Catalog } from '../../server/src/schema/catalog';
import { CatalogCache } from '../../server/src/schema/catalogCache';
import { defaultConnectionTiming, type AskPassword } from '../../server/src/schema/sources/connection';
import { duckdbSource } from '../../server/src/schema/sources/fileSource';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import { temporaryFolders } from '../unit/support/folders';
import { loadMysql, loadPostgres, postgresScript } from './load';
import { mysqlShop, postgresShop } from './schemas';
import { freePort, password } from './servers';
import { mariadb, postgres } from './shared';
import { readerProgram } from '../unit/support/reader';

const never = new AbortController().signal;
const folder = temporaryFolders();
const answer: AskPassword = () => Promise.resolve(password);

/** Of characters that both servers allow. */
const oddNames = [
  'a "quoted" name',
  "it's",
  'a`b',
  'a;b -- c',
  'a\nb',
  'a\tb\u0007c',
  '\u202Eabc',
  'grüße',
  '[x]',
  '$$',
  '%s',
  'SELECT',
];

type Open = typeof postgresSource;
const kinds: Readonly<Record<string, { open: Open; server: () => Promise<ConnectionSettings> }>> = {
  PostgreSQL: {
    open: postgresSource,
    server: async () => ({ ...(await postgres()).connection, database: 'faults' }),
  },
  MariaDB: { open: mysqlSource, server: async () => (await mariadb()).connection },
};

async function failureOf(source: SchemaSource, signal = never): Promise<SqlAheadError> {
  try {
    await source.read(signal);
  } catch (error) {
    assert.ok(error instanceof SqlAheadError, String(error));
    const all = `${error.message} ${String(error.stack)} ${JSON.stringify(error)} ${String(error.cause)}`;
    assert.ok(!all.includes('s3cret'), 'no error holds the password');
    return error;
  } finally {
    source.dispose?.();
  }
  throw new Error('it was read');
}

/** Listens on loopback; what a connection gets is the test's. */
async function fakeServer(onConnection: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

for (const [name, { open, server }] of Object.entries(kinds)) {
  describe(`${name} in trouble`, () => {
    let connection: ConnectionSettings;
    before(async () => {
      if (name === 'PostgreSQL') {
        const { connection: own } = await postgres();
        await loadPostgres(own, password, 'faults', postgresShop);
      } else
        await loadMysql(
          (await mariadb()).connection,
          password,
          `DROP DATABASE shop; CREATE DATABASE shop; USE shop; ${mysqlShop}`,
        );
      connection = await server();
    });

    it('asks for a password once, and remembers it', async () => {
      const asked: boolean[] = [];
      const source = open(
        connection,
        (_, again) => {
          asked.push(again);
          return Promise.resolve(password);
        },
        false,
      );
      await source.read(never);
      await source.read(never);
      assert.deepEqual(asked, [false]);
    });
    it('asks again for a wrong password, and gives up', async () => {
      const asked: boolean[] = [];
      const wrong: AskPassword = (_, again) => {
        asked.push(again);
        return Promise.resolve('s3cret but wrong');
      };
      const error = await failureOf(open(connection, wrong, false));
      assert.equal(error.code, 'ERR_CONNECTION_PASSWORD');
      assert.deepEqual(asked, [false, true]);
    });
    it('does without where no password is given', async () => {
      const error = await failureOf(open(connection, () => Promise.resolve(undefined), false));
      assert.equal(error.code, 'ERR_CONNECTION_PASSWORD');
      assert.match(error.message, new RegExp(connection.name));
    });
    it('says when nobody listens', async () => {
      const error = await failureOf(open({ ...connection, port: await freePort() }, answer, false));
      assert.equal(error.code, 'ERR_CONNECTION_UNREACHABLE');
    });
    it('says when the host has no address', async () => {
      const error = await failureOf(
        open({ ...connection, host: 'nowhere.invalid', ssl: 'off' }, answer, false),
      );
      assert.equal(error.code, 'ERR_CONNECTION_UNREACHABLE');
    });
    it('says when the database is not there', async () => {
      const error = await failureOf(open({ ...connection, database: 'not there' }, answer, false));
      assert.equal(error.code, 'ERR_CONNECTION_DATABASE');
    });
    it('says when the server has no TLS', async () => {
      const error = await failureOf(open({ ...connection, ssl: 'verify' }, answer, false));
      assert.equal(error.code, 'ERR_CONNECTION_TLS');
    });
    it('gives up on a server that says nothing', async () => {
      const mute = await fakeServer(() => undefined);
      const timing = { ...defaultConnectionTiming, connect: 200 };
      const error = await failureOf(open({ ...connection, port: mute.port }, answer, false, timing));
      mute.close();
      assert.match(error.code, /ERR_CONNECTION_(TIMEOUT|UNREACHABLE)/);
    });
    it('is cancelled while a server says nothing', async () => {
      const controller = new AbortController();
      const mute = await fakeServer(() => controller.abort());
      const error = await failureOf(
        open({ ...connection, port: mute.port }, answer, false),
        controller.signal,
      );
      mute.close();
      assert.equal(error.code, 'ERR_CANCELLED');
    });
    it('says when what listens is something else', async () => {
      const web = await fakeServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      const error = await failureOf(open({ ...connection, port: web.port }, answer, false));
      web.close();
      assert.match(error.code, /^ERR_CONNECTION_/);
    });
    it('keeps the last schema when the connection is lost while reading', async () => {
      let isCut = false;
      const proxy = await fakeServer((socket) => {
        const real = net.connect(connection.port ?? 0, '127.0.0.1');
        real.on('error', () => undefined);
        let sent = 0;
        socket.pipe(real);
        real.on('data', (chunk) => {
          sent += chunk.length;
          // In the middle of the answers: behind the greeting, before the end.
          if (isCut && sent > 4000) {
            socket.destroy();
            real.destroy();
          } else socket.write(chunk);
        });
      });
      const catalog = new Catalog('sqlite');
      await catalog.setSource(open({ ...connection, port: proxy.port }, answer, false));
      const problem = () => catalog.problem?.code;
      assert.equal(problem(), undefined);
      const before = catalog.schema;
      isCut = true;
      await catalog.refresh();
      assert.equal(problem(), 'ERR_CONNECTION_LOST');
      assert.equal(catalog.schema, before);
      isCut = false;
      await catalog.refresh();
      assert.equal(problem(), undefined);
      catalog.dispose();
      proxy.close();
    });
    it('keeps the last schema when the server falls silent while reading, says so once, and goes on', async () => {
      let isSilent = false;
      const proxy = await fakeServer((socket) => {
        const real = net.connect(connection.port ?? 0, '127.0.0.1');
        real.on('error', () => undefined);
        socket.on('close', () => real.destroy());
        let sent = 0;
        socket.pipe(real);
        real.on('data', (chunk) => {
          sent += chunk.length;
          // In the middle of the answers, and neither side is told.
          if (!isSilent || sent < 4000) socket.write(chunk);
        });
      });
      const timing = { ...defaultConnectionTiming };
      const catalog = new Catalog('sqlite');
      await catalog.setSource(open({ ...connection, port: proxy.port }, answer, false, timing));
      const problem = () => catalog.problem?.code;
      assert.equal(problem(), undefined);
      const before = catalog.schema;
      let told = 0;
      catalog.onDidChange(() => told++);
      isSilent = true;
      // Short only now: a busy machine may take long over what it does answer.
      Object.assign(timing, { statement: 500, validate: 200 });
      await catalog.refresh();
      await catalog.refresh();
      assert.equal(problem(), 'ERR_CONNECTION_TIMEOUT');
      assert.equal(catalog.schema, before);
      assert.equal(told, 1);
      isSilent = false;
      Object.assign(timing, defaultConnectionTiming);
      await catalog.refresh();
      assert.equal(problem(), undefined);
      catalog.dispose();
      proxy.close();
    });
    it('answers a check with nothing when the connection dies in the middle of it', async () => {
      let isDying = false;
      const proxy = await fakeServer((socket) => {
        const real = net.connect(connection.port ?? 0, '127.0.0.1');
        real.on('error', () => undefined);
        real.pipe(socket);
        socket.on('data', (chunk) => {
          if (isDying) {
            socket.destroy();
            real.destroy();
          } else real.write(chunk);
        });
      });
      const source = open({ ...connection, port: proxy.port }, answer, false);
      assert.deepEqual(await source.validate?.('SELECT 1', never), { ok: true });
      isDying = true;
      assert.equal(await source.validate?.('SELECT 2', never), undefined);
      isDying = false;
      assert.deepEqual(await source.validate?.('SELECT 3', never), { ok: true });
      source.dispose?.();
      proxy.close();
    });
    it('has names of any characters', async () => {
      const odd = [...oddNames];
      const mark = name === 'PostgreSQL' ? '"' : '`';
      const quoted = (text: string) => mark + text.replaceAll(mark, mark + mark) + mark;
      const script = odd.map((one) => `CREATE TABLE ${quoted(one)} (${quoted(one)} int);`).join(' ');
      if (name === 'PostgreSQL') await loadPostgres(connection, password, 'odd', script);
      else
        await loadMysql(
          connection,
          password,
          `DROP DATABASE IF EXISTS odd; CREATE DATABASE odd CHARACTER SET utf8mb4; USE odd; ${script}`,
        );
      const source = open({ ...connection, database: 'odd' }, answer, true);
      const { tables } = await source.read(never);
      for (const one of odd) {
        const table = tables.find((found) => found.name === one);
        assert.equal(table?.columns[0]?.name, one, JSON.stringify(one));
        const sql = `SELECT ${quoted(one)} FROM ${quoted(one)}`;
        assert.deepEqual(await source.validate?.(sql, never), { ok: true }, JSON.stringify(one));
      }
      source.dispose?.();
    });
    it('answers a check with nothing when the server is gone', async () => {
      const source = open({ ...connection, port: await freePort() }, answer, false);
      assert.equal(await source.validate?.('SELECT 1', never), undefined);
      source.dispose?.();
    });
    it('checks on a new connection at once when the kept one was lost', async () => {
      const sockets: net.Socket[] = [];
      const proxy = await fakeServer((socket) => {
        sockets.push(socket);
        const real = net.connect(connection.port ?? 0, '127.0.0.1');
        real.on('error', () => undefined);
        socket.pipe(real);
        real.pipe(socket);
      });
      const source = open({ ...connection, port: proxy.port }, answer, false);
      assert.deepEqual(await source.validate?.('SELECT 1', never), { ok: true });
      for (const socket of sockets.splice(0)) socket.destroy();
      const next = await source.validate?.('SELECT 1', never);
      assert.deepEqual(next, { ok: true });
      source.dispose?.();
      proxy.close();
    });
    it('is shown from disk in the next window, while the server is gone', async () => {
      const cache = new CatalogCache(folder());
      const first = new Catalog('sqlite', undefined, cache);
      await first.setSource(open(connection, answer, false));
      await first.saved();
      const known = first.schema;
      first.dispose();

      const gone = open(connection, answer, false);
      const broken: SchemaSource = {
        ...gone,
        read: () => Promise.reject(new SqlAheadError('ERR_CONNECTION_LOST', 'Gone.')),
      };
      const second = new Catalog('sqlite', undefined, cache);
      await second.setSource(broken);
      assert.deepEqual(second.schema, known);
      assert.equal(second.problem?.code, 'ERR_CONNECTION_LOST');
      second.dispose();
    });
  });
}

describe('rights on PostgreSQL', () => {
  it('does without what is closed to the user, and says when it is needed', async () => {
    const { connection } = await postgres();
    await loadPostgres(connection, password, 'closed', postgresShop);
    await postgresScript(
      connection,
      password,
      'closed',
      `DROP ROLE IF EXISTS guest;
       CREATE ROLE guest LOGIN PASSWORD 'guest s3cret';
       REVOKE SELECT ON pg_catalog.pg_description, pg_catalog.pg_constraint, pg_catalog.pg_proc FROM PUBLIC;
       GRANT USAGE ON SCHEMA public TO guest`,
    );
    const guest = { ...connection, database: 'closed', user: 'guest' };
    const ask: AskPassword = () => Promise.resolve('guest s3cret');
    const source = postgresSource(guest, ask, false);
    const schema = await source.read(never);
    assert.ok(schema.tables.some((table) => table.name === 'customers' && table.columns.length === 7));
    assert.ok(!schema.tables.some((table) => table.namespace === 'archive'), 'only what it may enter');
    await postgresScript(
      connection,
      password,
      'closed',
      'REVOKE SELECT ON pg_catalog.pg_attribute FROM PUBLIC',
    );
    const error = await failureOf(postgresSource(guest, ask, false));
    assert.equal(error.code, 'ERR_CONNECTION_RIGHTS');
  });

  it('cannot write, whatever it is asked to check', async () => {
    const { connection } = await postgres();
    const source = postgresSource({ ...connection, database: 'faults' }, answer, false);
    const verdict = await source.validate?.("SELECT $$; DROP TABLE egg; --$$, 'x'", never);
    assert.deepEqual(verdict, { ok: true });
    const schema = await source.read(never);
    assert.ok(schema.tables.some((table) => table.name === 'egg'));
    source.dispose?.();
  });

  it('tells the server to stop when a read is cancelled', async () => {
    const { connection } = await postgres();
    const { default: pg } = await import('pg');
    const { host = '', port = 0, user = '' } = connection;
    const blocker = new pg.Client({ host, port, user, password, database: 'faults' });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE pg_catalog.pg_description IN ACCESS EXCLUSIVE MODE');
    const waiting = async () => {
      const sql = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'SQL Ahead' AND state = 'active'";
      const { rows } = await blocker.query(sql);
      await blocker.query('SELECT pg_stat_clear_snapshot()');
      return rows.length > 0;
    };
    const controller = new AbortController();
    const source = postgresSource({ ...connection, database: 'faults' }, answer, false);
    const failure = failureOf(source, controller.signal);
    const blocked = 'SELECT 1 FROM pg_locks WHERE NOT granted';
    while ((await blocker.query(blocked)).rows.length === 0);
    controller.abort();
    assert.equal((await failure).code, 'ERR_CANCELLED');
    while (await waiting());
    await blocker.end();
  });
});

describe('rights on MariaDB', () => {
  it('shows what the user may see', async () => {
    const { connection } = await mariadb();
    await loadMysql(
      connection,
      password,
      `CREATE OR REPLACE USER guest@'%' IDENTIFIED BY 'guest s3cret';
       GRANT SELECT ON shop.customers TO guest@'%'`,
    );
    const source = mysqlSource({ ...connection, user: 'guest' }, () => Promise.resolve('guest s3cret'), true);
    const schema = await source.read(never);
    assert.deepEqual(
      schema.tables.map((table) => table.name),
      ['customers'],
    );
  });
});

describe('large schemas', () => {
  it('has 20,000 tables, and one more without its columns', async () => {
    const { connection } = await postgres();
    await loadPostgres(
      connection,
      password,
      'many',
      `DO $$ BEGIN FOR i IN 0..20000 LOOP
         EXECUTE format('CREATE TABLE t%s (id int, t%s_id int)', lpad(i::text, 5, '0'), i);
         IF i % 500 = 0 THEN COMMIT; END IF;
       END LOOP; END $$`,
    );
    const source = postgresSource({ ...connection, database: 'many' }, answer, false);
    const { tables } = await source.read(never);
    assert.equal(tables.length, 20_001);
    const pending = tables.filter((table) => table.columnsPending);
    assert.equal(pending.length, 1);
    const [read] = (await source.readTables?.(pending, never)) ?? [];
    assert.equal(read?.columns.length, 2);
  });
  it('has a table of 1,600 columns', async () => {
    const { connection } = await postgres();
    const columns = Array.from({ length: 1600 }, (_, i) => `column_${String(i)} int`).join(', ');
    await loadPostgres(
      connection,
      password,
      'wide',
      `CREATE TABLE wide (${columns}); COMMENT ON COLUMN wide.column_7 IS 'seven'`,
    );
    const schema = await postgresSource({ ...connection, database: 'wide' }, answer, true).read(never);
    assert.equal(schema.tables[0]?.columns.length, 1600);
    assert.equal(schema.tables[0].columns[7]?.comment, 'seven');
  });
  it('gives the names before the columns', async () => {
    const { connection } = await postgres();
    const names: (true | undefined)[] = [];
    const source = postgresSource({ ...connection, database: 'faults' }, answer, false);
    const schema = await source.read(never, (early) =>
      names.push(...early.tables.map((t) => t.columnsPending)),
    );
    assert.equal(names.length, schema.tables.length);
    assert.ok(names.every((pending) => pending === true));
    assert.ok(schema.tables.every((table) => table.columnsPending === undefined));
  });
  it('reads the columns of single tables', async () => {
    const { connection } = await postgres();
    const source = postgresSource({ ...connection, database: 'faults' }, answer, false);
    const schema = await source.read(never);
    const wanted = schema.tables.filter((table) => table.name === 'shipments');
    assert.deepEqual(await source.readTables?.(wanted, never), wanted);
  });
  it('reads only the schemas it is told', async () => {
    const { connection } = await postgres();
    const source = postgresSource({ ...connection, database: 'faults', schemas: ['archive'] }, answer, false);
    assert.deepEqual(
      (await source.read(never)).tables.map((table) => `${table.namespace ?? ''}.${table.name}`),
      ['archive.customers'],
    );
  });
  it('names a schema that is not searched', async () => {
    const { connection } = await postgres();
    await loadPostgres(
      connection,
      password,
      'elsewhere',
      `CREATE TABLE t (a int); ALTER DATABASE elsewhere SET search_path = other`,
    );
    const schema = await postgresSource({ ...connection, database: 'elsewhere' }, answer, false).read(never);
    assert.equal(schema.tables[0]?.namespace, 'public');
  });
});

describe('DuckDB in trouble', () => {
  it('says when the file is not there, or none of its own', async () => {
    const missing = await failureOf(duckdbSource(path.join(folder(), 'none.duckdb'), readerProgram));
    assert.equal(missing.code, 'ERR_DATABASE_NOT_FOUND');
    const file = path.join(folder(), 'text.duckdb');
    writeFileSync(file, 'not a database, but long enough to be looked at '.repeat(500));
    assert.equal((await failureOf(duckdbSource(file, readerProgram))).code, 'ERR_DATABASE_INVALID');
  });
});
