/** What a real database refuses is marked at its place, `«…»`, in its own words, and what it takes is not. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { askedStatements, markOf, marksBeside } from '../../server/src/features/diagnostics/databaseMarks';
import { diagnostics } from '../../server/src/features/diagnostics/diagnostics';

import { duckdbSource, sqliteSource } from '../../server/src/schema/sources/fileSource';
import { mysqlSource } from '../../server/src/schema/sources/mysql';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import type { SchemaSource } from '../../server/src/schema/sources/source';
import { corpus } from '../unit/support/corpus';
import { temporaryFolders } from '../unit/support/folders';
import { readerProgram } from '../unit/support/reader';
import { rangeIn } from '../unit/support/text';
import { corpusSource, excused, judgedDialects } from './corpusDatabases';
import { loadDuckdb, loadMysql, loadPostgres } from './load';
import { password } from './servers';
import { mariadb, postgres } from './shared';

const never = new AbortController().signal;
const answer = () => Promise.resolve(password);
const folder = temporaryFolders();
const servers = { postgres, mariadb, folder };

const ddl =
  'CREATE TABLE customers (id int PRIMARY KEY, name varchar(80)); CREATE TABLE orders (id int, customer_id int);';

const open: Readonly<Record<string, () => Promise<SchemaSource>>> = {
  postgres: async () => {
    const { connection } = await postgres();
    await loadPostgres(connection, password, 'word', ddl);
    return postgresSource({ ...connection, database: 'word' }, answer, false);
  },
  mysql: async () => {
    const { connection } = await mariadb();
    await loadMysql(connection, password, `CREATE OR REPLACE DATABASE word; USE word; ${ddl}`);
    return mysqlSource({ ...connection, database: 'word' }, answer, false);
  },
  sqlite: () => {
    const file = path.join(folder(), 'word.sqlite');
    const database = new DatabaseSync(file);
    database.exec(ddl);
    database.close();
    return Promise.resolve(sqliteSource(file, readerProgram));
  },
  duckdb: async () => {
    const file = path.join(folder(), 'word.duckdb');
    await loadDuckdb(file, ddl);
    return duckdbSource(file, readerProgram);
  },
};

/** All marks of a text as an editor shows them, ours first. */
async function marksOf(text: string, source: SchemaSource) {
  const schema = await source.read(never);
  const { dialect } = schema;
  const own = diagnostics(text, schema, dialect);
  const said = [];
  for (const asked of askedStatements(text, dialect)) {
    const mark = markOf(asked, await source.validate?.(asked.sql, never), dialect);
    if (mark !== undefined) said.push({ asked, mark });
  }
  return [...own, ...marksBeside(said, own, text)];
}

interface Examples {
  /** One mark each; `message` is the database's. */
  readonly refused: readonly (readonly [marked: string, message: RegExp])[];
  readonly taken: readonly string[];
}

