/**
 * Statements that a database accepts are not marked, and what it refuses for a name is. One line a case, by dialect; the
 * doubtful ones were tried on PostgreSQL 15, MariaDB, SQLite and DuckDB.
 */
import assert from 'node:assert/strict';
import { diagnostics } from '../../../server/src/features/diagnostics/diagnostics';
import type { Dialect, Schema } from '../../../server/src/schema/model';
import { schemaOf } from '../support/schemas';

const tables = (json: string, text: string) => `
  CREATE TABLE customers (id int PRIMARY KEY, full_name ${text}, home ${json}, profile ${json});
  CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers (id), total int, note ${text}, placed ${text});
  CREATE TABLE products (id int PRIMARY KEY, sku ${text}, price int, sizes ${json}, apply int);
  CREATE TABLE categories (id int PRIMARY KEY, parent_id int, name ${text});
  CREATE TABLE page_hits (path ${text}, day int, hits int);
  CREATE TABLE wide (id int, jan int, feb int);
  CREATE TABLE lines (id int, order_id int, tags ${json});
`;
const schemas: Record<Dialect, Schema> = {
  postgres: schemaOf(tables('jsonb', 'text'), 'postgres'),
  mysql: schemaOf(tables('json', 'varchar(100)'), 'mysql'),
  sqlite: schemaOf(tables('text', 'text'), 'sqlite'),
  duckdb: schemaOf(tables('json', 'text'), 'duckdb'),
  tsql: schemaOf(tables('nvarchar(max)', 'nvarchar(100)'), 'tsql'),
};

/** Expects these marks, each as "word: message"; none where nothing is given. */
function check(dialect: Dialect, text: string, ...marks: string[]): void {
  it(`${dialect}: ${text.replace(/\s+/g, ' ').slice(0, 150)}`, () => {
    const found = diagnostics(text, schemas[dialect], dialect);
    assert.deepEqual(
      found.map((one) => `${text.slice(one.from, one.to)}: ${one.message}`),
      marks,
    );
  });
}

const each = (dialects: readonly Dialect[], text: string, ...marks: string[]): void => {
  for (const dialect of dialects) check(dialect, text, ...marks);
};
const all: readonly Dialect[] = ['postgres', 'mysql', 'sqlite', 'duckdb'];

describe('no false mark: common tables', () => {
  each(
    ['postgres', 'mysql', 'duckdb'],
    'WITH orders AS (SELECT id AS oid FROM orders) SELECT oid FROM orders',
  );
  each(
    ['postgres', 'mysql', 'duckdb'],
    'WITH orders AS (SELECT * FROM orders), x AS (SELECT id AS k FROM orders) SELECT k FROM x',
  );
  check(
    'postgres',
    'WITH orders AS (SELECT id AS oid FROM orders) SELECT total FROM orders',
    'total: Unknown column total.',
  );
  check(
    'postgres',
    'WITH orders AS (SELECT id AS oid FROM orders WHERE nope = 1) SELECT oid FROM orders',
    'nope: Unknown column nope.',
  );
  check(
    'postgres',
    'WITH orders AS (SELECT * FROM orders) SELECT id, nope FROM orders',
    'nope: Unknown column nope.',
  );
  check(
    'postgres',
    'WITH RECURSIVE a AS (SELECT 1 AS x UNION SELECT x FROM b), b AS (SELECT 2 AS x) SELECT x FROM a',
  );
  check(
    'postgres',
    'WITH RECURSIVE t AS (SELECT id FROM categories UNION ALL SELECT c.id FROM categories c JOIN t ON t.id = c.parent_id) SELECT id FROM t',
  );
  check(
    'postgres',
    'WITH RECURSIVE g AS (SELECT id, parent_id FROM categories UNION ALL SELECT c.id, c.parent_id FROM categories c JOIN g ON g.id = c.parent_id) SEARCH DEPTH FIRST BY id SET ord SELECT id FROM g ORDER BY ord',
  );
  check(
    'postgres',
    'WITH RECURSIVE g AS (SELECT id FROM categories UNION ALL SELECT c.id FROM categories c JOIN g ON g.id = c.parent_id) CYCLE id SET looped USING trail SELECT looped, trail FROM g',
  );
  check(
    'postgres',
    "WITH RECURSIVE g AS (SELECT id FROM categories UNION ALL SELECT c.id FROM categories c JOIN g ON g.id = c.parent_id) CYCLE id SET looped TO 'Y' DEFAULT 'N' USING trail SELECT g.looped FROM g",
  );
  check('postgres', 'WITH d AS (DELETE FROM orders RETURNING id) SELECT id FROM d');
});

