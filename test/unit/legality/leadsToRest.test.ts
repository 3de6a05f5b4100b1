/**
 * Whether a suggestion in the middle leads to the rest. The suggestion stands between the marks: `SELECT «id, »name FROM t`.
 */
import assert from 'node:assert/strict';
import { faultsOf, leadsToRest } from '../../../server/src/legality/leadsToRest';
import type { Dialect } from '../../../server/src/sql/dialect';
import { schemaOf } from '../support/schemas';

const ddl = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total NUMERIC, placed DATE);
`;

function check(marked: string, expected: boolean, dialect: Dialect = 'postgres'): void {
  it(`${expected ? 'takes' : 'refuses'} ${marked}`, () => {
    const [before = '', inserted = '', after = ''] = marked.split(/[«»]/);
    const schema = schemaOf(ddl, dialect);
    assert.equal(
      leadsToRest({ before, inserted, after }, schema, faultsOf(before + after, schema)),
      expected,
    );
  });
}

describe('leadsToRest', () => {
  // What is missing is put in.
  check('SELECT «id» FROM orders', true);
  check('SELECT «id, total» FROM orders WHERE total > 1', true);
  check('SELECT id FROM «orders» WHERE total > 1', true);
  check('SELECT o.«total» FROM orders o', true);
  check('SELECT id FROM orders WHERE «total > 1» ORDER BY id', true);
  check('SELECT id FROM orders o JOIN customers c ON «c.id = o.customer_id» WHERE total > 1', true);
  check('SELECT id FROM orders ORDER BY «id DESC» LIMIT 10', true);
  // A complete statement takes what goes on or stands before.
  check('SELECT «id, »total FROM orders', true);
  check('SELECT id«, total» FROM orders', true);
  check('SELECT id FROM orders WHERE «total > 1 AND »id = 3', true);
  check('SELECT id FROM orders «WHERE total > 1 »ORDER BY id', true);
  check('SELECT id FROM orders WHERE id IN (1«, 2»)', true);
  // Two operands side by side, half phrases, half conditions.
  check('SELECT «id »total FROM orders', false);
  check("SELECT id FROM orders WHERE «total = 'x' »id = 3", false);
  check("SELECT o«.total = 'x'».id FROM orders o", false);
  check('SELECT id FROM orders GROUP «id »BY id', false);
  check('SELECT id FROM orders WHERE total > 1«00 GROUP BY id» AND id = 3', false);
  check('INSERT INTO orders «id »(id, total) VALUES (1, 2)', false);
  check('WITH gone AS «x »(SELECT 1) SELECT * FROM gone', false);
  check('SELECT id FROM orders WHERE total «= id »= 3', false);
  // The length of rows, calls and parts of a union is given.
  check('VALUES (1«, 2»), (3)', false);
  check('SELECT id«, total» FROM orders UNION SELECT id FROM customers', false);
  check('INSERT INTO orders (id, total) SELECT id«, city», name FROM customers', false);
  check('SELECT abs(total«, id») FROM orders', false);
  check('SELECT coalesce(total«, 0», id) FROM orders', true);
  // Names: what is known stays known, and one table stays one.
  check('SELECT o«.total».id FROM orders o', false);
  check('SELECT id FROM orders«, customers» WHERE total > 1', false);
  check('SELECT id FROM «customers »orders WHERE total > 1', false);
  check('SELECT id«s» FROM orders', false);
  check('SELECT id«  = 3» FROM orders', false);
});
