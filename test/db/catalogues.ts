/**
 * Odd cases in servers' catalogues: which table a name means, keys for a user with few rights, tables that are known
 * but not offered.
 */
import assert from 'node:assert/strict';
import type { ConnectionSettings } from '../../server/src/settings';
import { diagnostics } from '../../server/src/features/diagnostics/diagnostics';
import { Catalog } from '../../server/src/schema/catalog';
import type { Schema } from '../../server/src/schema/model';
import { SchemaNames } from '../../server/src/schema/names';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import { loadMysql, loadPostgres, postgresScript } from './load';
import { password } from './servers';
import { mariadb, postgres } from './shared';

const never = new AbortController().signal;
const answer = () => Promise.resolve(password);

const problems = (sql: string, schema: Schema) =>
  diagnostics(sql, schema, schema.dialect).map(({ message }) => message);
const namesOf = (schema: Schema) =>
  schema.tables.map(({ name, namespace }) => (namespace === undefined ? name : `${namespace}.${name}`));
const columnOf = (schema: Schema, table: string, column: string) =>
  schema.tables.find(({ name }) => name === table)?.columns.find(({ name }) => name === column);

async function failureOf(source: SchemaSource): Promise<{ code: string; message: string }> {
  try {
    await source.read(never);
  } catch (error) {
    return error as { code: string; message: string };
  } finally {
    source.dispose?.();
  }
  throw new Error('it was read');
}

describe('PostgreSQL catalogues', () => {
  let at: ConnectionSettings;
  let schema: Schema;
  let source: SchemaSource;
  before(async () => {
    const { connection } = await postgres();
    at = { ...connection, database: 'odd_catalogue' };
    await loadPostgres(
      connection,
      password,
      'odd_catalogue',
      `CREATE SCHEMA tenant; CREATE SCHEMA pgboss;
       ALTER DATABASE odd_catalogue SET search_path = tenant, public;
       CREATE TABLE public.visitor (id int PRIMARY KEY, old text);
       CREATE TABLE tenant.visitor (id int PRIMARY KEY, mail text);
       CREATE TABLE public.visit (visitor_id int REFERENCES public.visitor (id), other_id int REFERENCES tenant.visitor (id));
       CREATE TABLE pgboss.job (id int);
       CREATE TABLE public.log (at date, text text) PARTITION BY RANGE (at);
       CREATE TABLE public.log_2026 PARTITION OF public.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
       CREATE SEQUENCE public.counter;
       CREATE TYPE public.mood AS ENUM ('sad', 'happy');
       CREATE DOMAIN public.feeling AS public.mood; CREATE DOMAIN tenant.deep AS public.feeling NOT NULL;
       CREATE DOMAIN public.size AS text CHECK (VALUE IN ('S', 'M')); CREATE DOMAIN public.fit AS public.size;
       CREATE TYPE tenant.spot AS (lat float8, lon float8);
       CREATE TABLE public.boat (id serial, mood tenant.deep, fit public.fit, at tenant.spot, state public.mood DEFAULT 'sad');`,
    );
    source = postgresSource(at, answer, true);
    schema = await source.read(never);
  });
  after(() => source.dispose?.());

  it('find a name where the search path finds it first', () => {
    assert.deepEqual(schema.searchPath, ['tenant', 'public']);
    assert.deepEqual(problems('SELECT mail FROM visitor', schema), []);
    assert.equal(problems('SELECT old FROM visitor', schema).length, 1);
    assert.deepEqual(problems('SELECT old FROM public.visitor', schema), []);
    const names = SchemaNames.of(schema);
    const visit = names.table('visit');
    const targets = visit?.foreignKeys.map((key) => names.referencedTable(visit, key)?.columns[1]?.name);
    assert.deepEqual(targets, ['old', 'mail']);
  });
  it("have schemas whose name begins like the system's", () => {
    assert.ok(namesOf(schema).includes('pgboss.job'));
  });
  it('know partitions and sequences, and offer neither', async () => {
    assert.deepEqual(
      schema.unlisted?.map(({ name }) => name),
      ['log_2026', 'counter', 'boat_id_seq'],
    );
    assert.ok(!namesOf(schema).includes('log_2026') && !namesOf(schema).includes('counter'));
    assert.deepEqual(problems('SELECT text FROM log_2026', schema), []);
    assert.deepEqual(problems('SELECT last_value FROM counter', schema), []);
    assert.equal(problems('SELECT text FROM log_2027', schema).length, 1);
    const catalog = new Catalog('postgres');
    await catalog.setSource(postgresSource(at, answer, true));
    await catalog.loadColumns(catalog.schema.unlisted ?? []);
    assert.equal(problems('SELECT nope FROM log_2026', catalog.schema).length, 1);
    assert.deepEqual(problems('SELECT text FROM log_2026', catalog.schema), []);
    catalog.dispose();
  });
  it('see through domains over domains', () => {
    assert.deepEqual(columnOf(schema, 'boat', 'mood')?.values, { list: ['sad', 'happy'], from: 'enum' });
    assert.deepEqual(columnOf(schema, 'boat', 'fit')?.values, { list: ['S', 'M'], from: 'check' });
  });
  it('write types and defaults without the schemas that are searched', () => {
    assert.equal(columnOf(schema, 'boat', 'mood')?.type, 'deep');
    assert.equal(columnOf(schema, 'boat', 'state')?.defaultValue, "'sad'::mood");
  });
  it('know the fields of composite types', () => {
    const fields = columnOf(schema, 'boat', 'at')?.fields;
    assert.deepEqual(
      fields?.map(({ name, type }) => `${name} ${type}`),
      ['lat double precision', 'lon double precision'],
    );
  });
  it('know what is searched though it was not asked for', async () => {
    const only = postgresSource({ ...at, schemas: ['pgboss'] }, answer, true);
    const some = await only.read(never);
    assert.deepEqual(namesOf(some), ['pgboss.job']);
    assert.deepEqual(problems('SELECT mail FROM visitor', some), []);
  });
});

