/**
 * What every name of a statement stands for. The expectation lists the names in order: `kind name`, behind `=` the
 * table or the place it comes from, behind `!` the problem with the candidates for a fix.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dialects, emptySchema, type Schema } from '../../../server/src/schema/model';
import { resolveStatement } from '../../../server/src/resolve/resolve';
import type { Resolved } from '../../../server/src/resolve/resolved';
import { oddTexts, schemaOf, shop } from '../support/schemas';

function resolved(text: string, schema: Schema): readonly Resolved[] {
  return resolveStatement(text, { from: 0, to: text.length }, schema, schema.dialect);
}

function written(text: string, one: Resolved): string {
  const source =
    one.column !== undefined && one.table !== undefined
      ? `=${one.table.name}.${one.column.name}`
      : one.table !== undefined && (one.kind !== 'table' || one.table.name !== one.name)
        ? `=${one.table.name}`
        : one.origin !== undefined
          ? `@${text.slice(one.origin.from, one.origin.to)}:${one.origin.from}`
          : '';
  const problem = one.problem === undefined ? '' : `!${one.problem}(${one.candidates?.().join(' ') ?? ''})`;
  return `${one.declares ? '+' : ''}${one.kind} ${one.name}${source}${problem}`;
}

/** Expects all names of the statement. */
function check(text: string, expected: readonly string[], schema: Schema = shop): void {
  it(text.slice(0, 110), () => {
    assert.deepEqual(
      resolved(text, schema).map((one) => written(text, one)),
      expected,
    );
  });
}

/** Expects these problems and no others, as `name problem` with candidates. */
function checkProblems(text: string, expected: readonly string[] = [], schema: Schema = shop): void {
  it(`${expected.length === 0 ? 'no problem in' : `${expected.length} in`} ${text.slice(0, 100)}`, () => {
    assert.deepEqual(
      resolved(text, schema).flatMap((one) =>
        one.problem === undefined ? [] : [[one.name, one.problem, ...(one.candidates?.() ?? [])].join(' ')],
      ),
      expected,
    );
  });
}

describe('resolve: meanings', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT name FROM customers', ['column name=customers.name', 'table customers']);
  check('SELECT c.name FROM customers AS c', [
    'alias c=customers',
    'column name=customers.name',
    'table customers',
    '+alias c=customers',
  ]);
  check('SELECT "Name" n FROM Customers', [
    'column Name=customers.name',
    '+select-alias n',
    'table Customers=customers',
  ]);
  check('WITH t AS (SELECT id AS k FROM orders) SELECT t.k FROM t', [
    '+cte t',
    'column id=orders.id',
    '+select-alias k',
    'table orders',
    'alias t@t:55',
    'column k=orders.id',
    'cte t@t:5',
  ]);
  check('SELECT d.total FROM (SELECT sum(amount) AS total FROM orders) d', [
    'alias d@d:62',
    'column total@total:43',
    'function sum',
    'column amount=orders.amount',
    '+select-alias total',
    'table orders',
    '+alias d',
  ]);
  check('SELECT x.* FROM (SELECT * FROM customers) x WHERE x.city = 1', [
    'alias x@x:42',
    'table customers',
    '+alias x',
    'alias x@x:42',
    'column city=customers.city',
  ]);
  check('SELECT amount AS a FROM orders ORDER BY a', [
    'column amount=orders.amount',
    '+select-alias a',
    'table orders',
    'select-alias a@a:17',
  ]);
  check('SELECT main.orders.id FROM main.orders', [
    'namespace main',
    'alias orders=orders',
    'column id=orders.id',
    'namespace main',
    'table orders',
  ]);
  check('INSERT INTO orders (id, amount) SELECT id, price FROM products', [
    'table orders',
    'column id=orders.id',
    'column amount=orders.amount',
    'column id=products.id',
    'column price=products.price',
    'table products',
  ]);
  check('UPDATE orders SET amount = amount + 1 WHERE id = 2', [
    'table orders',
    'column amount=orders.amount',
    'column amount=orders.amount',
    'column id=orders.id',
  ]);
  check('CREATE INDEX i ON orders (amount)', ['table orders', 'column amount=orders.amount']);
  check('SELECT count(*) OVER w FROM orders WINDOW w AS (PARTITION BY id)', [
    'function count',
    'window w',
    'table orders',
    'window w',
    'column id=orders.id',
  ]);
});