describe('no false mark: names that the database gives to columns', () => {
  check('postgres', 'SELECT note, count(*) FROM orders GROUP BY note ORDER BY count DESC');
  check('postgres', 'SELECT sum(total), max(total), note FROM orders GROUP BY note ORDER BY sum, max');
  check('postgres', 'SELECT s.count FROM (SELECT count(*) FROM orders) s');
  check(
    'postgres',
    'SELECT s.coalesce, s.case, s.array, s.row, s.exists, s."?column?" FROM (SELECT coalesce(total, 0), CASE WHEN total > 1 THEN 1 END, ARRAY[1], ROW(1, 2), EXISTS (SELECT 1), 1 + 1 FROM orders) s',
  );
  check(
    'postgres',
    'SELECT int4, text, "timestamp" FROM (SELECT 1::int4, CAST(2 AS text), now()::timestamp) s',
  );
  check(
    'postgres',
    'SELECT nullif, greatest, extract FROM (SELECT nullif(1, 2), greatest(1, 2), extract(year FROM now())) s',
  );
  check('postgres', 'SELECT s.nope FROM (SELECT count(*) FROM orders) s', 'nope: s has no column nope.');
  check('postgres', 'SELECT total FROM orders UNION SELECT price FROM products ORDER BY total');
  each(all, 'SELECT total AS t FROM orders ORDER BY t');
  check('postgres', 'SELECT DISTINCT ON (customer_id) total AS customer FROM orders ORDER BY customer_id');
  check(
    'postgres',
    'SELECT DISTINCT ON (customer_id) id AS k, s.k2 FROM (SELECT DISTINCT ON (note) total AS k2, customer_id, id FROM orders) s',
  );
  check('postgres', 'INSERT INTO page_hits SELECT ARRAY[1, 2], ARRAY[3, 4, 5], 1');
  check('postgres', 'INSERT INTO page_hits (path, day) VALUES (NEW.*)');
  check('postgres', 'INSERT INTO wide (id, jan) SELECT 1, (ARRAY[1, 2])[1]');
});

describe('no false mark: what stands to the left', () => {
  check(
    'postgres',
    'SELECT o.id, s.count FROM orders o, LATERAL (SELECT customer_id, count(*) FROM lines l WHERE l.order_id = o.id GROUP BY customer_id) s',
  );
  check(
    'postgres',
    'SELECT 1 FROM customers c JOIN orders o ON customer_id = c.id JOIN lines l ON order_id = o.id JOIN orders p ON p.id = l.id',
  );
  check(
    'postgres',
    'SELECT 1 FROM customers c JOIN lines ON full_name = tags::text LEFT JOIN customers d ON d.id = c.id',
  );
  check('postgres', 'SELECT j.id, c.full_name FROM orders o JOIN customers c USING (id) AS j');
  each(['postgres', 'mysql', 'sqlite', 'duckdb'], 'SELECT id, total FROM orders JOIN customers USING (id)');
  each(['postgres', 'mysql', 'sqlite', 'duckdb'], 'SELECT id FROM orders NATURAL JOIN customers');
  each(
    ['postgres', 'mysql', 'sqlite', 'duckdb'],
    'SELECT id FROM orders o JOIN customers c ON o.id = c.id',
    'id: Column id is in more than one table: o, c.',
  );
  check(
    'postgres',
    'SELECT o.id FROM orders o LEFT JOIN LATERAL (SELECT note FROM lines l WHERE l.order_id = o.id) s ON true',
  );
});

