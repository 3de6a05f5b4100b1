/** Diagnostics by example: `$0` is the cursor; the expectation is `text: message`, fixes behind `→`. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diagnostics } from '../../../server/src/features/diagnostics/diagnostics';
import { dialects, emptySchema, type Schema } from '../../../server/src/schema/model';
import { oddTexts, schemaOf, shop } from '../support/schemas';

function found(marked: string, schema: Schema): string[] {
  const cursor = marked.indexOf('$0');
  const text = marked.replace('$0', '');
  return diagnostics(text, schema, schema.dialect, cursor < 0 ? undefined : cursor).map((one) => {
    const fixes = one.fixes.map((fix) => text.slice(0, fix.from) + fix.text + text.slice(fix.to));
    return [`${text.slice(one.from, one.to)}: ${one.message}`, ...fixes].join(' → ');
  });
}

function check(marked: string, expected: readonly string[] = [], schema: Schema = shop): void {
  it(`${expected.length === 0 ? 'nothing in ' : ''}${marked.slice(0, 110)}`, () => {
    assert.deepEqual(found(marked, schema), expected);
  });
}

const postgres = schemaOf(
  `CREATE TABLE customers (id serial PRIMARY KEY, name text, "createdAt" timestamptz);
   CREATE TABLE "Order" (id int, customer_id int REFERENCES customers);
   CREATE TABLE audit.log (id int, happened timestamptz, customer_id int);`,
  'postgres',
);
const mysql = schemaOf(
  'CREATE TABLE orders (id int, amount int, placed datetime); CREATE TABLE items (id int, order_id int);',
  'mysql',
);
const tsql = schemaOf('CREATE TABLE dbo.Orders ([Order Id] int, Total money, Name nvarchar(20));', 'tsql');

describe('diagnostics: names', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT nme FROM customers', ['nme: Unknown column nme. → SELECT name FROM customers']);
  check('SELECT * FROM custmers', ['custmers: Unknown table custmers. → SELECT * FROM customers']);
  check('SELECT c.citty FROM customers c', [
    'citty: c has no column citty. → SELECT c.city FROM customers c',
  ]);
  check('SELECT unit_price FROM products', [
    'unit_price: Unknown column unit_price. → SELECT "unit price" FROM products',
  ]);
  check('SELECT id FROM customers c JOIN orders o ON c.id = o.customer_id', [
    'id: Column id is in more than one table: c, o. → ' +
      'SELECT c.id FROM customers c JOIN orders o ON c.id = o.customer_id → ' +
      'SELECT o.id FROM customers c JOIN orders o ON c.id = o.customer_id',
  ]);
  check(
    "WITH made AS (INSERT INTO customers (nme) VALUES ('x') RETURNING id) SELECT id FROM made",
    [
      "nme: customers has no column nme. → WITH made AS (INSERT INTO customers (name) VALUES ('x') RETURNING id) SELECT id FROM made",
    ],
    postgres,
  );
  check('SELECT x.name FROM customers c', [
    'x: No table or alias x in this query. → SELECT c.name FROM customers c',
  ]);
  check('SELECT customers.name FROM customers c', [
    'customers: Table customers is not named so in FROM of this query. → SELECT c.name FROM customers c',
  ]);
  check('SELECT name FROM customers WHERE nothing_like_it = 1', [
    'nothing_like_it: Unknown column nothing_like_it.',
  ]);
  check('UPDATE orders SET amuont = 1', [
    'amuont: orders has no column amuont. → UPDATE orders SET amount = 1',
  ]);
  // What is no SQL yet may stand for anything.
  for (const text of [
    'SELECT id FROM customers WHERE id = %s',
    'SELECT id FROM customers WHERE id=%(id)s AND name LIKE %(n)s',
    'SELECT id FROM customers WHERE id = {id} AND ${cond}',
    'SELECT nope FROM ${t}',
    'SELECT o.nope, orders.nope, nope FROM ${schema}.orders, {{ ref("orders") }} o',
    'SELECT nope FROM audit.{{ table }} o WHERE o.nope = 1',
    'SELECT orders.nope FROM {schema}.orders JOIN orders_${year} y ON y.nope = orders.nope',
    'SELECT x.nope, nope FROM customers ${joins} WHERE x.a = 1',
    'SELECT {{ columns }} FROM customers ORDER BY nope',
    'SELECT nope, ${t}.nope, ${prefix}nope FROM {# from x #} {{ t }}',
    'SELECT name AS ${alias} FROM customers ORDER BY nope',
    '${ctes} SELECT a FROM nope',
    'WITH ${ctes} SELECT a FROM nope',
    'SELECT :"column", :\'value\' FROM customers WHERE id = :id',
    'SELECT @{x} FROM customers WHERE id = <<id>>',
    'SELECT {% if x %} nope {% endif %} FROM customers',
    'INSERT INTO customers (id, name) VALUES (%s)',
    'INSERT INTO customers (id, name) VALUES ${rows}',
    'INSERT INTO customers (id, ${more}) VALUES (1, 2, 3)',
    'INSERT INTO ${t} (a, b) VALUES (1, 2)',
    'UPDATE ${t} SET nope = 1 WHERE nope = 2',
    'DELETE FROM {t} WHERE nope = 1',
    'SELECT id FROM customers \\gset p_\nSELECT id FROM customers \\gx',
    '\\copy customers to nope',
  ])
    check(text, [], postgres);
  check(
    'SELECT c.nme FROM customers c WHERE c.id = ${id}',
    ['nme: c has no column nme. → SELECT c.name FROM customers c WHERE c.id = ${id}'],
    postgres,
  );
  check(
    'SELECT nme FROM customers WHERE id = %s',
    ['nme: Unknown column nme. → SELECT name FROM customers WHERE id = %s'],
    postgres,
  );
  check(".mode nope\n.print it's\nSELECT nme FROM customers", [
    "nme: Unknown column nme. → .mode nope\n.print it's\nSELECT name FROM customers",
  ]);
  check('SELECT 1; SELECT nme FROM customers; SELECT 2', [
    'nme: Unknown column nme. → SELECT 1; SELECT name FROM customers; SELECT 2',
  ]);
  check(
    'SELECT "createdat" FROM customers',
    ['"createdat": Unknown column createdat. → SELECT "createdAt" FROM customers'],
    postgres,
  );
  check(
    'SELECT createdAt FROM customers',
    ['createdAt: Unknown column createdAt. → SELECT "createdAt" FROM customers'],
    postgres,
  );
  check('SELECT "createdAt", NAME FROM Customers', [], postgres);
  check('SELECT * FROM Order_', ['Order_: Unknown table Order_. → SELECT * FROM "Order"'], postgres);
  check(
    'SELECT l.hapened FROM audit.log l',
    ['hapened: l has no column hapened. → SELECT l.happened FROM audit.log l'],
    postgres,
  );
  check('SELECT * FROM audit.logs', ['logs: Unknown table logs. → SELECT * FROM audit.log'], postgres);
  check('SELECT * FROM elsewhere.logs', [], postgres);
  check(
    'SELECT [order id] FROM Orders WHERE Totl > 1',
    ['Totl: Unknown column Totl. → SELECT [order id] FROM Orders WHERE Total > 1'],
    tsql,
  );
  check('SELECT amount AS a FROM orders WHERE a > 1', ['a: Unknown column a.'], mysql);
  check('SELECT amount AS a FROM orders GROUP BY a HAVING a > 1 ORDER BY a', [], mysql);
});

describe('diagnostics: not judged', function () {
  this.timeout(60_000);

  check('SELECT nme FROM customers', [], emptySchema('sqlite'));
  check('SELECT nme$0 FROM customers');
  check('SELECT * FROM cust$0 WHERE 1');
  check('SELECT n$0me, citty FROM customers', [
    'citty: Unknown column citty. → SELECT nme, city FROM customers',
  ]);
  check('SELECT anything');
  check('SELECT anything FROM ');
  check('SELECT anything FROM customers, $0');
  check('SELECT b.x FROM customers c JOIN $0');
  check('SELECT * FROM {{ source }} WHERE nme = 1');
  check('CREATE TABLE fresh (a int); SELECT a, b FROM fresh');
  check('CREATE TEMP TABLE t2 AS SELECT id FROM orders; SELECT nme FROM t2');
  check('ALTER TABLE customers ADD COLUMN age int; SELECT age FROM customers');
  check('SELECT * INTO copy FROM Orders; SELECT x FROM copy', [], tsql);
  check('SELECT name FROM customers WHERE city = "Bern"');
  check('CREATE PROCEDURE p() BEGIN DECLARE x INT; SELECT x, y FROM orders; END', [], mysql);
  check('CREATE FUNCTION f(a int) RETURNS int AS $$ SELECT a FROM customers $$ LANGUAGE sql', [], postgres);
  check(
    'CREATE TRIGGER t AFTER INSERT ON orders BEGIN UPDATE orders SET amount = NEW.amount WHERE id = NEW.id; END',
  );
  check('CREATE TRIGGER t AFTER INSERT ON orders BEGIN UPDATE orders SET amout = 1; END', [
    'amout: orders has no column amout. → ' +
      'CREATE TRIGGER t AFTER INSERT ON orders BEGIN UPDATE orders SET amount = 1; END',
  ]);
});

/** Where the schema is all that the database has. */
const hospital: Schema = {
  ...schemaOf(
    `CREATE TABLE wards (id int, name text); CREATE TABLE audit.events (id int, payload jsonb);
     CREATE VIEW busy AS SELECT id FROM wards;`,
    'postgres',
  ),
  isComplete: true,
};
const railway: Schema = { ...schemaOf('CREATE TABLE trains (id INTEGER, model TEXT);'), isComplete: true };

