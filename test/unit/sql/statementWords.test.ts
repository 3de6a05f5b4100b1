/** What a statement asks for, in plain words. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { statementWords } from '../../../server/src/sql/statementWords';

function check(sql: string, expected: string): void {
  it(sql, () => assert.equal(statementWords(sql, 'sqlite'), expected));
}

describe('statementWords', () => {
  check('SELECT name FROM pets WHERE age > 3;', 'name of pets where age is more than 3');
  check('SELECT * FROM pets', 'everything of pets');
  check('SELECT COUNT(*) FROM pets;', 'the number of rows of pets');
  check('SELECT COUNT(DISTINCT p.kind) AS n FROM pets p', 'the number of different kind of pets');
  check(
    'SELECT o.name, COUNT(*) FROM owners AS o JOIN pets AS p ON p.owner_id = o.id GROUP BY o.name ORDER BY COUNT(*) DESC LIMIT 5;',
    'name and the number of rows of owners with pets, for each name, by the number of rows, largest first, only the first 5',
  );
  check(
    'SELECT name FROM owners WHERE id NOT IN (SELECT owner_id FROM pets)',
    'name of owners where id is none of (owner_id of pets)',
  );
  check(
    "SELECT name FROM pets WHERE name LIKE 'A%' AND (age BETWEEN 1 AND 3 OR age IS NULL)",
    "name of pets where name is like 'A%' and (age is between 1 and 3 or age is unknown)",
  );
  check(
    'SELECT "pet name" FROM pets WHERE LOWER(kind) <> \'cat\'',
    "pet name of pets where LOWER(kind) is not 'cat'",
  );
  check(
    'SELECT kind FROM pets GROUP BY kind HAVING COUNT(*) >= 2',
    'kind of pets, for each kind, of those only where the number of rows is at least 2',
  );
  check('SELECT name FROM pets EXCEPT SELECT name FROM owners;', 'name of pets; but not name of owners');
  check('SELECT MAX(age) FROM pets ORDER BY age LIMIT 1', 'the largest age of pets, by age, only the first');
  check('DELETE FROM pets', '');
  check('', '');

  it('says something of any text, in one line', () => {
    const word = fc.constantFrom(
      'SELECT',
      'FROM',
      'WHERE',
      '(',
      ')',
      ',',
      '.',
      'a',
      'b',
      '*',
      'IN',
      'NOT',
      "'x",
      'UNION',
      'COUNT',
      'BY',
      'GROUP',
      'ORDER',
      'DESC',
      ';',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        assert.doesNotMatch(statementWords(words.join(' '), 'postgres'), /\n/);
      }),
    );
  });
});