describe('no false mark: PostgreSQL', () => {
  const ok = (text: string): void => check('postgres', text);
  ok('SELECT (home).city FROM customers');
  ok('SELECT (c.home).city FROM customers c WHERE (c.home).zip IS NULL');
  ok('SELECT (sizes)[1].f, c.sizes[1].f FROM products c');
  ok('SELECT f(x).y FROM (SELECT id AS x FROM orders) s');
  ok('UPDATE customers SET home.city = 1 WHERE id = 2');
  ok('INSERT INTO customers (id, home.city) VALUES (1, 2)');
  ok('INSERT INTO products (sizes[1], sizes[2]) VALUES (1, 2)');
  ok('SELECT o.id FROM orders * o');
  ok('SELECT o.id FROM ONLY orders o');
  ok('SELECT a FROM ROWS FROM (generate_series(1, 2)) AS t(a)');
  ok(
    'SELECT a, b, ord FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY[1])) WITH ORDINALITY AS t(a, b, ord)',
  );
  ok('SELECT tag, ord FROM products, unnest(sizes) WITH ORDINALITY AS t(tag, ord)');
  ok('SELECT u.ordinality FROM unnest(ARRAY[1]) WITH ORDINALITY u');
  ok('INSERT INTO customers (id, full_name) OVERRIDING SYSTEM VALUE SELECT id, sku FROM products');
  ok('INSERT INTO customers (id, full_name) OVERRIDING USER VALUE VALUES (1, 2)');
  ok('DELETE FROM orders WHERE CURRENT OF c1');
  ok('UPDATE orders SET total = 1 WHERE CURRENT OF c1');
  ok("SELECT TIMESTAMP WITH TIME ZONE '2024-01-01' FROM orders");
  ok(
    "SELECT 1 FROM orders WHERE placed > timestamp with time zone '2024-01-01' AND placed < time without time zone '10:00'",
  );
  ok(
    "SELECT double precision '1', bit varying '1', character varying 'a', national character 'x' FROM orders",
  );
  ok(
    "SELECT '1'::interval day to minute, placed::interval day to second(3), extract(julian FROM placed) FROM orders",
  );
  ok(
    "SELECT interval '1' year to month, interval(3) '1 day', timestamp(3) with time zone '2024-01-01' FROM orders",
  );
  ok("SELECT trim(TRAILING FROM note), trim(LEADING 'x' FROM note), trim(BOTH FROM note) FROM orders");
  ok(
    'SELECT overlay(note PLACING note FROM 1 FOR 2), position(note IN note), substring(note FROM 1 FOR 2), substring(note SIMILAR note ESCAPE note) FROM orders',
  );
  ok('SELECT normalize(full_name, NFC), full_name IS NFC NORMALIZED FROM customers');
  ok("SELECT JSON_VALUE(profile, '$.a' RETURNING int DEFAULT 1 ON EMPTY NULL ON ERROR) FROM customers");
  ok(
    "SELECT JSON_QUERY(profile, '$.a' WITH WRAPPER KEEP QUOTES ON SCALAR STRING), JSON_EXISTS(profile, '$.a' PASSING id AS x TRUE ON ERROR) FROM customers",
  );
  ok(
    "SELECT j.a, j.n FROM customers, JSON_TABLE(profile, '$[*]' COLUMNS (n FOR ORDINALITY, a int PATH '$.a' ERROR ON ERROR, NESTED PATH '$.b' COLUMNS (c text))) AS j",
  );
  ok(
    "SELECT x.a FROM customers, XMLTABLE('/r' PASSING BY REF profile COLUMNS a int PATH 'a' DEFAULT 1, n FOR ORDINALITY) AS x",
  );
  ok(
    "SELECT xmlelement(NAME foo, xmlattributes(id AS bar), full_name), xmlforest(id AS x), xmlparse(DOCUMENT full_name), xmlserialize(CONTENT full_name AS text), xmlpi(NAME php, 'x'), xmlroot(home, version '1.0', standalone yes) FROM customers",
  );
  ok(
    "SELECT JSON_OBJECT(KEY full_name VALUE id ABSENT ON NULL WITH UNIQUE KEYS), JSON_ARRAYAGG(id ORDER BY id NULL ON NULL), JSON_OBJECT('a': id) FROM customers",
  );
  ok('SELECT last_value, is_called FROM orders_id_seq');
  ok(
    'MERGE INTO customers c USING orders u ON c.id = u.id WHEN NOT MATCHED THEN INSERT (id, full_name) VALUES (u.id, note)',
  );
  ok(
    'MERGE INTO customers c USING orders u ON c.id = u.id WHEN NOT MATCHED THEN INSERT OVERRIDING SYSTEM VALUE VALUES (id, note)',
  );
  ok(
    'MERGE INTO customers c USING orders u ON c.id = u.id WHEN MATCHED AND total > 1 THEN UPDATE SET full_name = note WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action(), c.id',
  );
  ok(
    'INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET full_name = excluded.full_name WHERE customers.id > excluded.id RETURNING id, customers.full_name',
  );
  ok('UPDATE orders SET total = 2 RETURNING old.total, new.total');
  ok('UPDATE orders SET total = 2 RETURNING WITH (OLD AS o, NEW AS n) o.total, n.total');
  ok('UPDATE orders o SET total = price FROM products p WHERE p.id = o.id RETURNING o.id, p.sku');
  ok('DELETE FROM orders o USING customers c WHERE c.id = customer_id AND full_name = note');
  ok(
    'SELECT sum(total) OVER w, rank() OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE NO OTHERS) FROM orders WINDOW w AS (PARTITION BY customer_id), v AS (w ORDER BY total)',
  );
  ok('SELECT id FROM orders FOR NO KEY UPDATE OF orders SKIP LOCKED');
  ok('SELECT id FROM orders o FOR UPDATE OF o NOWAIT');
  ok('SELECT id, apply, sku FROM products');
  ok('SELECT id FROM orders FETCH FIRST 3 ROWS WITH TIES');
  ok('SELECT id FROM orders TABLESAMPLE BERNOULLI (10) REPEATABLE (3)');
  ok('SELECT a.b, b FROM generate_series(1, 2) AS a(b)');
  ok('SELECT g FROM generate_series(1, 2) g');
  ok("SELECT * FROM json_to_recordset('[]') AS x(a int, b text) WHERE a > 1");
  ok('SELECT customers FROM customers');
  ok('SELECT row_to_json(c), c.* FROM customers c');
  ok('SELECT U&"f\\0075ll_name" FROM customers');
  ok(
    'SELECT id FROM orders WHERE note SIMILAR TO note ESCAPE note AND total = ANY (ARRAY[1, 2]) AND note COLLATE "C" > note',
  );
  ok('SELECT array_agg(id ORDER BY total USING <) FROM orders');
  ok('SELECT id FROM orders ORDER BY total USING >');
  ok('EXPLAIN (ANALYZE, FORMAT json) SELECT id FROM orders');
  ok('EXPLAIN SELECT id INTO fresh FROM orders');
  ok('SELECT id FROM orders WHERE (id, total) IN (SELECT id, price FROM products)');
  ok('VALUES (1, 2) ORDER BY column1');
  ok('SELECT column1 FROM (VALUES (1), (2)) v');
  ok('SELECT pg_typeof(id), current_date, user, session_user, current_catalog, localtime FROM orders');
  ok("SELECT id FROM orders WHERE placed AT TIME ZONE 'UTC' > now() AND total OPERATOR(pg_catalog.+) 1 > 2");
  ok(
    'SELECT GROUPING(note, total) FROM orders GROUP BY GROUPING SETS ((note), (total)), ROLLUP (note), CUBE (total)',
  );
  ok('SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders');
  ok('SELECT ctid, xmin, tableoid::regclass FROM orders');
  ok('TABLE orders');
});