describe('MariaDB catalogues', () => {
  let at: ConnectionSettings;
  let schema: Schema;
  let source: SchemaSource;
  before(async () => {
    const { connection } = await mariadb();
    at = { ...connection, database: 'harbor' };
    await loadMysql(
      connection,
      password,
      `DROP DATABASE IF EXISTS harbor; CREATE DATABASE harbor; DROP DATABASE IF EXISTS other; CREATE DATABASE other;
       CREATE TABLE other.pier (id int PRIMARY KEY, name varchar(20));
       USE harbor;
       CREATE TABLE pier (nr int PRIMARY KEY);
       CREATE TABLE ship (id int PRIMARY KEY, imo int UNIQUE, pier_id int, far_id int,
         kind ENUM('it''s', 'a\\\\b', 'c,d'),
         UNIQUE KEY same (pier_id), CONSTRAINT same FOREIGN KEY (pier_id) REFERENCES pier (nr),
         CONSTRAINT far FOREIGN KEY (far_id) REFERENCES other.pier (id));
       CREATE TABLE history (id int PRIMARY KEY, hidden int INVISIBLE) WITH SYSTEM VERSIONING;
       CREATE SEQUENCE s;
       CREATE OR REPLACE USER reader@'%' IDENTIFIED BY 'reads'; GRANT SELECT ON harbor.* TO reader@'%';
       CREATE OR REPLACE USER old@'%' IDENTIFIED BY 'reads' PASSWORD EXPIRE; GRANT SELECT ON harbor.* TO old@'%';
       INSTALL SONAME 'auth_ed25519';
       CREATE OR REPLACE USER curved@'%' IDENTIFIED VIA ed25519 USING PASSWORD('reads');`,
    );
    source = mysqlSource(at, answer, true);
    schema = await source.read(never);
  });
  const as = (user: string) => mysqlSource({ ...at, user }, () => Promise.resolve('reads'), true);
  const keysOf = (of: Schema) => {
    const ship = of.tables.find(({ name }) => name === 'ship');
    return {
      primary: ship?.columns.filter(({ primaryKey }) => primaryKey > 0).map(({ name }) => name),
      unique: ship?.uniqueKeys.map(String).sort(),
      foreign: ship?.foreignKeys
        .map((key) => `${String(key.columns)} ${key.namespace ?? ''}.${key.table}`)
        .sort(),
    };
  };
  const keys = {
    primary: ['id'],
    unique: ['imo', 'pier_id'],
    foreign: ['far_id other.pier', 'pier_id .pier'],
  };

  it('have one key of each kind where two share a name', () => {
    assert.deepEqual(keysOf(schema), keys);
  });
  it('have the keys with no other right than SELECT', async () => {
    assert.deepEqual(keysOf(await as('reader').read(never)), keys);
  });
  it('have the values of an enum as they are', () => {
    assert.deepEqual(columnOf(schema, 'ship', 'kind')?.values?.list, ["it's", 'a\\b', 'c,d']);
  });
  it('take a table of another database for that one', async () => {
    assert.deepEqual(problems('SELECT p.name FROM other.pier p', schema), []);
    assert.equal(problems('SELECT p.name FROM pier p', schema).length, 1);
    const catalog = new Catalog('mysql');
    await catalog.setSource(mysqlSource(at, answer, true));
    const far = SchemaNames.of(catalog.schema).table('pier', 'other');
    assert.ok(far?.columnsPending);
    await catalog.loadColumns([far]);
    assert.deepEqual(problems('SELECT p.name FROM other.pier p', catalog.schema), []);
    assert.equal(problems('SELECT p.nr FROM other.pier p', catalog.schema).length, 1);
    catalog.dispose();
  });
  it('know sequences, invisible columns and those of versions, and offer none', () => {
    assert.ok(!namesOf(schema).includes('s'));
    const history = schema.tables.find(({ name }) => name === 'history');
    assert.deepEqual(
      history?.columns.map(({ name }) => name),
      ['id'],
    );
    for (const sql of [
      'SELECT next_not_cached_value FROM s',
      'SELECT row_start, hidden FROM history',
      'SELECT seq FROM seq_1_to_3',
    ])
      assert.deepEqual(problems(sql, schema), [], sql);
  });
  it('say why a user cannot sign in', async () => {
    const old = await failureOf(as('old'));
    assert.equal(old.code, 'ERR_CONNECTION_PASSWORD');
    assert.match(old.message, /has expired/);
    const curved = await failureOf(as('curved'));
    assert.equal(curved.code, 'ERR_CONNECTION_RIGHTS');
    assert.match(curved.message, /client_ed25519, which SQL Ahead does not know/);
  });
});

