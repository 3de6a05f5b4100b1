/** Which names count as invented. «…» marks the range to check; without it the whole text is checked. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dialects, emptySchema, type Schema } from '../../../server/src/schema/model';
import { unknownIdentifiers } from '../../../server/src/resolve/unknownNames';
import { oddTexts, schemaOf, shop } from '../support/schemas';
import { rangeIn } from '../support/text';

/** Expects these names to be unknown, and all others to be known. */
function check(marked: string, unknown: readonly string[] = [], schema: Schema = shop): void {
  it(`${unknown.length === 0 ? 'knows all of' : `misses ${unknown.join(', ')} in`} ${marked.slice(0, 110)}`, () => {
    const { text, from, to } = rangeIn(marked);
    const found = unknownIdentifiers(text, from, to, schema, schema.dialect);
    assert.deepEqual(
      found.map((identifier) => identifier.name),
      unknown,
    );
    for (const identifier of found) assert.ok(identifier.from < to && identifier.to > from);
  });
}

const postgres = schemaOf(
  `CREATE TABLE customers (id serial PRIMARY KEY, name text, "createdAt" timestamptz);
   CREATE TABLE audit.log (id int, happened timestamptz, customer_id int);`,
  'postgres',
);
const mysql = schemaOf('CREATE TABLE `orders` (`id` int, `group` text, placed datetime);', 'mysql');
const tsql = schemaOf('CREATE TABLE dbo.Orders ([Order Id] int, Total money);', 'tsql');

describe('unknown identifiers: tables', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT * FROM customers');
  check('SELECT * FROM Customers');
  check('SELECT * FROM "customers"');
  check('SELECT * FROM main.customers');
  check('SELECT * FROM clients;', ['clients']);
  check('SELECT * FROM cust', []);
  check('SELECT * FROM log ', [], postgres);
  check('SELECT * FROM log ', ['log'], { ...postgres, searchPath: ['public'] });
  check('SELECT * FROM audit.log ', [], { ...postgres, searchPath: ['public'] });
  check('SELECT * FROM aud', [], { ...postgres, searchPath: ['public'] });
  check('SELECT * FROM log ', [], { ...postgres, searchPath: ['audit', 'public'] });
  check('SELECT * FROM cust ', ['cust']);
  check('SELECT * FROM clie', ['clie']);
  check('SELECT * FROM customers JOIN orderz ON 1', ['orderz']);
  check('SELECT * FROM customers, nowhere WHERE 1', ['nowhere']);
  check('SELECT * FROM big_orders');
  check('SELECT * FROM sqlite_schema WHERE type = 1');
  check('INSERT INTO customers (id, name) VALUES (1, 2)');
  check('INSERT INTO custmers (id) VALUES (1)', ['custmers']);
  check('UPDATE orders SET amount = 1 WHERE id = 2');
  check('UPDATE order SET amount = 1', []);
  check('DELETE FROM orders WHERE id = 1');
  check('DELETE FROM order_lines WHERE id = 1', ['order_lines']);
  check('SELECT * FROM generate_series(1, 3)');
  check('SELECT * FROM other.customers WHERE 1', ['other', 'customers']);
});

describe('unknown identifiers: columns', function () {
  // A qualified call is no way around a name that nothing has.
  check('SELECT c.las (SELECT ', ['las']);
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT name, city FROM customers');
  check('SELECT "name", [city], `email` FROM customers');
  check('SELECT nam FROM customers;', ['nam']);
  check('SELECT name, surname FROM customers;', ['surname']);
  check('SELECT amount FROM customers;', ['amount']);
  check('SELECT amount FROM customers WHERE 1', ['amount']);
  check('SELECT amount FROM customers', []);
  check('SELECT amount FROM customers JOIN', []);
  check('SELECT amount FROM customers ', []);
  check('SELECT amount FROM customers\n', []);
  check('SELECT amount FROM customers JOIN orders ON customer_id = customers.id;');
  check('SELECT amount FROM customers WHERE «amoun» > 2', ['amoun']);
  check('SELECT title', []);
  check('SELECT titel,', ['titel']);
  check('SELECT tit', []);
  check('SELECT id FROM customers WHERE ci', []);
  check('SELECT id FROM customers WHERE am', ['am']);
  check("SELECT id FROM customers WHERE city = 'x' ORD", []);
  check('SELECT unit FROM products;', ['unit']);
  check('SELECT "unit price" FROM products;');
  check('SELECT "unit cost" FROM products;', ['unit cost']);
  check('SELECT "unit pr', []);
  check('SELECT rowid, * FROM customers');
  check('INSERT INTO orders (id, name) VALUES (1, 2)', ['name']);
  check('INSERT INTO orders (id, amo', []);
  check('UPDATE orders SET price = 1;', ['price']);
  check('SELECT * FROM customers JOIN orders USING (id);');
  check('SELECT * FROM orders JOIN order_items USING (order_id);', ['order_id']);
  check('SELECT * FROM orders JOIN order_items USING (orderid);', ['orderid']);
  check('SELECT id FROM orders GROUP BY customer ORDER BY placed_at;', ['customer']);
  check('SELECT max(amount), count(DISTINCT city) FROM orders;', ['city']);
  check("SELECT strftime('%Y', placed_at) FROM orders;");
  check('SELECT CASE WHEN amount > 1 THEN customer_id ELSE NULL END FROM orders;');
  check('SELECT CAST(amount AS INTEGER) FROM orders;');
  check("SELECT * FROM orders WHERE placed_at BETWEEN '2024' AND '2025' AND amount IS NOT NULL;");
});

