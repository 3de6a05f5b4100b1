/** Small schemas for tests, written as DDL. */
import { parseDdl } from '../../../server/src/schema/ddl/readDdl';
import type { Dialect, Schema } from '../../../server/src/schema/model';

export function schemaOf(ddl: string, dialect: Dialect = 'sqlite'): Schema {
  return { dialect, source: 'test.sqlite', tables: parseDdl(ddl, dialect) };
}

export const shop = schemaOf(`
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, email TEXT UNIQUE);
  CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    amount NUMERIC(10, 2) DEFAULT 0,
    placed_at TEXT
  );
  CREATE TABLE order_items (
    order_id INTEGER REFERENCES orders, product_id INTEGER REFERENCES products, quantity INTEGER NOT NULL,
    PRIMARY KEY (order_id, product_id)
  );
  CREATE TABLE products (id INTEGER PRIMARY KEY, title TEXT, price REAL, "unit price" REAL);
  CREATE VIEW big_orders AS SELECT id, amount FROM orders WHERE amount > 100;
`);

/** The schema with texts that were seen in columns, by table.column. */
export function withSeen(schema: Schema, seen: Readonly<Record<string, readonly string[]>>): Schema {
  return {
    ...schema,
    tables: schema.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column) => {
        const texts = seen[`${table.name}.${column.name}`];
        return texts ? { ...column, seen: texts } : column;
      }),
    })),
  };
}

/** Unfinished, odd and broken texts, for whatever must never throw. */
export const oddTexts: readonly string[] = [
  '',
  ';',
  ';;;',
  '(',
  ')))',
  "'",
  '"',
  '`',
  '[',
  '/*',
  '--',
  '$$',
  '$tag$ never closed',
  'SELECT',
  'SELECT * FROM',
  'SELECT a, FROM t WHERE',
  "SELECT 'it''s",
  'SELECT c. FROM customers c',
  'WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b UNION SELECT * FROM a ORDER BY 1',
  'WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT n FROM t',
  'INSERT INTO orders (id, amount) SELECT id, 1 FROM customers ON CONFLICT (id) DO UPDATE SET amount = excluded.amount',
  'UPDATE orders SET amount = (SELECT max(price) FROM products) WHERE id IN (SELECT order_id FROM order_items)',
  'DELETE FROM orders USING customers WHERE orders.customer_id = customers.id RETURNING *',
  'SELECT x.* FROM (SELECT id AS a, name b FROM customers) AS x (c, d) JOIN LATERAL generate_series(1, 3) g ON true',
  'CREATE TRIGGER t AFTER INSERT ON orders BEGIN UPDATE orders SET amount = 1; SELECT CASE WHEN 1 THEN 2 END; END; SELECT 1',
  'CREATE TABLE a (b INT PRIMARY KEY, c TEXT DEFAULT (1 + (2)), CONSTRAINT x FOREIGN KEY (c) REFERENCES a (b) ON DELETE SET NULL)',
  'ALTER TABLE a ADD COLUMN d NUMERIC(3,2) NOT NULL, DROP COLUMN c, RENAME TO e',
  'MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN UPDATE SET y = 1',
  'SELECT "Ünïcode näme", 😀, \u0000 FROM "💥" WHERE \ud800 = 1',
  'SELECT ((((((((( FROM a)) UNION UNION SELECT SELECT',
  'FROM FROM JOIN JOIN ON ON USING ( , , )',
  'AS AS AS ( SELECT AS ) AS . . .. a..b',
];
