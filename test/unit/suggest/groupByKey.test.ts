/** Rows of a table that is joined by its key are grouped by that key, not by names that two of them may share. */
import assert from 'node:assert/strict';
import { groupedByKey } from '../../../server/src/suggest/groupByKey';
import { shop } from '../support/schemas';

const head = 'SELECT c.name, COUNT(*) FROM customers AS c JOIN orders AS o ON';

function check(name: string, sql: string, expected: string): void {
  it(`${name}: ${sql}`, () => assert.equal(groupedByKey(sql, shop), expected));
}
const same = (name: string, sql: string): void => check(name, sql, sql);

describe('groupedByKey', () => {
  check(
    'by the name alone',
    `${head} c.id = o.customer_id GROUP BY c.name ORDER BY COUNT(*) DESC;`,
    `${head} c.id = o.customer_id GROUP BY c.id, c.name ORDER BY COUNT(*) DESC;`,
  );
  check(
    'joined the other way',
    `${head} o.customer_id = c.id GROUP BY c.name;`,
    `${head} o.customer_id = c.id GROUP BY c.id, c.name;`,
  );
  same('by the key already', `${head} c.id = o.customer_id GROUP BY c.id, c.name;`);
  same('by something else', `${head} c.id = o.customer_id GROUP BY c.city;`);
  same('of two tables', `${head} c.id = o.customer_id GROUP BY c.name, o.status;`);
  same('not joined', 'SELECT c.name, COUNT(*) FROM customers AS c GROUP BY c.name;');
  same('nothing grouped', 'SELECT name FROM customers;');
  same('two groups', `SELECT 1 FROM (${head} c.id = o.customer_id GROUP BY c.name) GROUP BY 1;`);
  same('half a statement', `${head} c.id = o.customer_id GROUP BY `);
});
