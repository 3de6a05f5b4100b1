/**
 * Checks that other users are left alone: functions that somebody placed where the server looks for its own are never
 * run, and sessions that a pooler or proxy shares stay as they were.
 */
import assert from 'node:assert/strict';
import pg from 'pg';
import type { ConnectionSettings } from '../../server/src/settings';
import { askedStatements } from '../../server/src/features/diagnostics/databaseMarks';
import { DatabaseVerdicts } from '../../server/src/features/diagnostics/databaseVerdicts';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import { loadMysql, loadPostgres, mysqlRows, postgresScript } from './load';
import { postgresShop } from './schemas';
import { password, startPgbouncer } from './servers';
import { mariadb, postgres } from './shared';

const never = new AbortController().signal;
const answer = () => Promise.resolve(password);

/** A function of a plain user that takes what rights it can, and turns off what would stop it the next time. */
const trap = (name: string, parameters: string, returns: string, result: string) => `
  CREATE FUNCTION public.${name}(${parameters}) RETURNS ${returns} LANGUAGE plpgsql AS $trap$
  BEGIN
    BEGIN
      PERFORM pg_catalog.set_config('default_transaction_read_only', 'off', false);
      PERFORM pg_catalog.set_config('transaction_read_only', 'off', false);
    EXCEPTION WHEN OTHERS THEN NULL; END;
    BEGIN
      ALTER ROLE mallory SUPERUSER;
    EXCEPTION WHEN OTHERS THEN NULL; END;
    ${result};
  END $trap$;`;
const operator = (symbol: string, left: string, right: string) => {
  const name = `trap_${Buffer.from(symbol + left + right).toString('hex')}`;
  return `${trap(name, `a ${left}, b ${right}`, 'boolean', 'RETURN true')}
    CREATE OPERATOR public.${symbol} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = public.${name});`;
};

/** Each fits a call better than the system's own, which takes any array, or another kind of number. */
const traps = [
  trap('unnest', 'a name[]', 'SETOF name', "RETURN NEXT 'public'"),
  trap('unnest', 'a text[]', 'SETOF text', "RETURN NEXT 'public'"),
  trap('array_to_json', 'a name[]', 'json', 'RETURN \'["public"]\''),
  trap('has_schema_privilege', 'a oid, b varchar', 'boolean', 'RETURN true'),
  trap('starts_with', 'a name, b varchar', 'boolean', 'RETURN false'),
  operator('=', 'oid', 'int4'),
  operator('<>', 'oid', 'int4'),
  operator('=', 'name', 'varchar'),
  operator('>', 'int2', 'int8'),
  operator('>=', 'float4', 'int4'),
  operator('<=', 'float4', 'int4'),
].join('\n');

async function statesOf(connection: ConnectionSettings, database: string) {
  // What a session counted is there when the session has ended.
  const sessions =
    "SELECT 1 FROM pg_stat_activity WHERE application_name = 'SQL Ahead' AND datname = current_database()";
  while ((await postgresScript(connection, password, database, sessions)).length > 0);
  const calls = await postgresScript(
    connection,
    password,
    database,
    "SELECT funcname FROM pg_stat_user_functions WHERE schemaname = 'public'",
  );
  const [role] = await postgresScript(
    connection,
    password,
    database,
    "SELECT rolsuper AS super FROM pg_roles WHERE rolname = 'mallory'",
  );
  return { called: calls.map((row) => row['funcname']), isSuper: role?.['super'] };
}

