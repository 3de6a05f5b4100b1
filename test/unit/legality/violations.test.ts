/** What a statement that is being generated may not contain. A text that ends in a space is checked to its end. */
import assert from 'node:assert/strict';
import { isSensible } from '../../../server/src/legality/violations';
import { legalChoice } from '../../../server/src/suggest/choose';
import { askedStatement } from '../../../server/src/suggest/askedStatement';
import { schema } from '../anticipate/schema';

function check(text: string, expected: boolean): void {
  it(`${expected ? 'sense' : 'nonsense'}: ${JSON.stringify(text)}`, () => {
    assert.equal(isSensible(text, schema), expected);
  });
}

describe('isSensible', () => {
  check('SELECT count(id) FROM orders ', true);
  check('SELECT count(id)) FROM orders ', false);
  check('SELECT count(id;', false);
  check("SELECT ')' FROM orders ", true);
  check('SELECT id, total FROM orders ', true);
  check('SELECT id, id FROM orders ', false);
  check('SELECT id, i', true);
  check('SELECT id, id', true);
  check('SELECT id, id ', false);
  check('SELECT o.id, c.id FROM orders o JOIN customers c ON c.id = o.customer_id ', true);
  check('SELECT o.id, o.id ', false);
  check('SELECT max(id), max(id), ', false);
  check('SELECT max(id), max(total), ', true);
  check('INSERT INTO orders (id, total, id) ', false);
  check('INSERT INTO orders VALUES (1, 1, 1) ', true);
  // Places with a grammar of their own.
  check('INSERT INTO orders VALUES (1, 1) ', false);
  check('INSERT INTO orders VALUES (1, 2, 3, ', false);
  check('INSERT INTO orders (id, total) VALUES (1, 2), (3, 4) ', true);
  check('INSERT INTO orders (id, total) VALUES (1, 2, ', false);
  check('INSERT INTO orders (id, total) VALUES (1, coalesce(2, 3)), (1) ', false);
  check('INSERT INTO orders (id, colour', false);
  check('SELECT * FROM orders o JOIN customers c USING (id) ', true);
  check('SELECT * FROM orders o JOIN customers c USING (id =', false);
  check('SELECT * FROM orders o JOIN customers c USING (c.', false);
  check('CREATE INDEX i ON orders (id, total) ', true);
  check('CREATE INDEX i ON orders (id int', false);
  check('CREATE INDEX i ON orders (name', false);
  check('CREATE TABLE a (b INT, FOREIGN KEY (products.', false);
  check('INSERT INTO orders (id, total) VALUES (1, 2) ON CONFLICT (id) DO NOTHING ', true);
  check('INSERT INTO orders (id, total) VALUES (1, 2) ON CONFLICT (id + ', false);
  check('SELECT id FROM orders o FOR UPDATE OF o ', true);
  check('SELECT id FROM orders o FOR UPDATE OF count', false);
  check('SELECT id FROM orders LIMIT 10 OFFSET 5 ', true);
  check('SELECT id FROM orders LIMIT total ', false);
  check("SELECT id FROM orders LIMIT 'a'", false);
  check('SELECT CAST(id AS text) FROM orders ', true);
  check('SELECT CAST(id AS total) FROM orders ', false);
  check('SELECT c. name ', false);
  check('SELECT * FROM orders NATURAL JOIN customers ON ', false);
  check('SELECT sum(total) OVER w FROM orders WINDOW w AS (ORDER BY id) ', true);
  check('SELECT sum(total) OVER id ', false);
  check('SELECT sum(total) OVER (ORDER BY id) FROM orders ', true);
  check('SELECT id FROM orders LIMIT 1 LIMIT 2 ', false);
  check('SELECT id SELECT ', false);
  check('SELECT id FROM orders SELECT id ', false);
  check('SELECT id FROM orders UNION ALL SELECT id FROM customers ', true);
  check('INSERT INTO orders SELECT id, 1, total FROM orders ', true);
  check("SELECT id FROM customers WHERE name = 'a a b a", true);
  check("SELECT id FROM customers WHERE name = 'Drop drop DROP DROP DROP", false);
  check('INSERT INTO orders (id, tot', true);
  check('INSERT INTO orders (orders.', false);
  check('INSERT INTO orders (id total', false);
  check('INSERT INTO orders (id, total and ', false);
  check('INSERT INTO orders (count(', false);
  check('INSERT INTO orders (SELECT id, total FROM orders) ', true);
  check('SELECT * FROM orders a JOIN customers a', true);
  check('SELECT * FROM orders a JOIN customers a ', false);
  check('SELECT * FROM orders JOIN orders ', false);
  check('SELECT * FROM orders a JOIN orders b ', false);
  check('SELECT id FROM orders WHERE id IN (SELECT id FROM orders) ', true);
  check('SELECT * FROM customers c JOIN orders o ', true);
  check('SELECT * FROM orders o JOIN products p ', false);
  check('SELECT * FROM orders o JOIN pro', false);
  check('SELECT * FROM orders o JOIN cus', true);
  check('SELECT * FROM products p JOIN orders o ', true);
  check('WITH big AS (SELECT * FROM orders) SELECT * FROM big JOIN products p ', true);
  check('SELECT c.name, c.city ', true);
  check('SELECT c.name, c.total ', false);
  check('SELECT c.name, c.to', false);
  check('SELECT c.name, c.ci', true);
  check('SELECT id FROM orders ORDER BY id, id ', false);
  check('SELECT * FROM orders AS t1 JOIN customers AS t1 ON', false);
  check('SELECT frobnicate(id) FROM orders ', false);
  check('SELECT coalesce(id, 0), CAST(id AS VARCHAR(10)) FROM orders WHERE id IN (1, 2) ', true);
  check('WITH t(a) AS (SELECT 1) SELECT a FROM t ', true);
  check('INSERT INTO orders (id) VALUES (1) ', true);
  check('SELECT * FROM customers WHERE customers > 1 ', false);
  // Conditions.
  check("SELECT id FROM customers WHERE name = 'a' AND city = 'b' ", true);
  check("SELECT id FROM customers WHERE name = 'a' AND city = 'b' AND name = 'a'", false);
  check("SELECT id FROM customers WHERE name = 'a' AND name =", false);
  check("SELECT id FROM customers WHERE name = 'a' OR name = 'b' ", true);
  check("SELECT id FROM customers WHERE name = 'a' OR name = 'a'", false);
  check("SELECT id FROM customers WHERE name = 'a' AND (city = 'b' OR name = 'a') ", true);
  check('SELECT id FROM orders WHERE total > 1 AND total < 9 AND total > 10', true);
  check('SELECT id FROM orders WHERE total > 1 AND total < 9 AND total > 1;', false);
  check('SELECT id FROM orders WHERE total BETWEEN 1 AND 9 AND id BETWEEN 1 AND 9 ', true);
  check('SELECT id FROM orders WHERE total BETWEEN 1 AND 1 ', true);
  check('SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id AND c.id = o.customer_id ', true);
  check('SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id AND c.id = o.customer_id;', false);
  check(
    "SELECT count(*) FROM customers WHERE name = 'a' UNION SELECT id FROM customers WHERE name = 'a' ",
    true,
  );
  check("SELECT CASE WHEN name = 'a' THEN 1 WHEN city = 'b' THEN 1 ELSE 1 END FROM customers ", true);
  check("SELECT id FROM customers WHERE name = 'a' WHEN ", false);
  check('SELECT id FROM customers ORDER BY name END ', false);
  check('SELECT id FROM customers ORDER BY name EN', true);
  check('SELECT (CASE name WHEN 1 THEN 2 END) AS n FROM customers ', true);
  // Columns beside aggregates are grouped before the query ends or is ordered.
  check('SELECT city, count(*) FROM customers ', true);
  check('SELECT city, count(*) FROM customers;', false);
  check('SELECT city, count(*) FROM customers ORDER BY ', false);
  check('SELECT city, count(*) FROM customers GROUP BY city;', true);
  check('SELECT city, count(*) OVER () FROM customers;', true);
  check('SELECT count(*), count(*) ', false);
  check('SELECT name, name AS n ', false);
  check('SELECT 1, 1 ', true);
  // Words in their places.
  check('SELECT name FROM customers WHERE avg(id) > 1 ', false);
  check('SELECT name FROM customers WHERE = ', false);
  check('SELECT name FROM customers WHERE city LIKE GROUP ', false);
  check('SELECT name FROM JOIN ', false);
  check('SELECT name FROM customers WHERE name city ', false);
  check('SELECT name FROM customers wherever ', false);
  check('SELECT name nme FROM customers ', false);
  check('SELECT Dense_rank', false);
  check('SELECT name FROM customers WHERE First', false);
  check('SELECT name FROM customers GROUP BY name ORDER BY name ', true);
  check('SELECT name FROM customers GROUP BY name WHERE ', false);
  // Names that FROM can still bring.
  check('SELECT name, total FROM customers ', true);
  // One table has them all: no other begins.
  check('SELECT customer_id, total FROM orders ', true);
  check('SELECT customer_id, total FROM customers ', false);
  check('SELECT name, price FROM customers ', false);
  check('SELECT c.name, c.price ', false);
  check('SELECT p.price FROM customers ', false);
  // Join conditions along the keys.
  check('SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id ', true);
  check('SELECT * FROM customers c JOIN orders o ON o.id', false);
  check('SELECT * FROM customers c JOIN orders o ON c.id = o.customer_id AND o.total > 1 ', true);
  check('SELECT customers.name FROM customers ', true);
});

