/** Hovers that need the meaning of a name: queries, stars, functions, keys in both directions, triggers. By example. */
import assert from 'node:assert/strict';
import { hover } from '../../../server/src/features/hover/hover';
import type { Schema } from '../../../server/src/schema/model';
import { crossSchema, shopSchema, twinSchema } from './editorSchemas';
import { schemaOf } from '../support/schemas';
import { cursorIn } from '../support/text';

function markdownAt(marked: string, schema: Schema): string | undefined {
  const { text, offset } = cursorIn(marked);
  return hover(text, offset, schema, schema.dialect)?.markdown;
}

/** The hover at `$0` holds the texts, in this order. */
function check(marked: string, expected: readonly string[], schema: Schema = shopSchema): void {
  it(marked, () => {
    const markdown = markdownAt(marked, schema) ?? '';
    let at = 0;
    for (const part of expected) {
      const found = markdown.indexOf(part, at);
      assert.ok(found >= 0, `${part} is not in its place in\n${markdown}`);
      at = found + part.length;
    }
  });
}

function checkNothing(marked: string, schema: Schema = shopSchema): void {
  it(`nothing: ${marked}`, () => assert.equal(markdownAt(marked, schema), undefined));
}

const postgres: Schema = { ...shopSchema, dialect: 'postgres' };
const mysql: Schema = { ...shopSchema, dialect: 'mysql' };

describe('hover: columns of queries', () => {
  check('WITH b AS (SELECT amount AS paid FROM orders) SELECT b.pa$0id FROM b', [
    '**paid**: column of the common table `b`',
    'From `orders.amount`',
    '`NUMERIC`',
  ]);
  check('WITH b AS (SELECT amount AS paid FROM orders) SELECT x.pa$0id FROM b x', [
    'column of the common table `b`, here `x`',
    'From `orders.amount`',
  ]);
  check('WITH a AS (SELECT id AS k FROM orders), b AS (SELECT k AS n FROM a) SELECT n$0 FROM b', [
    'column of the common table `b`',
    'From `orders.id`',
  ]);
  check('SELECT d.k$0 FROM (SELECT o.* , o.id AS k FROM orders o) d', [
    'column of the subquery `d`',
    'From `orders.id`',
  ]);
  check('SELECT d.sta$0tus FROM (SELECT * FROM orders) d', [
    'From `orders.status`',
    'Allowed values: `open`',
  ]);
  check('SELECT d.s$0 FROM (SELECT sum(amount) AS s FROM orders) d', [
    '**s**: column of the subquery `d`',
    'Is `sum(amount)`',
  ]);
  check('SELECT d.s$0 FROM (SELECT (amount + 1) s FROM orders) d', ['Is `(amount + 1)`']);
  check('WITH b (x) AS (SELECT id FROM orders) SELECT x$0 FROM b', ['**x**', 'From `orders.id`']);
  check('WITH b AS (SELECT id, 1 AS one FROM orders) SELECT * FROM b x WHERE $0x.one = 1', [
    '`x` is an alias of `b`',
    '**b** · common table · 2 columns',
    '| id | INTEGER | orders\\.id |',
    '| one |  |  |',
  ]);
  check('WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n$0 FROM t', [
    '**n**: column of the common table `t`',
  ]);
  check('SELECT o.amo$0unt FROM orders o', ['Column of **orders** (table), here `o`']);
  check('SELECT amount * 2 AS twice FROM orders ORDER BY tw$0ice', [
    '**twice**: column of the select list',
    'Is `amount * 2`',
  ]);
  check('SELECT amount AS a FROM orders ORDER BY a$0', ['Is `amount`', 'Column of **orders**']);
  checkNothing('SELECT d.no$0ne FROM (SELECT id FROM orders) d');
});

describe('hover: stars', () => {
  check('SELECT $0* FROM products', ['`*` · 5 columns', '| title | TEXT | products\\.title |']);
  check('SELECT o.$0* FROM orders o JOIN customers c ON true', ['`o.*` · 5 columns', 'orders\\.amount']);
  check('WITH b AS (SELECT id AS k FROM orders) SELECT *$0 FROM b', ['| k | INTEGER | orders\\.id |']);
  check('DELETE FROM orders RETURNING $0*', ['`*` · 5 columns'], postgres);
  checkNothing('SELECT count($0*) FROM orders');
  checkNothing('SELECT amount $0* 2 FROM orders');
  checkNothing('SELECT $0* FROM nothing_known');
});

describe('hover: functions', () => {
  check('SELECT repl$0ace(name, 1, 2) FROM customers', ['`replace(text, from, to)` · function of SQLite']);
  check(
    'SELECT date_tr$0unc(1, placed_at) FROM orders',
    ['date_trunc(unit, timestamp', 'PostgreSQL'],
    postgres,
  );
  check('SELECT tax_$0of(amount, 1) FROM orders', [
    '`tax_of(amount numeric, country text)` → `numeric` · function',
  ]);
  checkNothing('SELECT unheard_$0of(1)');
});

