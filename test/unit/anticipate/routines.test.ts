/** Ghost text in the bodies of triggers and routines continues the statement there. `$0` marks the cursor. */
import assert from 'node:assert/strict';
import { Outlook } from '../../../server/src/anticipate/outlook';
import { placeAt } from '../../../server/src/suggest/place';
import { planCompletion, shownText } from '../../../server/src/suggest/plan';
import type { Dialect } from '../../../server/src/schema/model';
import { cursorIn } from '../support/text';
import { schema as sqliteSchema } from './schema';

const open = (marked: string, dialect: Dialect) => {
  const { text, offset } = cursorIn(marked);
  const place = placeAt(text, offset, 1, dialect);
  return {
    place,
    plan: planCompletion(place, { ...sqliteSchema, dialect }, { maxTokens: 48, canFill: false }),
  };
};

/** What of the model's text is shown. */
function check(marked: string, generated: string, expected: string, dialect: Dialect = 'sqlite'): void {
  it(`${JSON.stringify(marked)} + ${JSON.stringify(generated)}`, () => {
    const { place, plan } = open(marked, dialect);
    assert.ok(plan, 'something is to be shown');
    assert.equal(shownText(place, plan, { text: plan.typed + generated, end: 'stop' }), expected);
  });
}

describe('ghost text in a body', () => {
  const trigger = 'CREATE TRIGGER t AFTER INSERT ON orders BEGIN ';
  check(`${trigger}SELECT $0`, 'name FROM customers;', 'name FROM customers;');
  check(`${trigger}SELECT $0`, 'nobody FROM nowhere', '');
  check(`${trigger}SELECT 1; SELECT na$0`, 'me FROM customers', 'me FROM customers');
  check(`${trigger}SELECT 1; SELECT name FROM $0\nEND;\nSELECT 2;`, 'clients', '');
  check(`${trigger}SELECT 1; SELECT name FROM $0\nEND;\nSELECT 2;`, 'customers', 'customers');
  const body = 'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN ';
  check(`${body}RETURN QUERY SELECT name FROM $0\nEND $$;`, 'customers', 'customers', 'postgres');
  check(`${body}UPDATE customers SET $0\nEND $$;`, "city = 'x'", "city = 'x'", 'postgres');
  check(`${body}UPDATE customers SET $0\nEND $$;`, "colour = 'x'", '', 'postgres');
  check(`${body}SELECT name FROM customers WHERE $0`, 'ctiy = 1', '', 'postgres');
  // Variables and parameters of the routine are no inventions; what a statement names is none of them.
  const withVariables = 'CREATE FUNCTION f(p_id int) RETURNS int AS $$ DECLARE v text; BEGIN ';
  check(`${withVariables}SELECT name FROM customers WHERE id = $0\nEND $$;`, 'p_id', 'p_id', 'postgres');
  check(
    `${withVariables}UPDATE customers SET name = $0\nEND $$;`,
    'v WHERE id = p_id',
    'v WHERE id = p_id',
    'postgres',
  );
  check(`${withVariables}SELECT 1 AS q; UPDATE customers SET name = $0\nEND $$;`, 'q', '', 'postgres');
  check('CREATE PROCEDURE p() BEGIN SELECT name FROM $0\nEND', 'customers', 'customers', 'mysql');

  it('takes brackets that the editor closed for its own there', () => {
    const { place } = open(`${body}SELECT count($0) FROM customers; END $$;`, 'postgres');
    assert.equal(place.closers, ')');
  });

  it('is not put before the database, which does not know its variables', () => {
    for (const [marked, isAsked] of [
      [`${trigger}SELECT $0`, false],
      ['SELECT $0', true],
    ] as const) {
      const { place, plan } = open(marked, 'sqlite');
      const outlook = new Outlook();
      outlook.add(place, [{ text: 'name FROM customers;', confidence: 1, final: true }]);
      const step = outlook.next(place, { plan: () => plan, minimumConfidence: () => 0, checks: true });
      assert.equal(step?.kind === 'verdict', isAsked);
    }
  });
});