describe('diagnostics: what commands are about', () => {
  const unknown = (name: string, fix?: string) => [
    `${name}: Unknown table ${name}.${fix === undefined ? '' : ` → ${fix}`}`,
  ];
  check('DROP TABLE wrds', unknown('wrds', 'DROP TABLE wards'), hospital);
  check('DROP TABLE wards, nowhere CASCADE', unknown('nowhere'), hospital);
  check('DROP VIEW audit.nowhere', unknown('nowhere'), hospital);
  check('ALTER TABLE ONLY nowhere ADD COLUMN a int', unknown('nowhere'), hospital);
  check('TRUNCATE wards, nowhere RESTART IDENTITY', unknown('nowhere'), hospital);
  check('CREATE UNIQUE INDEX CONCURRENTLY i ON nowhere (a)', unknown('nowhere'), hospital);
  check(
    'CREATE TRIGGER t BEFORE UPDATE OF name ON nowhere EXECUTE FUNCTION f()',
    unknown('nowhere'),
    hospital,
  );
  check("COPY nowhere FROM '/dev/null'", unknown('nowhere'), hospital);
  check('LOCK TABLE nowhere IN SHARE MODE', unknown('nowhere'), hospital);
  check('REFRESH MATERIALIZED VIEW CONCURRENTLY nowhere', unknown('nowhere'), hospital);
  check("COMMENT ON TABLE nowhere IS 'x'", unknown('nowhere'), hospital);
  check('ANALYZE wards, nowhere', unknown('nowhere'), hospital);
  check('DROP TABLE nowhere', unknown('nowhere'), railway);
  check('CREATE TRIGGER t AFTER INSERT ON nowhere BEGIN SELECT 1; END', unknown('nowhere'), railway);
  check('CREATE INDEX ON wards (id, lower(name), nme DESC) INCLUDE (id)', ['nme: wards has no column nme. → CREATE INDEX ON wards (id, lower(name), name DESC) INCLUDE (id)'], hospital); // prettier-ignore
  check("COPY wards (id, nowhere) FROM '/dev/null'", ['nowhere: wards has no column nowhere.'], hospital);
  check(
    "COMMENT ON COLUMN audit.events.nowhere IS 'x'",
    ['nowhere: events has no column nowhere.'],
    hospital,
  );
  check('ALTER TABLE wards DROP COLUMN nowhere', ['nowhere: wards has no column nowhere.'], hospital);
  check(
    'ALTER TABLE trains RENAME COLUMN nowhere TO kind',
    ['nowhere: trains has no column nowhere.'],
    railway,
  );
  for (const [statement, schema] of [
    ['DROP TABLE IF EXISTS nowhere', hospital],
    ['DROP INDEX nowhere; DROP SEQUENCE nowhere; DROP FUNCTION nowhere()', hospital],
    [
      'CREATE TABLE nowhere (a int); CREATE INDEX ON nowhere (a); ALTER TABLE nowhere ADD b int; DROP TABLE nowhere',
      hospital,
    ],
    ['ALTER TABLE wards RENAME TO nowhere; DROP TABLE nowhere', hospital],
    [
      'ALTER TABLE wards ADD COLUMN size int; CREATE INDEX ON wards (size); COMMENT ON COLUMN wards.size IS NULL',
      hospital,
    ],
    ['ALTER TABLE wards ADD a int, ALTER COLUMN a SET NOT NULL', hospital],
    ['ALTER TABLE some_index RENAME TO other_index; ALTER TABLE some_index SET TABLESPACE fast', hospital],
    ['DROP TABLE pg_temp.nowhere', hospital],
    ["DO $$ BEGIN EXECUTE 'CREATE TABLE nowhere AS SELECT 1'; END $$; DROP TABLE nowhere", hospital],
    [
      'CREATE TABLE made AS SELECT id FROM wards WITH DATA; EXPLAIN CREATE TABLE made2 AS SELECT 1 WITH DATA',
      hospital,
    ],
    ['DROP TABLE logs_${year}; DROP TABLE {{ name }}; TRUNCATE :"name"', hospital],
    ['COPY (SELECT id FROM wards) TO STDOUT; ANALYZE; TRUNCATE wards', hospital],
    ['CREATE INDEX ON wards USING gin (name gin_trgm_ops); CREATE INDEX ON wards ((id + 1), ctid)', hospital],
    ["ATTACH 'other.db' AS other; DROP TABLE nowhere", railway],
    ['DROP TABLE temp.nowhere; DROP TABLE other.nowhere', railway],
    ['CREATE INDEX i ON trains ("model name")', railway],
    // Without a database behind it the schema may lack anything.
    ['DROP TABLE nowhere; ALTER TABLE nowhere ADD a int', postgres],
  ] as const)
    check(statement, [], schema);
});