describe('no false mark: MySQL', () => {
  const ok = (text: string): void => check('mysql', text);
  ok('SELECT id FROM orders USE INDEX (ix_placed)');
  ok('SELECT sku FROM orders FORCE INDEX FOR ORDER BY (ix_placed), products p IGNORE KEY (PRIMARY, b)');
  ok('SELECT o.id FROM orders AS o USE KEY FOR JOIN (ix_customer)');
  ok('SELECT o.id FROM orders o USE INDEX () JOIN customers c IGNORE INDEX (x) ON c.id = o.customer_id');
  ok('SELECT h.path FROM page_hits PARTITION (p0, p1) AS h');
  ok('INSERT INTO page_hits PARTITION (p0) (path, day) VALUES (1, 2)');
  ok('DELETE FROM page_hits PARTITION (p0) WHERE day = 1');
  ok('UPDATE page_hits PARTITION (p0) SET hits = 1');
  ok(
    'SELECT CAST(note AS CHAR CHARACTER SET utf8mb4), CONVERT(note USING latin1), CAST(note AS CHAR(3) CHARSET binary) FROM orders',
  );
  ok(
    'INSERT INTO page_hits (path, day, hits) VALUES (1, 2, 3) AS n(p, d, h) ON DUPLICATE KEY UPDATE hits = h',
  );
  ok('INSERT INTO page_hits (path, day, hits) VALUES (1, 2, 3) AS n ON DUPLICATE KEY UPDATE hits = n.hits');
  ok('INSERT INTO page_hits SET path = 1, day = 2 AS n(p, d) ON DUPLICATE KEY UPDATE day = d');
  ok('CREATE VIEW v1 AS SELECT id FROM orders WHERE total > 1 WITH CASCADED CHECK OPTION');
  ok('CREATE VIEW v1 AS SELECT id FROM orders WHERE total > 1 WITH LOCAL CHECK OPTION');
  ok(
    "SELECT j.a FROM customers, JSON_TABLE(profile, '$[*]' COLUMNS (n FOR ORDINALITY, a INT PATH '$.a' DEFAULT '1' ON EMPTY NULL ON ERROR, e INT EXISTS PATH '$.b')) AS j",
  );
  ok("SELECT JSON_VALUE(profile, '$.a' RETURNING SIGNED DEFAULT 1 ON EMPTY ERROR ON ERROR) FROM customers");
  ok('SELECT NTH_VALUE(total, 2) FROM FIRST RESPECT NULLS OVER w FROM orders WINDOW w AS (ORDER BY id)');
  ok("SELECT id FROM orders WHERE MATCH (note) AGAINST ('x' IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION)");
  ok("SELECT id FROM orders WHERE MATCH (note) AGAINST ('x' IN BOOLEAN MODE)");
  ok(
    "SELECT GET_FORMAT(DATE, 'USA'), TIMESTAMPADD(MONTH, 1, placed), EXTRACT(YEAR_MONTH FROM placed), placed + INTERVAL 1 DAY_HOUR, TRIM(LEADING 'x' FROM note) FROM orders",
  );
  ok(
    "SELECT GROUP_CONCAT(DISTINCT note ORDER BY id SEPARATOR ', '), CHAR(77 USING utf8mb4), WEIGHT_STRING(note AS CHAR(3)) FROM orders",
  );
  ok('SELECT SQL_CALC_FOUND_ROWS id FROM orders LIMIT 3 LOCK IN SHARE MODE');
  ok('SELECT id INTO @x FROM orders LIMIT 1');
  ok(
    "SELECT id FROM orders INTO OUTFILE '/tmp/x' FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' LINES TERMINATED BY '\\n'",
  );
  ok('UPDATE orders o JOIN customers c ON c.id = o.customer_id SET o.total = 1, full_name = note');
  ok('DELETE o, c FROM orders o JOIN customers c ON c.id = o.customer_id WHERE full_name = 1');
  ok('INSERT INTO orders (id) SELECT id FROM customers ON DUPLICATE KEY UPDATE total = VALUES(total)');
  ok("SELECT id FROM orders WHERE note = _utf8mb4 'x' COLLATE utf8mb4_bin");
  ok('SELECT total AS t FROM orders GROUP BY t HAVING t > 1');
  ok('REPLACE LOW_PRIORITY INTO orders (id) VALUES (1)');
  ok('SELECT id FROM orders FOR SYSTEM_TIME ALL');
  ok(
    'SELECT STRAIGHT_JOIN o.id FROM orders o STRAIGHT_JOIN customers c ON c.id = o.id FOR UPDATE OF o SKIP LOCKED',
  );
  ok('WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n');
});

