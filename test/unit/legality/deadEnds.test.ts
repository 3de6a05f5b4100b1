/** A suggestion in the middle of a statement fits the rest of the statement. */
import assert from 'node:assert/strict';
import { Legality } from '../../../server/src/legality/legality';
import { shop } from '../support/schemas';

/** @param marked a statement with the cursor at `$0` · @param added text put there */
function check(marked: string, added: string, expected: boolean): void {
  const [before = '', after = ''] = marked.split('$0');
  const legality = new Legality(before, after, shop);
  assert.equal(legality.allows(before, added), expected, `${marked} + ${added}`);
}

describe('what leads to the rest of a statement', () => {
  it('has no clause that the rest has', () => {
    check('SELECT id FROM orders $0\nWHERE id = 1;', 'WHERE id = 2 ', false);
    check('SELECT id FROM orders $0\nWHERE id = 1;', 'JOIN customers c ON c.id = orders.customer_id ', true);
    check('SELECT id $0\nFROM orders', 'FROM customers ', false);
    check('SELECT id FROM orders WHERE id = 1 $0\nGROUP BY id', 'AND amount > 2 ', true);
  });
  it('has none that comes later', () => {
    check('SELECT id FROM orders WHERE id = 1 $0\nGROUP BY id', 'ORDER BY id ', false);
    check('SELECT id FROM orders WHERE id = 1 $0\nORDER BY id', 'GROUP BY id ', true);
    check('SELECT id$0, id FROM orders', ' LIMIT 1 ', false);
    check('SELECT id FROM orders $0\nLIMIT 5', 'LIMIT 1 ', false);
    check('SELECT id FROM orders $0\nOFFSET 5', 'LIMIT 1 ', true);
  });
  it('does not end the statement', () => {
    check('SELECT id FROM orders $0\nWHERE id = 1', ';', false);
    check('SELECT id FROM orders $0;', 'WHERE id = 1', true);
    check('SELECT id FROM orders $0\nORDER BY id', "WHERE id = ';'", true);
  });
  it('is free within brackets of its own', () => {
    check('SELECT id FROM orders WHERE id IN ($0)\nORDER BY id', 'SELECT id FROM orders ORDER BY id ', true);
    check('SELECT id FROM orders $0\nWHERE id = 1', 'JOIN (SELECT id FROM orders WHERE id = 2) o ', true);
  });
  it('may be followed by another statement', () => {
    check('SELECT id FROM orders $0\n\nSELECT id FROM customers', 'WHERE id = 1;', true);
    check('SELECT id FROM orders $0\n\nSELECT id FROM customers', 'ORDER BY id ', true);
  });
  it('leaves what a person wrote, and words that may still grow', () => {
    check('SELECT id FROM orders WHERE id = 1 $0\nWHERE id = 2', 'AND amount > 3 ', true);
    check('SELECT $0 FROM orders', 'from', true);
  });
});

describe('the direction of an order', () => {
  it('stands behind what orders only', () => {
    const check = (text: string, expected: boolean): void =>
      assert.equal(new Legality('', '', shop).allows(text, ' '), expected, text);
    check('SELECT id DESC', false);
    check('SELECT id FROM orders WHERE id DESC', false);
    check('SELECT id FROM orders ORDER BY id DESC', true);
    check('SELECT row_number() OVER (ORDER BY id DESC) FROM orders', true);
    check('SELECT id FROM orders GROUP BY id DESC', true);
  });
});
