/** The lines of the prompt. The starter model was trained on exactly these, so each expectation is a contract. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dialects, type Dialect, type Table } from '../../../server/src/schema/model';
import {
  quoteIdentifier,
  renderSchema,
  renderSchemaHead,
  renderTable,
} from '../../../server/src/schema/render';
import { schemaOf, shop } from '../support/schemas';

function check(ddl: string, expected: string, dialect: Dialect = 'sqlite'): void {
  it(`${dialect}: ${expected.slice(0, 100)}`, () => {
    const table = schemaOf(ddl, dialect).tables.at(-1);
    assert.ok(table);
    assert.equal(renderTable(table, dialect), expected);
  });
}

function checkQuote(name: string, expected: string, dialect: Dialect = 'sqlite'): void {
  it(`${dialect}: ${JSON.stringify(name)} is written ${expected}`, () => {
    assert.equal(quoteIdentifier(name, dialect), expected);
  });
}

describe('render', function () {
  // A machine that is busy elsewhere must not fail it.
  this.timeout(60_000);

  check('CREATE TABLE a (x)', 'CREATE TABLE a (x TEXT);');
  check(
    'CREATE TABLE a (id INTEGER PRIMARY KEY NOT NULL, b TEXT NOT NULL, c)',
    'CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT NOT NULL, c TEXT);',
  );
  check(
    'CREATE TABLE b (id INT PRIMARY KEY); CREATE TABLE a (b_id INT NOT NULL REFERENCES b (id) ON DELETE CASCADE)',
    'CREATE TABLE a (b_id INT NOT NULL REFERENCES b(id));',
  );
  check(
    'CREATE TABLE a (x INT, y INT NOT NULL, PRIMARY KEY (y, x))',
    'CREATE TABLE a (x INT, y INT NOT NULL, PRIMARY KEY (x, y));',
  );
  check(
    'CREATE TABLE b (p INT, q INT, PRIMARY KEY (p, q)); CREATE TABLE a (x INT, y INT, FOREIGN KEY (x, y) REFERENCES b)',
    'CREATE TABLE a (x INT REFERENCES b(p), y INT REFERENCES b(q));',
  );
  check('CREATE VIEW v AS SELECT 1 AS one', 'CREATE TABLE v (one TEXT);');
  check('CREATE TABLE "order" ("user id" INT)', 'CREATE TABLE "order" ("user id" INT);');
  check('CREATE TABLE `order` (`key` INT)', 'CREATE TABLE `order` (`key` INT);', 'mysql');
  check('CREATE TABLE [order] ([a b] INT)', 'CREATE TABLE [order] ([a b] INT);', 'tsql');
  check('CREATE TABLE sales.orders (id INT)', 'CREATE TABLE sales.orders (id INT);', 'postgres');
  check('CREATE TABLE public.orders (id INT)', 'CREATE TABLE orders (id INT);', 'postgres');
  check('CREATE TABLE a (x numeric ( 10 , 2 ))', 'CREATE TABLE a (x numeric ( 10 , 2 ));');

  checkQuote('plain_1', 'plain_1');
  checkQuote('größe', 'größe');
  checkQuote('Ünder', '"Ünder"');
  checkQuote('1st', '"1st"');
  checkQuote('a b', '"a b"');
  checkQuote('say "hi"', '"say ""hi"""');
  checkQuote('Order', '"Order"');
  checkQuote('values', 'values');
  checkQuote('', '""');
  checkQuote('a\n\u2028b', '"a b"');
  checkQuote('Mixed', 'Mixed');
  checkQuote('Mixed', '"Mixed"', 'postgres');
  checkQuote('a`b', '`a``b`', 'mysql');
  checkQuote('a]b', '[a]]b]', 'tsql');

  it('begins with the dialect and ends with a blank line', () => {
    assert.equal(renderSchemaHead('duckdb'), '-- dialect: duckdb\n');
    assert.equal(renderSchema([], 'sqlite'), '-- dialect: sqlite\n\n');
    const text = renderSchema(shop.tables, 'sqlite');
    assert.equal(text.split('\n').length, shop.tables.length + 3);
    assert.ok(text.endsWith(');\n\n'));
  });

  it('cuts types that say little', () => {
    const values = Array.from({ length: 60 }, (_, i) => `'value${i}'`).join(', ');
    const [table] = schemaOf(`CREATE TABLE a (x ENUM(${values}))`, 'mysql').tables;
    assert.ok(table);
    assert.equal(renderTable(table, 'mysql'), 'CREATE TABLE a (x ENUM);');
  });

  it('keeps any table on one line', () => {
    const name = fc.string({ unit: 'binary' });
    const column = fc.record({
      name,
      type: name,
      nullable: fc.boolean(),
      primaryKey: fc.nat({ max: 2 }),
    });
    const table: fc.Arbitrary<Table> = fc.record({
      name,
      kind: fc.constant('table' as const),
      columns: fc.array(column, { maxLength: 4 }),
      foreignKeys: fc.constant([]),
      uniqueKeys: fc.constant([]),
    });
    fc.assert(
      fc.property(table, fc.constantFrom(...dialects), (sample, dialect) => {
        assert.doesNotMatch(renderTable(sample, dialect), /[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });
});