describe('no false mark: SQLite', () => {
  const ok = (text: string): void => check('sqlite', text);
  ok('SELECT j.key, j.value, j.type, j.atom, j.fullkey FROM products p, json_each(p.sizes) j');
  ok("SELECT key, value FROM products, json_tree(sizes) WHERE path = '$'");
  ok("SELECT name, cid, pk FROM pragma_table_info('orders')");
  ok('SELECT value FROM generate_series(1, 10, 2)');
  ok('SELECT id FROM main.orders');
  ok(
    'SELECT sum(total) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE NO OTHERS) FROM orders',
  );
  ok('SELECT sum(total) OVER (ORDER BY id GROUPS 2 PRECEDING EXCLUDE TIES) FROM orders');
  ok(
    'INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET total = excluded.total WHERE orders.total < excluded.total RETURNING rowid, id',
  );
  ok('INSERT INTO orders DEFAULT VALUES');
  ok('INSERT OR IGNORE INTO orders (id) VALUES (1)');
  ok('UPDATE OR REPLACE orders AS o SET total = price FROM products WHERE products.id = o.id');
  ok('SELECT id FROM orders INDEXED BY ix_total WHERE total = 1');
  ok('SELECT id FROM orders NOT INDEXED');
  ok('SELECT total AS t FROM orders WHERE t > 1 GROUP BY t HAVING t > 2');
  ok('SELECT "x", total FROM orders');
  ok('SELECT name FROM sqlite_schema');
  ok('SELECT CAST(total AS "weird type"), iif(total > 1, 2, 3) FROM orders');
  ok('SELECT o.id FROM orders o JOIN (customers c JOIN lines l ON l.id = c.id) ON c.id = o.id');
  ok('SELECT max(total) FILTER (WHERE id > 1) AS m FROM orders ORDER BY m COLLATE NOCASE DESC NULLS LAST');
  ok('SELECT id FROM temp.tt');
  ok('SELECT name, payload FROM dbstat');
  ok('SELECT a FROM (VALUES (1), (2)), (SELECT 1 AS a)');
  ok('SELECT column1 FROM (VALUES (1), (2))');
});

