/** Which part of a completion may be shown. `$0` marks the cursor; the completion is what the engine gave. */
import assert from 'node:assert/strict';
import { presentable } from '../../../server/src/suggest/presentable';
import { statementAt } from '../../../server/src/sql/statements/statements';
import { schema } from '../anticipate/schema';

function check(
  marked: string,
  completion: string,
  expected: string,
  end: 'stop' | 'limit' | 'no-choice' = 'stop',
): void {
  it(`${JSON.stringify(marked)} + ${JSON.stringify(completion)}`, () => {
    const offset = marked.indexOf('$0');
    const text = marked.replace('$0', '');
    const statement = statementAt(text, offset, 'sqlite');
    assert.equal(
      presentable({ text, offset, statement, completion, end, schema, dialect: 'sqlite' }),
      expected,
    );
  });
}

describe('presentable', () => {
  check('SELECT $0', 'name FROM customers;', 'name FROM customers;');
  check('SELECT $0', 'name FROM clients;', 'name');
  check('SELECT name FROM $0', 'clients', '');
  check('SELECT name FROM customers WHERE $0', "city = 'Paris' AND colour = 'red'", "city = 'Paris'");
  check('SELECT c.name FROM customers c $0', 'JOIN orders o ON o.client_id = c.id', 'JOIN orders o');
  check('SELECT name, $0', 'citty', '');
  check('SELECT na$0', 'me FROM customers', 'me FROM customers');
  check('SELECT na$0', 'tion FROM customers', '');
  check('SELECT name FROM customers WHERE city = $0', "'Par", '', 'limit');
  check('SELECT name FROM customers ORDER BY $0', 'name, ci', 'name', 'limit');
  check('SELECT count($0)', 'id)', 'id');
  check('SELECT name FROM customers$0', '\n\nSELECT 1', '');
  check('SELECT name FROM customers$0', ';', ';');
  check('SELECT name FROM customers$0', '\n  ', '');
  check('SELECT $0', ')', '');
  check('SELECT * FROM customers $0', "WHERE strftime('%Y'", '', 'no-choice');
  check('SELECT $0', 'name, count(id', 'name', 'no-choice');
  check('SELECT count($0', 'id', 'id', 'no-choice');
  check('SELECT name FROM customers $0', 'WHERE min', '');
  check('SELECT name FROM customers $0', "WHERE city = 'x' AND upper", "WHERE city = 'x'");
  check('SELECT $0', 'count(*) AS total', 'count(*) AS total');
  check('SELECT * FROM customers c JOIN orders o ON $0', 'c.id = o.', 'c.id', 'limit');
  check('SELECT * FROM customers WHERE id IN ($0', 'SELECT id FROM (SELECT', 'SELECT id', 'no-choice');
});
