/** What PostgreSQL refuses is marked at its place: `«…»`, in its own words. */
import assert from 'node:assert/strict';
import { askedStatements, markOf } from '../../server/src/features/diagnostics/databaseMarks';
import { postgresSource } from '../../server/src/schema/sources/postgres';
import { rangeIn } from '../unit/support/text';
import { loadPostgres } from './load';
import { password } from './servers';
import { postgres } from './shared';

const never = new AbortController().signal;

/** The mark as `text: message`. */
const refused: readonly (readonly [marked: string, message: RegExp])[] = [
  ["SELECT name FROM customers WHERE id = «'x'»;", /invalid input syntax for type integer/],
  ['SELECT name «+» id FROM customers;', /operator does not exist: text \+ integer/],
  ['SELECT «name», count(*) FROM customers;', /must appear in the GROUP BY/],
  ['SELECT «nofn»(name) FROM customers;', /function nofn\(text\) does not exist/],
  ['SELECT «substring»(id) FROM customers;', /does not exist/],
  ["SELECT '🐘🐘', «lenght»(name) FROM customers;", /does not exist/],
  ['SELECT name FROM customers WHRE «id» = 1;', /syntax error/],
  ['SELECT 1;\n-- two\nSELECT id FROM customers WHERE «name» AND true;', /must be type boolean/],
];

const taken = [
  'SELECT c.name, count(*) FROM customers c GROUP BY c.id;',
  'SELECT lower(name) FROM customers WHERE id = 3',
  "INSERT INTO customers VALUES (1, 'Anna') ON CONFLICT (id) DO NOTHING;",
  'SELECT name FROM customers WHERE',
];

describe('the word of PostgreSQL', () => {
  it('stands at its place', async () => {
    const { connection } = await postgres();
    const ddl = 'CREATE TABLE customers (id int PRIMARY KEY, name text)';
    await loadPostgres(connection, password, 'word', ddl);
    const source = postgresSource(
      { ...connection, database: 'word' },
      () => Promise.resolve(password),
      false,
    );
    const marksOf = async (text: string) => {
      const marks = [];
      for (const asked of askedStatements(text, 'postgres')) {
        const mark = markOf(asked, await source.validate?.(asked.sql, never), 'postgres');
        if (mark !== undefined) marks.push(mark);
      }
      return marks;
    };
    for (const [marked, message] of refused) {
      const { text, from, to } = rangeIn(marked);
      const [mark, ...others] = await marksOf(text);
      assert.deepEqual([mark?.from, mark?.to, others], [from, to, []], `${marked}: ${JSON.stringify(mark)}`);
      assert.match(mark?.message ?? '', message);
    }
    for (const text of taken) assert.deepEqual(await marksOf(text), [], text);
    source.dispose?.();
  });
});