describe('no false mark: DuckDB', () => {
  const ok = (text: string): void => check('duckdb', text);
  ok('SELECT (profile).age FROM customers');
  ok('SELECT id FROM customers SEMI JOIN orders ON orders.customer_id = customers.id');
  ok('SELECT id FROM customers ANTI JOIN orders USING (id)');
  ok('SELECT o.id FROM orders o ASOF LEFT JOIN page_hits h ON o.id >= h.day');
  ok('SELECT o.id FROM orders o POSITIONAL JOIN wide w');
  ok('FROM o: orders SELECT o.id');
  ok('SELECT n: full_name, m: id + 1 FROM customers');
  ok('SELECT * FROM "a.csv"');
  ok("SELECT x FROM 'a.parquet' WHERE y > 1");
  ok("SELECT t.x FROM read_csv('a.csv', header = true) t");
  ok('FROM (DESCRIBE orders)');
  ok('SELECT column_name FROM (DESCRIBE orders)');
  ok('SELECT min, max FROM (SUMMARIZE orders)');
  ok('SELECT name FROM (SHOW TABLES)');
  ok('WITH u AS (UNPIVOT wide ON jan, feb INTO NAME n VALUE v) SELECT n, v FROM u');
  ok('UNPIVOT wide ON jan, feb INTO NAME n VALUE v');
  ok('UNPIVOT wide ON COLUMNS(* EXCLUDE (id)) INTO NAME n VALUE v ORDER BY n');
  ok('SELECT v FROM wide UNPIVOT (v FOR m IN (jan, feb))');
  ok('SELECT v FROM wide UNPIVOT INCLUDE NULLS (v FOR m IN (jan, feb))');
  ok('SELECT u.v FROM wide UNPIVOT (v FOR m IN (jan, feb)) AS u WHERE u.v > 1');
  ok('PIVOT orders ON note, placed USING sum(total) AS s, count(*) GROUP BY customer_id');
  ok("PIVOT orders ON note IN ('a', 'b') USING sum(total)");
  ok("SELECT a, customer_id FROM orders PIVOT (sum(total) AS t FOR note IN ('a', 'b') GROUP BY customer_id)");
  ok("SELECT p.a FROM orders PIVOT (sum(total) FOR note IN ('a', 'b')) AS p");
  ok('INSERT OR REPLACE INTO customers BY NAME SELECT id FROM orders');
  ok('INSERT INTO customers BY NAME SELECT id FROM orders');
  ok('INSERT INTO customers BY POSITION SELECT id, note, note, note FROM orders');
  ok('INSERT OR IGNORE INTO customers (id, full_name) VALUES (1, 2)');
  ok('INSERT OR IGNORE INTO customers (id, full_name) SELECT id, sku FROM products');
  ok('SELECT apply(sizes, x -> x + id) FROM products');
  ok('SELECT list_transform(sizes, lambda x: x + id), list_filter(sizes, lambda x, i: x > i) FROM products');
  ok('SELECT [x + 1 for x in sizes if x > 2] FROM products');
  ok('SELECT list_reduce(sizes, (a, b) -> a + b) FROM products');
  ok('SELECT sku FROM (SELECT id FROM orders UNION BY NAME SELECT sku FROM products)');
  ok(
    'SELECT id, sku FROM (SELECT id FROM orders UNION ALL BY NAME SELECT sku FROM products) WHERE sku IS NULL',
  );
  ok('SELECT total AS t, (SELECT max(price) FROM products WHERE price > t) FROM orders');
  ok(
    'SELECT total AS t, t + 1 AS u, u * 2 FROM orders WHERE u > 1 QUALIFY row_number() OVER (ORDER BY u) = 1',
  );
  ok('SELECT full_name FROM customers ORDER BY full_name COLLATE NOCASE.NOACCENT');
  ok(
    'MERGE INTO products t USING orders s ON t.id = s.id WHEN MATCHED THEN UPDATE SET price = s.total RETURNING merge_action, id',
  );
  ok('SELECT {\'id\': id, "x": total, y: note} AS s, s.id FROM orders');
  ok('SELECT {"id": total} FROM orders');
  ok("SELECT MAP {'a': total}, [total, id], struct_pack(a := total, b := id), row(id) FROM orders");
  ok('SELECT * EXCLUDE (note) REPLACE (total + 1 AS total) RENAME (id AS oid) FROM orders');
  ok("SELECT COLUMNS('^t'), COLUMNS(* EXCLUDE (id)), COLUMNS(c -> c LIKE 't%') FROM orders");
  ok('SELECT o.* EXCLUDE id FROM orders o');
  ok('FROM orders');
  ok('FROM orders WHERE total > 1 ORDER BY ALL');
  ok('FROM orders SELECT id, total GROUP BY ALL');
  ok('FROM range(3) t(i) SELECT i');
  ok('SELECT range FROM range(3)');
  ok('SELECT unnest FROM (SELECT unnest([1, 2]))');
  ok('SELECT id FROM orders USING SAMPLE 10%');
  ok('SELECT id FROM orders TABLESAMPLE reservoir(20 ROWS)');
  ok('SELECT id FROM lake.main.orders AT (VERSION => 3)');
  ok("SELECT id FROM orders AT (TIMESTAMP => TIMESTAMP '2024-01-01')");
  ok("SELECT struct_extract(profile, 'a'), profile.a.b, profile['a'], c.profile.a FROM customers c");
  ok('SELECT id FROM orders GROUP BY ALL HAVING count(*) > 1 LIMIT 10 PERCENT');
  ok('SELECT full_name.upper().lower() FROM customers');
  ok("SELECT x.y FROM (SELECT {'y': 1} AS x)");
  ok('SELECT rowid, filename FROM orders');
  ok('CREATE TABLE n AS FROM orders SELECT id');
  ok("COPY (SELECT id FROM orders) TO 'x.csv' (HEADER, DELIMITER ',')");
  ok('SELECT column_name FROM duckdb_columns()');
  ok('SELECT #1, total FROM orders ORDER BY #1');
  ok(
    'SELECT try_cast(note AS INTEGER[]), note::DECIMAL(3, 2), CAST(note AS STRUCT(a INTEGER, b VARCHAR)) FROM orders',
  );
  ok(
    "SELECT date_part('year', placed::DATE), DATE_TRUNC('month', placed), INTERVAL (total) DAY, INTERVAL 3 DAYS FROM orders",
  );
  ok('VALUES (1, 2)');
  ok('SELECT col0 FROM (VALUES (1), (2)) v');
});

