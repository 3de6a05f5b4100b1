/** Renaming by example: `$0` is on a name that the text introduces; the test writes all places of it as `«…»`. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { occurrences } from '../../../server/src/features/rename';
import { dialects, type Schema } from '../../../server/src/schema/model';
import { oddTexts } from '../support/schemas';
import { cursorIn } from '../support/text';
import { inDialect, shopSchema } from './editorSchemas';

/** @param expected the text with its places marked; undefined where nothing can be renamed */
function check(marked: string, expected: string | undefined, schema: Schema = shopSchema): void {
  it(`${marked} → ${expected ?? 'nothing'}`, () => {
    const { text, offset } = cursorIn(marked);
    const found = occurrences(text, offset, schema, schema.dialect);
    const told = found?.places.reduceRight(
      (all, { from, to }) => `${all.slice(0, from)}«${all.slice(from, to)}»${all.slice(to)}`,
      text,
    );
    assert.equal(told, expected);
  });
}

describe('names that the text introduces', () => {
  check(
    'SELECT c$0.name FROM customers c WHERE c.id = 1',
    'SELECT «c».name FROM customers «c» WHERE «c».id = 1',
  );
  check('SELECT c.name FROM customers AS c$0', 'SELECT «c».name FROM customers AS «c»');
  check(
    'WITH t AS (SELECT 1 AS a) SELECT t$0.a FROM t JOIN t u ON u.a = t.a',
    'WITH «t» AS (SELECT 1 AS a) SELECT «t».a FROM «t» JOIN «t» u ON u.a = «t».a',
  );
  check('WITH t$0 AS (SELECT 1) SELECT * FROM t', 'WITH «t» AS (SELECT 1) SELECT * FROM «t»');
  check(
    'SELECT amount AS paid$0 FROM orders ORDER BY paid',
    'SELECT amount AS «paid» FROM orders ORDER BY «paid»',
  );
  check(
    'SELECT d.pa$0id FROM (SELECT amount AS paid FROM orders) d',
    'SELECT d.«paid» FROM (SELECT amount AS «paid» FROM orders) d',
  );
  check(
    'SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM customers o$0 WHERE o.id = 1)',
    'SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM customers «o» WHERE «o».id = 1)',
  );
  check('SELECT "c d$0".name FROM customers "c d"', 'SELECT «"c d"».name FROM customers «"c d"»');
  check('SELECT cust$0omers.name FROM customers', undefined);
  check('SELECT na$0me FROM customers', undefined);
  check('SELECT d.am$0ount FROM (SELECT amount FROM orders) d', undefined);
  check('SEL$0ECT 1', undefined);

  it('are told with those that are taken', () => {
    const { text, offset } = cursorIn('SELECT c$0.id FROM customers c JOIN orders O ON O.customer_id = c.id');
    assert.deepEqual([...(occurrences(text, offset, shopSchema, 'sqlite')?.taken ?? [])], ['o']);
  });
  it('never throw, and hold the place that was asked about', () => {
    for (const dialect of dialects)
      fc.assert(
        fc.property(fc.constantFrom(...oddTexts), fc.nat(), (text, place) => {
          const found = occurrences(text, place % (text.length + 1), inDialect(dialect), dialect);
          assert.ok(found === undefined || found.places.some(({ from }) => from === found.at.from));
        }),
        { numRuns: 100 },
      );
  });
});
