/**
 * How much of a suggestion is shown when the model is not sure of all of it, or when it contains a literal that the
 * model made up.
 */
import assert from 'node:assert/strict';
import { DocumentSession } from '../../../server/src/anticipate/session';
import { defaultSuggestionSettings } from '../../../server/src/anticipate/sessionHost';
import type { Validate } from '../../../server/src/schema/validate';
import { schema } from '../anticipate/schema';
import { restOf, StreamingEngine } from '../anticipate/streamingEngine';

const never = new AbortController().signal;
const likely = Math.log(0.999);
const unlikely = Math.log(0.011);

interface Case {
  /** What the model generates behind the text before the cursor; ¦ in it is where it begins to guess. */
  readonly model: string;
  readonly shown: readonly string[];
  readonly byKey?: readonly string[];
  /** Probability of what is guessed; 0.011 by default. */
  readonly guessed?: number;
}

function open(before: string, { model, guessed }: Pick<Case, 'model' | 'guessed'>, validate?: Validate) {
  const engine = new StreamingEngine();
  engine.pieceLength = 1;
  const sure = model.indexOf('¦');
  const text = model.replace('¦', '');
  engine.texts = restOf(before + text);
  const start = before.length;
  const document = { uri: 'file:///a.sql', version: 1, text: before, cursor: start };
  const session = new DocumentSession(
    {
      engine,
      schemaState: () => ({ schema, epoch: 1 }),
      settings: () => ({ ...defaultSuggestionSettings, minimumConfidence: 0.5 }),
      validator: () => validate,
      report: () => undefined,
      fail: (error) => assert.fail(String(error)),
    },
    document,
  );
  engine.logProbabilityBehind = (generated) => {
    const at = (before + text).indexOf(generated, Math.max(0, start - 20)) + generated.length - start;
    return sure < 0 || at < sure ? likely : guessed === undefined ? unlikely : Math.log(guessed);
  };
  const suggest = async (explicit: boolean): Promise<readonly string[]> =>
    (await session.suggest({ offset: document.cursor, explicit }, never)).map((one) => one.text);
  const type = (typed: string): void => {
    Object.assign(document, {
      text: document.text + typed,
      cursor: document.cursor + typed.length,
      version: document.version + 1,
    });
  };
  return { engine, session, suggest, type };
}

function check(before: string, one: Case): void {
  it(`${JSON.stringify(before)} and ${JSON.stringify(one.model)}`, async () => {
    const { suggest } = open(before, one);
    assert.deepEqual(await suggest(false), one.shown);
    if (one.byKey) assert.deepEqual(await suggest(true), one.byKey);
  });
}

describe('a suggestion that the model is not sure of', () => {
  check('SELECT name FROM ', {
    model: 'customers¦ ORDER BY city, name',
    shown: ['customers'],
    byKey: ['customers ORDER BY city, name'],
  });
  check('SELECT name ', { model: 'FROM customers¦ GROUP BY name, city', shown: ['FROM customers'] });
  check('SELECT name FROM cust', { model: 'omers¦ ORDER BY city, name', shown: ['omers'] });
  // As much as is sure enough together.
  check('SELECT name FROM ', {
    model: 'customers GROUP BY name¦, city, id;',
    shown: ['customers GROUP BY name'],
  });
  // Nothing that dangles, and no half condition.
  check('SELECT name FROM ', { model: 'customers ORDER BY¦ name, city;', shown: ['customers'] });
  check('SELECT name FROM customers ', { model: 'WHERE¦ customers.name IS NULL', shown: [] });
  check('SELECT name FROM ', { model: 'customers WHERE city¦ LIKE name || city', shown: ['customers'] });
  check('SELECT ', { model: '¦name FROM customers', shown: [] });
});