describe('diagnostics: table functions', () => {
  check('SELECT j.key, j.vale FROM customers c, json_each(c.city) j', [
    'vale: j has no column vale. → SELECT j.key, j.value FROM customers c, json_each(c.city) j',
  ]);
  check('SELECT json_each.key, fullkey, json FROM json_each(1)');
  check('SELECT nowhere FROM json_tree(1)', ['nowhere: Unknown column nowhere.']);
  check("SELECT name, hidden FROM pragma_table_xinfo('customers') WHERE schema = 'main'");
  check("SELECT hiden FROM pragma_table_xinfo('customers')", [
    "hiden: Unknown column hiden. → SELECT hidden FROM pragma_table_xinfo('customers')",
  ]);
  check('SELECT d::date, generate_series FROM generate_series(1, 2) d, generate_series(1, 2)', [], postgres);
  check('SELECT nowhere FROM generate_series(1, 2) AS d', ['nowhere: Unknown column nowhere.'], postgres);
  check('SELECT x.name FROM customers c, own_function(c.id) f', ['x: No table or alias x in this query. → SELECT c.name FROM customers c, own_function(c.id) f → SELECT f.name FROM customers c, own_function(c.id) f'], postgres); // prettier-ignore
  check('SELECT own_function.a, b, f.c FROM own_function(1), pg_catalog.own_function(2) f', [], postgres);
  check('SELECT e.k, place FROM customers, jsonb_each(name) WITH ORDINALITY AS e(k, v, place) WHERE nowhere = 1', ['nowhere: Unknown column nowhere.'], postgres); // prettier-ignore
  check('SELECT key, ordinality FROM jsonb_each(NULL) WITH ORDINALITY', [], postgres);
});