describe('legalChoice', () => {
  function choice(
    before: string,
    generated: string,
    candidates: string[],
    expected: string | { readonly oneOf: readonly string[] } | undefined,
  ): void {
    it(`${JSON.stringify(before + generated)} takes ${JSON.stringify(expected)} of ${JSON.stringify(candidates)}`, () => {
      const index = legalChoice({ before, after: '', schema, dialect: 'sqlite' })(generated, candidates, []);
      assert.deepEqual(typeof index === 'number' ? candidates[index] : index, expected);
    });
  }
  choice('SELECT name FROM ', '', ['clients', 'people', 'cust'], 'cust');
  choice('SELECT name FROM ', 'cust', ['omer', 'omers'], 'omer');
  choice('SELECT name FROM ', 'customer', [' WHERE', ';', 's'], 's');
  choice('SELECT name FROM customers', '', ['', ' WHERE'], '');
  choice('SELECT name FROM custom', '', ['', 'ers'], 'ers');
  choice('SELECT c.name FROM customers c WHERE ', 'c.', ['total', 'amount', 'city'], 'city');
  choice('SELECT name FROM ', '', ['clients', 'people'], { oneOf: ['customers'] });
  it('takes the table that the person began, though another has all columns', () => {
    const before = 'SELECT customer_id, total FROM ';
    const choose = legalChoice({ before, typed: 'cust', after: '', schema, dialect: 'sqlite' });
    assert.equal(choose('', ['orders', 'customers'], []), 1);
  });
  choice('SELECT customer_id, total FROM ', '', ['customers', 'orders'], 'orders');
  choice('SELECT nmae FROM ', '', ['clients', 'customers'], 'customers');
  choice('SELECT name FROM customers', '', ['\u0007', ' '], ' ');
});

