/** Schemas for the tests of editor features: one for ordinary queries, and odd ones in several dialects. */
import type { Column, Schema, Table } from '../../../server/src/schema/model';
import { schemaOf } from '../support/schemas';

const store = schemaOf(`
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, email TEXT UNIQUE);
  CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    status TEXT NOT NULL DEFAULT 'open', amount NUMERIC, placed_at TEXT
  );
  CREATE TABLE order_items (
    order_id INTEGER REFERENCES orders (id), product_id INTEGER REFERENCES products (id),
    quantity INTEGER NOT NULL, PRIMARY KEY (order_id, product_id)
  );
  CREATE TABLE shipments (
    id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER, carrier TEXT,
    FOREIGN KEY (order_id, product_id) REFERENCES order_items (order_id, product_id)
  );
  CREATE TABLE products (id INTEGER PRIMARY KEY, title TEXT, price REAL, "unit price" REAL, "order" INTEGER);
  CREATE TABLE employees (id INTEGER PRIMARY KEY, name TEXT, boss_id INTEGER REFERENCES employees (id));
  CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer_id INTEGER, total REAL GENERATED ALWAYS AS (net * 1.2), net REAL NOT NULL);
  CREATE VIEW big_orders AS SELECT id, amount FROM orders WHERE amount > 100;
`);

const withValues = (column: Column): Column =>
  column.name === 'status'
    ? { ...column, values: { list: ['open', 'paid', "won't pay"], from: 'check' } }
    : column;

/** Ordinary tables with keys of every kind; `orders.status` has known values. */
export const shopSchema: Schema = {
  ...store,
  tables: store.tables.map((table) => ({ ...table, columns: table.columns.map(withValues) })),
  functions: [{ name: 'tax_of', arguments: 'amount numeric, country text', returns: 'numeric' }],
};

export const inDialect = (dialect: Schema['dialect']): Schema => ({ ...shopSchema, dialect });

const tables = (ddl: string, namespace?: string): Table[] =>
  schemaOf(ddl, 'postgres').tables.map((table) =>
    namespace === undefined ? table : { ...table, namespace },
  );

/** PostgreSQL with a second schema, mixed case and names that need quotes. */
export const crossSchema: Schema = {
  dialect: 'postgres',
  source: 'test',
  tables: [
    ...tables('CREATE TABLE users (id int PRIMARY KEY, "firstName" text, "group" text)'),
    ...tables(
      'CREATE TABLE invoices (id int PRIMARY KEY, user_id int REFERENCES users (id), total numeric); CREATE TABLE "Order Details" (id int, "Größe" text)',
      'billing',
    ),
  ],
};

/** Two schemas with tables of the same names, one of them on the search path. */
export const twinSchema: Schema = {
  dialect: 'postgres',
  source: 'test',
  searchPath: ['app'],
  tables: ['app', 'archive'].flatMap((namespace) =>
    tables(
      'CREATE TABLE people (id int PRIMARY KEY, name text); CREATE TABLE visits (id int, person_key int REFERENCES people (id))',
      namespace,
    ),
  ),
};