describe('marks that must stay', () => {
  each(['postgres', 'mysql', 'sqlite', 'duckdb'], 'SELECT nope FROM orders', 'nope: Unknown column nope.');
  each(['postgres', 'mysql', 'sqlite', 'duckdb'], 'SELECT id FROM nope', 'nope: Unknown table nope.');
  each(['postgres', 'mysql', 'sqlite', 'duckdb'], 'SELECT nope;', 'nope: Unknown column nope.');
  check('postgres', 'TABLE nope', 'nope: Unknown table nope.');
  check('postgres', 'SELECT id FROM orders ORDER BY nope', 'nope: Unknown column nope.');
  check('postgres', 'SELECT count(*) FROM orders WHERE count > 1', 'count: Unknown column count.');
  check(
    'postgres',
    'SELECT 1 FROM orders o JOIN customers c ON l.id = 1 JOIN lines l ON true',
    'l: No table or alias l in this query.',
  );
  check(
    'postgres',
    'INSERT INTO orders (id) VALUES (1) RETURNING excluded.id',
    'excluded: No table or alias excluded in this query.',
  );
  check('postgres', 'SELECT old.id FROM orders', 'old: No table or alias old in this query.');
  check(
    'postgres',
    'SELECT o.id FROM (orders o JOIN customers c ON c.id = o.id) x',
    'o: No table or alias o in this query.',
  );
  check(
    'postgres',
    'SELECT x.nope FROM (orders o JOIN customers c ON c.id = o.id) x',
    'nope: x has no column nope.',
  );
  check('postgres', 'INSERT INTO orders (id) VALUES (nope)', 'nope: Unknown column nope.');
  check('postgres', 'SELECT id FROM orders LIMIT nope', 'nope: Unknown column nope.');
  check('postgres', 'UPDATE orders SET nope = 1', 'nope: orders has no column nope.');
  check('postgres', 'DELETE FROM orders WHERE nope = 1', 'nope: Unknown column nope.');
  each(
    ['postgres', 'duckdb'],
    'SELECT o.id FROM lines l JOIN orders o USING (order_id)',
    'order_id: o has no column order_id.',
  );
  check('postgres', 'SELECT nope.f FROM customers', 'nope: No table or alias nope in this query.');
  check('postgres', 'SELECT (nope).f FROM customers', 'nope: Unknown column nope.');
});
