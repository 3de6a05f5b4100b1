/**
 * Gaps behind a dot: `$0` is the cursor with text behind it, then what the engine generated so far and the candidates that
 * it offers next, best first. Expected is the candidate that is taken; undefined: generation ends here.
 */
import assert from 'node:assert/strict';
import { placeAt } from '../../../server/src/suggest/place';
import { planCompletion, type Plan } from '../../../server/src/suggest/plan';
import { schemaOf } from '../support/schemas';
import { cursorIn } from '../support/text';

const schema = schemaOf(
  `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, name_full TEXT, city TEXT);
   CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total NUMERIC);`,
  'sqlite',
);

function planned(marked: string): Plan {
  const { text, offset } = cursorIn(marked);
  const plan = planCompletion(placeAt(text, offset, 0, 'sqlite'), schema, { maxTokens: 48, canFill: true });
  assert.ok(plan);
  return plan;
}

function begins(marked: string, typed: string): void {
  it(`${marked}: generation begins with ${JSON.stringify(typed)}`, () => {
    assert.equal(planned(marked).typed, typed);
  });
}

function check(
  marked: string,
  generated: string,
  candidates: readonly string[],
  expected: string | undefined,
): void {
  it(`${marked} ${JSON.stringify(generated)} + ${JSON.stringify(candidates)} → ${JSON.stringify(expected)}`, () => {
    const { choose } = planned(marked);
    assert.ok(choose);
    const choice = choose(
      generated,
      candidates,
      candidates.map((_, i) => -0.1 - i),
    );
    assert.equal(typeof choice === 'number' ? candidates[choice] : choice, expected);
  });
}

describe('gaps behind a dot', () => {
  // The engine writes the whole path again where text follows, and goes on behind the dot where none does.
  begins('SELECT c.$0 FROM customers AS c', 'c.');
  begins('SELECT c.na$0 FROM customers AS c', 'c.na');
  begins('SELECT id FROM customers AS c WHERE c.$0', '');

  // What the person wrote is taken, although `customers` alone is no column.
  check('SELECT customers.$0\nFROM customers', 'customer', ['s'], 's');
  // A blank behind the dot would make FROM the column.
  check('SELECT customers.$0\nFROM customers', 'customers.', ['\n', ' ', 'name'], 'name');
  // One name closes the gap.
  check("SELECT id FROM customers AS c WHERE c.$0 = 'x'", 'c.city', [' =', ' AND'], undefined);
  check("SELECT id FROM customers AS c WHERE c.$0 = 'x'", 'c.name', ['_full', ' ='], '_full');
  check("SELECT id FROM customers AS c WHERE c.$0 = 'x'", 'c.name', [' =', '_full'], undefined);
  // A keyword is no name, unless a name of the schema begins like it.
  check('SELECT $0 FROM customers', '', [' WHERE', 'name'], 'name');
});
