/** Completion by example: `$0` is the cursor. Lists are compared by their labels. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { completion, type CompletionItem } from '../../../server/src/features/completion/completion';
import { dialects, type Dialect, type Schema } from '../../../server/src/schema/model';
import { oddTexts, schemaOf } from '../support/schemas';
import { cursorIn } from '../support/text';
import { crossSchema, inDialect, shopSchema, twinSchema } from './editorSchemas';

function complete(marked: string, schema: Schema) {
  const { text, offset } = cursorIn(marked);
  return { text, offset, list: completion(text, offset, schema, schema.dialect) };
}
/** Items as VS Code would leave them: those whose filter text holds the typed letters. */
function shown(marked: string, schema: Schema): readonly CompletionItem[] {
  const { text, offset, list } = complete(marked, schema);
  const typed = text.slice(list.from, offset).toLowerCase();
  return list.items.filter((item) => (item.filter ?? item.label).toLowerCase().includes(typed));
}

/** The list begins with these labels, separated by ` | `. */
function first(marked: string, labels: string, schema: Schema = shopSchema): void {
  it(`${JSON.stringify(marked).slice(1, -1)} → ${labels}`, () => {
    const wanted = labels === '' ? [] : labels.split(' | ');
    const found = shown(marked, schema).map(({ label }) => label);
    assert.deepEqual(wanted.length === 0 ? found : found.slice(0, wanted.length), wanted);
  });
}
/** The list holds these labels; those behind a minus it does not hold. */
function has(marked: string, labels: string, schema: Schema = shopSchema): void {
  it(`${JSON.stringify(marked).slice(1, -1)} has ${labels}`, () => {
    const found = shown(marked, schema).map(({ label }) => label);
    for (const label of labels.split(' | ')) {
      const isWanted = !label.startsWith('-');
      const name = isWanted ? label : label.slice(1);
      assert.equal(found.includes(name), isWanted, `${name} in ${found.slice(0, 40).join(' | ')}`);
    }
  });
}
/** Choosing the item of that label gives this text. */
function applied(marked: string, label: string, expected: string, schema: Schema = shopSchema): void {
  it(`${JSON.stringify(marked).slice(1, -1)} + ${label}`, () => {
    const { text, list } = complete(marked, schema);
    const item = list.items.find((one) => one.label === label);
    assert.ok(
      item,
      `${label} in ${list.items
        .map((one) => one.label)
        .slice(0, 40)
        .join(' | ')}`,
    );
    assert.equal(text.slice(0, list.from) + item.insert + text.slice(list.to), expected);
  });
}
const of = (dialect: Dialect): Schema => inDialect(dialect);