describe('unknown identifiers: qualified names', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT c.name FROM customers c;');
  check('SELECT c.title FROM customers c;', ['title']);
  check('SELECT c.nam', []);
  check('SELECT c.nam FROM customers c;', ['nam']);
  check('SELECT c.name FROM customers c WHERE c.ci', []);
  check('SELECT c.name FROM customers c WHERE c.am', ['am']);
  check('SELECT customers.name FROM customers;');
  check('SELECT customers.amount FROM customers;', ['amount']);
  check('SELECT orders.amount FROM customers;', ['orders']);
  check('SELECT orders.amount', []);
  check('SELECT orders.title', ['title']);
  check('SELECT o2', []);
  check('SELECT o2,', ['o2']);
  check('SELECT invented', ['invented']);
  check('SELECT name FROM customers WHERE id IN (SELECT order_it', []);
  check('SELECT name FROM customers WHERE id IN (SELECT x.quantity', []);
  check('SELECT name FROM customers WHERE id IN (SELECT x.quantities', ['quantities']);
  check('SELECT «amount, » FROM customers', ['amount']);
  check('SELECT x.id FROM orders AS do JOIN orders x ON do.id = x.id;');
  check('SELECT c.name, o.amount FROM customers c', []);
  check('SELECT c.name, o.amount FROM customers c JOIN orders o', []);
  check('SELECT c.name, o.amount FROM customers c WHERE 1', ['o']);
  check('SELECT c.name, o.invented FROM customers c', ['invented']);
  check('SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id;');
  check('SELECT * FROM customers c JOIN orders o ON o.customer = c.id;', ['customer']);
  check('SELECT * FROM customers c JOIN orders o ON x.customer_id = c.id;', ['x']);
  check('SELECT * FROM customers c WHERE o.amount = 1;', ['o']);
  check('SELECT c.* FROM customers c;');
  check('SELECT main.customers.name FROM main.customers;');
  check('SELECT t.anything FROM unknown_table «t» WHERE 1', []);
  check('SELECT «t.anything» FROM unknown_table t WHERE 1', []);
  check('INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET amount = excluded.amount;');
});

describe('unknown identifiers: names the text introduces', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT amount AS total FROM orders ORDER BY total;');
  check('SELECT sum(amount) revenue FROM orders ORDER BY revenue DESC;');
  check('SELECT sum(amount) AS "My Total" FROM orders;');
  check('SELECT amount AS total FROM orders ORDER BY totl;', ['totl']);
  check('WITH best AS (SELECT id, amount AS paid FROM orders) SELECT paid FROM best;');
  check('WITH best AS (SELECT id, amount AS paid FROM orders) SELECT amount FROM best;', ['amount']);
  check('WITH best (a, b) AS (SELECT id, amount FROM orders) SELECT best.a, b FROM best;');
  check('WITH best AS (SELECT * FROM orders) SELECT amount FROM best;');
  check('WITH best AS (SELECT * FROM orders) SELECT name FROM best;', ['name']);
  check('WITH best AS (SELECT * FROM elsewhere) SELECT whatever FROM best;', ['elsewhere']);
  check('SELECT d.id, d.name FROM (SELECT o.*, 1 AS one FROM orders o) d;', ['name']);
  check('SELECT d.one FROM (SELECT o.*, 1 AS one FROM (SELECT * FROM orders) o) d;');
  check('WITH best AS (SELECT name FROM orders) SELECT 1;', ['name']);
  check('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n;');
  check('WITH best AS (SELECT amount AS paid FROM orders) SELECT b.paid, pai', []);
  check('WITH best AS (SELECT amount AS paid FROM orders) SELECT bes', []);
  check('WITH best AS (SELECT amount AS paid FROM orders) SELECT unpaid, ', ['unpaid']);
  check('SELECT d.k FROM (SELECT id AS k FROM orders) AS d;');
  check('SELECT d.id FROM (SELECT id AS k FROM orders) AS d;', ['id']);
  check('SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders);');
  check('SELECT name FROM customers WHERE id IN (SELECT cust_id FROM orders);', ['cust_id']);
  check(
    'SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND city = 1);',
  );
  check('SELECT amount FROM orders UNION SELECT price FROM products ORDER BY amount;');
  check('SELECT amount FROM orders UNION SELECT amount FROM products;', ['amount']);
  check('SELECT rank() OVER w FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY amount);');
  check('SELECT rank() OVER (PARTITION BY customer ORDER BY amount) FROM orders;', ['customer']);
  check('CREATE TABLE fresh (one INTEGER, two TEXT);');
  check('CREATE VIEW v AS SELECT nam FROM customers;', ['nam']);
});