describe('diagnostics: the word that is being typed', () => {
  check('SELECT nme$0 FROM customers');
  check('SELECT n$0me FROM customers');
  check('SELECT name FROM custm$0');
  check('SELECT x$0.name FROM customers c');
  check('INSERT INTO customers (id, nme$0) VALUES (1, 2)');
  check('INSERT INTO customers (id, name) VALUES (1$0)');
  check('DROP TABLE nowhere$0', [], hospital);
  // Another word, a place away, is.
  check('SELECT nme FROM customers WHERE$0', ['nme: Unknown column nme. → SELECT name FROM customers WHERE']);
});

describe('diagnostics: numbers of values', function () {
  this.timeout(60_000);

  check('INSERT INTO orders (id, amount) VALUES (1, 2)');
  check('INSERT INTO orders (id, amount) VALUES (1)', ['(1): 1 value for 2 columns.']);
  check('INSERT INTO orders (id,amount) VALUES (1, 2), (1, 2, 3), (f(1, 2), (3))', [
    '(1, 2, 3): 3 values for 2 columns.',
  ]);
  check('INSERT INTO orders (id, amount) VALUES (1$0)');
  check('INSERT INTO orders (id, amount) VALUES (1, 2');
  check('INSERT INTO orders VALUES (1, 2, 3, 4)');
  check('INSERT INTO orders VALUES (1, 2, 3)', ['(1, 2, 3): 3 values for 4 columns.']);
  check('INSERT INTO orders SELECT id, name FROM customers', ['id, name: 2 values for 4 columns.']);
  check('INSERT INTO customers SELECT * FROM customers');
  check('INSERT INTO big_orders (id) SELECT * FROM unknown_one(1)');
  check('REPLACE INTO orders (id) VALUES (1, 2)', ['(1, 2): 2 values for 1 column.']);
  check('INSERT INTO customers VALUES (1, 2)', [], postgres);
  check('INSERT INTO customers VALUES (1, 2, 3, 4)', ['(1, 2, 3, 4): 4 values for 3 columns.'], postgres);
  check('INSERT INTO orders VALUES ()', [], mysql);
  check('WITH n AS (SELECT 1) INSERT INTO orders (id) SELECT * FROM n');
  check('INSERT INTO orders DEFAULT VALUES');
  check(
    'INSERT INTO orders (id, amount) SELECT 1, 2 UNION SELECT 3, 4 ON CONFLICT (id) DO UPDATE SET amount = excluded.amount',
  );
});

describe('diagnostics: always', function () {
  this.timeout(60_000);

  it('is total over random text and gives ranges within it', () => {
    const piece = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: 'binary', maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.constantFrom(...dialects), (pieces, dialect) => {
        const text = pieces.join('; ');
        for (const one of diagnostics(text, { ...shop, dialect }, dialect))
          assert.ok(one.from >= 0 && one.from < one.to && one.to <= text.length);
      }),
    );
  });
});
