/**
 * Checks with real databases that a quoted value is one string with exactly that value, in every mode in which they
 * read strings.
 */
import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { completion } from '../../server/src/features/completion/completion';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import { quoteLiteral, quoteWithin, type Backslash } from '../../server/src/sql/quoteLiteral';
import { loadMysql, loadPostgres, mysqlRows, postgresScript } from './load';
import { password } from './servers';
import { mariadb, postgres } from './shared';

const never = new AbortController().signal;
const answer = () => Promise.resolve(password);

const values = fc
  .oneof(
    fc.constantFrom("\\' UNION SELECT 1 -- ", '\\', "\\'", "it's", '"', '$$', '%s', '🐘', '', "'; --"),
    fc
      .array(fc.constantFrom("'", '\\', '"', 'n', '0', '%', '_', '\n', '表'), { maxLength: 9 })
      .map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  )
  .filter((text) => text.isWellFormed() && !text.includes('\0'));

/** @param read the value of an expression */
async function readsBack(
  read: (expression: string) => Promise<unknown>,
  dialect: 'postgres' | 'mysql' | 'duckdb',
  backslash: Backslash,
) {
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      assert.equal(await read(quoteLiteral(value, dialect)), value);
      assert.equal(await read(quoteLiteral(value, dialect, backslash)), value);
      const inner = quoteWithin(value, "'", dialect, backslash);
      if (inner !== undefined) assert.equal(await read(`'${inner}'`), value);
    }),
  );
}

const hostile = "\\' UNION SELECT secret FROM vault -- ";

describe('quoted values', () => {
  for (const conforming of ['on', 'off'] as const) {
    it(`are one string to PostgreSQL with standard_conforming_strings ${conforming}`, async () => {
      const { connection } = await postgres();
      const { host = '', port = 0, user = '' } = connection;
      const client = new pg.Client({ host, port, user, password, database: 'postgres' });
      await client.connect();
      await client.query(`SET standard_conforming_strings = ${conforming}`);
      const read = async (expression: string) => {
        const { rows } = await client.query<{ value: string }>(`SELECT ${expression} AS value`);
        return rows[0]?.value;
      };
      await readsBack(read, 'postgres', conforming === 'on' ? 'plain' : 'escapes');
      await client.end();
    });
  }
  for (const mode of ['', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES']) {
    it(`are one string to MariaDB in the mode "${mode}"`, async () => {
      const { connection } = await mariadb();
      const { host = '', port = 0, user = '' } = connection;
      const client = await mysql.createConnection({ host, port, user, password, charset: 'utf8mb4' });
      await client.query(`SET sql_mode = '${mode}'`);
      const read = async (expression: string) => {
        const [rows] = await client.query(`SELECT ${expression} AS value`);
        return (rows as { value: unknown }[])[0]?.value;
      };
      await readsBack(read, 'mysql', mode.includes('BACKSLASH') ? 'plain' : 'escapes');
      await client.end();
    });
  }
  it('are one string to DuckDB', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const read = async (expression: string) =>
      (await connection.runAndReadAll(`SELECT ${expression} AS value`)).getRows()[0]?.[0];
    await readsBack(read, 'duckdb', undefined);
    const [row] = (
      await connection.runAndReadAll(`SELECT length(${quoteLiteral('a\0b', 'duckdb')})`)
    ).getRows();
    assert.equal(Number(row?.[0]), 3);
    connection.closeSync();
    instance.closeSync();
  });
});

describe('a stored value that is a statement', () => {
  const accepted = (text: string, schema: Parameters<typeof completion>[2]): string[] => {
    const [before = '', after = ''] = text.split('$0');
    const { items } = completion(before + after, before.length, schema, schema.dialect);
    return items.filter(({ kind }) => kind === 'value').map(({ insert }) => before + insert + after);
  };
  for (const mode of ['', 'NO_BACKSLASH_ESCAPES']) {
    it(`is compared with, not run, on MariaDB in the mode "${mode}"`, async () => {
      const { connection } = await mariadb();
      const at = { ...connection, database: 'told' };
      const load = `DROP DATABASE IF EXISTS told; CREATE DATABASE told; USE told;
        CREATE TABLE vault (secret varchar(60)); INSERT INTO vault VALUES ('s3cret');
        CREATE TABLE pets (name varchar(60));
        INSERT INTO pets SELECT ${quoteLiteral(hostile, 'mysql')} FROM (VALUES (1), (2), (3), (4)) AS four;`;
      await loadMysql(connection, password, load);
      await loadMysql(connection, password, `SET GLOBAL sql_mode = '${mode}'`);
      try {
        const source = mysqlSource(at, answer, true);
        const schema = await source.read(never);
        source.dispose?.();
        assert.deepEqual(schema.tables.find(({ name }) => name === 'pets')?.columns[0]?.values?.list, [
          hostile,
        ]);
        const texts = [
          'SELECT name FROM pets WHERE name = $0',
          "SELECT name FROM pets WHERE name = '$0'",
        ].flatMap((text) => accepted(text, schema));
        assert.ok(texts.length > 0);
        for (const text of texts) {
          const rows = (await mysqlRows(at, password, text)) as { name: string }[];
          assert.deepEqual(new Set(rows.map(({ name }) => name)), new Set([hostile]), text);
        }
      } finally {
        await loadMysql(connection, password, 'SET GLOBAL sql_mode = DEFAULT');
      }
    });
  }
  it('is compared with, not run, on PostgreSQL with standard_conforming_strings off', async () => {
    const { connection } = await postgres();
    await loadPostgres(
      connection,
      password,
      'told',
      `ALTER DATABASE told SET standard_conforming_strings = off;
       CREATE SCHEMA pgboss; CREATE TABLE pgboss.job (id int); CREATE TABLE vault (secret text);
       CREATE TABLE pets (name text CHECK (name IN ('Ann', ${quoteLiteral(hostile, 'postgres')})));`,
    );
    const source = postgresSource({ ...connection, database: 'told' }, answer, true);
    const schema = await source.read(never);
    source.dispose?.();
    assert.equal(schema.backslash, 'escapes');
    assert.ok(
      schema.tables.some(({ namespace }) => namespace === 'pgboss'),
      "a schema whose name begins like the system's is read",
    );
    const texts = [
      'SELECT name FROM pets WHERE name = $0',
      "SELECT name FROM pets WHERE name = '$0'",
    ].flatMap((text) => accepted(text, schema));
    assert.ok(texts.length >= 3, String(texts));
    for (const text of texts)
      assert.deepEqual(await postgresScript(connection, password, 'told', text), [], text);
  });
});