describe('a suggestion that is probably wrong as a whole', () => {
  // Each of its characters is likely enough, all of them together are not.
  check('SELECT name FROM ', {
    model: 'customers¦ ORDER BY city;',
    guessed: 0.95,
    shown: ['customers'],
    byKey: ['customers ORDER BY city;'],
  });
  check('SELECT name FROM ', {
    model: 'customers¦ ORDER BY city;',
    guessed: 0.99,
    shown: ['customers ORDER BY city;'],
  });
  check('SELECT name FROM ', { model: '¦customers ORDER BY city;', guessed: 0.95, shown: [] });
  // Nothing says what is wanted: one unit.
  check('SELECT ', { model: 'name FROM customers;', shown: ['name'], byKey: ['name FROM customers;'] });
  check('-- names\nSELECT ', { model: 'name FROM customers;', shown: ['name FROM customers;'] });

  it('grows with what is typed of it: what is typed is certain', async () => {
    const { suggest, type } = open('SELECT name FROM ', {
      model: 'customers¦ ORDER BY city;',
      guessed: 0.97,
    });
    assert.deepEqual(await suggest(false), ['customers']);
    type('customers ORDER B');
    assert.deepEqual(await suggest(false), ['Y city;']);
  });
});

describe('a literal that the model made up', () => {
  const guessed = 0.4;
  check('SELECT name FROM ', { model: "customers WHERE city¦ = 'Atlantis'", guessed, shown: ['customers'] });
  check('SELECT id FROM ', { model: 'orders WHERE total¦ > 4711', guessed, shown: ['orders'] });
  check('SELECT id FROM orders o JOIN customers c ON ', {
    model: "c.id = o.customer_id WHERE c.city¦ = 'Atlantis' AND c.name = 'Plato'",
    guessed,
    shown: ['c.id = o.customer_id'],
  });
  // Which the text speaks of, which is only a number of rows, or which the model is sure of.
  check("SELECT name FROM customers WHERE name = 'Atlantis' OR id IN (SELECT id FROM ", {
    model: "customers WHERE city¦ = 'Atlantis')",
    guessed: 0.99,
    shown: ["customers WHERE city = 'Atlantis')"],
  });
  check('SELECT id FROM ', { model: 'orders¦ LIMIT 10', guessed: 0.99, shown: ['orders LIMIT 10'] });
  check('SELECT id FROM ', {
    model: "customers WHERE city = 'Atlantis'",
    shown: ["customers WHERE city = 'Atlantis'"],
  });
  // It is too unlikely to be shown by itself; who asks by a key wants it.
  check('SELECT id FROM customers WHERE city ', {
    model: "¦= 'Atlantis'",
    guessed: 0.6,
    shown: [],
    byKey: ["= 'Atlantis'"],
  });

  it('is shown when what stands before it was accepted, without decoding again', async () => {
    const { engine, session, suggest, type } = open('SELECT name FROM ', {
      model: "customers WHERE city¦ = 'Atlantis'",
      guessed,
    });
    assert.deepEqual(await suggest(false), ['customers']);
    const asked = engine.completed.length;
    type('customers');
    await session.anticipate();
    assert.deepEqual(await suggest(true), [" WHERE city = 'Atlantis'"]);
    assert.equal(engine.completed.length, asked);
  });

  it('does not follow in a line that nobody is at', async () => {
    const { suggest, type } = open('SELECT name ', {
      model: "FROM customers\nWHERE city¦ = 'Atlantis'",
      guessed,
    });
    assert.deepEqual(await suggest(false), ['FROM customers']);
    type('FROM customers\n');
    assert.deepEqual(await suggest(true), ["WHERE city = 'Atlantis'"]);
  });

  it('stays in a statement that a comment asks for: the database is asked about all of it', async () => {
    const { suggest } = open(
      '-- who lives there\n',
      { model: "SELECT name\nFROM customers WHERE city¦ = 'Atlantis';", guessed },
      () => Promise.resolve({ ok: true }),
    );
    assert.deepEqual(await suggest(false), ["SELECT name\nFROM customers WHERE city = 'Atlantis';"]);
  });
});
