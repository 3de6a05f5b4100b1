/** Completion in the bodies of triggers and routines, by example: the list holds, or does not hold, these labels. */
import assert from 'node:assert/strict';
import { completion } from '../../../server/src/features/completion';
import type { Dialect } from '../../../server/src/schema/model';
import { cursorIn } from '../support/text';
import { inDialect } from './editorSchemas';

/** Labels behind a minus are not in the list. */
function check(marked: string, labels: string, dialect: Dialect = 'sqlite'): void {
  it(`${JSON.stringify(marked).slice(1, -1)} has ${labels}`, () => {
    const { text, offset } = cursorIn(marked);
    const found = completion(text, offset, inDialect(dialect), dialect).items.map(({ label }) => label);
    for (const label of labels.split(' | ')) {
      const name = label.replace(/^-/, '');
      assert.equal(found.includes(name), name === label, `${name} in ${found.slice(0, 40).join(' | ')}`);
    }
  });
}

describe('completion in routines', () => {
  const trigger = 'CREATE TRIGGER g AFTER UPDATE ON orders BEGIN';
  check(`${trigger} SELECT c.$0 FROM customers c; END;`, 'email | city | -amount');
  check(`${trigger} UPDATE customers SET $0 WHERE id = 1; SELECT 1; END;`, 'city | -amount');
  check(`${trigger} SELECT 1; SELECT * FROM $0; END;`, 'customers | products');
  check(`${trigger} SELECT 1; SELECT p.t$0 FROM products p; SELECT 2; END;`, 'title | -email');
  check(`${trigger} SELECT name FROM customers c WHERE $0; END; SELECT 1`, 'city | -amount');
  check(
    'CREATE FUNCTION f() RETURNS int AS $$ BEGIN SELECT c.$0 FROM customers c; END $$ LANGUAGE plpgsql',
    'email | -amount',
    'postgres',
  );
  check('DO $$ BEGIN DELETE FROM $0; END $$', 'customers', 'postgres');
  check("CREATE FUNCTION f() RETURNS text AS 'SELECT $0' LANGUAGE sql", '-customers', 'postgres');
  check('CREATE PROCEDURE p() BEGIN SELECT o.$0 FROM orders o; END', 'amount | -email', 'mysql');
  check('CREATE TRIGGER g AFTER INSERT ON orders FOR EACH ROW UPDATE customers SET $0', 'city', 'mysql');
});
