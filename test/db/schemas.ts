/**
 * The schema of a shop in every dialect, with everything that a catalogue can describe, and names that are hard to
 * write.
 */

const common = `
CREATE TABLE "order" (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  state VARCHAR(10) DEFAULT 'new' CHECK (state IN ('new', 'paid', 'sent')),
  "unit price" NUMERIC(10, 2) NOT NULL DEFAULT 0
);
CREATE TABLE order_lines (
  order_id INTEGER NOT NULL REFERENCES "order" (id),
  line INTEGER NOT NULL,
  sku VARCHAR(20) NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE shipments (
  id INTEGER PRIMARY KEY,
  order_id INTEGER,
  line INTEGER,
  FOREIGN KEY (order_id, line) REFERENCES order_lines (order_id, line)
);
CREATE TABLE "sélection 'q' 表" ("naïve ""x""" INTEGER PRIMARY KEY, "select" VARCHAR(20), "群" INTEGER UNIQUE);
CREATE VIEW open_orders AS SELECT id, customer_id FROM "order" WHERE state = 'new';
`;

export const postgresShop = `
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
CREATE DOMAIN size AS text CHECK (VALUE IN ('S', 'M', 'L'));
CREATE TABLE customers (
  id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT UNIQUE,
  feeling mood,
  shirt size,
  full_name TEXT GENERATED ALWAYS AS (first_name || ' ' || last_name) STORED,
  UNIQUE (last_name, first_name)
);
COMMENT ON TABLE customers IS 'People who buy';
COMMENT ON COLUMN customers.email IS 'Where the bill goes';
${common}
CREATE UNIQUE INDEX ON shipments (order_id) WHERE line = 1;
CREATE UNIQUE INDEX ON shipments (line, order_id);
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum("unit price") AS total FROM "order" GROUP BY customer_id;
CREATE TABLE measured (at date NOT NULL, value int) PARTITION BY RANGE (at);
CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE SCHEMA archive;
CREATE TABLE archive.customers (id INTEGER PRIMARY KEY, old_id INTEGER REFERENCES public.customers (id));
CREATE FUNCTION order_total(wanted integer) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0';
COMMENT ON FUNCTION order_total IS 'Sum of an order';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE chicken (id INTEGER PRIMARY KEY, egg_id INTEGER);
CREATE TABLE egg (id INTEGER PRIMARY KEY, chicken_id INTEGER REFERENCES chicken (id));
ALTER TABLE chicken ADD FOREIGN KEY (egg_id) REFERENCES egg (id);
INSERT INTO customers (first_name, last_name) SELECT 'a', 'b' || n FROM generate_series(1, 60) AS n;
INSERT INTO "order" (id, customer_id) SELECT n, n FROM generate_series(1, 60) AS n;
INSERT INTO order_lines SELECT n, 1, CASE WHEN n % 2 = 0 THEN 'tea' ELSE 'mug' END FROM generate_series(1, 60) AS n;
ANALYZE;
`;

export const mysqlShop = `
CREATE TABLE customers (
  id INTEGER PRIMARY KEY AUTO_INCREMENT,
  first_name VARCHAR(50) NOT NULL,
  last_name VARCHAR(50) NOT NULL,
  email VARCHAR(100) UNIQUE COMMENT 'Where the bill goes',
  feeling ENUM('sad', 'it''s ok', 'happy'),
  shirt VARCHAR(2) CHECK (shirt IN ('S', 'M', 'L')),
  full_name VARCHAR(101) GENERATED ALWAYS AS (concat(first_name, ' ', last_name)) STORED,
  UNIQUE (last_name, first_name)
) COMMENT 'People who buy';
${common.replaceAll(/"((?:[^"]|"")+)"/g, (_, name: string) => `\`${name.replaceAll('""', '"')}\``)}
CREATE FUNCTION order_total(wanted INT) RETURNS DECIMAL(10, 2) DETERMINISTIC COMMENT 'Sum of an order' RETURN 1.0;
CREATE TABLE chicken (id INTEGER PRIMARY KEY, egg_id INTEGER);
CREATE TABLE egg (id INTEGER PRIMARY KEY, chicken_id INTEGER REFERENCES chicken (id));
ALTER TABLE chicken ADD FOREIGN KEY (egg_id) REFERENCES egg (id);
INSERT INTO customers (first_name, last_name) WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 60) SELECT 'a', concat('b', n) FROM t;
INSERT INTO \`order\` (id, customer_id) SELECT id, id FROM customers;
INSERT INTO order_lines SELECT id, 1, if(id % 2 = 0, 'tea', 'mug') FROM \`order\`;
`;

export const sqliteShop = `
CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT UNIQUE,
  feeling TEXT CHECK (feeling IN ('sad', 'it''s ok', 'happy')),
  shirt TEXT CHECK (shirt IN ('S', 'M', 'L') OR shirt IS NULL),
  full_name TEXT GENERATED ALWAYS AS (first_name || ' ' || last_name) STORED,
  UNIQUE (last_name, first_name)
);
${common}
CREATE TABLE chicken (id INTEGER PRIMARY KEY, egg_id INTEGER REFERENCES egg (id));
CREATE TABLE egg (id INTEGER PRIMARY KEY, chicken_id INTEGER REFERENCES chicken (id));
INSERT INTO customers (first_name, last_name) WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 60) SELECT 'a', 'b' || n FROM t;
INSERT INTO "order" (id, customer_id) SELECT id, id FROM customers;
INSERT INTO order_lines SELECT id, 1, CASE WHEN id % 2 = 0 THEN 'tea' ELSE 'mug' END FROM "order";
`;

export const duckdbShop = `
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  first_name VARCHAR NOT NULL,
  last_name VARCHAR NOT NULL,
  email VARCHAR UNIQUE,
  feeling mood,
  shirt VARCHAR CHECK (shirt IN ('S', 'M', 'L')),
  full_name VARCHAR GENERATED ALWAYS AS (first_name || ' ' || last_name) VIRTUAL,
  UNIQUE (last_name, first_name)
);
COMMENT ON TABLE customers IS 'People who buy';
COMMENT ON COLUMN customers.email IS 'Where the bill goes';
${common}
CREATE MACRO order_total(wanted) AS wanted * 1.0;
INSERT INTO customers (id, first_name, last_name) SELECT n, 'a', 'b' || n FROM range(1, 61) AS t (n);
INSERT INTO "order" (id, customer_id) SELECT id, id FROM customers;
INSERT INTO order_lines SELECT id, 1, CASE WHEN id % 2 = 0 THEN 'tea' ELSE 'mug' END FROM "order";
`;