describe('completion', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  describe('tables', () => {
    has('SELECT * FROM $0', 'customers | orders | big_orders | -name | -SELECT');
    has('SELECT * FROM cu$0', 'customers | -orders');
    has('SELECT * FROM cus$0tom WHERE 1', 'customers');
    applied('SELECT * FROM cu$0sto WHERE 1', 'customers', 'SELECT * FROM customers WHERE 1');
    has('SELECT * FROM customers, $0', 'orders | products');
    has('SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM $0)', 'orders');
    has('SELECT * FROM ($0', 'customers | SELECT');
    has('UPDATE $0', 'customers | orders | -name');
    has('DELETE FROM $0', 'customers');
    has('INSERT INTO $0', 'customers | -LATERAL');
    has('DROP TABLE $0', 'customers');
    has('ALTER TABLE or$0', 'orders | order_items');
    has('CREATE TABLE x (a INT REFERENCES $0', 'customers');
    has('MERGE INTO $0', 'orders', of('postgres'));
    has('TRUNCATE TABLE $0', 'orders', of('mysql'));
    first('SELECT quantity FROM $0', 'order_items');
    first('SELECT title, price FROM $0', 'products');
    first('SELECT order_id, carrier FROM $0', 'shipments');
    first('WITH recent AS (SELECT * FROM orders) SELECT * FROM $0', 'recent');
    has('WITH a AS (SELECT 1), b AS (SELECT * FROM $0) SELECT 1', 'a | customers');
    has('SELECT * FROM customers; SELECT * FROM $0', 'orders');
    has('SELECT * FROM $0;\nSELECT 1', 'orders');
    has('select * from $0', 'orders | lateral');
    has('SELECT a IS DISTINCT FROM $0', '-LATERAL', of('postgres'));
  });

  describe('columns', () => {
    has('SELECT $0 FROM customers', 'id | name | city | email | -amount');
    first('SELECT na$0 FROM customers', 'name');
    first('SELECT $0 FROM products', 'id, title, price, "unit price", "order" | id | title | price');
    applied('SELECT un$0 FROM products', 'unit price', 'SELECT "unit price" FROM products');
    applied('SELECT or$0 FROM products', 'order', 'SELECT "order" FROM products');
    applied('SELECT or$0 FROM products', 'order', 'SELECT `order` FROM products', of('mysql'));
    applied('SELECT un$0 FROM products', 'unit price', 'SELECT [unit price] FROM products', of('tsql'));
    applied('SELECT "un$0 FROM products', 'unit price', 'SELECT "unit price" FROM products');
    applied('SELECT `un$0` FROM products', 'unit price', 'SELECT `unit price` FROM products');
    applied('SELECT "na$0" FROM customers', 'name', 'SELECT "name" FROM customers');
    applied('SELECT na$0me FROM customers', 'name', 'SELECT name FROM customers');
    applied('SELECT na$0 , city FROM customers', 'name', 'SELECT name , city FROM customers');
    has('SELECT * FROM customers WHERE $0', 'name | customers | -amount');
    has('SELECT * FROM customers WHERE name = $0', 'city | NULL');
    has('SELECT * FROM customers WHERE city = 1 AND $0', 'name');
    has('SELECT count($0) FROM customers', 'name');
    has('SELECT count(*) FROM orders GROUP BY $0', 'status');
    has('SELECT count(*) AS n FROM orders ORDER BY $0', 'n | status');
    first('SELECT amount AS paid FROM orders ORDER BY $0', 'paid');
    has('SELECT amount AS paid FROM orders HAVING $0', 'paid');
    has('SELECT amount AS paid FROM orders HAVING $0', '-paid', of('postgres'));
    has('SELECT amount AS paid FROM orders WHERE $0', '-paid', of('mysql'));
    has(
      'SELECT $0 FROM customers c JOIN orders o ON c.id = o.customer_id',
      'name | amount | c.id | o.id | -id',
    );
    applied('SELECT $0 FROM customers c, orders o', 'o.id', 'SELECT o.id FROM customers c, orders o');
    has(
      'SELECT $0 FROM order_items JOIN shipments USING (order_id)',
      'order_id | shipments.product_id | -shipments.order_id',
    );
    has(
      'SELECT * FROM customers WHERE id IN (SELECT $0 FROM orders)',
      'customer_id | orders.id | customers.id',
    );
    has('UPDATE orders SET amount = $0', 'amount | status');
    has('UPDATE orders SET amount = 1 WHERE $0', 'status');
    has('DELETE FROM orders WHERE $0', 'status');
    has('SELECT CASE WHEN $0 THEN 1 END FROM orders', 'status');
    has('SELECT a + $0 FROM orders', 'amount');
    has('SELECT $0', 'name | carrier | boss_id');
    first('SELECT carr$0', 'carrier');
    first('SELECT ship$0', 'shipments');
    has('SELECT count($0', 'amount | shipments');
    has('SELECT * FROM orders WHERE $0', '-shipments');
    first('SELECT * FROM customers WHERE id IN (SELECT $0', 'id | name | city | email');
    has('SELECT * FROM customers WHERE id IN (SELECT $0', 'customer_id | carrier | shipments');
    // Columns of the common tables before, though no FROM names them yet.
    first('WITH t AS (SELECT id AS who, amount * 2 AS twice FROM orders) SELECT $0', 'who | twice | id');
    first('WITH t (a, b) AS (SELECT 1, 2) SELECT a, $0', 'a | b');
    first('WITH t AS (SELECT * FROM products) SELECT ti$0', 'title');
    first('WITH a AS (SELECT id AS who FROM orders), b AS (SELECT $0', 'who');
    first('WITH a AS (SELECT 1 AS x), b AS (SELECT x AS y FROM a) SELECT $0', 'y | x');
    has('WITH a AS (SELECT id AS who, $0', '-who');
    has('WITH t AS (SELECT 1 AS x) SELECT $0 FROM orders', 'amount | -x');
    has('INSERT INTO orders (id) VALUES (1) RETURNING $0', 'status', of('postgres'));
    has('INSERT INTO invoices SELECT $0 FROM customers', 'name | -net');
    has('INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET $0', 'amount', of('postgres'));
    has('SELECT rank() OVER (PARTITION BY $0) FROM orders', 'status');
    has('SELECT x FROM customers UNION SELECT $0 FROM products', 'title | -city');
    has('CREATE VIEW v AS SELECT $0 FROM customers', 'city');
    has('CREATE INDEX i ON orders ($0)', 'status');
    has('ALTER TABLE orders DROP COLUMN $0', 'status | amount');
    has('CREATE TABLE x (a INT REFERENCES customers ($0', 'id | email');
  });

  describe('members', () => {
    first('SELECT c.$0 FROM customers c', 'id | name | city | email');
    first('SELECT c.na$0 FROM customers c', 'name');
    applied('SELECT c.na$0 FROM customers c', 'name', 'SELECT c.name FROM customers c');
    first('SELECT customers.$0 FROM customers', 'id | name');
    first('SELECT C.$0 FROM customers c', 'id | name');
    // Before FROM: what the qualifier could be an alias of.
    first('SELECT c.$0', 'id | name | city | email');
    first('SELECT oi.$0', 'order_id | product_id | quantity');
    first('SELECT prod.$0', 'id | title');
    first('SELECT e2.$0', 'id | name | boss_id');
    first('SELECT items.q$0', 'quantity');
    first('SELECT o.amount, o.$0', 'id | customer_id | status', shopSchema);
    first('SELECT c.city, o.$0', 'id | customer_id');
    first('SELECT p.title, o.$0', 'order_id | product_id | quantity');
    first('SELECT o.$0 FROM products p', 'order_id | product_id | quantity');
    has('SELECT zz.$0', 'name | carrier | amount');
    first('SELECT zz.$0 FROM orders', '');
    first('WITH totals AS (SELECT id AS who, amount FROM orders) SELECT t.$0', 'who | amount');
    first('WITH totals AS (SELECT id AS who, amount FROM orders) SELECT totals.$0', 'who | amount');
    first('SELECT orders.$0', 'id | customer_id');
    first('SELECT * FROM customers c JOIN orders o ON o.$0', 'id | customer_id');
    first('SELECT * FROM customers c JOIN orders o ON o.customer_id = c.$0', 'id | name');
    first('SELECT * FROM customers c WHERE c.$0\nORDER BY 1', 'id');
    first('SELECT r.$0 FROM (SELECT id AS k, name FROM customers) r', 'k | name');
    first('SELECT r.$0 FROM (SELECT * FROM customers) r', 'id | name | city | email');
    first('SELECT r.$0 FROM (SELECT c.*, 1 AS one FROM customers c) r', 'id | name | city | email | one');
    first('WITH t AS (SELECT id, amount * 2 AS twice FROM orders) SELECT t.$0 FROM t', 'id | twice');
    first('WITH t (a, b) AS (SELECT 1, 2) SELECT x.$0 FROM t x', 'a | b');
    first('WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT t.$0 FROM t) SELECT 1', 'n', of('postgres'));
    applied('SELECT p.$0 FROM products p', 'unit price', 'SELECT p."unit price" FROM products p');
    applied('SELECT p."un$0 FROM products p', 'unit price', 'SELECT p."unit price" FROM products p');
    first(
      'SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.$0)',
      'id | name',
    );
    first('UPDATE orders SET amount = orders.$0', 'id');
    first('SELECT t.$0 FROM a.b.c t', '');
    first('SELECT 1.$0', '');
    first('SELECT c..$0 FROM customers c', '');
  });

  describe('joins', () => {
    first('SELECT * FROM customers c JOIN $0', 'orders o ON o.customer_id = c.id');
    first('SELECT * FROM customers JOIN $0', 'orders ON orders.customer_id = customers.id');
    first('SELECT * FROM orders o JOIN cu$0', 'customers c ON c.id = o.customer_id');
    first('SELECT * FROM orders AS c JOIN cu$0', 'customers c2 ON c2.id = c.customer_id');
    has(
      'SELECT * FROM order_items oi JOIN $0',
      'orders o ON o.id = oi.order_id | products p ON p.id = oi.product_id | shipments s ON s.order_id = oi.order_id AND s.product_id = oi.product_id',
    );
    first(
      'SELECT * FROM employees e JOIN em$0',
      'employees e2 ON e2.boss_id = e.id | employees e2 ON e2.id = e.boss_id',
    );
    // What a table refers to comes before the many that refer to it.
    first(
      'SELECT * FROM links l JOIN $0',
      'kinds k ON k.id = l.kind',
      schemaOf(
        `${Array.from({ length: 80 }, (_, n) => `CREATE TABLE l_${String(n)} (link INT REFERENCES links (id));`).join('')}
         CREATE TABLE links (id INT PRIMARY KEY, kind INT REFERENCES kinds (id)); CREATE TABLE kinds (id INT PRIMARY KEY)`,
        'postgres',
      ),
    );
    first('SELECT * FROM employees JOIN em$0', 'employees e ON e.boss_id = employees.id');
    first('SELECT * FROM customers c JOIN $0 ON 1 = 1', 'orders');
    has('SELECT * FROM customers c CROSS JOIN $0', '-orders o ON o.customer_id = c.id | orders');
    has('SELECT * FROM customers c LEFT JOIN or$0', 'orders o ON o.customer_id = c.id');
    first('select * from customers c join $0', 'orders o on o.customer_id = c.id');
    first('SELECT * FROM customers c JOIN orders o ON $0', 'o.customer_id = c.id');
    first('SELECT * FROM orders o JOIN customers c ON $0', 'c.id = o.customer_id');
    first('SELECT * FROM orders JOIN customers ON $0', 'customers.id = orders.customer_id');
    first(
      'SELECT * FROM order_items oi JOIN shipments s ON $0',
      's.order_id = oi.order_id AND s.product_id = oi.product_id',
    );
    first('SELECT * FROM employees e JOIN employees b ON $0', 'b.boss_id = e.id | b.id = e.boss_id');
    first(
      'SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id JOIN order_items oi ON $0',
      'oi.order_id = o.id',
    );
    first('SELECT * FROM invoices i JOIN orders o ON $0', 'o.customer_id = i.customer_id');
    has(
      'SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id AND $0',
      '-o.customer_id = c.id | status',
    );
    first('SELECT * FROM customers c JOIN products p ON $0', 'c.id', shopSchema);
    first('SELECT * FROM customers c jo$0', 'JOIN orders o ON o.customer_id = c.id');
    has('SELECT * FROM customers c JOIN orders o ON $0 WHERE 1', 'o.customer_id = c.id');
    first('SELECT * FROM order_items JOIN shipments USING ($0)', 'order_id | product_id');
    first('SELECT * FROM order_items JOIN shipments USING (order_id, $0)', 'order_id | product_id');
    has(
      'UPDATE orders SET amount = 1 FROM customers c JOIN $0',
      'invoices i ON i.customer_id = c.customer_id | -x',
      schemaOf(
        'CREATE TABLE customers (customer_id INT); CREATE TABLE invoices (customer_id INT REFERENCES customers (customer_id)); CREATE TABLE orders (amount INT)',
        'postgres',
      ),
    );
    applied(
      'SELECT * FROM users u JOIN $0',
      'billing.invoices i ON i.user_id = u.id',
      'SELECT * FROM users u JOIN billing.invoices i ON i.user_id = u.id',
      crossSchema,
    );
  });

  describe('writing', () => {
    first('INSERT INTO customers ($0', 'id, name, city, email | id | name');
    first('INSERT INTO customers (name, $0) VALUES (1, 2)', 'id | city | email');
    applied(
      'INSERT INTO customers ($0) VALUES (1)',
      'id, name, city, email',
      'INSERT INTO customers (id, name, city, email) VALUES (1)',
    );
    has('INSERT INTO invoices ($0', 'net | -total');
    first(
      'INSERT INTO customers $0',
      '(name, city, email) VALUES | (id, name, city, email) VALUES | (name) VALUES | VALUES',
    );
    applied('INSERT INTO products ($0', 'unit price', 'INSERT INTO products ("unit price"');
    first('UPDATE orders SET $0', 'id | customer_id | status');
    applied('UPDATE orders SET st$0', 'status', 'UPDATE orders SET status = ');
    applied('UPDATE orders SET st$0 = 1', 'status', 'UPDATE orders SET status = 1');
    first('UPDATE orders SET status = 1, $0', 'id | customer_id | amount');
    first('UPDATE orders $0', 'SET');
    first('INSERT INTO orders (id, status) VALUES (1, $0', "'open' | 'paid'");
    first('INSERT INTO orders VALUES (1, 2, $0', "'open' | 'paid'");
    has('INSERT INTO orders VALUES ($0', "DEFAULT | NULL | -'open'");
  });

  describe('stars', () => {
    first('SELECT *$0 FROM customers', 'id, name, city, email');
    applied(
      'SELECT *$0 FROM customers',
      'id, name, city, email',
      'SELECT id, name, city, email FROM customers',
    );
    applied(
      'SELECT *$0 FROM employees e',
      'e.id, e.name, e.boss_id',
      'SELECT e.id, e.name, e.boss_id FROM employees e',
    );
    applied(
      'SELECT c.*$0, 1 FROM employees c, orders o',
      'c.id, c.name, c.boss_id',
      'SELECT c.id, c.name, c.boss_id, 1 FROM employees c, orders o',
    );
    first('SELECT *$0 FROM unknown_table', '');
    first('SELECT 2 *$0 FROM orders', '');
    first('SELECT *$0', '');
    applied(
      'WITH t AS (SELECT 1 AS a, 2 AS b) SELECT *$0 FROM t',
      'a, b',
      'WITH t AS (SELECT 1 AS a, 2 AS b) SELECT a, b FROM t',
    );
  });

  describe('values', () => {
    first('SELECT * FROM orders WHERE status = $0', "'open' | 'paid' | 'won''t pay'");
    first("SELECT * FROM orders WHERE status = '$0'", "open | paid | won't pay");
    first("SELECT * FROM orders WHERE status = 'pa$0", 'paid');
    applied(
      "SELECT * FROM orders WHERE status = 'p$0'",
      'paid',
      "SELECT * FROM orders WHERE status = 'paid'",
    );
    applied(
      "SELECT * FROM orders WHERE status = '$0'",
      "won't pay",
      "SELECT * FROM orders WHERE status = 'won''t pay'",
    );
    first('SELECT * FROM orders o WHERE o.status <> $0', "'open'");
    first("SELECT * FROM orders WHERE status IN ('open', $0", "'open' | 'paid'");
    first("SELECT * FROM orders WHERE status NOT IN ('$0')", 'open');
    first("SELECT * FROM orders WHERE status LIKE '$0'", 'open');
    first("SELECT * FROM orders WHERE amount = '$0'", '');
    first("SELECT 'a $0 b' FROM orders", '');
    first("UPDATE orders SET status = '$0'", 'open');
    first("SELECT CASE WHEN status = '$0 THEN 1 END FROM orders", 'open');
    first("SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id AND o.status = '$0'", 'open');
    first("SELECT * FROM (SELECT status AS s FROM orders) t WHERE s = '$0'", 'open');
  });

  describe('functions and keywords', () => {
    has('SELECT $0 FROM customers', 'count | coalesce | tax_of | CASE | DISTINCT');
    applied('SELECT co$0 FROM customers', 'count', 'SELECT count() FROM customers');
    applied('SELECT co$0(id) FROM customers', 'count', 'SELECT count(id) FROM customers');
    has('SELECT SUM(1), co$0 FROM customers', 'COUNT | -count');
    has('SELECT $0', 'date_trunc | -strftime', of('postgres'));
    has('SELECT $0', 'strftime | -date_trunc');
    has('SELECT $0', 'date_format', of('mysql'));
    has('SELECT $0', 'getdate', of('tsql'));
    has('SELECT $0', 'list_contains', of('duckdb'));
    has('$0', 'SELECT | INSERT INTO | WITH | -customers');
    has('sel$0', 'SELECT');
    has('SELECT 1;\nselect 2;\nsel$0', 'SELECT');
    has('select 1;\nsel$0', 'select');
    first('SELECT name $0 FROM customers', 'AS | OVER'.replace('AS | OVER', 'FROM | AS'));
    has('SELECT * FROM customers $0', 'WHERE | JOIN | LEFT JOIN | ORDER BY | -name');
    has('SELECT * FROM customers c $0', 'WHERE | LEFT JOIN');
    has('SELECT * FROM customers WHERE name $0', 'LIKE | IS NULL | GROUP BY | -name');
    has('SELECT * FROM customers WHERE name $0', 'ILIKE', of('postgres'));
    has('SELECT * FROM customers WHERE name = 1 $0', 'AND | ORDER BY');
    has('SELECT * FROM customers ORDER BY name $0', 'DESC | ASC | LIMIT');
    has('SELECT * FROM customers GROUP BY name $0', 'HAVING | ORDER BY');
    has('SELECT * FROM customers c LEFT $0', 'JOIN');
    has('SELECT * FROM customers c JOIN orders o $0', 'ON | USING');
    has('SELECT CASE WHEN id = 1 $0 FROM orders', 'THEN | END');
    has('DELETE FROM orders $0', 'WHERE');
    first('SELECT * FROM orders GROUP $0', 'BY');
    first('SELECT * FROM orders ORDER B$0', 'BY');
    first('SELECT rank() OVER (ORDER $0) FROM orders', 'BY');
    first('DELETE $0', 'FROM');
    first('INSERT $0', 'INTO');
    first('SELECT 1 UNION $0', 'ALL | SELECT');
    first('SELECT * FROM orders WHERE status IS $0', 'NULL | NOT NULL');
    has('SELECT 1 UNION ALL $0', 'SELECT');
    first('SELECT * FROM orders LIMIT $0', '');
    has('INSERT INTO orders (id) $0', 'VALUES | -(id, customer_id, status, amount, placed_at) VALUES');
    has('SELECT t.order $0 FROM t', 'FROM | -BY');
    has('WITH t AS (SELECT 1) $0', 'SELECT');
    first('WITH $0', 'RECURSIVE');
    has('SELECT rank() OVER ($0) FROM orders', 'PARTITION BY | ORDER BY');
    has('CREATE TABLE t (a $0', 'INTEGER | TEXT');
    has('CREATE TABLE t (a $0', 'JSONB | UUID', of('postgres'));
    has('ALTER TABLE orders ADD COLUMN note $0', 'TEXT');
    has('INSERT INTO orders VALUES (1) $0', 'ON CONFLICT', of('postgres'));
    has('INSERT INTO orders VALUES (1) $0', 'ON DUPLICATE KEY UPDATE', of('mysql'));
    has('SELECT * FROM orders QUAL$0', 'QUALIFY', of('duckdb'));
  });

  describe('other schemas', () => {
    has('SELECT * FROM $0', 'users | billing.invoices | billing', crossSchema);
    first('SELECT * FROM inv$0', 'billing.invoices', crossSchema);
    first('SELECT * FROM billing.$0', 'invoices | Order Details', crossSchema);
    applied(
      'SELECT * FROM billing.$0',
      'Order Details',
      'SELECT * FROM billing."Order Details"',
      crossSchema,
    );
    applied(
      'SELECT * FROM $0',
      'billing.Order Details',
      'SELECT * FROM billing."Order Details"',
      crossSchema,
    );
    first('SELECT i.$0 FROM billing.invoices i', 'id | user_id | total', crossSchema);
    first('SELECT billing.invoices.$0 FROM billing.invoices', 'id | user_id', crossSchema);
    applied('SELECT $0 FROM users', 'firstName', 'SELECT "firstName" FROM users', crossSchema);
    applied('SELECT g$0 FROM users', 'group', 'SELECT "group" FROM users', crossSchema);
    first('SELECT d.$0 FROM billing."Order Details" d', 'id | Größe', crossSchema);
    first('SELECT * FROM public.$0', 'users', crossSchema);
    first('SELECT * FROM peo$0', 'people | archive.people', twinSchema);
    first('SELECT * FROM people p JOIN vis$0', 'visits v ON v.person_key = p.id | visits', twinSchema);
    first(
      'SELECT * FROM archive.people p JOIN vis$0',
      'archive.visits v ON v.person_key = p.id | archive.visits',
      twinSchema,
    );
    first('SELECT * FROM archive.$0', 'people | visits', twinSchema);
  });

  describe('nothing', () => {
    for (const marked of [
      '-- a comm$0ent',
      'SELECT 1 -- $0',
      '/* $0 */',
      'SELECT /* na$0',
      "SELECT 'na$0me' FROM customers",
      "SELECT 'name$0",
      'SELECT * FROM customers LIMIT 10$0',
      'SELECT :na$0 FROM customers',
      'SELECT name AS $0 FROM customers',
      'SELECT * FROM customers AS $0',
      'WITH a AS (SELECT 1), $0',
      'SELECT name AS na$0 FROM customers',
    ])
      first(marked, '');
    first('# na$0', '', of('mysql'));
    first('SELECT $$na$0$$', '', of('postgres'));
  });

  it('is total at every place of odd texts', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...oddTexts),
        fc.nat(),
        fc.constantFrom(...dialects),
        (text, place, dialect) => {
          const offset = place % (text.length + 1);
          const list = completion(text, offset, inDialect(dialect), dialect);
          assert.ok(list.from <= offset && offset <= list.to && list.to <= text.length);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('tells which tables in scope have columns that are not read yet', () => {
    const names = shopSchema.tables.map((table) => ({
      ...table,
      columns: [],
      columnsPending: true as const,
    }));
    const { list } = complete('SELECT c.$0 FROM customers c', { ...shopSchema, tables: names });
    assert.deepEqual(
      list.pending.map(({ name }) => name),
      ['customers'],
    );
    assert.deepEqual(complete('SELECT c.$0 FROM customers c', shopSchema).list.pending, []);
  });

  it('cuts a long list and says so', () => {
    const many = schemaOf(Array.from({ length: 3000 }, (_, i) => `CREATE TABLE t${i} (a INT);`).join('\n'));
    const all = complete('SELECT * FROM $0', many).list;
    assert.deepEqual([all.items.length, all.isIncomplete], [1000, true]);
    const some = complete('SELECT * FROM t2999$0', many).list;
    assert.deepEqual([some.items[0]?.label, some.isIncomplete], ['t2999', true]);
  });

  it('asks to open by itself only where a name must come', () => {
    const asked = (marked: string): boolean => complete(marked, shopSchema).list.isAsked;
    for (const marked of [
      'SELECT * FROM $0',
      'SELECT * FROM a JOIN $0',
      'SELECT * FROM customers c JOIN orders o ON $0',
      'SELECT c.$0',
      'UPDATE orders SET $0',
    ])
      assert.ok(asked(marked), marked);
    for (const marked of [
      '$0',
      'SELECT $0',
      'SELECT * FROM customers $0',
      'SELECT * FROM customers WHERE $0',
      'SELECT a $0',
    ])
      assert.ok(!asked(marked), marked);
  });
});