describe('resolve: problems', function () {
  this.timeout(60_000);

  checkProblems('SELECT nam FROM customers', ['nam unknown-column name']);
  checkProblems('SELECT c.nmae FROM customers c', ['nmae unknown-column name']);
  checkProblems('SELECT name FROM custmers', ['custmers unknown-table customers']);
  checkProblems('SELECT id FROM customers, orders', ['id ambiguous-column customers orders']);
  checkProblems('SELECT o.id FROM customers c JOIN orders o ON c.id = customer_id');
  checkProblems('SELECT id FROM customers c JOIN orders o USING (id)');
  checkProblems('SELECT id FROM customers NATURAL JOIN orders');
  checkProblems('SELECT * FROM orders JOIN products USING (title)', ['title unknown-column']);
  checkProblems('SELECT k.name FROM customers c', ['k unknown-table c']);
  checkProblems('SELECT customers.name FROM customers c', ['customers unknown-table c']);
  checkProblems(
    'SELECT name, (SELECT max(amount) FROM orders WHERE customer_id = customers.id) FROM customers',
  );
  checkProblems('SELECT * FROM (SELECT name FROM customers) d WHERE d.city = 1', ['city unknown-column']);
  checkProblems('SELECT * FROM (SELECT name FROM customers c WHERE o.id = 1) d, orders o', [
    'o unknown-table c',
  ]);
  checkProblems('INSERT INTO orders (id, amont) VALUES (1, 2)', ['amont unknown-column amount']);
  checkProblems('UPDATE orders SET amout = 1', ['amout unknown-column amount']);
  checkProblems('WITH t AS (SELECT id FROM orders) SELECT amount FROM t', ['amount unknown-column']);
  checkProblems('SELECT foo');
  checkProblems('SELECT foo FROM');
  checkProblems('SELECT foo FROM customers JOIN ');
  checkProblems('SELECT foo FROM unknown_function(1)');
  checkProblems('SELECT rowid FROM customers');
  checkProblems('SELECT amount AS a FROM orders WHERE a > 1');
  checkProblems('SELECT foo FROM nothing', [], emptySchema('sqlite'));
  checkProblems('SELECT c. FROM customers c');
});

describe('resolve: always', function () {
  this.timeout(60_000);

  it('gives ranges in order within the statement, over odd texts', () => {
    for (const text of oddTexts) {
      for (const dialect of dialects) {
        let last = 0;
        for (const one of resolveStatement(
          text,
          { from: 0, to: text.length },
          { ...shop, dialect },
          dialect,
        )) {
          assert.ok(one.from >= last && one.to > one.from && one.to <= text.length);
          last = one.to;
        }
      }
    }
  });

  it('is total over random text', () => {
    const piece = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: 'binary', maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.constantFrom(...dialects), (pieces, dialect) => {
        const text = pieces.join(' ');
        for (const one of resolveStatement(text, { from: 0, to: text.length }, { ...shop, dialect }, dialect))
          one.candidates?.();
      }),
    );
  });

  it('judges no column of a table whose columns come later', () => {
    const [table] = schemaOf('CREATE TABLE a (b INT)').tables;
    assert.ok(table);
    const schema: Schema = { ...shop, tables: [{ ...table, columns: [], columnsPending: true }] };
    assert.deepEqual(
      resolved('SELECT a.x, y FROM a', schema).filter((one) => one.problem !== undefined),
      [],
    );
  });
});
