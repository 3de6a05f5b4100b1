/** Text behind the cursor is not repeated by a suggestion. `$0` marks the cursor. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openAtEnd, placeAt } from '../../../server/src/suggest/place';
import { fitted, withoutRepetition } from '../../../server/src/suggest/suffix';
import { cursorIn } from '../support/text';

/** The text with the continuation accepted. */
function accepted(marked: string, continuation: string): string | undefined {
  const { text, offset } = cursorIn(marked);
  const place = placeAt(text, offset, 1, 'sqlite');
  const suggestion = fitted(place, continuation);
  return suggestion && text.slice(0, offset) + suggestion.text + text.slice(offset + suggestion.replaced);
}

function check(marked: string, continuation: string, expected: string | undefined): void {
  it(`${marked} + ${JSON.stringify(continuation)}`, () => {
    assert.equal(accepted(marked, continuation), expected);
  });
}

describe('fitted', () => {
  check('SELECT count($0)', 'id', 'SELECT count(id)');
  check('SELECT count($0)', 'id)', 'SELECT count(id)');
  check('SELECT count($0)', 'id) FROM orders', 'SELECT count(id) FROM orders');
  check("WHERE city IN ('$0')", "Paris', 'Rome')", "WHERE city IN ('Paris', 'Rome')");
  check("WHERE city IN ('$0')", "Paris'", "WHERE city IN ('Paris')");
  check("WHERE city IN ('$0')", 'Paris', "WHERE city IN ('Paris')");
  check('SELECT count($0)', 'sum(', undefined);
  check('SELECT count($0)', 'id + max(', 'SELECT count(id)');
  check('SELECT count($0)', 'max(id)', 'SELECT count(max(id))');
  check('SELECT $0', 'count(', undefined);
  check('SELECT ((1$0))', ' + 2) * 3', 'SELECT ((1 + 2) * 3)');

  it('leaves the text balanced, whatever is suggested inside brackets', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('(', ')', 'a', ' ', ',', "'"), maxLength: 12 }),
        (continuation) => {
          const { text, offset } = cursorIn('SELECT f(g($0))');
          const place = placeAt(text, offset, 1, 'sqlite');
          const suggestion = fitted(place, continuation);
          if (!suggestion) return;
          const result = text.slice(0, offset) + suggestion.text + text.slice(offset + suggestion.replaced);
          assert.deepEqual(openAtEnd(result, 'sqlite'), []);
        },
      ),
    );
  });
});

describe('withoutRepetition', () => {
  for (const [completion, after, expected] of [
    ['name FROM customers', ' FROM customers;', 'name'],
    ['name ', ' FROM customers;', 'name '],
    ['name FROM', ' FROM customers;', 'name'],
    ['o', ' order_id', 'o'],
    ['c.id = o.customer_id WHERE city', '\nWHERE city = 1', 'c.id = o.customer_id'],
    ['id, name', ', city FROM t', 'id, name'],
    ['id,', ', city FROM t', 'id'],
    ['name', '', 'name'],
  ] as const) {
    it(`${JSON.stringify(completion)} before ${JSON.stringify(after)}`, () => {
      assert.equal(withoutRepetition(completion, after).trimEnd(), expected.trimEnd());
    });
  }
});