const examples: Readonly<Record<string, Examples>> = {
  postgres: {
    refused: [
      ["SELECT name FROM customers WHERE id = «'x'»;", /invalid input syntax for type integer/],
      ['SELECT name «+» id FROM customers;', /operator does not exist: character varying \+ integer/],
      ['SELECT «name», count(*) FROM customers;', /must appear in the GROUP BY/],
      ['SELECT «nofn»(name) FROM customers;', /function nofn\(character varying\) does not exist/],
      ['SELECT «substring»(id) FROM customers;', /does not exist/],
      ["SELECT '🐘🐘', «lenght»(name) FROM customers;", /does not exist/],
      ['SELECT name FROM customers WHRE «id» = 1;', /syntax error/],
      ['SELECT 1;\n-- two\nSELECT id FROM customers WHERE «name» AND true;', /must be type boolean/],
      // Ours, and no second one behind it.
      ['SELECT «nme» FROM customers;', /^Unknown column nme/],
      ['SELECT name FROM «custmers»;', /^Unknown table custmers/],
      ['INSERT INTO customers (id, name) VALUES «(1)»;', /^1 value for 2 columns/],
    ],
    taken: [
      'SELECT c.name, count(*) FROM customers c GROUP BY c.id;',
      'SELECT lower(name) FROM customers WHERE id = 3',
      "INSERT INTO customers VALUES (1, 'Anna') ON CONFLICT (id) DO NOTHING;",
      'SELECT name FROM customers WHERE',
    ],
  },
  mysql: {
    refused: [
      ['SELECT «nofn»(name) FROM customers;', /nofn does not exist/i],
      [
        '«SELECT» name FROM customers WHERE id IN (SELECT id, name FROM customers);',
        /should contain 1 column/,
      ],
      ['SELECT name FROM customers WHRE «id» = 1;', /error in your SQL syntax/],
      ['SELECT 1;\n-- two\nSELECT count(name, «id») FROM customers;', /error in your SQL syntax/],
      ['SELECT «nme» FROM customers;', /^Unknown column nme/],
      ['SELECT name FROM «custmers»;', /^Unknown table custmers/],
      ['INSERT INTO customers (id, name) VALUES «(1)»;', /^1 value for 2 columns/],
    ],
    taken: [
      'SELECT name, count(*) FROM customers GROUP BY name;',
      'SELECT name FROM customers WHERE id = ?;',
      "INSERT INTO customers VALUES (1, 'Anna') ON DUPLICATE KEY UPDATE name = 'Anna';",
      'SELECT name FROM customers WHERE',
      'UPDATE customers SET name = @a WHERE id = 1;',
    ],
  },
  sqlite: {
    refused: [
      ['SELECT «lower»(name, name) FROM customers;', /wrong number of arguments/],
      ['SELECT name FROM customers WHRE «id» = 1;', /near "id": syntax error/],
      ['SELECT name FROM customers WHERE «count»(*) > 1;', /misuse of aggregate/],
      ['SELECT «nme» FROM customers;', /^Unknown column nme/],
      ['SELECT name FROM «custmers»;', /^Unknown table custmers/],
      ['INSERT INTO customers (id, name) VALUES «(1)»;', /^1 value for 2 columns/],
    ],
    taken: [
      'SELECT name, count(*) FROM customers GROUP BY name;',
      'SELECT name FROM customers WHERE id = ? AND name = :name;',
      "INSERT INTO customers VALUES (1, 'Anna') ON CONFLICT (id) DO NOTHING;",
      'SELECT name FROM customers WHERE',
      'SELECT soundslike(name) FROM customers;',
      'SELECT thing_id FROM other.things;',
    ],
  },
  duckdb: {
    refused: [
      ['SELECT «nofn»(name) FROM customers;', /Scalar Function with name nofn does not exist/],
      ['SELECT name FROM customers WHRE «id» = 1;', /syntax error at or near "id"/],
      ['SELECT «name», count(*) FROM customers;', /must appear in the GROUP BY/],
      [
        'SELECT 1;\n\nSELECT lower(name),\n «sum»(name) FROM customers;',
        /No function matches .*sum\(VARCHAR\)/,
      ],
      [
        'SELECT name AS a_long_name_for_it, name AS another_long_name_for_it, name AS a_third, «nofn»(name), name AS a_fourth_one_behind_it FROM customers WHERE id > 3;',
        /nofn does not exist/,
      ],
      ['SELECT «nme» FROM customers;', /^Unknown column nme/],
      ['SELECT name FROM «custmers»;', /^Unknown table custmers/],
      ['INSERT INTO customers (id, name) VALUES «(1)»;', /^1 value for 2 columns/],
    ],
    taken: [
      'SELECT name, count(*) FROM customers GROUP BY ALL;',
      "INSERT INTO customers VALUES (1, 'Anna') ON CONFLICT (id) DO NOTHING;",
      'SELECT name FROM customers WHERE',
      "SELECT * FROM 'nowhere.csv';",
      "SELECT * FROM read_parquet('nowhere.parquet');",
      'FROM customers SELECT name;',
      'PIVOT orders ON customer_id USING count(*);',
      'SELECT thing_id FROM other.things;',
    ],
  },
};

describe("the database's own word", () => {
  for (const [dialect, { refused, taken }] of Object.entries(examples)) {
    it(`stands at its place: ${dialect}`, async () => {
      const source = await open[dialect]?.();
      assert.ok(source);
      const wrong: string[] = [];
      for (const [marked, message] of refused) {
        const { text, from, to } = rangeIn(marked);
        const [mark, ...others] = await marksOf(text, source);
        const isRight =
          mark?.from === from && mark.to === to && others.length === 0 && message.test(mark.message);
        if (!isRight) wrong.push(`${marked}: ${JSON.stringify([mark, ...others])}`);
      }
      for (const text of taken) {
        const marks = await marksOf(text, source);
        if (marks.length > 0) wrong.push(`${text}: ${JSON.stringify(marks)}`);
      }
      source.dispose?.();
      assert.deepEqual(wrong, []);
    });
  }
});

describe('statements that the database takes', () => {
  for (const dialect of judgedDialects) {
    it(`get no mark, neither ours nor its own: ${dialect}`, async () => {
      const source = await corpusSource(dialect, servers);
      const schema = await source.read(never);
      const isExcused = (statement: string) => excused[dialect]?.some((one) => one.test(statement)) === true;
      const marked: string[] = [];
      let asked = 0;
      for (const { statement } of corpus.filter(
        (one) => one.dialect === dialect && !isExcused(one.statement),
      )) {
        for (const one of diagnostics(statement, schema, dialect))
          marked.push(`${one.message}\n  ${statement}`);
        for (const one of askedStatements(statement, dialect)) {
          asked++;
          const mark = markOf(one, await source.validate?.(one.sql, never), dialect);
          if (mark !== undefined) marked.push(`${mark.message}\n  ${statement}`);
        }
      }
      source.dispose?.();
      assert.deepEqual(marked, []);
      // Most of them are asked about, else this says little.
      assert.ok(asked > 60, `${asked} were asked about`);
    });
  }
});
