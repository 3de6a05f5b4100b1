/** Names in a question are looked for in the database: tables, columns, literals, and what is summed. */
import assert from 'node:assert/strict';
import { legalChoice } from '../../../server/src/suggest/choose';
import type { Schema } from '../../../server/src/schema/model';
import { withSeen } from '../support/schemas';
import { schema as plain } from '../anticipate/schema';

const schema = withSeen(plain, {
  'customers.city': ['Oslo', 'Bergen'],
  'customers.name': ['Ann', 'Oslo'],
  'orders.total': ['paid'],
});
const dialect = 'sqlite';

/** Of candidates that the model finds about as likely, the first one the likeliest. */
function check(before: string, candidates: readonly string[], expected: string): void {
  it(`${JSON.stringify(before)} takes ${JSON.stringify(expected)} of ${JSON.stringify(candidates)}`, () => {
    const choose = legalChoice({ before, after: '', schema, dialect });
    const index = choose(
      '',
      candidates,
      candidates.map((_, i) => Math.log(0.3 / (i + 1))),
    );
    assert.equal(typeof index === 'number' ? candidates[index] : index, expected);
  });
}

describe('values that a question names', () => {
  check('-- who lives in Bergen\nSELECT name FROM customers WHERE ', ['name', 'city'], 'city');
  // Without a question, and outside conditions, the model decides.
  check('SELECT name FROM customers WHERE ', ['name', 'city'], 'name');
  check('-- who lives in Bergen\nSELECT ', ['name', 'city'], 'name');
  // Said once, it is not wanted again.
  check(
    "-- who lives in Bergen\nSELECT name FROM customers WHERE city = 'Bergen' AND ",
    ['name', 'city'],
    'name',
  );
  check('-- ids for Ann\nSELECT id FROM ', ['orders', 'products', 'customers'], 'customers');
  check("-- who lives in bergen\nSELECT name FROM customers WHERE city = '", ['bergen', 'Bergen'], 'Bergen');
  check("-- all called Ann\nSELECT id FROM customers WHERE name = '", ['Oslo', 'Ann'], 'Ann');
});

describe('sums', () => {
  const typed: Schema = {
    ...plain,
    tables: plain.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column) =>
        column.name === 'total' ? { ...column, type: 'NUMERIC' } : column,
      ),
    })),
  };
  it('are of numbers', () => {
    const before = 'SELECT SUM(o.';
    const choose = legalChoice({ before, after: ') FROM orders AS o', schema: typed, dialect });
    assert.equal(choose('', ['customer_id', 'total'], [Math.log(0.4), Math.log(0.3)]), 1);
    const count = legalChoice({
      before: 'SELECT COUNT(o.',
      after: ') FROM orders AS o',
      schema: typed,
      dialect,
    });
    assert.equal(count('', ['customer_id', 'total'], [Math.log(0.4), Math.log(0.3)]), 0);
  });
});
