/** What the databases of the corpus say to a statement: each is prepared, or run and taken back. */
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import mysql from 'mysql2/promise';
import pg from 'pg';
import {
  duckdbScript,
  mariadbCorpus,
  postgresCorpus,
  sqliteScript,
  type JudgedDialect,
  type Servers,
} from './corpusDatabases';
import { password } from './servers';

export interface Refusal {
  readonly message: string;
  /** SQLSTATE, or what MySQL calls the error; empty where there is none. */
  readonly code: string;
}

/** What the database says against a statement; undefined where it takes it. */
export type Judge = (statement: string) => Promise<Refusal | undefined>;

const refusalOf = async (work: () => unknown): Promise<Refusal | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    const { message, code = '' } = error as Error & { code?: string };
    return { message, code };
  }
};

type Open = (servers: Servers) => Promise<{ readonly judge: Judge; readonly close: () => unknown }>;

export const corpusJudges: Readonly<Record<JudgedDialect, Open>> = {
  postgres: async (servers) => {
    const { host = '', port = 0, user = '', database = '' } = await postgresCorpus(servers);
    const client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    const judge: Judge = async (statement) => {
      // Not in a transaction; they change no name.
      if (/^VACUUM\b|\bCONCURRENTLY\b/.test(statement)) return refusalOf(() => client.query(statement));
      const isQuery = /^\(*(?:SELECT|WITH|VALUES|TABLE|INSERT|UPDATE|DELETE|MERGE)\b/i.test(statement);
      await client.query('BEGIN');
      const refusal = await refusalOf(() =>
        client.query(isQuery ? `PREPARE one AS ${statement}` : statement),
      );
      await client.query('ROLLBACK');
      if (refusal === undefined) await client.query('DEALLOCATE ALL');
      return refusal;
    };
    return { judge, close: () => client.end() };
  },
  mysql: async (servers) => {
    const { host = '', port = 0, user = '', database = '' } = await mariadbCorpus(servers);
    const client = await mysql.createConnection({ host, port, user, password, database });
    const judge: Judge = (statement) =>
      refusalOf(async () => {
        // DELIMITER is for the client, and so is what it names.
        if (statement.startsWith('DELIMITER')) return;
        const prepared = await client.prepare(statement.replace(/(?:;|\/\/)$/, ''));
        await prepared.close();
      });
    return { judge, close: () => client.end() };
  },
  sqlite: () => {
    const database = new DatabaseSync(':memory:');
    database.exec(
      `${sqliteScript()} ATTACH ':memory:' AS other; CREATE TABLE other.things (thing_id INTEGER);`,
    );
    database.function('regexp', (pattern, text) => (pattern === text ? 1 : 0));
    const judge: Judge = (statement) => refusalOf(() => database.prepare(statement));
    return Promise.resolve({ judge, close: () => database.close() });
  },
  duckdb: async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(duckdbScript());
    const judge: Judge = (statement) =>
      refusalOf(async () => {
        // DuckDB makes several statements of a PIVOT that does not name its values: those cannot be prepared.
        if (/\bPIVOT\b/.test(statement)) await connection.run(statement);
        else (await connection.prepare(statement)).destroySync();
      });
    return { judge, close: () => connection.closeSync() };
  },
};