describe('functions of others on PostgreSQL', () => {
  let connection: ConnectionSettings;
  const make = async (database: string, own: string, mallorys: string) => {
    ({ connection } = await postgres());
    used = database;
    await loadPostgres(
      connection,
      password,
      database,
      `DROP ROLE IF EXISTS mallory; CREATE ROLE mallory;
       ALTER DATABASE ${database} SET track_functions = 'all';
       GRANT CREATE ON SCHEMA public TO mallory; ${own}`,
    );
    await postgresScript(connection, password, database, `SET ROLE mallory; ${mallorys}`);
    return postgresSource({ ...connection, database }, answer, true);
  };
  // The role is made anew, which it could not be while it owns something.
  let used = '';
  afterEach(() => postgresScript(connection, password, used, 'DROP OWNED BY mallory CASCADE'));

  it('are not run by a read, nor by a check', async () => {
    const source = await make('trapped', postgresShop, traps);
    for (const path of ['public', 'public, pg_catalog']) {
      await postgresScript(
        connection,
        password,
        'trapped',
        `ALTER DATABASE trapped SET search_path = ${path}`,
      );
      const schema = await source.read(never);
      const names = schema.tables.map(({ name }) => name);
      assert.ok(names.includes('customers') && names.includes('totals'), String(names));
      const read = await source.readTables?.(schema.tables.slice(0, 1), never);
      assert.ok(read?.[0] !== undefined && read[0].columns.length > 0);
    }
    await postgresScript(connection, password, 'trapped', 'ALTER DATABASE trapped RESET search_path');
    const sql = "SELECT c.first_name, unnest(ARRAY['a']) FROM customers c WHERE c.id > 2";
    assert.deepEqual(await source.validate?.(sql, never), { ok: true });
    source.dispose?.();
    assert.deepEqual(await statesOf(connection, 'trapped'), { called: [], isSuper: false });
  });

  it('are not run for the literals of a check: a domain within an array, a row or a range', async () => {
    const source = await make(
      'lettered',
      'CREATE TABLE plain (name text, at date)',
      `${trap('is_good', 'a text', 'boolean', 'RETURN true')}
       CREATE TABLE letters (id int);
       CREATE DOMAIN letter AS text CHECK (public.is_good(VALUE));
       ALTER TABLE letters ADD list letter[];
       CREATE TYPE pair AS (a letter, b int);`,
    );
    const verdict = (sql: string) => source.validate?.(sql, never);
    for (const sql of [
      "SELECT 1 FROM letters WHERE list = '{a,b}'",
      "SELECT '(a,1)'::pair",
      'SELECT $${a}$$::letter[]',
      "INSERT INTO letters VALUES (1, '{a}')",
    ])
      assert.equal(await verdict(sql), undefined, sql);
    assert.deepEqual(await verdict('SELECT list FROM letters WHERE id = 1'), { ok: true });
    assert.equal((await verdict('SELECT nothing_here FROM letters'))?.ok, false);
    await postgresScript(connection, password, 'lettered', 'DROP DOMAIN letter CASCADE');
    assert.deepEqual(await verdict("SELECT 1 FROM plain WHERE name = 'a'"), { ok: true });
    assert.equal((await verdict("SELECT 1 FROM plain WHERE at = 'no date'"))?.ok, false);
    source.dispose?.();
    assert.deepEqual(await statesOf(connection, 'lettered'), { called: [], isSuper: false });
  });
});

describe('a pooler before PostgreSQL', () => {
  it('hands the same session to an application, which works while the window reads and afterwards', async () => {
    const server = await postgres();
    await loadPostgres(server.connection, password, 'pooled', `CREATE TABLE app (id int); ${postgresShop}`);
    const pooler = await startPgbouncer(server);
    const at = { ...server.connection, port: pooler.port, database: 'pooled' };
    const application = new pg.Client({
      host: '127.0.0.1',
      port: pooler.port,
      user: at.user ?? '',
      password,
      database: 'pooled',
    });
    try {
      await application.connect();
      const settings = async () => {
        const { rows } = await application.query<{ name: string; setting: string }>(
          `SELECT name, setting FROM pg_settings
           WHERE name IN ('search_path', 'statement_timeout', 'lock_timeout', 'default_transaction_read_only', 'transaction_read_only')
           UNION ALL SELECT 'prepared', name FROM pg_prepared_statements
           UNION ALL SELECT 'locks', locktype FROM pg_locks WHERE locktype = 'advisory'
           ORDER BY 1, 2`,
        );
        return rows;
      };
      const before = await settings();
      const source = postgresSource(at, answer, true);
      const state = { isReading: true };
      const working = (async () => {
        let inserted = 0;
        while (state.isReading || inserted < 20) {
          await application.query('INSERT INTO app VALUES (1)');
          inserted++;
        }
        return inserted;
      })();
      const schema = await source.read(never);
      assert.ok(schema.tables.some(({ name }) => name === 'customers'));
      const checks = Array.from({ length: 40 }, () =>
        source.validate?.("SELECT id FROM app WHERE 'a' <> ''", never),
      );
      for (const check of checks) assert.deepEqual(await check, { ok: true });
      assert.equal((await source.validate?.('SELECT nowhere FROM app', never))?.ok, false);
      const verdicts = new DatabaseVerdicts();
      const statements = askedStatements(
        "INSERT INTO app VALUES ('x'); SELECT lower(id) FROM app; DELETE FROM app; SELECT id FROM app;",
        'postgres',
      );
      const { validate } = source;
      assert.ok(validate);
      await verdicts.ask('pooled', statements, 0, validate, never);
      assert.deepEqual(
        statements.map((one) => verdicts.known('pooled', one)?.ok),
        [false, false, true, true],
      );
      state.isReading = false;
      const inserted = await working;
      assert.deepEqual(await settings(), before);
      source.dispose?.();
      await application.query('INSERT INTO app VALUES (2)');
      const { rows } = await application.query<{ count: string }>('SELECT count(*) FROM app');
      assert.equal(Number(rows[0]?.count), inserted + 1);
      assert.deepEqual(await settings(), before);
    } finally {
      await application.end();
      await pooler.stop();
    }
  });
});

