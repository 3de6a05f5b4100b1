/** How a suggestion must leave the text around it. `$0` is the cursor; the completion is what the model gave. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keepsIntact } from '../../../server/src/suggest/intact';
import { placeAt } from '../../../server/src/suggest/place';
import { fitted, withoutRepeatedTokens } from '../../../server/src/suggest/suffix';
import { planCompletion } from '../../../server/src/suggest/plan';
import type { Dialect } from '../../../server/src/sql/dialect';
import { tokenize } from '../../../server/src/sql/tokens';
import { cursorIn } from '../support/text';
import { schema } from '../anticipate/schema';

function check(marked: string, completion: string, expected: boolean, dialect: Dialect = 'postgres'): void {
  it(`${expected ? 'takes' : 'refuses'} ${JSON.stringify(completion)} in ${JSON.stringify(marked)}`, () => {
    const { text, offset } = cursorIn(marked);
    const place = placeAt(text, offset, 0, dialect);
    assert.equal(keepsIntact(place, { text: completion, replaced: 0 }), expected);
  });
}

describe('keepsIntact', () => {
  check('SELECT id FROM orders WHERE $0', "total > 1 AND city = 'x'", true);
  check('SELECT $0 FROM orders', 'id, total', true);
  check('SELECT $0 FROM orders', 'count(id)', true);
  check('SELECT $0 FROM orders', 'count(id', false);
  check('SELECT $0 FROM orders', 'id)', false);
  check('SELECT p.k$0 FROM orders p', 'ey preceding stored" FROM orders AS p', false);
  check("SELECT id FROM orders WHERE a = 'b' AND $0 ORDER BY id", "e', date);", false);
  check('DELETE FROM orders WHERE $0', "'SAN last_name = '", true);
  check('DELETE FROM orders WHERE $0', "'SAN last_name = ", false);
  check('SELECT (id $0) FROM orders', '+ 1', true);
  check('SELECT (id $0) FROM orders', ') + (1', true);
  check('SELECT `s$0, `title` FROM `products`', 'ku`', true, 'mysql');
  check('SELECT a $0 FROM t', '/* b', false);
  check('SELECT a $0\nFROM t', '-- b', true);

  it('never lets a suggestion change how the rest is read', () => {
    const piece = fc.constantFrom(
      'a',
      ' ',
      "'",
      '"',
      '(',
      ')',
      ',',
      '--',
      '/*',
      '*/',
      'FROM',
      '$x$',
      ';',
      '.',
    );
    const some = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(some, some, some, (before, text, after) => {
        const place = placeAt(before + after, before.length, 0, 'postgres');
        if (place.closers !== '' || place.after.trim() === '' || !keepsIntact(place, { text, replaced: 0 }))
          return;
        const statement = place.before + text + place.after;
        const strings = (all: string): string[] =>
          tokenize(all, 'postgres')
            .filter(({ from }) => from >= all.length - place.after.length)
            .map(({ kind, from, to }) => `${kind} ${all.slice(from, to)}`);
        // Only of the statement itself: what a later statement holds, nobody looked at.
        if (place.after.includes(';') || place.before.includes(';') || text.includes(';')) return;
        assert.deepEqual(strings(statement), strings(place.after));
      }),
    );
  });
});

describe('fitted', () => {
  const shown = (marked: string, completion: string): string | undefined => {
    const { text, offset } = cursorIn(marked);
    return fitted(placeAt(text, offset, 0, 'postgres'), completion)?.text;
  };
  it('cuts before a bracket that stays open, with what leads to it', () => {
    assert.equal(shown('SELECT $0', 'id, count('), 'id');
    assert.equal(shown('SELECT id FROM orders WHERE $0', 'total > 1 AND id IN (SELECT id'), 'total > 1');
  });
});

describe('withoutRepeatedTokens', () => {
  for (const [text, rest, expected] of [
    ['id DESC', ' DESC LIMIT 10', 'id'],
    ['id, total', ', total FROM orders', 'id'],
    ['FROM  orders', ' from orders WHERE id = 1', ''],
    ['count(id)', ') FROM orders', 'count(id)'],
    ['total > 1', ' AND id = 1', 'total > 1'],
  ] as const)
    it(`${text} before ${rest}`, () => assert.equal(withoutRepeatedTokens(text, rest, 'postgres'), expected));
});

describe('no ghost text', () => {
  function none(marked: string, dialect: Dialect = 'postgres'): void {
    it(JSON.stringify(marked), () => {
      const { text, offset } = cursorIn(marked);
      const plan = (at: string, cursor: number) =>
        planCompletion(
          placeAt(at, cursor, 0, dialect),
          { ...schema, dialect },
          { maxTokens: 10, canFill: true },
        );
      assert.equal(plan(text, offset), undefined);
    });
  }
  none('\\d $0');
  none('\\copy $0');
  none('SELECT 1 \\g$0');
  none('.mode $0', 'sqlite');
  none('.schema $0', 'sqlite');
  none('DELIMITER $0', 'mysql');
  none('PRAGMA $0', 'sqlite');
  none('USE $0', 'mysql');
  none('SET search_path = $0');
  none('COPY orders ($0');
  none('LOCK TABLE $0');
  none('SELECT id FROM orders LIMIT :$0');
  none('SELECT id FROM orders WHERE id = $$0');
  none('SELECT id FROM orders WHERE id = ${$0');
  none('SELECT id FROM {{ $0');
  none('CREATE INDEX i ON orders ($0');
  none('ALTER TABLE orders ADD COLUMN $0');
  none('CREATE TABLE a (b $0');

  it('but in the query of a definition', () => {
    const { text, offset } = cursorIn('CREATE VIEW v AS SELECT id FROM $0');
    const place = placeAt(text, offset, 0, 'postgres');
    assert.ok(planCompletion(place, schema, { maxTokens: 10, canFill: true }));
  });
});
