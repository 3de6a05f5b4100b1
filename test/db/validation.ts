/**
 * Checks that checking a statement never runs it, whatever it contains: the database and the disk stay as they were.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import { loadMysql, loadPostgres, mysqlRows, postgresScript } from './load';
import { password } from './servers';
import { mariadb, postgres } from './shared';

const never = new AbortController().signal;
const answer = () => Promise.resolve(password);

/** Beside each server's own data: both servers may write there. */
const outside = (name: string): string => path.join(os.tmpdir(), `sql-ahead-${String(process.pid)}-${name}`);

/** Not handed to the database at all: more than one statement, or one that acts when it is prepared or explained. */
const neverPrepared = [
  'SELECT 1; DROP TABLE egg',
  'SELECT 1;\nDELETE FROM egg',
  'SELECT 1 -- ;\n; DROP TABLE egg',
  'EXPLAIN ANALYZE DELETE FROM egg',
  'EXPLAIN ANALYZE SELECT 1',
  'DROP TABLE egg',
  'TRUNCATE TABLE egg',
  'CREATE TABLE made (a int)',
  'CALL lay()',
  'BEGIN',
  'COMMIT',
  'SET GLOBAL general_log = 1',
  'PREPARE sql_ahead_check AS DELETE FROM egg',
  'EXECUTE sql_ahead_check',
  `COPY egg TO '${outside('copy')}'`,
  `COPY egg TO PROGRAM 'touch ${outside('program')}'`,
  `COPY (SELECT 1) TO '${outside('copied')}'`,
  'DO $$ BEGIN DELETE FROM egg; END $$',
  "LOAD DATA INFILE '/etc/passwd' INTO TABLE egg",
  'VACUUM',
];

async function checkAll(source: SchemaSource, statements: readonly string[]): Promise<void> {
  for (const sql of neverPrepared) assert.equal(await source.validate?.(sql, never), undefined, sql);
  // Taken or refused, as the database likes.
  for (const sql of statements) await source.validate?.(sql, never);
  assert.deepEqual(await source.validate?.('SELECT id FROM egg', never), { ok: true });
  source.dispose?.();
  for (const name of ['copy', 'program', 'copied', 'outfile', 'dumpfile', 'lo'])
    assert.ok(!existsSync(outside(name)), `${name} was written`);
}

describe('checks run nothing', () => {
  it('on PostgreSQL', async () => {
    const { connection } = await postgres();
    const at = { ...connection, database: 'unrun' };
    await loadPostgres(
      connection,
      password,
      'unrun',
      `CREATE TABLE egg (id int); INSERT INTO egg VALUES (1), (2); CREATE SEQUENCE counter;
       CREATE FUNCTION lay() RETURNS int LANGUAGE sql AS 'INSERT INTO egg VALUES (3) RETURNING id'`,
    );
    const state = () =>
      postgresScript(
        connection,
        password,
        'unrun',
        `SELECT (SELECT count(*) FROM egg) AS eggs, (SELECT is_called FROM counter) AS counted,
           (SELECT count(*) FROM pg_largeobject_metadata) AS objects, (SELECT count(*) FROM pg_class WHERE relname = 'made') AS made`,
      );
    const before = await state();
    await checkAll(postgresSource(at, answer, false), [
      'DELETE FROM egg',
      'UPDATE egg SET id = 9',
      'INSERT INTO egg VALUES (3) RETURNING *',
      'WITH gone AS (DELETE FROM egg RETURNING *) SELECT count(*) FROM gone',
      "SELECT nextval('counter')",
      "SELECT setval('counter', 77)",
      'SELECT lay()',
      'SELECT * FROM lay()',
      'SELECT lo_create(4711)',
      `SELECT lo_export(1, '${outside('lo')}')`,
      'SELECT pg_terminate_backend(pg_backend_pid())',
      'SELECT pg_sleep(1000)',
      "SELECT query_to_xml('DELETE FROM egg', true, true, '')",
      'SELECT id INTO made FROM egg',
      'SELECT * FROM egg FOR UPDATE',
      "SELECT 'a' \\; DELETE FROM egg",
      "SELECT E'\\'; DELETE FROM egg; --'",
      'SELECT (1; DELETE FROM egg)',
    ]);
    assert.deepEqual(await state(), before);
  });

  it('on MariaDB', async () => {
    const { connection } = await mariadb();
    const at = { ...connection, database: 'unrun' };
    await loadMysql(
      connection,
      password,
      `DROP DATABASE IF EXISTS unrun; CREATE DATABASE unrun; USE unrun; CREATE TABLE egg (id int);
       INSERT INTO egg VALUES (1), (2); CREATE SEQUENCE counter;
       CREATE FUNCTION lay() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO egg VALUES (3); RETURN 1; END`,
    );
    const state = () =>
      mysqlRows(
        at,
        password,
        `SELECT (SELECT count(*) FROM egg) AS eggs, (SELECT next_not_cached_value FROM counter) AS counted,
           (SELECT count(*) FROM information_schema.tables WHERE table_name = 'made') AS made, IS_FREE_LOCK('hen') AS free`,
      );
    const before = await state();
    await checkAll(mysqlSource(at, answer, false), [
      'DELETE FROM egg',
      'UPDATE egg SET id = 9',
      'REPLACE INTO egg VALUES (3)',
      'INSERT INTO egg VALUES (3) RETURNING id',
      'SELECT NEXTVAL(counter)',
      'SELECT NEXT VALUE FOR counter',
      'SELECT lay()',
      'INSERT INTO egg VALUES (lay())',
      'SELECT SLEEP(1000)',
      "SELECT GET_LOCK('hen', 1)",
      "SELECT LOAD_FILE('/etc/passwd')",
      `SELECT id FROM egg INTO OUTFILE '${outside('outfile')}'`,
      `SELECT 1 INTO OUTFILE '${outside('outfile')}'`,
      `SELECT 1 INTO DUMPFILE '${outside('dumpfile')}'`,
      'SELECT 1 INTO @kept',
      'SELECT id FROM egg FOR UPDATE',
      'SELECT 1 /*! ; DELETE FROM egg */',
      'SELECT 1 /*!50000 INTO OUTFILE */',
      'SELECT (1; DELETE FROM egg)',
    ]);
    assert.deepEqual(await state(), before);
  });
});
