/**
 * What is put in, whatever the model says: `$0` is the cursor, then what the model said, then what is shown of it ('' for
 * nothing). With the suggestion the text still reads to its end.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Dialect } from '../../../server/src/sql/dialect';
import { recognize } from '../../../server/src/sql/grammar/statements';
import { StatementText } from '../../../server/src/sql/shape/statementText';
import { placeAt } from '../../../server/src/suggest/place';
import { planCompletion, shownText } from '../../../server/src/suggest/plan';
import { suggestionAt } from '../../../server/src/suggest/suffix';
import type { Schema } from '../../../server/src/schema/model';
import { tokenize } from '../../../server/src/sql/tokens';
import { corpus } from '../support/corpus';
import { schemaOf } from '../support/schemas';
import { cursorIn } from '../support/text';

const ddl = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT);
  CREATE TABLE products (id INTEGER PRIMARY KEY, title TEXT, price NUMERIC, stored BOOLEAN);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total NUMERIC, placed DATE);
  CREATE TABLE order_items (order_id INTEGER REFERENCES orders (id), product_id INTEGER REFERENCES products (id), n INTEGER);
`;

function putIn(text: string, offset: number, said: string, schema: Schema, dialect: Dialect) {
  const place = placeAt(text, offset, 0, dialect);
  const plan = planCompletion(place, schema, { maxTokens: 48, canFill: true });
  if (plan === undefined) return undefined;
  const shown = shownText(place, plan, { text: plan.typed + said, end: 'no-choice' });
  return shown === '' ? undefined : suggestionAt(place, shown, plan.schema);
}

function check(marked: string, said: string, expected: string, dialect: Dialect = 'postgres'): void {
  it(`${dialect}: ${marked} + ${JSON.stringify(said)} → ${JSON.stringify(expected)}`, () => {
    const { text, offset } = cursorIn(marked);
    assert.equal(putIn(text, offset, said, schemaOf(ddl, dialect), dialect)?.text ?? '', expected);
  });
}

describe('ghost text in the middle', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(120_000);

  // What follows already is not said again, and nothing comes behind a clause that must follow it.
  check('SELECT id FROM orders ORDER BY $0 LIMIT 10', 'id DESC LIMIT 1', 'id DESC');
  check('SELECT id FROM orders $0 ORDER BY id', 'WHERE total > 1 ORDER BY total', 'WHERE total > 1');
  check(
    'SELECT id FROM orders WHERE $0 ORDER BY id',
    'total > 1 GROUP BY id LIMIT 3',
    'total > 1 GROUP BY id',
  );
  check('SELECT $0 FROM orders', 'id, total FROM orders', 'id, total');
  check('SELECT $0 FROM orders', 'id SELECT total', 'id');
  check('SELECT id FROM orders WHERE total > 1 AND $0 ORDER BY id', "e', date);", '');
  // Quotes and brackets stay in pairs.
  check('SELECT p.k$0 FROM products p', 'ey preceding stored" FROM products AS p', '', 'mysql');
  check('SELECT x.$0 FROM products x', "x', x.date) = '", '');
  check('SELECT count($0) FROM orders', 'id), sum(total', 'id)');
  // Two operands, half conditions.
  check('SELECT o.$0.id FROM orders o', "total = 'x'", '');
  check('SELECT $0total FROM orders', 'id, placed', 'id, ');
  check('SELECT id FROM orders WHERE $0total > 3', "placed > '1' AND id = 3", "placed > '1' AND ");
  check(
    'SELECT id FROM orders o JOIN customers c ON $0 WHERE total > 1',
    'c.id = o.customer_id AND',
    'c.id = o.customer_id',
  );
  check('SELECT id FROM orders GROUP $0BY id', 'id, ', '');
  // Lists with a grammar of their own.
  check('SELECT 1 FROM order_items JOIN products USING ($0)', 'product_id product_id = 3', '');
  check('INSERT INTO orders (id, total) VALUES ($0)', '1, 2, 3, 4, 5, 6', '1, 2');
  check('INSERT INTO orders ($0) VALUES (1, 2)', 'id, count(*)', 'id');
  check('SELECT 1 FROM orders o FOR UPDATE OF $0 NOWAIT', 'COUNT(*)', '');
  check('SELECT id FROM orders FORCE INDEX ($0) WHERE id = 1', 'SELECT id FROM orders', '', 'mysql');
  check('SELECT * EXCLUDE ($0) FROM orders', 'NTH_VALUE (id, 1)', '', 'duckdb');
  check('UPDATE products SET price = 1 WHERE id = 2 RETURNING old.$0 AS x', 'name', '');
  check('UPDATE products SET price = 1 WHERE id = 2 RETURNING old.$0 AS x', 'price', 'price');
  check('UPDATE products SET price = 1 WHERE id = 2 RETURNING old.$0', 'name', '');
  check('COPY orders ($0) FROM STDIN', 'CT orders', '');
  check('SELECT id FROM orders NATURAL JOIN $0 WHERE id = 1', 'customers ON id = customer_id', 'customers');
  // No SQL stands there.
  check('\\d $0', 'orders', '');
  check('.mode $0', "= 'ocean' GROUP BY id", '', 'sqlite');
  check('PRAGMA $0', 'table_info(orders)', '', 'sqlite');
  check('SELECT id FROM orders LIMIT :$0', 'id', '');
  check('SELECT id FROM orders WHERE total > $$0', 'total', '');

  it('leaves every statement of the corpus readable, whatever is said', () => {
    const known = corpus.filter(({ statement, dialect }) => reads(statement, dialect));
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        (a, b, c, d, count) => {
          const at = known[a % known.length];
          const donor = known[b % known.length];
          if (at === undefined || donor === undefined) return;
          const cut = cuts(at.statement, at.dialect, c);
          const from = cuts(donor.statement, at.dialect, d);
          const part = donor.statement.slice(from);
          const said = part.slice(0, tokenize(part, at.dialect)[count * 2]?.from ?? part.length);
          const found = putIn(at.statement, cut, said, at.schema, at.dialect);
          if (found === undefined) return;
          const after = at.statement.slice(0, cut) + found.text + at.statement.slice(cut + found.replaced);
          assert.ok(reads(after, at.dialect), after);
        },
      ),
      { numRuns: 150 },
    );
  });
});

function reads(text: string, dialect: Dialect): boolean {
  return recognize(new StatementText(text, { from: 0, to: text.length }, dialect)).state === 'whole';
}

function cuts(text: string, dialect: Dialect, n: number): number {
  const tokens = tokenize(text, dialect).filter(({ kind }) => kind !== 'whitespace');
  return tokens[n % tokens.length]?.from ?? 0;
}