describe('token healing', () => {
  it('holds generation to the typed part of a word', () => {
    const choose = legalChoice({
      before: 'SELECT name FROM ',
      typed: 'cus',
      after: '',
      schema,
      dialect: 'sqlite',
    });
    assert.equal(choose('', ['orders', 'c', 'customers'], []), 1);
    assert.equal(choose('c', ['ity', 'ustomer', ''], []), 1);
    assert.equal(choose('customer', ['', 's'], []), 1);
  });

  it('ends where only unlikely candidates are legal, but not at once and not within what is typed', () => {
    const unlikely = [Math.log(0.9), Math.log(0.001)];
    const free = legalChoice({ before: 'SELECT name FROM ', after: '', schema, dialect: 'sqlite' });
    assert.equal(free('', ['clients', 'customers'], unlikely), 1);
    // What was begun is ended, what is whole is not gone on with.
    assert.equal(free('customers c JOIN ', ['clients', 'orders'], unlikely), 1);
    assert.equal(free('customers c', [' WHERE', ' JOIN'], [Math.log(0.002), Math.log(0.001)]), undefined);
    const typed = legalChoice({
      before: 'SELECT name FROM ',
      typed: 'cus',
      after: '',
      schema,
      dialect: 'sqlite',
    });
    assert.equal(typed('', ['clients', 'customers'], unlikely), 1);
  });
});

describe('askedStatement', () => {
  const asked = (
    text: string,
    end: 'stop' | 'end-of-text' | 'limit' | 'no-choice',
    expected: string | undefined,
  ): void => {
    it(`${JSON.stringify(text)} (${end})`, () => {
      assert.equal(askedStatement({ text, end }, schema), expected);
    });
  };
  asked('SELECT count(*) FROM customers;', 'stop', 'SELECT count(*) FROM customers;');
  asked(' SELECT name FROM customers\n', 'end-of-text', 'SELECT name FROM customers;');
  asked('SELECT name FROM', 'limit', undefined);
  asked('SELECT name FROM cust', 'no-choice', undefined);
  asked('SELECT name FROM clients;', 'stop', undefined);
  asked('', 'end-of-text', undefined);
  asked("SELECT name FROM customers WHERE city = 'Par;", 'stop', undefined);
});
