/** Completion at places with a grammar of their own. `$0` is the cursor; lists are compared by their labels. */
import assert from 'node:assert/strict';
import { completion } from '../../../server/src/features/completion/completion';
import type { Dialect, Schema } from '../../../server/src/schema/model';
import { schemaOf } from '../support/schemas';
import { cursorIn } from '../support/text';

const ddl = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, full_name TEXT, home TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total NUMERIC);
  CREATE VIEW big AS SELECT id FROM orders;
`;
const column = (name: string, type: string) => ({ name, type, nullable: true, primaryKey: 0 });

function schemaIn(dialect: Dialect): Schema {
  const schema = schemaOf(ddl, dialect);
  const home = {
    ...column('home', dialect === 'duckdb' ? 'STRUCT(city VARCHAR, "zip code" VARCHAR)' : 'address'),
    ...(dialect === 'postgres' ? { fields: [column('city', 'text'), column('zip code', 'text')] } : {}),
  };
  const tables = schema.tables.map((table) => ({
    ...table,
    columns: table.columns.map((one) => (one.name === 'home' ? home : one)),
  }));
  return { ...schema, tables };
}

function check(dialect: Dialect, marked: string, labels: string): void {
  it(`${dialect}: ${marked} → ${labels === '' ? 'nothing' : labels}`, () => {
    const { text, offset } = cursorIn(marked);
    const { items } = completion(text, offset, schemaIn(dialect), dialect);
    assert.equal(items.map(({ label }) => label).join(' | '), labels);
  });
}

/** The list begins with these. */
function begins(dialect: Dialect, marked: string, labels: string): void {
  it(`${dialect}: ${marked} → ${labels} …`, () => {
    const { text, offset } = cursorIn(marked);
    const { items } = completion(text, offset, schemaIn(dialect), dialect);
    const wanted = labels.split(' | ');
    assert.deepEqual(items.map(({ label }) => label).slice(0, wanted.length), wanted);
  });
}

const tables = 'customers | orders | big';

describe('completion at places with a grammar of their own', () => {
  for (const command of [
    'VACUUM ',
    'VACUUM FULL ',
    'VACUUM (ANALYZE) ',
    'ANALYZE ',
    'ANALYZE VERBOSE ',
    'LOCK TABLE ',
    'LOCK TABLE customers, ',
    'TRUNCATE ',
    'TRUNCATE TABLE customers, ',
    'CLUSTER ',
    'REINDEX TABLE ',
    'COMMENT ON TABLE ',
    'COMMENT ON COLUMN ',
    'GRANT SELECT ON ',
    'GRANT SELECT, INSERT ON TABLE ',
    'GRANT SELECT ON customers, ',
    'REVOKE ALL ON ',
    'COPY ',
    'CREATE TABLE x (LIKE ',
  ])
    check('postgres', `${command}$0`, tables);
  for (const command of [
    'DESCRIBE ',
    'DESC ',
    'LOCK TABLES ',
    'ANALYZE TABLE ',
    'OPTIMIZE TABLE ',
    'CHECK TABLE ',
    'SHOW CREATE TABLE ',
    'SHOW FULL COLUMNS FROM ',
    'SHOW INDEX FROM ',
    'CREATE TABLE x LIKE ',
  ])
    check('mysql', `${command}$0`, tables);
  for (const command of ['DESCRIBE ', 'SUMMARIZE ', 'PRAGMA table_info('])
    check('duckdb', `${command}$0`, tables);
  for (const command of [
    'ANALYZE ',
    'PRAGMA table_info(',
    'PRAGMA foreign_key_list(',
    'PRAGMA main.index_list(',
  ])
    check('sqlite', `${command}$0`, tables);
  check('postgres', 'REFRESH MATERIALIZED VIEW $0', 'big');
  check('postgres', 'REFRESH MATERIALIZED VIEW CONCURRENTLY $0', 'big');
  check('postgres', 'COMMENT ON VIEW $0', 'big');
  check('postgres', 'VACUUM or$0', 'orders | customers');
  check('sqlite', 'PRAGMA journal_mode = $0', '');

  check('postgres', 'COPY orders ($0', 'id | customer_id | total');
  check('postgres', 'COPY orders (id, $0) FROM STDIN', 'id | customer_id | total');
  check('postgres', 'VACUUM orders ($0', 'id | customer_id | total');
  check('postgres', 'ALTER TABLE orders ADD FOREIGN KEY ($0', 'id | customer_id | total');
  check('mysql', 'ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY ($0)', 'id | customer_id | total');
  check('postgres', 'CREATE TRIGGER t BEFORE UPDATE OF $0 ON orders', 'id | customer_id | total');
  check('postgres', 'CREATE POLICY p ON orders USING ($0', 'id | customer_id | total');
  check('postgres', 'CREATE POLICY p ON orders FOR INSERT WITH CHECK ($0', 'id | customer_id | total');
  check('postgres', 'INSERT INTO orders (id) VALUES (1) ON CONFLICT ($0', 'id | customer_id | total');
  check('mysql', 'SELECT id FROM orders FORCE INDEX ($0)', '');
  check('mysql', 'INSERT INTO orders (id) VALUES (1) ON $0', 'DUPLICATE KEY UPDATE');
  check('postgres', 'INSERT INTO orders (id) VALUES (1) ON CON$0', 'CONFLICT');

  check(
    'postgres',
    'SELECT rank() OVER $0 FROM orders WINDOW w AS (ORDER BY id), v AS (ORDER BY total)',
    'w | v',
  );
  check('postgres', 'SELECT 1 FROM orders o, customers c FOR UPDATE OF $0', 'o | c');
  check('postgres', 'SELECT id FROM orders UNION SELECT home FROM customers ORDER BY $0', 'id');
  begins('postgres', 'SELECT id::$0 FROM orders', 'INTEGER | TEXT');
  begins('postgres', 'SELECT CAST(id AS $0) FROM orders', 'INTEGER | TEXT');
  check('postgres', 'UPDATE orders SET total = 1 RETURNING old.$0', 'id | customer_id | total');

  // Fields of composites and structs.
  check('postgres', 'SELECT (home).$0 FROM customers', 'city | zip code');
  check('postgres', 'SELECT (c.home).$0 FROM customers c', 'city | zip code');
  check('postgres', 'SELECT (c.home).ci$0 FROM customers c', 'city');
  check('postgres', 'SELECT 1 FROM customers WHERE (home).$0', 'city | zip code');
  check('postgres', 'UPDATE customers SET home.$0', 'city | zip code');
  check('postgres', 'INSERT INTO customers (home.$0', 'city | zip code');
  check('postgres', 'SELECT (total).$0 FROM orders', '');
  check('duckdb', 'SELECT home.$0 FROM customers', 'city | zip code');
  check('duckdb', 'SELECT c.home.$0 FROM customers c', 'city | zip code');
  check('duckdb', 'INSERT INTO customers (home.$0', 'city | zip code');

  // Columns of table functions.
  check(
    'sqlite',
    'SELECT j.$0 FROM orders, json_each(total) j',
    'key | value | type | atom | id | parent | fullkey | path',
  );
  check(
    'sqlite',
    "SELECT p.$0 FROM pragma_table_info('orders') p",
    'cid | name | type | notnull | dflt_value | pk',
  );
  check(
    'sqlite',
    "SELECT p.$0 FROM pragma_index_list('orders') AS p",
    'seq | name | unique | origin | partial',
  );
  check('postgres', 'SELECT e.$0 FROM customers c, LATERAL jsonb_each(c.home) e', 'key | value');
  check('postgres', 'SELECT e.$0 FROM jsonb_each(home) AS e (k, v)', 'k | v');
  check(
    'mysql',
    "SELECT j.$0 FROM orders o, JSON_TABLE(o.total, '$[*]' COLUMNS (a INT PATH '$.a', NESTED PATH '$.b' COLUMNS (c INT PATH '$'))) j",
    'a | c',
  );

  describe('replaces no more than the word', () => {
    for (const [dialect, marked, label, expected] of [
      ['mysql', 'SELECT `t$0, `id` FROM `orders`', 'total', 'SELECT `total`, `id` FROM `orders`'],
      [
        'postgres',
        'SELECT o."t$0, o."id" FROM "orders" o',
        'total',
        'SELECT o."total", o."id" FROM "orders" o',
      ],
      ['sqlite', 'SELECT "to$0tal" FROM orders', 'total', 'SELECT "total" FROM orders'],
    ] as const)
      it(marked, () => {
        const { text, offset } = cursorIn(marked);
        const list = completion(text, offset, schemaIn(dialect), dialect);
        const item = list.items.find((one) => one.label === label);
        assert.equal(text.slice(0, list.from) + (item?.insert ?? '?') + text.slice(list.to), expected);
      });
  });
});