describe('unknown identifiers: the range', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT bad FROM customers WHERE «name» = worse;', []);
  check('SELECT na«me, bad» FROM customers', ['bad']);
  check('SELECT na«mes» FROM customers', ['names']);
  check('SELECT nam«e» FROM customers', []);
  check('«SELECT bad» FROM customers', ['bad']);
  check('SELECT «» FROM customers', []);
  check("SELECT 'bad', 1.5 -- bad\n, /* bad */ name FROM customers;");
  check('SELECT :bad, ?, @bad, $bad FROM customers;');
});

describe('unknown identifiers: dialects', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT name FROM customers', [], postgres);
  check('SELECT NAME FROM Customers', [], postgres);
  check('SELECT createdAt FROM customers;', ['createdAt'], postgres);
  check('SELECT "createdAt", c."createdAt" FROM customers c;', [], postgres);
  check('SELECT C.name FROM customers C WHERE c.id = 1;', [], postgres);
  check(
    "SELECT name::text, date_trunc('day', \"createdAt\"), now() - interval '1 day' FROM customers;",
    [],
    postgres,
  );
  check("SELECT extract(year FROM happened), DATE '2024-01-01' FROM audit.log;", [], postgres);
  check('SELECT happened FROM audit.logs;', ['logs'], postgres);
  check('SELECT happened FROM audit.lo', [], postgres);
  check('SELECT count(*) FILTER (WHERE id > 1) FROM customers;', [], postgres);
  check('SELECT CAST(id AS double precision) FROM customers;', [], postgres);
  check('SELECT `id`, `group` FROM `orders` WHERE placed > now() - INTERVAL 1 DAY;', [], mysql);
  check('SELECT `grp` FROM `orders`;', ['grp'], mysql);
  check('SELECT "any text" FROM orders;', [], mysql);
  check('SELECT TIMESTAMPDIFF(DAY, placed, NOW()) FROM orders;', [], mysql);
  check('SELECT TOP 5 [Order Id], Total FROM dbo.Orders WITH (NOLOCK);', [], tsql);
  check('SELECT [Order No] FROM Orders;', ['Order No'], tsql);
  check('SELECT DATEDIFF(day, Total, @x) FROM Orders;', [], tsql);
});

describe('unknown identifiers: always', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  it('knows everything without a schema', () => {
    assert.deepEqual(unknownIdentifiers('SELECT a FROM b', 0, 15, emptySchema('sqlite'), 'sqlite'), []);
  });

  it('says nothing of columns of a view whose columns are not known', () => {
    const schema = schemaOf('CREATE VIEW v AS SELECT * FROM elsewhere;');
    assert.deepEqual(unknownIdentifiers('SELECT a FROM v;', 0, 16, schema, 'sqlite'), []);
  });

  it('is total over every cut of odd texts', () => {
    for (const text of oddTexts) {
      for (let end = 0; end <= text.length; end++) {
        for (const dialect of dialects)
          unknownIdentifiers(text.slice(0, end), 0, end, { ...shop, dialect }, dialect);
      }
    }
  });

  it('never cuts a name that more typing makes right', () => {
    const whole =
      'SELECT c.name, sum(o.amount) AS total FROM customers c JOIN orders o ON o.customer_id = c.id ';
    const rest =
      "WHERE c.city = 'Paris' AND o.placed_at > '2024' GROUP BY c.name HAVING total > 1 ORDER BY total DESC;";
    fc.assert(
      fc.property(fc.nat(), (place) => {
        const text = (whole + rest).slice(0, place % (whole.length + rest.length + 1));
        // White space closes a half word that more typing would have completed.
        fc.pre(!text.endsWith(' '));
        assert.deepEqual(unknownIdentifiers(text, 0, text.length, shop, 'sqlite'), [], text);
      }),
      { numRuns: 300 },
    );
  });
});
