/**
 * Statements that a database accepts get no marks, and names that it refuses get one. One line for each case, by
 * dialect. The accepted statements are of kinds that once were marked by mistake.
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

describe('no false mark: more of the same', () => {
  check(
    'postgres',
    "SELECT o.id FROM orders o, LATERAL jsonb_each(o.note::jsonb) AS kv(k, v) WHERE kv.k = 'a'",
  );
  check('postgres', 'SELECT key, value FROM customers, jsonb_each(profile)');
  check('postgres', 'SELECT e.key FROM customers c CROSS JOIN LATERAL jsonb_each_text(c.profile) e');
  check('postgres', 'SELECT x.id FROM orders x NATURAL FULL JOIN customers y');
  check(
    'postgres',
    'SELECT full_name FROM customers GROUP BY full_name HAVING count(*) > 1 ORDER BY min(id)',
  );
  check(
    'postgres',
    "SELECT date_trunc('day', placed::timestamp) AS d, count(*) FROM orders GROUP BY d ORDER BY d",
  );
  check('postgres', 'SELECT placed::date, count(*) FROM orders GROUP BY 1 ORDER BY placed');
  check('postgres', 'SELECT upper(note) FROM orders ORDER BY upper');
  check('postgres', 'SELECT lower FROM (SELECT lower(note) FROM orders) q');
  check('postgres', 'SELECT jsonb_agg FROM (SELECT jsonb_agg(note) FROM orders) q');
  check('postgres', 'SELECT bool FROM (SELECT true::bool) q');
  check('postgres', "SELECT varchar, numeric FROM (SELECT 'a'::varchar, 1::numeric) q");
  check('postgres', 'SELECT row_number FROM (SELECT row_number() OVER (ORDER BY id) FROM orders) q');
  check('postgres', 'SELECT q."current_date" FROM (SELECT current_date) q');
  check('postgres', "SELECT date_part FROM (SELECT date_part('year', now())) q");
  check(
    'postgres',
    "SELECT btrim, substring, position, overlay FROM (SELECT trim(note), substring(note FROM 1), position('a' IN note), overlay(note PLACING 'x' FROM 1) FROM orders) q",
  );
  check('postgres', 'SELECT min FROM (SELECT min(total) FILTER (WHERE total > 1) FROM orders) q');
  check('postgres', 'SELECT array_agg FROM (SELECT array_agg(id ORDER BY id) FROM orders) q');
  check(
    'postgres',
    'SELECT percentile_cont FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders) q',
  );
  check('postgres', 'SELECT sum FROM (SELECT sum(total) OVER (PARTITION BY note) FROM orders) q');
  check('postgres', "SELECT profile, a FROM (SELECT profile -> 'a' AS a, profile FROM customers) q");
  check('postgres', 'SELECT full_name FROM (SELECT (full_name) FROM customers) q');
  check('postgres', 'SELECT full_name FROM (SELECT full_name COLLATE "C" FROM customers) q');
  check('postgres', 'SELECT home FROM (SELECT (c).home FROM customers c) q');
  check('postgres', 'SELECT sizes FROM (SELECT sizes[1] FROM products) q');
  check('postgres', 'SELECT xmlelement FROM (SELECT xmlelement(name a)) q');
  check(
    'postgres',
    'WITH t AS MATERIALIZED (SELECT id FROM orders), u AS NOT MATERIALIZED (SELECT id FROM t) SELECT u.id FROM u',
  );
  check('postgres', 'WITH t(a, b) AS (VALUES (1, 2)) SELECT a, b FROM t');
  check('postgres', 'WITH orders AS (SELECT * FROM public.orders) SELECT id FROM orders');
  check(
    'postgres',
    'WITH a AS (SELECT 1 AS x), b AS (WITH a AS (SELECT 2 AS y) SELECT y FROM a) SELECT a.x, b.y FROM a, b',
  );
  check(
    'postgres',
    'WITH ins AS (INSERT INTO orders (id) VALUES (1) RETURNING *), upd AS (UPDATE orders SET total = ins.id FROM ins RETURNING orders.total) SELECT total FROM upd',
  );
  check(
    'postgres',
    'SELECT id FROM orders WHERE EXISTS (SELECT FROM customers WHERE customers.id = customer_id)',
  );
  check('postgres', 'SELECT (SELECT full_name FROM customers WHERE id = customer_id) FROM orders');
  check('postgres', 'SELECT o.* FROM orders o WHERE o IS NOT NULL AND (o).id > 1');
  check('postgres', 'SELECT (o.*) IS NULL FROM orders o');
  check('postgres', 'SELECT count(o) FROM orders o');
  check('postgres', 'SELECT c FROM customers c ORDER BY c');
  check(
    'postgres',
    'UPDATE orders SET (total, note) = (SELECT price, sku FROM products WHERE products.id = orders.id)',
  );
  check('postgres', "UPDATE orders SET (total, note) = ROW (1, 'x'), placed = DEFAULT");
  check(
    'postgres',
    "UPDATE customers c SET home.street = 'x', profile['a'] = '1' FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.customer_id = c.id",
  );
  check(
    'postgres',
    'DELETE FROM ONLY orders AS o USING customers c, lines l WHERE c.id = o.customer_id RETURNING o.*, c.full_name',
  );
  check(
    'postgres',
    'INSERT INTO orders AS o (id, total) VALUES (1, 2) ON CONFLICT ON CONSTRAINT orders_pkey DO UPDATE SET total = o.total + excluded.total',
  );
  check('postgres', 'INSERT INTO orders (id) SELECT id FROM customers ON CONFLICT DO NOTHING RETURNING id');
  check(
    'postgres',
    'INSERT INTO orders (id, total) SELECT id, count(*) FROM customers GROUP BY id ON CONFLICT (id) WHERE total > 1 DO UPDATE SET note = excluded.note',
  );
  check('postgres', 'INSERT INTO orders VALUES (DEFAULT, 1), (2, DEFAULT)');
  check(
    'postgres',
    "SELECT id FROM orders WHERE note ~ 'x' AND note !~* 'y' AND note ^@ 'z' AND NOT note ILIKE ANY (ARRAY['a'])",
  );
  check(
    'postgres',
    'SELECT ARRAY(SELECT id FROM orders ORDER BY id), ARRAY[[1, 2], [3, 4]], (ARRAY[1, 2])[1:2] FROM orders',
  );
  check(
    'postgres',
    'SELECT CAST(id AS double precision), id::character varying(3), id::timestamp(3) with time zone, total::numeric(3, 1)[] FROM orders',
  );
  check(
    'postgres',
    "SELECT interval '1' day, interval '1 2' day to hour, INTERVAL '3' SECOND(2) FROM orders",
  );
  check('postgres', 'SELECT a.attname, c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid');
  check('postgres', 'SELECT table_name FROM information_schema.tables');
  check('postgres', "SELECT * FROM crosstab('x') AS ct(a int, b text) WHERE ct.a > 1");
  check(
    'postgres',
    'SELECT id, lag(total, 1) OVER w, first_value(total) IGNORE NULLS OVER (w) FROM orders WINDOW w AS (ORDER BY id)',
  );
  check(
    'postgres',
    'SELECT rank() OVER (PARTITION BY note ORDER BY total RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) FROM orders',
  );
  check(
    'postgres',
    'SELECT id FROM orders ORDER BY total NULLS FIRST, note COLLATE "de_DE" DESC OFFSET 3 ROWS FETCH NEXT ROW ONLY',
  );
  check(
    'postgres',
    'SELECT 1 FROM orders o JOIN (customers c JOIN lines l ON l.id = c.id) ON o.id = c.id AND l.id = o.id',
  );
  check(
    'postgres',
    'SELECT x.full_name, x.total FROM (orders o JOIN customers c ON c.id = o.customer_id) AS x',
  );
  check('postgres', 'SELECT x.a FROM (orders o JOIN customers c ON c.id = o.customer_id) AS x (a, b)');
  check('postgres', 'SELECT id FROM (SELECT id FROM orders UNION SELECT id FROM customers) u ORDER BY id');
  check(
    'postgres',
    '(SELECT id FROM orders ORDER BY total LIMIT 1) UNION ALL (SELECT id FROM customers ORDER BY full_name LIMIT 1) ORDER BY id',
  );
  check('postgres', 'SELECT id AS x FROM orders INTERSECT SELECT id FROM customers ORDER BY x');
  check(
    'postgres',
    'SELECT * FROM generate_series(1, 3) WITH ORDINALITY AS g(n, i) JOIN orders ON orders.id = g.n',
  );
  check('postgres', 'SELECT n FROM generate_series(1, 3) AS n WHERE n > 1');
  check('postgres', "SELECT s.a[1], s.b FROM unnest(ARRAY['a'], ARRAY[1]) AS s(a, b)");
  check('postgres', 'SELECT id FROM orders TABLESAMPLE system (10) WHERE total IS DISTINCT FROM 3');
  check('postgres', 'SELECT make_interval(days => total, hours => 3) FROM orders');
  check('postgres', "SELECT format('%s', note), string_agg(note, ',' ORDER BY id DESC) FROM orders");
  check('postgres', 'SELECT id FROM orders WHERE (total, note) OVERLAPS (total, note)');
  check('postgres', 'SELECT note IS JSON OBJECT WITH UNIQUE KEYS, note IS NOT JSON SCALAR FROM orders');
  check(
    'postgres',
    'SELECT JSON_SCALAR(1), JSON_ARRAY(1, 2 NULL ON NULL RETURNING jsonb), JSON_OBJECTAGG(note: id) FROM orders',
  );
  check(
    'postgres',
    "SELECT jt.* FROM customers, JSON_TABLE(profile, '$.a[*]' PASSING id AS y COLUMNS (rn FOR ORDINALITY, t text FORMAT JSON PATH '$' WITH UNCONDITIONAL WRAPPER OMIT QUOTES NULL ON EMPTY)) jt WHERE jt.rn > 1",
  );
  check(
    'postgres',
    "SELECT xmltable.* FROM customers, XMLTABLE(XMLNAMESPACES ('http://x' AS x), '/a' PASSING home COLUMNS id int PATH '@id' NOT NULL)",
  );
  check('postgres', 'GRANT SELECT ON orders TO bob');
  check('postgres', 'ALTER TABLE orders RENAME COLUMN nothing TO something');
  check('postgres', 'CREATE INDEX i ON orders USING gin (note gin_trgm_ops) INCLUDE (total) WHERE total > 1');
  check(
    'postgres',
    'CREATE POLICY p ON orders FOR SELECT USING (total > 1) WITH CHECK (note = current_user)',
  );
  check('postgres', 'CREATE TABLE x PARTITION OF orders FOR VALUES FROM (1) TO (10)');
  check(
    'postgres',
    'CREATE VIEW v AS SELECT o.id, c.full_name FROM orders o JOIN customers c ON c.id = o.customer_id',
  );
  check('postgres', 'CREATE MATERIALIZED VIEW v AS SELECT id FROM orders WITH NO DATA');
  check('postgres', 'CREATE RULE r AS ON UPDATE TO orders DO ALSO INSERT INTO lines (id) VALUES (new.id)');
  check(
    'postgres',
    'CREATE TRIGGER t BEFORE UPDATE OF total ON orders FOR EACH ROW WHEN (old.total <> new.total) EXECUTE FUNCTION f()',
  );
  check('postgres', 'PREPARE q (int) AS SELECT id FROM orders WHERE id = $1');
  check('postgres', 'DECLARE c CURSOR FOR SELECT id FROM orders');
  check('postgres', 'COPY orders (id, total) FROM STDIN WITH (FORMAT csv, HEADER)');
  check('postgres', 'EXPLAIN (COSTS off) UPDATE orders SET total = 1');
  check(
    'postgres',
    'MERGE INTO orders AS t USING (SELECT id, price FROM products) AS s ON s.id = t.id WHEN MATCHED THEN UPDATE SET total = s.price WHEN NOT MATCHED THEN INSERT (id, total) VALUES (s.id, price)',
  );
  check(
    'postgres',
    'MERGE INTO orders t USING products s ON s.id = t.id WHEN MATCHED AND price > 3 THEN DO NOTHING WHEN NOT MATCHED THEN INSERT VALUES (s.id)',
  );
  check(
    'postgres',
    'SELECT GREATEST(total, 1), LEAST(total, 2), NULLIF(total, 3) FROM orders WHERE total BETWEEN SYMMETRIC 3 AND 1',
  );
  check(
    'postgres',
    'SELECT id FROM orders WHERE total > ALL (SELECT price FROM products WHERE products.id <> orders.id)',
  );
  check(
    'postgres',
    'SELECT DISTINCT ON (note, total) id, placed FROM orders ORDER BY note, total, placed DESC',
  );
  check(
    'postgres',
    "SELECT CASE note WHEN 'a' THEN total END AS k, k2 FROM (SELECT note, total, id AS k2 FROM orders) s ORDER BY k",
  );
  check('postgres', 'SELECT id FROM orders FOR UPDATE OF orders NOWAIT');
  check('postgres', 'SELECT id::text || note AS t FROM orders ORDER BY t');
  check(
    'postgres',
    "SELECT extract(epoch FROM placed::timestamptz), extract('dow' FROM now()), date_part('dow', now()) FROM orders",
  );
  check('postgres', 'SELECT public.orders.id FROM public.orders');
  check('postgres', 'SELECT orders.id FROM public.orders');
  check('postgres', "SELECT current_setting('x'), current_schema, current_role, session_user FROM orders");
  check(
    'mysql',
    'SELECT id FROM orders WHERE placed > NOW() - INTERVAL 1 DAY AND placed < DATE_ADD(placed, INTERVAL total MINUTE)',
  );
  check(
    'mysql',
    "SELECT DATE_FORMAT(placed, '%Y') AS y, COUNT(*) c FROM orders GROUP BY y WITH ROLLUP HAVING c > 1 ORDER BY y",
  );
  check('mysql', 'INSERT INTO orders (id, total) VALUES (1, id + 1)');
  check(
    'mysql',
    'INSERT IGNORE INTO orders (id) VALUES (1) ON DUPLICATE KEY UPDATE total = total + VALUES(total), note = orders.note',
  );
  check(
    'mysql',
    'INSERT INTO orders SELECT * FROM orders AS x WHERE x.id > 1 ON DUPLICATE KEY UPDATE total = x.total',
  );
  check('mysql', 'INSERT HIGH_PRIORITY INTO orders (id) VALUES (1)');
  check('mysql', 'INSERT DELAYED orders (id) VALUES (1)');
  check('mysql', 'REPLACE orders SET id = 1, total = 2');
  check(
    'mysql',
    "UPDATE orders, customers SET orders.total = 1, full_name = 'x' WHERE orders.customer_id = customers.id",
  );
  check('mysql', 'UPDATE orders SET total = total + 1 ORDER BY id LIMIT 3');
  check('mysql', 'DELETE QUICK FROM orders WHERE id = 1 ORDER BY total LIMIT 1');
  check('mysql', 'DELETE FROM o USING orders AS o INNER JOIN customers AS c ON c.id = o.customer_id');
  check('mysql', 'SELECT SQL_NO_CACHE HIGH_PRIORITY id FROM orders PROCEDURE ANALYSE()');
  check('mysql', 'SELECT a.id FROM orders a, customers b USE INDEX (x) WHERE a.id = b.id');
  check('mysql', "SELECT JSON_EXTRACT(profile, '$.a'), profile->'$.a', profile->>'$.b' FROM customers");
  check(
    'mysql',
    "SELECT note REGEXP 'x', note RLIKE 'y', note SOUNDS LIKE 'z', BINARY note, note COLLATE utf8mb4_bin FROM orders",
  );
  check('mysql', 'SELECT @x := total, @@session.sql_mode FROM orders');
  check(
    'mysql',
    "SELECT IF(total > 1, 'a', 'b'), CONVERT(note, CHAR CHARACTER SET latin1), CAST(total AS UNSIGNED INTEGER), CAST(note AS DECIMAL(3, 1)) FROM orders",
  );
  check(
    'mysql',
    "SELECT TIMESTAMPDIFF(SECOND, placed, NOW()), ADDDATE(placed, INTERVAL '1:2' HOUR_MINUTE), EXTRACT(DAY_SECOND FROM placed) FROM orders",
  );
  check('mysql', 'SELECT ROW(1, 2) = (id, total), (id, total) IN ((1, 2)) FROM orders');
  check('mysql', 'WITH RECURSIVE cte (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM cte) SELECT n FROM cte');
  check('mysql', 'SELECT id FROM orders WHERE total <=> NULL AND note IS NOT TRUE AND id DIV 2 MOD 3 XOR 1');
  check(
    'mysql',
    'SELECT SUM(total) OVER (PARTITION BY note ORDER BY id ROWS 2 PRECEDING) s FROM orders ORDER BY s',
  );
  check('mysql', "SELECT GROUP_CONCAT(note) AS g FROM orders HAVING g <> ''");
  check('mysql', 'SELECT t.n FROM (SELECT COUNT(*) n FROM orders) t');
  check('mysql', 'TABLE orders ORDER BY total LIMIT 1');
  check('mysql', 'VALUES ROW(1, 2), ROW(3, 4) ORDER BY column_0');
  check('mysql', 'SELECT column_1 FROM (VALUES ROW(1, 2)) AS v');
  check(
    'mysql',
    'SELECT * FROM orders o JOIN LATERAL (SELECT full_name FROM customers WHERE customers.id = o.customer_id) c ON TRUE',
  );
  check('mysql', 'SELECT id FROM orders FOR SHARE SKIP LOCKED');
  check('mysql', 'CALL proc(nothing)');
  check('mysql', 'SET @a = (SELECT MAX(total) FROM orders)');
  check('mysql', 'DO SLEEP(1)');
  check('mysql', "SHOW COLUMNS FROM orders LIKE 'x'");
  check('mysql', "SELECT id INTO @a FROM orders WHERE note = 'x'");
  check('mysql', 'SELECT id, total INTO @a, @b FROM orders');
  check('mysql', "LOAD DATA LOCAL INFILE 'x' REPLACE INTO TABLE orders (id, @v) SET total = @v * 2");
  check('mysql', 'ALTER TABLE orders ADD INDEX ix (total), DROP COLUMN note');
  check('mysql', 'SELECT NEXT VALUE FOR s, NEXTVAL(s), LASTVAL(s), PREVIOUS VALUE FOR s');
  check('mysql', "SELECT id FROM orders FOR SYSTEM_TIME AS OF TIMESTAMP '2024-01-01' AS o");
  check('mysql', 'INSERT INTO orders (id) VALUES (1) RETURNING id, total');
  check('mysql', 'DELETE FROM orders WHERE id = 1 RETURNING id');
  check(
    'mysql',
    'SELECT id FROM orders PARTITION (p0) WHERE total > 1 UNION SELECT id FROM customers PARTITION (p1)',
  );
  check('mysql', 'SELECT seq FROM seq_1_to_10');
  check('mysql', 'EXPLAIN FORMAT=JSON SELECT id FROM orders');
  check('mysql', 'ANALYZE FORMAT=JSON SELECT id FROM orders');
  check('sqlite', 'SELECT id, rank FROM (SELECT id, rank() OVER (ORDER BY total) AS rank FROM orders)');
  check(
    'sqlite',
    "SELECT id FROM orders WHERE note GLOB 'x*' AND note MATCH 'y' AND note REGEXP 'z' AND total ISNULL",
  );
  check('sqlite', "SELECT CASE WHEN total THEN 'x' END c FROM orders GROUP BY c HAVING c = 'x'");
  check('sqlite', 'SELECT id FROM orders WHERE (total, note) = (SELECT price, sku FROM products)');
  check(
    'sqlite',
    'INSERT INTO orders (id, total) SELECT id, price FROM products WHERE true ON CONFLICT DO NOTHING',
  );
  check('sqlite', "UPDATE orders SET (total, note) = (1, 'x') WHERE rowid = 1");
  check(
    'sqlite',
    'UPDATE orders SET total = (SELECT price FROM products WHERE products.id = orders.id) RETURNING *',
  );
  check('sqlite', 'DELETE FROM orders AS o WHERE o.id IN (SELECT id FROM products) RETURNING id');
  check('sqlite', 'WITH t AS (SELECT 1 AS a), u AS MATERIALIZED (SELECT a FROM t) SELECT a FROM u');
  check('sqlite', 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 5) SELECT x FROM c');
  check('sqlite', 'WITH c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 5) SELECT x FROM c');
  check(
    'sqlite',
    "SELECT json_extract(j.value, '$.a') FROM customers c, json_each(c.profile, '$.x') AS j WHERE j.key = 1",
  );
  check('sqlite', "SELECT je.value FROM json_each('[1]') je");
  check('sqlite', "SELECT name FROM pragma_table_list WHERE schema = 'main'");
  check('sqlite', 'SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c');
  check(
    'sqlite',
    "SELECT count(*) FILTER (WHERE total > 1), group_concat(note, ',' ORDER BY id) FROM orders",
  );
  check('sqlite', 'SELECT id FROM orders ORDER BY total COLLATE nocase ASC NULLS LAST LIMIT 3, 4');
  check('sqlite', 'SELECT * FROM orders LEFT JOIN customers USING (id) ORDER BY id');
  check('sqlite', 'SELECT main.orders.id, orders.total FROM main.orders');
  check('sqlite', 'REPLACE INTO orders (id) VALUES (1)');
  check('sqlite', 'VALUES (1, 2), (3, 4)');
  check('sqlite', 'SELECT * FROM (VALUES (1, 2)) WHERE column2 > 1');
  check('sqlite', 'SELECT current_timestamp, CURRENT_DATE, true, false FROM orders');
  check('sqlite', 'SELECT oid, _rowid_, ROWID FROM orders');
  check('sqlite', "ATTACH 'x.db' AS other; SELECT y FROM other.thing");
  check('sqlite', 'EXPLAIN QUERY PLAN SELECT id FROM orders');
  check('sqlite', "SELECT raise(ABORT, 'x')");
  check(
    'sqlite',
    'CREATE TRIGGER t AFTER UPDATE OF total ON orders WHEN new.total > 1 BEGIN UPDATE orders SET note = old.note WHERE id = new.id; SELECT RAISE(IGNORE); END',
  );
  check('sqlite', 'CREATE VIEW v AS SELECT id FROM orders');
  check('sqlite', 'CREATE TABLE n AS SELECT id AS x FROM orders WHERE x > 1');
  check('sqlite', 'SELECT "note" FROM orders WHERE `total` > [id]');
  check('duckdb', 'SELECT o.id, c.* FROM orders o LEFT JOIN customers c ON c.id = o.customer_id');
  check(
    'duckdb',
    "SELECT * FROM orders SEMI JOIN customers ON (customers.id = orders.customer_id AND full_name = 'x') WHERE id > 1",
  );
  check('duckdb', "SELECT s.a.b, s['a'] FROM (SELECT {'a': {'b': 1}} AS s)");
  check('duckdb', "SELECT {'a': total, 'b': [id, total]} AS st, st.a FROM orders");
  check(
    'duckdb',
    "SELECT list_transform([1, 2], x -> x + total), list_sort(sizes, 'DESC'), [x for x in [1, 2]], sizes[1:2] FROM orders, products",
  );
  check('duckdb', 'SELECT map_from_entries([(1, 2)]), MAP([1], [2])[1], MAP {1: total} FROM orders');
  check('duckdb', 'PIVOT (SELECT note, total FROM orders) ON note USING sum(total)');
  check(
    'duckdb',
    'WITH p AS (PIVOT orders ON note USING sum(total) GROUP BY customer_id) SELECT * FROM p WHERE customer_id > 1',
  );
  check('duckdb', 'SELECT * FROM (PIVOT orders ON note USING first(total)) WHERE a > 1');
  check('duckdb', 'FROM (UNPIVOT wide ON jan, feb INTO NAME m VALUE v) SELECT m, v');
  check('duckdb', 'UNPIVOT wide ON (jan, feb) AS q1 INTO NAME m VALUE a, b');
  check('duckdb', "SELECT m, v FROM wide UNPIVOT (v FOR m IN (jan AS 'January', feb))");
  check('duckdb', "SELECT COLUMNS(x -> x LIKE '%o%') FROM orders");
  check('duckdb', "SELECT min(COLUMNS(*)), COLUMNS(['id', 'total']) FROM orders");
  check('duckdb', "SELECT * LIKE '%t%', * NOT LIKE 'x' FROM orders");
  check('duckdb', "SELECT o.* REPLACE (o.total + 1 AS total), o.COLUMNS('t.*') FROM orders o");
  check('duckdb', 'SELECT id, total, sum(total) OVER (PARTITION BY note) AS s FROM orders QUALIFY s > 1');
  check('duckdb', 'SELECT note, count(*) AS n FROM orders GROUP BY ALL HAVING n > 1 ORDER BY ALL DESC');
  check('duckdb', "SELECT id FROM 'data/*.parquet' WHERE size > 1");
  check(
    'duckdb',
    "SELECT filename, x FROM read_parquet('a.parquet', filename = true, hive_partitioning = 1)",
  );
  check('duckdb', "SELECT x FROM read_csv('a.csv', columns = {'x': 'INT'}, delim = ';') AS t");
  check('duckdb', "FROM read_json_auto('x.json') SELECT unnest(items) AS i, i.name");
  check('duckdb', 'INSERT INTO orders BY NAME (SELECT id, price AS total FROM products)');
  check('duckdb', 'INSERT INTO orders BY NAME FROM products SELECT id');
  check('duckdb', 'INSERT INTO orders (id) FROM products SELECT id');
  check('duckdb', "COPY orders FROM 'x.csv'");
  check('duckdb', "COPY (FROM orders) TO 'x.parquet' (FORMAT parquet)");
  check('duckdb', 'CREATE OR REPLACE TABLE t2 AS SELECT id AS x FROM orders');
  check('duckdb', 'CREATE MACRO add_it(a, b) AS a + b');
  check('duckdb', 'SUMMARIZE orders');
  check('duckdb', 'DESCRIBE SELECT id FROM orders');
  check('duckdb', 'SHOW TABLES');
  check(
    'duckdb',
    'SELECT o.id FROM orders o ASOF JOIN page_hits h ON o.customer_id = h.hits AND o.id >= h.day',
  );
  check('duckdb', 'SELECT total.abs(), note.upper() AS u, u.lower() FROM orders');
  check('duckdb', 'SELECT generate_series FROM generate_series(1, 3)');
  check('duckdb', 'SELECT i, g.i FROM range(3) g(i)');
  check('duckdb', 'SELECT unnest(sizes) AS s, s + 1 FROM products');
  check('duckdb', 'SELECT unnest(profile, recursive := true) FROM customers');
  check('duckdb', 'SELECT struct_pack(a := total).a, row_to_json(o) FROM orders o');
  check('duckdb', 'SELECT o FROM orders o');
  check(
    'duckdb',
    "SELECT epoch_ms(total), strftime(placed::TIMESTAMP, '%Y'), date_diff('day', placed::DATE, current_date), datepart('year', placed::DATE) FROM orders",
  );
  check(
    'duckdb',
    "SELECT INTERVAL 1 YEAR, INTERVAL '1' MONTH, to_days(total), DATE '2024-01-01' + INTERVAL (total) DAYS FROM orders",
  );
  check('duckdb', 'SELECT x: total, y: x + 1 FROM orders');
  check('duckdb', 'FROM a: orders, b: customers SELECT a.id, b.full_name');
  check('duckdb', 'FROM a: (SELECT id AS k FROM orders) SELECT a.k');
  check('duckdb', 'UPDATE orders SET total = p.price FROM products p WHERE p.id = orders.id RETURNING total');
  check('duckdb', 'DELETE FROM orders USING customers c WHERE c.id = customer_id');
  check(
    'duckdb',
    'MERGE INTO orders USING (SELECT id, price FROM products) AS s USING (id) WHEN MATCHED THEN UPDATE SET total = price WHEN NOT MATCHED THEN INSERT BY NAME',
  );
  check(
    'duckdb',
    'MERGE INTO orders t USING products s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, total) VALUES (s.id, s.price) RETURNING merge_action, *',
  );
  check('duckdb', 'SELECT id FROM orders LIMIT (SELECT count(*) FROM customers)');
  check('duckdb', 'SELECT id FROM orders TABLESAMPLE 10% (bernoulli, 42)');
  check('duckdb', 'SELECT id FROM orders USING SAMPLE reservoir(50 ROWS) REPEATABLE (3)');
  check('duckdb', 'WITH t(a) AS (SELECT 1) FROM t SELECT a');
  check(
    'duckdb',
    'WITH RECURSIVE t(n) USING KEY (n) AS (SELECT 1 UNION SELECT n + 1 FROM recurring.t) SELECT n FROM t',
  );
  check('duckdb', 'SELECT (SELECT max(x) FROM (VALUES (1), (total)) v(x)) FROM orders');
  check('duckdb', "SELECT try(total / 0), coalesce(note, 'x') IS DISTINCT FROM 'y' FROM orders");
  check(
    'duckdb',
    'SELECT list(note ORDER BY id), arg_max(note, total), quantile_cont(total, [0.1, 0.9]), histogram(total) FROM orders',
  );
  check('duckdb', "SELECT * FROM duckdb_tables() WHERE schema_name = 'main'");
  check('duckdb', 'SELECT table_name FROM information_schema.tables');
  check('duckdb', "ATTACH 'x.db' AS other; SELECT y FROM other.thing");
  check('duckdb', "PRAGMA table_info('orders')");
  check('duckdb', "SET VARIABLE v = 3; SELECT getvariable('v')");
  check('duckdb', 'SELECT $1, $name, ? FROM orders');
  check('duckdb', 'FROM orders o JOIN customers c USING (id) SELECT o.total, c.full_name WHERE total > 1');
  check('duckdb', 'FROM orders JOIN customers ON orders.customer_id = customers.id SELECT full_name');
  check('duckdb', 'FROM orders UNION ALL BY NAME FROM customers');
  check('duckdb', 'SELECT a.x, b.x FROM (SELECT 1 AS x) a POSITIONAL JOIN (SELECT 2 AS x) b');
  check('duckdb', 'SELECT id, FROM orders');
  check('duckdb', 'SELECT * EXCLUDE (note, placed), total AS t2 FROM orders ORDER BY t2');
  check('duckdb', 'SELECT id FROM (SELECT * RENAME (id AS k) FROM orders)');
  check('duckdb', 'SELECT k FROM (SELECT * RENAME (id AS k) FROM orders)');
  check('duckdb', 'SELECT note FROM (SELECT * EXCLUDE (id) FROM orders)');
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
