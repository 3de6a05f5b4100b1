/** Hovers by example: `$0` is in or beside the name; the expectation is a part of the Markdown. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hover, type HoverContent } from '../../../server/src/features/hover/hover';
import { dialects, type Schema } from '../../../server/src/schema/model';
import { oddTexts, schemaOf, shop } from '../support/schemas';
import { cursorIn } from '../support/text';

function hoverAt(marked: string, schema: Schema): HoverContent | undefined {
  const { text, offset } = cursorIn(marked);
  return hover(text, offset, schema, schema.dialect);
}

function check(marked: string, ...expected: readonly string[]): void {
  it(marked, () => {
    const found = hoverAt(marked, shop);
    assert.ok(found);
    for (const part of expected)
      assert.ok(found.markdown.includes(part), `${part} is not in\n${found.markdown}`);
    assert.ok(found.from < found.to);
  });
}

function checkNothing(marked: string, schema: Schema = shop): void {
  it(`nothing: ${marked}`, () => assert.equal(hoverAt(marked, schema), undefined));
}

describe('hover: tables and aliases', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT * FROM cust$0omers', '**customers** · table · 4 columns', '| id | INTEGER | PK |');
  check(
    'SELECT * FROM $0orders',
    '| customer\\_id | INTEGER | FK, not null |',
    'References:',
    '`customers` (`id`)',
  );
  check('SELECT * FROM customers$0', 'Referenced by:', '- `orders` (`customer_id`)');
  check('SELECT * FROM "cust$0omers"', '**customers**');
  check('SELECT * FROM main.cust$0omers', '**customers**');
  check('SELECT * FROM BIG$0_ORDERS', '**big\\_orders** · view · 2 columns');
  check('SELECT cust$0omers.name', '**customers** · table');
  check('SELECT $0c.name FROM customers c', '`c` is an alias of `customers`', '**customers** · table');
  check('SELECT c.name FROM customers AS $0c', '`c` is an alias of `customers`');
  check('SELECT c$0 FROM customers c', '`c` is an alias of `customers`');
  check('INSERT INTO ord$0ers (id) VALUES (1)', '**orders** · table');
  check('UPDATE ord$0ers SET id = 1', '**orders**');
  check(
    'WITH best AS (SELECT id, amount AS paid FROM orders) SELECT * FROM be$0st',
    '**best** · common table',
    '| paid | NUMERIC\\(10, 2\\) | orders\\.amount |',
  );
  check('WITH be$0st AS (SELECT id FROM orders) SELECT 1', '**best** · common table');
  check('SELECT $0d.k FROM (SELECT id AS k FROM orders) d', '**d** · subquery', '| k | INTEGER |');
  checkNothing('SELECT * FROM noth$0ing');
  checkNothing('SEL$0ECT * FROM orders');
  checkNothing("SELECT 'cust$0omers'");
  checkNothing('-- cust$0omers');
  checkNothing('SELECT 1 $0 + 2');
  checkNothing('SELECT $0');
});

describe('hover: columns', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('SELECT na$0me FROM customers', '**name** `TEXT` · not null', 'Column of **customers** (table)');
  check('SELECT c.ci$0ty FROM customers c', '**city** `TEXT` · nullable');
  check('SELECT i$0d FROM customers', '**id** `INTEGER` · primary key');
  check('SELECT ema$0il FROM customers', 'unique');
  check('SELECT amo$0unt FROM orders', '`NUMERIC(10, 2)`', 'default `0`');
  check('SELECT customer_i$0d FROM orders', 'References `customers` (`id`)');
  check('SELECT "unit pr$0ice" FROM products', '**unit price** `REAL`');
  check(
    'SELECT i$0d FROM customers, orders',
    '**id** is a column of 2 tables:',
    '- **customers** `INTEGER` · PK',
  );
  check('SELECT i$0d', '**id** is a column of 4 tables:');
  check('SELECT amo$0unt', '**amount** is a column of 2 tables:', '**big\\_orders**');
  check('SELECT * FROM orders WHERE id IN (SELECT customer_$0id FROM order_items)', 'Column of **orders**');
  check('INSERT INTO orders (amo$0unt) VALUES (1)', 'Column of **orders**');
  check('SELECT pai$0d FROM (SELECT amount AS paid FROM orders) d', '**paid**: column of the subquery `d`');
  check('SELECT d.pai$0d FROM (SELECT amount AS paid FROM orders) d', '**paid**: column of the subquery `d`');
  checkNothing('SELECT ti$0tle FROM customers');
  checkNothing('SELECT c.ti$0tle FROM customers c');
  checkNothing('SELECT amount AS to$0tal FROM orders');
  check('SELECT cou$0nt(*) FROM orders', '`count(expression | *)` · function of SQLite');
});

describe('hover: always', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  it('gives the range of the name', () => {
    const found = hoverAt('SELECT 1; SELECT na$0me FROM customers', shop);
    assert.deepEqual([found?.from, found?.to], [17, 21]);
  });

  it('shows the first 40 of many columns', () => {
    const columns = Array.from({ length: 1600 }, (_, i) => `c${i} INT`).join(', ');
    const found = hoverAt('SELECT * FROM wi$0de', schemaOf(`CREATE TABLE wide (${columns})`));
    assert.ok(found);
    assert.equal(found.markdown.match(/^\| c\d+/gm)?.length, 40);
    assert.match(found.markdown, /… and 1560 more columns/);
  });

  it('tells the number of rows', () => {
    const [table] = schemaOf('CREATE TABLE a (b INT)').tables;
    assert.ok(table);
    const schema: Schema = { dialect: 'sqlite', source: '', tables: [{ ...table, rowCount: 12345 }] };
    assert.match(hoverAt('SELECT * FROM $0a', schema)?.markdown ?? '', /about 12,345 rows · 1 column$/m);
  });

  it('escapes what markdown would read', () => {
    const schema = schemaOf('CREATE TABLE "a|b_*<img>[x](y)" ("c`|d" TEXT DEFAULT \'`|`\')');
    const table = hoverAt('SELECT * FROM "a|b_*<img>[x](y)"$0', schema);
    assert.ok(table?.markdown.startsWith('**a\\|b\\_\\*\\<img\\>\\[x\\]\\(y\\)**'));
    assert.ok(table?.markdown.includes('| c\\`\\|d | TEXT |'));
    const column = hoverAt('SELECT "c`|d"$0', schema);
    assert.ok(column?.markdown.includes("default ``'`|`'``"), column?.markdown);
  });

  it('makes no link, no icon and nothing invisible of names and comments', () => {
    const name = 'a\u202eb\u0007 http://x/ y@x.org $(alert)';
    const schema = schemaOf(
      `CREATE TABLE "${name}" (b int DEFAULT '${name}'); COMMENT ON COLUMN "${name}".b IS '${name}\n==='`,
      'postgres',
    );
    for (const marked of [`SELECT * FROM "${name}"$0`, `SELECT $0b FROM "${name}"`]) {
      const markdown = hoverAt(marked, schema)?.markdown ?? '';
      assert.match(markdown, /\*\*ab http\\:\/\/x\/ y\\@x\\\.org \\\$\\\(alert\\\)\*\*/);
      assert.doesNotMatch(markdown, /[\p{Bidi_Control}]|\p{Cc}(?<!\n)/u);
      assert.doesNotMatch(markdown, /^===/m);
    }
  });

  it('shows comments', () => {
    const schema = schemaOf(
      "CREATE TABLE a (b int); COMMENT ON TABLE a IS 'All of *it*'; COMMENT ON COLUMN a.b IS 'Half'",
      'postgres',
    );
    assert.ok(hoverAt('SELECT * FROM $0a', schema)?.markdown.includes('All of \\*it\\*'));
    assert.ok(hoverAt('SELECT $0b FROM a', schema)?.markdown.includes('Half'));
  });

  it('compares names as PostgreSQL does', () => {
    const schema = schemaOf('CREATE TABLE a (b int, "B" text)', 'postgres');
    assert.ok(hoverAt('SELECT $0B FROM A', schema)?.markdown.includes('`int`'));
    assert.ok(hoverAt('SELECT "B"$0 FROM a', schema)?.markdown.includes('`text`'));
  });

  it('follows references in a circle', () => {
    const schema = schemaOf('CREATE TABLE a (b INT PRIMARY KEY REFERENCES a)');
    assert.ok(hoverAt('SELECT * FROM $0a', schema)?.markdown.includes('Referenced by:'));
  });

  it('is total at every place of odd texts', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...oddTexts),
        fc.nat(),
        fc.constantFrom(...dialects),
        (text, place, dialect) => {
          hover(text, place % (text.length + 1), { ...shop, dialect }, dialect);
        },
      ),
      { numRuns: 500 },
    );
  });
});
