/** Completion in the bodies of triggers and routines, by example: the list holds, or does not hold, these labels. */
import assert from 'node:assert/strict';
import { completion } from '../../../server/src/features/completion/completion';
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

describe('completion of rows that no FROM brings', () => {
  const on = (event: string) => `CREATE TRIGGER g AFTER ${event} ON orders`;
  // NEW and OLD by what the trigger fires on.
  check(`${on('UPDATE')} BEGIN UPDATE customers SET city = NEW.$0; END;`, 'amount | status | -email');
  check(`${on('UPDATE OF amount')} BEGIN SELECT old.$0; END;`, 'amount | -email');
  check(`${on('UPDATE')} WHEN NEW.$0 BEGIN SELECT 1; END;`, 'amount | -email');
  check(`${on('INSERT')} BEGIN SELECT 1 WHERE NEW.am$0 > 1; END;`, 'amount');
  check(`${on('INSERT')} BEGIN SELECT OLD.$0; END;`, '-amount');
  check(`${on('DELETE')} BEGIN DELETE FROM shipments WHERE order_id = OLD.$0; END;`, 'id | -carrier');
  check(`${on('DELETE')} BEGIN SELECT NEW.$0; END;`, '-amount');
  check(`${on('INSERT')} BEGIN UPDATE customers SET city = $0; END;`, 'NEW | -OLD');
  check(`${on('UPDATE')} BEGIN SELECT 1 FROM customers c WHERE c.id = $0; END;`, 'NEW | OLD | c');
  check(`${on('DELETE')} BEGIN SELECT $0; END;`, 'OLD | -NEW');
  check(`${on('INSERT')} BEGIN $0; END;`, 'SELECT | -AND');
  check('SELECT NEW.$0 FROM customers', '-amount | -email');
  check('CREATE TRIGGER g AFTER INSERT ON nowhere BEGIN SELECT NEW.$0; END', '-amount');
  // A relation that goes by the name comes first.
  check(`${on('INSERT')} BEGIN SELECT new.$0 FROM customers new; END;`, 'email | -amount');

  check(`${on('INSERT')} FOR EACH ROW SET NEW.$0`, 'amount | -email', 'mysql');
  check(`${on('UPDATE')} FOR EACH ROW BEGIN SET NEW.amount = OLD.$0; END`, 'amount | -email', 'mysql');
  check(
    `${on('UPDATE')} FOR EACH ROW BEGIN IF NEW.$0 > 1 THEN SELECT 1; END IF; END`,
    'amount | -email',
    'mysql',
  );
  check(`${on('INSERT')} FOR EACH ROW INSERT INTO shipments (order_id) VALUES (NEW.$0)`, 'id', 'mysql');

  // PostgreSQL's function knows its table from the trigger that calls it.
  const audit = (body: string) =>
    `CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$;
     CREATE TRIGGER g BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION audit();`;
  check(audit('NEW.$0 := 1;'), 'amount | -email', 'postgres');
  check(audit('NEW.amount := OLD.$0;'), 'amount | -email', 'postgres');
  check(audit('NEW.amount := $0;'), 'NEW | OLD | coalesce | -email', 'postgres');
  check(audit('IF NEW.$0 THEN RETURN NEW; END IF;'), 'status | -email', 'postgres');
  check(audit('IF OLD.status = $0 THEN RETURN NEW; END IF;'), 'NEW', 'postgres');
  check(audit('UPDATE customers SET city = NEW.$0 WHERE id = 1;'), 'status | -email', 'postgres');
  check(audit('$0'), 'SELECT | UPDATE | -AND', 'postgres');
  check(audit('SELECT 1; $0'), 'SELECT | -AND', 'postgres');
  check(audit('RETURN $0'), '-email | -AND', 'postgres');
  check(
    'CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN NEW.$0 END $$ LANGUAGE plpgsql',
    '-amount',
    'postgres',
  );
  check(
    'CREATE TRIGGER g AFTER UPDATE ON orders FOR EACH ROW WHEN (OLD.$0) EXECUTE FUNCTION audit()',
    'status | -email',
    'postgres',
  );
  check(
    'CREATE TRIGGER g AFTER INSERT ON public.orders FOR EACH ROW WHEN (NEW.$0) EXECUTE FUNCTION f()',
    'status',
    'postgres',
  );

  // Upserts.
  for (const dialect of ['sqlite', 'postgres', 'duckdb'] as const) {
    const upsert = 'INSERT INTO orders (id, amount) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET';
    check(`${upsert} amount = excluded.$0`, 'amount | status | -email', dialect);
    check(`${upsert} amount = $0`, 'excluded | amount', dialect);
    check(`${upsert} amount = orders.amount + excluded.am$0`, 'amount', dialect);
    check(`${upsert} amount = 1 WHERE excluded.$0 > 1`, 'amount', dialect);
  }
  check('INSERT INTO orders (id) SELECT excluded.$0 FROM customers', '-amount');
  check(
    'INSERT INTO orders (id, amount) VALUES (1, 2) AS fresh ON DUPLICATE KEY UPDATE amount = fresh.$0',
    'amount | -email',
    'mysql',
  );
  check(
    'INSERT INTO orders (id, amount) VALUES (1, 2) AS fresh ON DUPLICATE KEY UPDATE amount = $0',
    'fresh',
    'mysql',
  );

  // T-SQL: tables of changed rows in triggers, rows in OUTPUT.
  const tsql = (body: string) => `CREATE TRIGGER g ON orders AFTER INSERT, UPDATE AS BEGIN ${body} END`;
  check(tsql('SELECT i.$0 FROM inserted i;'), 'amount | -email', 'tsql');
  check(tsql('SELECT inserted.$0 FROM inserted;'), 'amount | -email', 'tsql');
  check(tsql('SELECT * FROM $0;'), 'inserted | deleted | orders', 'tsql');
  check(tsql('SELECT d.st$0 FROM deleted AS d;'), 'status', 'tsql');
  check(
    tsql('UPDATE c SET city = 1 FROM customers c JOIN inserted i ON $0;'),
    'i.customer_id = c.id',
    'tsql',
  );
  check('INSERT INTO orders (id) OUTPUT inserted.$0 VALUES (1)', 'amount | -email', 'tsql');
  check('DELETE FROM orders OUTPUT deleted.$0 WHERE id = 1', 'amount | -email', 'tsql');
  check('UPDATE orders SET amount = 1 OUTPUT deleted.amount, inserted.$0', 'amount | -email', 'tsql');
  check('DELETE FROM orders OUTPUT inserted.$0 WHERE id = 1', '-amount', 'tsql');
  check('SELECT * FROM $0', '-inserted | orders', 'tsql');
});
