/** Definitions by example: `$0` is on the name; the expected target is its text in the document, or table.column. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { columnInDdl, definition } from '../../../server/src/features/definition';
import { tableDdl } from '../../../server/src/features/tableDdl';
import { dialects, type Schema } from '../../../server/src/schema/model';
import { oddTexts, schemaOf } from '../support/schemas';
import { cursorIn } from '../support/text';
import { crossSchema, inDialect, shopSchema } from './editorSchemas';

/** `expected`: `table`, `table.column`, or `@offset:text` for a place in the document; empty for none. */
function check(marked: string, expected: string, schema: Schema = shopSchema): void {
  it(`${JSON.stringify(marked).slice(1, -1)} → ${expected || 'nothing'}`, () => {
    const { text, offset } = cursorIn(marked);
    const found = definition(text, offset, schema, schema.dialect);
    const told =
      found === undefined
        ? ''
        : found.kind === 'table'
          ? [found.table.name, found.column?.name].filter((part) => part !== undefined).join('.')
          : `@${found.target.from}:${text.slice(found.target.from, found.target.to)}`;
    assert.equal(told, expected);
  });
}

describe('definition', () => {
  check('SELECT * FROM cust$0omers', 'customers');
  check('SELECT * FROM customers$0', 'customers');
  check('SELECT * FROM $0customers', 'customers');
  check('SELECT * FROM big_ord$0ers', 'big_orders');
  check('SELECT na$0me FROM customers', 'customers.name');
  check('SELECT c.na$0me FROM customers c', 'customers.name');
  check('SELECT c$0.name FROM customers c', '@29:c');
  check('SELECT c.name FROM customers c$0', 'customers');
  check('SELECT customers$0.name FROM customers', '@27:customers');
  check('SELECT "unit pri$0ce" FROM products', 'products.unit price');
  check('UPDATE orders SET amo$0unt = 1', 'orders.amount');
  check('INSERT INTO orders (amo$0unt) VALUES (1)', 'orders.amount');
  check('DELETE FROM ord$0ers', 'orders');
  check('SELECT * FROM customers c JOIN orders o ON o.customer$0_id = c.id', 'orders.customer_id');
  check('SELECT * FROM order_items JOIN shipments USING (order$0_id)', 'order_items.order_id');
  check('WITH t AS (SELECT 1) SELECT * FROM t$0', '@5:t');
  check('WITH t$0 AS (SELECT 1) SELECT * FROM t', '');
  check('WITH t AS (SELECT 1 AS one) SELECT t.on$0e FROM t', '@23:one');
  check('SELECT d.pa$0id FROM (SELECT amount AS paid FROM orders) d', '@37:paid');
  check('SELECT d$0.paid FROM (SELECT amount AS paid FROM orders) d', '@55:d');
  check('SELECT amount AS paid FROM orders ORDER BY pa$0id', '@17:paid');
  check(
    'SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = c.i$0d)',
    'customers.id',
  );
  check('SELECT 1; SELECT na$0me FROM customers', 'customers.name');
  check('SELECT * FROM billing.inv$0oices', 'invoices', crossSchema);
  check('SELECT i.tot$0al FROM billing.invoices i', 'invoices.total', crossSchema);
  check('SELECT "firstNa$0me" FROM users', 'users.firstName', crossSchema);
  check('SELECT * FROM nowh$0ere', '');
  check('SEL$0ECT 1', '');
  check("SELECT 'na$0me' FROM customers", '');
  check('-- custom$0ers', '');

  it('is total at every place of odd texts', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...oddTexts),
        fc.nat(),
        fc.constantFrom(...dialects),
        (text, place, dialect) => {
          definition(text, place % (text.length + 1), inDialect(dialect), dialect);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a column in the statement that creates its table', () => {
  const at = (statement: string, column: string, dialect: Schema['dialect'] = 'postgres') => {
    const found = columnInDdl(statement, column, dialect);
    return found && `${found.from}:${statement.slice(found.from, found.to)}`;
  };
  it('is found by its name', () => {
    assert.equal(at('CREATE TABLE t (id int, note text)', 'note'), '24:note');
    assert.equal(at('CREATE TABLE t (id int, "Note" text)', 'Note'), '24:"Note"');
    assert.equal(at('CREATE TABLE t (a numeric(3, 2), b int)', 'b'), '33:b');
    assert.equal(at('CREATE TABLE t (a int -- b\n, b int)', 'b'), '29:b');
    assert.equal(at('CREATE TABLE t (A int)', 'a', 'sqlite'), '16:A');
  });
  it('is not taken from a type, a key or a comment', () => {
    assert.equal(at('CREATE TABLE t (a int CHECK (b > 1))', 'b'), undefined);
    assert.equal(at('CREATE TABLE b (a int)', 'b'), undefined);
  });
});

describe('a table as DDL', () => {
  it('has a line for each column and key', () => {
    const table = schemaOf(
      'CREATE TABLE items (a INT, b INT REFERENCES other (id), "odd name" TEXT NOT NULL DEFAULT \'x\', PRIMARY KEY (a, b), UNIQUE (b))',
    ).tables[0];
    assert.ok(table);
    const { text, columnLines, nameLine } = tableDdl(table, { dialect: 'sqlite', source: 'test.sqlite' });
    const lines = text.split('\n');
    assert.equal(lines[nameLine], 'CREATE TABLE items (');
    assert.equal(lines[columnLines[2] ?? 0], '  "odd name" TEXT NOT NULL DEFAULT \'x\',');
    assert.match(
      text,
      /PRIMARY KEY \(a, b\),\n {2}UNIQUE \(b\),\n {2}FOREIGN KEY \(b\) REFERENCES other \(id\)\n\);/,
    );
  });

  it('reads as the table it shows', () => {
    for (const table of shopSchema.tables.filter(({ kind }) => kind === 'table')) {
      const { text } = tableDdl(table, shopSchema);
      const [again] = schemaOf(text).tables;
      assert.deepEqual(
        again?.columns.map(({ name, type, primaryKey }) => [name, type, primaryKey]),
        table.columns.map(({ name, type, primaryKey }) => [name, type, primaryKey]),
      );
      assert.deepEqual(again.foreignKeys, table.foreignKeys);
    }
  });

  it('shows a view as comments', () => {
    const view = shopSchema.tables.find(({ name }) => name === 'big_orders');
    assert.ok(view);
    assert.match(tableDdl(view, shopSchema).text, /^CREATE VIEW big_orders AS -- its columns:\n-- id/m);
  });

  it('keeps comments on one line', () => {
    const [table] = schemaOf("CREATE TABLE a (b int); COMMENT ON TABLE a IS 'two\nlines'", 'postgres').tables;
    assert.ok(table);
    assert.match(tableDdl(table, { dialect: 'postgres', source: 'x' }).text, /^-- two lines$/m);
  });
});