describe('sessions of MariaDB', () => {
  const load = async (script: string) => {
    const { connection } = await mariadb();
    await loadMysql(
      connection,
      password,
      `DROP DATABASE IF EXISTS shared; CREATE DATABASE shared; USE shared; ${script}`,
    );
    return { ...connection, database: 'shared' };
  };

  it('keep their settings: each statement brings its own', async () => {
    const at = await load(
      'CREATE TABLE egg (id int PRIMARY KEY, kind varchar(9)); INSERT INTO egg VALUES (1, "x")',
    );
    await loadMysql(
      at,
      password,
      "SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = 1",
    );
    const source = mysqlSource(at, answer, true);
    const { tables } = await source.read(never);
    assert.ok(tables.some(({ name }) => name === 'egg'));
    assert.deepEqual(await source.validate?.('SELECT id FROM egg', never), { ok: true });
    assert.deepEqual(await source.validate?.('DELETE FROM egg', never), { ok: true });
    source.dispose?.();
    await loadMysql(at, password, 'SET GLOBAL general_log = 0');
    const rows = (await mysqlRows(
      at,
      password,
      `SELECT command_type AS kind, CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log
       WHERE thread_id IN (SELECT thread_id FROM mysql.general_log WHERE argument = 'START TRANSACTION READ ONLY')
       AND command_type IN ('Query', 'Execute')`,
    )) as { kind: string; text: string }[];
    assert.ok(rows.length > 8, String(rows.length));
    for (const { kind, text } of rows) {
      assert.equal(kind, 'Query', text);
      assert.match(
        text,
        /^(START TRANSACTION READ ONLY|ROLLBACK)$|^\/\*M!100102 SET STATEMENT max_statement_time = 60 FOR \*\/ SELECT /,
      );
    }
  });

  it('lose only the statement that a cancelled read has left running', async () => {
    const at = await load('CREATE TABLE egg (id int PRIMARY KEY, kind varchar(9))');
    const { default: mysql } = await import('mysql2/promise');
    const { host = '', port = 0, user = '' } = at;
    const other = await mysql.createConnection({ host, port, user, password, database: 'shared' });
    await other.query('LOCK TABLES egg WRITE');
    const waiting = async () => {
      const sql =
        "SELECT id FROM information_schema.processlist WHERE info LIKE '%SUBSTR(`kind`%' AND id <> CONNECTION_ID()";
      return ((await mysqlRows(at, password, sql)) as unknown[]).length > 0;
    };
    const controller = new AbortController();
    const reading = mysqlSource(at, answer, true).read(controller.signal);
    while (!(await waiting()));
    controller.abort();
    await assert.rejects(reading, { code: 'ERR_CANCELLED' });
    while (await waiting());
    await other.query('UNLOCK TABLES');
    await other.end();
  });
});
