/**
 * The corpus's schema (test/fixtures/corpus) in a real database of each dialect, with what its statements count on beside
 * the schema. Each is made once, whoever asks first.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Dialect } from '../../server/src/schema/model';
import { duckdbSource, sqliteSource } from '../../server/src/schema/sources/fileSource';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import type { ConnectionSettings } from '../../server/src/settings';
import { readerProgram } from '../unit/support/reader';
import { loadDuckdb, loadMysql, loadPostgres } from './load';
import type { TestServer } from './servers';

/** T-SQL has no database here. */
export type JudgedDialect = Exclude<Dialect, 'tsql'>;
export const judgedDialects: readonly JudgedDialect[] = ['postgres', 'mysql', 'sqlite', 'duckdb'];

export interface Servers {
  readonly postgres: () => Promise<TestServer>;
  readonly mariadb: () => Promise<TestServer>;
  /** Makes a folder for a database file. */
  readonly folder: () => string;
}

const schemaScript = (dialect: Dialect) =>
  readFileSync(path.resolve('test/fixtures/corpus', dialect, 'schema.sql'), 'utf8');

const besidesPostgres = `
  CREATE ROLE reader;
  CREATE FUNCTION log_visit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE FUNCTION crosstab(query text) RETURNS SETOF record LANGUAGE sql AS 'SELECT NULL::record';
  CREATE UNIQUE INDEX ON ward_load (ward_id);`;

export const sqliteScript = () => `${schemaScript('sqlite')} CREATE INDEX by_fare ON tickets (price);`;
export const duckdbScript = () => schemaScript('duckdb');

/** What the servers of the tests do not take: newer versions and MySQL's own, and rows that a client would send. */
export const excused: Readonly<Partial<Record<Dialect, readonly RegExp[]>>> = {
  postgres: [/\b1_000\b/, /\bFROM STDIN\b/],
  mysql: [
    /->>?'/,
    /\bLATERAL\b/,
    /\bAS fresh ON DUPLICATE KEY\b/,
    /\bFROM orders PARTITION \(p0\)/,
    // Names without case: lower_case_table_names = 1.
    /\bFROM Users\b/,
  ],
  // Files that are not there.
  duckdb: [/'[^']*\.(?:csv|parquet)'(?! \(FORMAT)/],
};

const made: { postgres?: Promise<ConnectionSettings>; mysql?: Promise<ConnectionSettings> } = {};

export function postgresCorpus(servers: Servers): Promise<ConnectionSettings> {
  return (made.postgres ??= (async () => {
    const { connection, password } = await servers.postgres();
    const script = `CREATE SCHEMA audit; ${schemaScript('postgres')} ${besidesPostgres}`;
    await loadPostgres(connection, password, 'hospital', script);
    return { ...connection, database: 'hospital' };
  })());
}

export function mariadbCorpus(servers: Servers): Promise<ConnectionSettings> {
  return (made.mysql ??= (async () => {
    const { connection, password } = await servers.mariadb();
    const load = 'CREATE DATABASE stats; CREATE DATABASE corpus CHARACTER SET utf8mb4; USE corpus;';
    await loadMysql(connection, password, `${load} ${schemaScript('mysql')}`);
    return { ...connection, database: 'corpus' };
  })());
}

/** The database as the product reads it; the caller disposes of it. */
export async function corpusSource(dialect: JudgedDialect, servers: Servers): Promise<SchemaSource> {
  switch (dialect) {
    case 'postgres': {
      const { password } = await servers.postgres();
      return postgresSource(await postgresCorpus(servers), () => Promise.resolve(password), false);
    }
    case 'mysql': {
      const { password } = await servers.mariadb();
      return mysqlSource(await mariadbCorpus(servers), () => Promise.resolve(password), false);
    }
    case 'sqlite': {
      const file = path.join(servers.folder(), 'railway.sqlite');
      const database = new DatabaseSync(file);
      database.exec(sqliteScript());
      database.close();
      return sqliteSource(file, readerProgram);
    }
    case 'duckdb': {
      const file = path.join(servers.folder(), 'weather.duckdb');
      await loadDuckdb(file, duckdbScript());
      return duckdbSource(file, readerProgram);
    }
  }
}