describe('pg_hba.conf of PostgreSQL', () => {
  it('is named where it lets nobody in, and no password is asked for', async () => {
    const { connection } = await postgres();
    const script = (text: string) => postgresScript(connection, password, 'postgres', text);
    const [row] = await script(
      "SELECT current_setting('hba_file') AS file, pg_read_file(current_setting('hba_file')) AS text",
    );
    const write = (lines: string) =>
      script(
        `COPY (SELECT regexp_split_to_table(${pgText(lines)}, '\\n')) TO ${pgText(String(row?.['file']))} WITH (DELIMITER E'\\x01');
         SELECT pg_reload_conf();`,
      );
    await script(
      'DROP ROLE IF EXISTS sealed; CREATE ROLE sealed LOGIN; DROP ROLE IF EXISTS strange; CREATE ROLE strange LOGIN',
    );
    await write(
      'hostssl all sealed 127.0.0.1/32 scram-sha-256\nhost all sealed 127.0.0.1/32 reject\nhost all tester 127.0.0.1/32 scram-sha-256',
    );
    try {
      for (const user of ['sealed', 'strange']) {
        let asked = 0;
        const source = () => postgresSource({ ...connection, user }, () => (asked++, answer()), false);
        // The server reads its file again in its own time: until then it asks for a password.
        let error = await failureOf(source());
        while (error.code === 'ERR_CONNECTION_PASSWORD') error = await failureOf(source());
        asked = 0;
        error = await failureOf(source());
        assert.equal(error.code, 'ERR_CONNECTION_TLS');
        assert.match(error.message, /not let in without encryption.*pg_hba\.conf/);
        assert.equal(asked, 0);
      }
    } finally {
      await write(String(row?.['text']).trimEnd());
    }
  });
});

const pgText = (text: string): string => `$text$${text}$text$`;