describe('hover: keys, values, references', () => {
  check('SELECT * FROM order_i$0tems', [
    'Primary key: `order_id`, `product_id`',
    'References:',
    '`order_id` → `orders` (`id`)',
    'Referenced by:',
    '`shipments` (`order_id`, `product_id`)',
  ]);
  check('SELECT quantity, order_$0id FROM order_items', [
    'part of the primary key',
    'References `orders` (`id`)',
    'Referenced by:',
    '`shipments` (`order_id`, `product_id`)',
  ]);
  check('SELECT product_$0id FROM shipments', [
    'References `order_items` (`order_id`, `product_id`), as part of (`order_id`, `product_id`)',
  ]);
  check('SELECT i$0d FROM customers', ['primary key', 'Referenced by:', '- `orders` (`customer_id`)']);
  check('SELECT boss_$0id FROM employees', ['References `employees` (`id`)']);
  check('SELECT sta$0tus FROM orders', ["Allowed values: `open`, `paid`, `won't pay`"]);
  check('SELECT tot$0al FROM invoices', ['generated']);
  check(
    'SELECT a FROM t WHERE a$0 = 1',
    ['Unique with `b`'],
    schemaOf('CREATE TABLE t (a INT, b INT, UNIQUE (a, b))'),
  );
  check(
    'SELECT * FROM archive.peo$0ple',
    ['**archive\\.people**', '- `archive.visits` (`person_key`)'],
    twinSchema,
  );
  check('SELECT * FROM billing.invo$0ices', ['**billing\\.invoices**', '→ `users` (`id`)'], crossSchema);
  check('SELECT "firstN$0ame" FROM users', ['**firstName** `text`'], crossSchema);
  check('SELECT d."Grö$0ße" FROM billing."Order Details" d', ['**Größe** `text`', 'here `d`'], crossSchema);
  checkNothing('SELECT firstN$0ame FROM users', crossSchema);
  check('SELECT `unit pr$0ice` FROM products', ['**unit price**'], mysql);

  it('shows values that were seen as such, and the first of many', () => {
    const list = Array.from({ length: 30 }, (_, i) => `v${i}`);
    const tables = schemaOf('CREATE TABLE t (a TEXT)').tables.map((table) => ({
      ...table,
      columns: table.columns.map((column) => ({ ...column, values: { list, from: 'sample' as const } })),
    }));
    const markdown = markdownAt('SELECT a$0 FROM t', { dialect: 'sqlite', source: '', tables }) ?? '';
    assert.match(markdown, /Values seen: `v0`, .*`v19`, … and 10 more$/m);
  });

  it('says the name alone where columns are pending', () => {
    const tables = schemaOf('CREATE TABLE t (a TEXT)').tables.map((table) => ({
      ...table,
      columns: [],
      columnsPending: true as const,
    }));
    const schema: Schema = { dialect: 'sqlite', source: '', tables };
    assert.equal(markdownAt('SELECT * FROM $0t', schema), '**t** · table');
    assert.equal(markdownAt('SELECT a$0 FROM t', schema), undefined);
    assert.equal(markdownAt('SELECT *$0 FROM t', schema), undefined);
  });
});

describe('hover: other places', () => {
  const trigger = 'CREATE TRIGGER g AFTER UPDATE ON orders BEGIN';
  check(`${trigger} UPDATE customers SET city = NE$0W.status; END`, ['`NEW` is the new row of `orders`']);
  check(`${trigger} UPDATE customers SET city = OLD.sta$0tus; END`, ['**status** `TEXT`', '**orders**']);
  const function_ = (body: string) =>
    `CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN ${body} END $$ LANGUAGE plpgsql; CREATE TRIGGER g BEFORE UPDATE ON orders EXECUTE FUNCTION f();`;
  check(function_('NEW.sta$0tus := 1;'), ['**status** `TEXT`', '**orders**'], postgres);
  check(function_('NEW.amount := OLD.sta$0tus;'), ['**status** `TEXT`', '**orders**'], postgres);
  check(function_('UPDATE customers SET city = NEW.sta$0tus;'), ['**status** `TEXT`'], postgres);
  const output = 'CREATE TRIGGER g ON orders AFTER UPDATE AS BEGIN';
  check(`${output} SELECT i.sta$0tus FROM inserted i; END`, ['**status** `TEXT`'], {
    ...shopSchema,
    dialect: 'tsql',
  });
  check(`${trigger} UPDATE cust$0omers SET city = 1; END`, ['**customers** · table']);
  check('UPDATE orders SET amo$0unt = 1', ['Column of **orders**']);
  check('SELECT * FROM orders JOIN shipments USING (i$0d)', ['**id** `INTEGER`']);
  check('CREATE TABLE x (a INTEGER REFERENCES cust$0omers (id))', ['**customers** · table']);
  checkNothing("SELECT 'orders.am$0ount' FROM orders");
  checkNothing('SELECT 1 /* amo$0unt */ FROM orders');
  checkNothing('SELECT amount -- amo$0unt\nFROM orders');
  checkNothing('SELECT nothing.amo$0unt');
});
