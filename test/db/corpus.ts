/**
 * The statements of test/fixtures/corpus are right: each is prepared, or run and taken back, by the real database with the
 * schema beside it. What is not marked there is then no lucky silence.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DuckDBInstance } from '@duckdb/node-api';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { Dialect } from '../../server/src/schema/model';
import { splitStatements } from '../../server/src/sql/statements/statements';
import { temporaryFolders } from '../unit/support/folders';
import { duckdbScript, excused, mariadbCorpus, postgresCorpus, sqliteScript } from './corpusDatabases';
import { password } from './servers';
import { mariadb, postgres } from './shared';

const folder = path.resolve('test/fixtures/corpus');
const read = (dialect: Dialect, file: string) => readFileSync(path.join(folder, dialect, file), 'utf8');
const servers = { postgres, mariadb, folder: temporaryFolders() };
const split = (text: string, dialect: Dialect) =>
  splitStatements(text, dialect).map(({ from, to }) => text.slice(from, to));

/** What the database says against a statement; undefined where it takes it. */
type Judge = (statement: string) => Promise<string | undefined>;

const messageOf = async (work: () => unknown): Promise<string | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

const judges: Readonly<Partial<Record<Dialect, () => Promise<{ judge: Judge; close: () => unknown }>>>> = {
  postgres: async () => {
    const { host = '', port = 0, user = '', database = '' } = await postgresCorpus(servers);
    const client = new pg.Client({ host, port, user, password, database });
    await client.connect();
    const judge: Judge = async (statement) => {
      // Not in a transaction; they change no name.
      if (/^VACUUM\b|\bCONCURRENTLY\b/.test(statement)) return messageOf(() => client.query(statement));
      const isQuery = /^\(*(?:SELECT|WITH|VALUES|TABLE|INSERT|UPDATE|DELETE|MERGE)\b/i.test(statement);
      await client.query('BEGIN');
      const message = await messageOf(() =>
        client.query(isQuery ? `PREPARE one AS ${statement}` : statement),
      );
      await client.query('ROLLBACK');
      if (message === undefined) await client.query('DEALLOCATE ALL');
      return message;
    };
    return { judge, close: () => client.end() };
  },
  mysql: async () => {
    const { host = '', port = 0, user = '', database = '' } = await mariadbCorpus(servers);
    const client = await mysql.createConnection({ host, port, user, password, database });
    const judge: Judge = (statement) =>
      messageOf(async () => {
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
    const judge: Judge = (statement) => messageOf(() => database.prepare(statement));
    return Promise.resolve({ judge, close: () => database.close() });
  },
  duckdb: async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(duckdbScript());
    const judge: Judge = (statement) =>
      messageOf(async () => {
        // DuckDB makes several statements of a PIVOT that does not name its values: those cannot be prepared.
        if (/\bPIVOT\b/.test(statement)) await connection.run(statement);
        else (await connection.prepare(statement)).destroySync();
      });
    return { judge, close: () => connection.closeSync() };
  },
};

for (const [dialect, open] of Object.entries(judges) as [Dialect, NonNullable<(typeof judges)[Dialect]>][]) {
  describe(`corpus of ${dialect}`, () => {
    it('is taken by the database', async () => {
      const { judge, close } = await open();
      const refused: string[] = [];
      const files = readdirSync(path.join(folder, dialect)).filter((file) => file !== 'schema.sql');
      for (const file of files) {
        for (const statement of split(read(dialect, file), dialect)) {
          if (excused[dialect]?.some((pattern) => pattern.test(statement)) === true) continue;
          const message = await judge(statement);
          if (message !== undefined) refused.push(`${message}\n  ${statement}`);
        }
      }
      await close();
      assert.deepEqual(refused, []);
    });
  });
}
