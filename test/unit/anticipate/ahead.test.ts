/**
 * Decoding ahead: what the session asks of the engine and when, how a suggestion grows, and that nothing out of date is
 * shown.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DocumentSession } from '../../../server/src/anticipate/session';
import { defaultSuggestionSettings } from '../../../server/src/anticipate/sessionHost';
import type { Validate, Verdict } from '../../../server/src/schema/validate';
import { schema } from './schema';
import { restOf, StreamingEngine } from './streamingEngine';

const never = new AbortController().signal;

interface Opened {
  readonly engine: StreamingEngine;
  readonly session: DocumentSession;
  readonly document: { text: string; cursor: number; version: number; deleted: boolean };
  readonly grown: (readonly [version: number, offset: number])[];
  readonly failures: unknown[];
  /** Replaces the text, the cursor at its end or where it is said. */
  readonly change: (text: string, cursor?: number) => void;
  readonly shown: (explicit?: boolean) => Promise<readonly string[]>;
}

function open(
  text: string,
  parts: { validate?: Validate; minimumConfidence?: number; fim?: boolean; questions?: StreamingEngine } = {},
): Opened {
  const engine = new StreamingEngine();
  if (parts.fim && engine.status.state === 'ready') {
    const fim = { prefix: '<PRE>', suffix: '<SUF>', middle: '<MID>' };
    engine.status = { ...engine.status, model: { ...engine.status.model, fim } };
  }
  const grown: [number, number][] = [];
  const failures: unknown[] = [];
  const document = { uri: 'file:///a.sql', version: 1, text, cursor: text.length, deleted: false };
  // By default all of what is decoded is shown, however unlikely.
  const { minimumConfidence = 0, validate } = parts;
  const session = new DocumentSession(
    {
      engine,
      schemaState: () => ({ schema, epoch: 1 }),
      settings: () => ({ ...defaultSuggestionSettings, minimumConfidence }),
      validator: () => validate,
      questions: () => parts.questions,
      report: () => undefined,
      fail: (error) => failures.push(error),
      grew: (version, offset) => grown.push([version, offset]),
    },
    document,
  );
  return {
    engine,
    session,
    document,
    grown,
    failures,
    change: (next, cursor = next.length) => {
      document.deleted = next.length < document.text.length;
      Object.assign(document, { text: next, cursor, version: document.version + 1 });
    },
    shown: async (explicit = false) =>
      (await session.suggest({ offset: document.cursor, explicit }, never)).map(
        (suggestion) => suggestion.text,
      ),
  };
}

const statement = 'SELECT name\nFROM customers\nWHERE id = 1;';

describe('decoding ahead', () => {
  it('has the answer before it is asked for', async () => {
    const { engine, session, shown } = open('SELECT ');
    engine.texts = restOf(statement);
    await session.anticipate();
    const { decoded } = engine;
    assert.deepEqual(await shown(), ['name\nFROM customers\nWHERE id = 1;']);
    assert.equal(engine.decoded, decoded);
  });

  it('asks the engine for nothing while the suggestion is typed, a word or a line of it accepted, or taken back', async () => {
    const { engine, session, change, shown } = open('SELECT ');
    engine.texts = restOf(statement);
    await session.anticipate();
    const asked = engine.completed.length;
    for (let length = 'SELECT '.length; length < statement.length; length += 2) {
      change(statement.slice(0, length));
      await session.anticipate();
      assert.deepEqual(await shown(), [statement.slice(length)]);
    }
    for (const text of ['SELECT name', 'SELECT ', 'SELECT name\nFROM customers', 'SELECT ']) {
      change(text);
      assert.deepEqual(await shown(true), [statement.slice(text.length)]);
    }
    assert.deepEqual([engine.completed.length, engine.prefilled.length], [asked, 0]);
  });

  it('shows the first line as soon as it is whole, and tells when there is more', async () => {
    const { engine, grown, shown, document } = open('SELECT ');
    engine.texts = restOf(statement);
    let free = 5;
    const held: (() => void)[] = [];
    engine.tick = () => (free-- > 0 ? Promise.resolve() : new Promise((resolve) => held.push(resolve)));
    assert.deepEqual(await shown(), ['name']);
    assert.deepEqual(grown, []);
    free = Infinity;
    while (held.length > 0 || grown.length < 2) {
      for (const resolve of held.splice(0)) resolve();
      await new Promise(setImmediate);
    }
    assert.deepEqual(new Set(grown.map(String)), new Set([`${String(document.version)},7`]));
    assert.deepEqual(await shown(true), ['name\nFROM customers\nWHERE id = 1;']);
  });

  it('goes on with what is being decoded while typing agrees with it', async () => {
    const { engine, change, session, shown } = open('SELECT ');
    engine.texts = restOf('SELECT name, city FROM customers;');
    const held: (() => void)[] = [];
    engine.tick = () => new Promise((resolve) => held.push(resolve));
    const release = async (): Promise<void> => {
      await new Promise(setImmediate);
      for (const resolve of held.splice(0)) resolve();
      await new Promise(setImmediate);
    };
    void session.anticipate();
    await release();
    await release();
    await release();
    change('SELECT n');
    void session.anticipate();
    change('SELECT na');
    void session.anticipate();
    const answer = shown();
    engine.tick = () => Promise.resolve();
    await release();
    assert.deepEqual(await answer, ['me, city FROM customers;']);
    assert.equal(engine.completed.length, 1);
  });

  it('begins anew when typing leaves it', async () => {
    const { engine, change, session, shown } = open('SELECT ');
    engine.texts = (prompt) =>
      prompt.endsWith('SELECT ') ? ['name'] : restOf('SELECT 1 + id FROM orders;')(prompt);
    await session.anticipate();
    change('SELECT 1 ');
    assert.deepEqual(await shown(), ['+ id FROM orders;']);
  });

  it('knows what comes behind a statement that was accepted: nothing on that line', async () => {
    const { engine, change, shown } = open('SELECT ');
    engine.texts = restOf(statement);
    await shown();
    change(statement);
    assert.deepEqual(await shown(), []);
  });

  it('suggests nothing on a deletion unless asked by a key', async () => {
    const { engine, change, session, shown } = open('SELECT nam');
    engine.texts = restOf(statement);
    change('SELECT na');
    await session.anticipate();
    assert.equal(engine.completed.length, 0);
    assert.equal(engine.prefilled.length, 1);
    assert.deepEqual(await shown(), []);
    assert.equal((await shown(true)).length, 1);
  });

  it('hides what the model is not sure of, and shows it to who asks by a key', async () => {
    const { engine, shown } = open('SELECT ', { minimumConfidence: 0.5 });
    engine.texts = restOf('SELECT name FROM customers;');
    engine.logProbability = Math.log(0.3);
    assert.deepEqual(await shown(), []);
    assert.deepEqual(await shown(true), ['name FROM customers;']);
  });

  it('asks the database about what is hidden too, so that it can be shown to who asks by a key', async () => {
    const judged: string[] = [];
    const { engine, shown } = open('SELECT ', {
      minimumConfidence: 0.5,
      validate: (sql) => {
        judged.push(sql);
        return Promise.resolve({ ok: true });
      },
    });
    engine.texts = restOf('SELECT name FROM customers;');
    engine.logProbability = Math.log(0.3);
    assert.deepEqual(await shown(), []);
    assert.deepEqual(await shown(true), ['name FROM customers;']);
    assert.deepEqual(judged, ['SELECT name FROM customers;']);
  });

  it('continues the item that the completion list has selected', async () => {
    const { engine, session } = open('SELECT * FROM cu');
    engine.texts = restOf('SELECT * FROM customers WHERE id = 1;');
    const selected = { from: 14, to: 16, text: 'customers' };
    const [suggestion] = await session.suggest({ offset: 16, selected }, never);
    assert.equal(suggestion?.text, ' WHERE id = 1;');
  });

  it('counts a bracket once that the editor closed by itself', async () => {
    const { engine, session, change, document } = open('SELECT ');
    engine.texts = restOf('SELECT count(id) FROM orders;');
    await session.anticipate();
    const asked = engine.completed.length;
    change('SELECT count()', 13);
    await session.anticipate();
    const [suggestion] = await session.suggest({ offset: document.cursor }, never);
    assert.deepEqual(suggestion, { text: 'id) FROM orders;', replaced: 1 });
    assert.equal(engine.completed.length, asked);
  });

  it('decodes alternatives where names are chosen, for who asks and for who types another one', async () => {
    const { engine, session, change, shown } = open('SELECT * FROM ');
    engine.texts = (prompt) =>
      prompt.endsWith('SELECT * FROM ') ? ['customers;', 'orders;', 'products;'] : [];
    await session.anticipate();
    assert.deepEqual(await shown(true), ['customers;', 'orders;', 'products;']);
    const asked = engine.completed.length;
    change('SELECT * FROM o');
    assert.deepEqual(await shown(), ['rders;']);
    assert.equal(engine.completed.length, asked);
  });

  it('offers alternatives of different first names only', async () => {
    const { engine, session, shown } = open('SELECT * FROM ');
    engine.texts = (prompt) =>
      prompt.endsWith('SELECT * FROM ') ? ['customers;', 'customers WHERE id = 1;', 'Orders;'] : [];
    await session.anticipate();
    assert.deepEqual(await shown(true), ['customers;', 'Orders;']);
  });

  it('offers the alternatives that the database takes', async () => {
    const { engine, shown } = open('SELECT * FROM ', {
      validate: (sql) =>
        Promise.resolve(sql.includes('orders') ? { ok: false, message: 'no' } : { ok: true }),
    });
    engine.texts = (prompt) =>
      prompt.endsWith('SELECT * FROM ') ? ['customers;', 'orders;', 'products;'] : [];
    assert.deepEqual(await shown(true), ['customers;', 'products;']);
  });

  it('fills in the middle, and a key behind the anchor extends the prompt', async () => {
    const { engine, session, change, document, shown } = open('SELECT ', { fim: true });
    engine.texts = (prompt) => (prompt.endsWith('<MID>') ? ['name '] : []);
    change('SELECT  FROM customers;', 7);
    assert.deepEqual(await shown(), ['name']);
    const [first] = engine.completed;
    assert.match(first ?? '', /^<PRE>[\s\S]*SELECT <SUF> FROM customers;<MID>$/);
    change('SELECT 1 FROM customers;', 8);
    await session.anticipate();
    change('SELECT 1, FROM customers;', 9);
    await session.anticipate();
    assert.equal(document.cursor, 9);
    assert.ok(engine.completed.length > 1);
    for (const prompt of engine.completed) assert.ok(prompt.startsWith(first ?? '?'), prompt);
  });
});

describe('a statement that a comment asks for', () => {
  it('is of the engine of questions, where there is another one', async () => {
    const questions = new StreamingEngine();
    const text = '-- the name of the first customer\n';
    const validate: Validate = () => Promise.resolve({ ok: true });
    const { engine, session, shown, change } = open(text, { validate, questions });
    questions.texts = restOf(text + statement);
    engine.texts = () => ['SELECT id FROM customers;'];
    assert.deepEqual(await shown(), [statement]);
    assert.deepEqual(engine.completed, []);
    change(`${text.replace(/./g, ' ')}SELECT `);
    engine.texts = restOf(statement);
    const asked = questions.completed.length;
    assert.match((await shown())[0] ?? '', /^name/);
    assert.equal(questions.completed.length, asked);
    session.close();
    assert.deepEqual(questions.closed, engine.closed);
  });

  it('is asked for as a turn of a chat, and read while it is typed, where the engine of questions was taught to chat', async () => {
    const questions = new StreamingEngine();
    if (questions.status.state !== 'ready') throw new Error('the script is ready');
    const model = { ...questions.status.model, name: 'Qwen2.5 Coder Instruct', chatTemplate: '<|im_start|>' };
    questions.status = { ...questions.status, model };
    const validate: Validate = () => Promise.resolve({ ok: true });
    const { engine, session, change, shown } = open('', { questions, validate });
    const turn = (asked: string): RegExp =>
      new RegExp(`^<\\|im_start\\|>system\\n[^]*CREATE TABLE[^]*<\\|im_start\\|>user\\n${asked}$`);
    for (const [text, asked] of [
      ['-- nam', 'nam'],
      ['-- names of\n-- customers', 'names of customers'],
      ['/* names', 'names'],
    ] as const) {
      change(text);
      await session.anticipate();
      assert.match(questions.prefilled.at(-1) ?? '', turn(asked));
    }
    const seen = questions.prefilled.length;
    for (const text of ['-', '-- 1', 'SELECT 1 -- names', 'SELECT 1;']) {
      change(text);
      await session.anticipate();
    }
    change('-- names\nSELECT 1', 8);
    await session.anticipate();
    assert.equal(questions.prefilled.length, seen, 'these ask nothing');
    questions.texts = (prompt) => (prompt.endsWith('SELECT') ? [' name FROM customers;'] : ['SELECT']);
    change('-- names of\n-- customers\n');
    assert.deepEqual(await shown(), ['SELECT name FROM customers;']);
    const end = '<\\|im_end\\|>\\n<\\|im_start\\|>assistant\\n```sql\\n';
    assert.match(questions.completed[0] ?? '', turn(`names of customers${end}`));
    assert.deepEqual(engine.completed, []);
  });

  const question = '-- all names\n';

  for (const above of ['SELECT id FROM orders', 'SELECT id FROM orders\n', 'SELECT id, (\n'])
    it(`is shown below what nobody ended: ${JSON.stringify(above)}`, async () => {
      const asked: string[] = [];
      const { engine, shown } = open(`${above}\n${question}`, {
        validate: (sql) => {
          asked.push(sql);
          return Promise.resolve({ ok: true });
        },
      });
      engine.texts = restOf(
        `${above.trimEnd()};${above.slice(above.trimEnd().length)}\n${question}${statement}`,
      );
      assert.deepEqual(await shown(), [statement]);
      assert.deepEqual(asked, [statement]);
    });

  it('is not shown by itself when it is no probable answer', async () => {
    const { engine, shown } = open('-- cities and names of customers\n', {
      minimumConfidence: 0.1,
      validate: () => Promise.resolve({ ok: true }),
    });
    const price = 'SELECT price FROM products;';
    engine.texts = restOf(`-- cities and names of customers\n${price}`);
    assert.deepEqual(await shown(), []);
    assert.deepEqual(await shown(true), [price]);
  });

  it('is shown whole when the database takes it', async () => {
    const asked: string[] = [];
    const { engine, shown } = open(question, {
      validate: (sql) => {
        asked.push(sql);
        return Promise.resolve({ ok: true });
      },
    });
    engine.texts = restOf(`${question}${statement}`);
    assert.deepEqual(await shown(), [statement]);
    assert.deepEqual(asked, [statement]);
  });

  it('is the best of several: what the question names, and what the database takes', async () => {
    const asked: string[] = [];
    const { engine, shown } = open('-- names of customers\n', {
      validate: (sql) => {
        asked.push(sql);
        return Promise.resolve(asked.length > 1 ? { ok: true } : { ok: false, message: 'no' });
      },
    });
    engine.texts = (prompt) =>
      prompt.endsWith('SELECT')
        ? [' id FROM orders;', ' city\nFROM customers;', ' name\nFROM customers;']
        : ['SELECT'];
    assert.deepEqual(await shown(), ['SELECT city\nFROM customers;']);
    assert.deepEqual(asked, ['SELECT name\nFROM customers;', 'SELECT city\nFROM customers;']);
  });

  it('is typed along without asking again', async () => {
    const { engine, shown, change, document } = open(question, {
      validate: () => Promise.resolve({ ok: true }),
    });
    engine.texts = restOf(`${question}${statement}`);
    await shown();
    const asked = engine.branched.length + engine.completed.length;
    for (const key of statement) {
      const { text } = document;
      change(text + key);
      const rest = (question + statement).slice(document.text.length);
      assert.deepEqual(await shown(), rest === '' ? [] : [rest]);
    }
    assert.equal(engine.branched.length + engine.completed.length, asked);
  });

  it('is repaired once when the database refuses it', async () => {
    const verdicts: Verdict[] = [{ ok: false, message: 'no such thing: id' }, { ok: true }];
    const { engine, shown } = open(question, { validate: () => Promise.resolve(verdicts.shift()) });
    const second = 'SELECT name FROM customers;';
    engine.texts = (prompt) =>
      prompt.includes('no such thing')
        ? restOf(second)(prompt).concat(second)
        : restOf(question + statement)(prompt);
    assert.deepEqual(await shown(), [second]);
    assert.ok(engine.sessions.some((name) => name.endsWith('#repair')));
  });

  it('is not shown when the repaired one is refused too', async () => {
    const { engine, shown, failures } = open(question, {
      validate: () => Promise.resolve({ ok: false, message: 'no such thing: id' }),
    });
    engine.texts = (prompt) =>
      prompt.includes('no such thing') ? ['SELECT 1;'] : restOf(question + statement)(prompt);
    assert.deepEqual(await shown(), []);
    assert.deepEqual(failures, []);
  });

  it('is shown line by line where nothing can check it', async () => {
    const { engine, shown } = open(question);
    engine.texts = restOf(`${question}${statement}`);
    assert.deepEqual(await shown(), ['SELECT name']);
  });
});

describe('bad input', () => {
  it('drops the oldest text first when the context runs full: schema and statement stay', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => `SELECT id FROM orders WHERE id = ${String(i)};\n`);
    const { engine, session, failures } = open(`${lines.join('')}SELECT `);
    engine.texts = restOf(statement);
    await session.anticipate();
    const whole = engine.completed.at(-1) ?? '';
    assert.ok(whole.length < lines.join('').length);
    assert.doesNotMatch(whole, /id = 0;/);
    assert.match(whole, /CREATE TABLE customers[\s\S]*id = 299;\nSELECT (name)?/);
    assert.deepEqual(failures, []);
  });

  it('answers in a file of 20,000 lines, and along what is typed there', async () => {
    const { engine, session, change, document, shown } = open(
      `${'SELECT id FROM orders;\n'.repeat(20_000)}SELECT `,
    );
    engine.texts = restOf(statement);
    await session.anticipate();
    const asked = engine.completed.length;
    change(`${document.text}na`);
    assert.deepEqual(await shown(), ['me\nFROM customers\nWHERE id = 1;']);
    assert.equal(engine.completed.length, asked);
  });

  it('shows no control characters', async () => {
    const { engine, shown } = open('SELECT ');
    engine.texts = () => ['na\u0007me FROM customers;'];
    for (const text of await shown(true)) assert.doesNotMatch(text, /(?!\n)\p{Cc}/u);
  });
});

describe('nothing stale', () => {
  it('is shown to who types faster than it is decoded, deletes and jumps', async () => {
    const lines = 'SELECT id FROM orders;\n';
    const key = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('n', 'a', 'm', 'e', ' ', '\n', ',', '(') },
      { weight: 2, arbitrary: fc.constant('\b') },
      { weight: 1, arbitrary: fc.constantFrom('home', 'end') },
      { weight: 2, arbitrary: fc.constant('wait') },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 40 }), fc.nat(3), async (keys, pace) => {
        const { engine, session, change, document, failures } = open(`${lines}SELECT `);
        // The suggestion spells what stands before it, so that a stale one is told from a right one.
        const fingerprint = (before: string): string =>
          `'${String(before.length)}|${before.slice(-6).replace(/[^a-z]/gi, '_')}'`;
        engine.texts = (prompt) => {
          const before = prompt.slice(prompt.indexOf(lines));
          return [`${fingerprint(before)}, 2\nFROM orders;`];
        };
        let ticks = 0;
        engine.tick = () => (++ticks % (pace + 1) === 0 ? new Promise(setImmediate) : Promise.resolve());
        const asking: Promise<void>[] = [];
        for (const pressed of keys) {
          // An answer that is there already arrives before the next key.
          for (let turn = 0; turn < 5; turn++) await Promise.resolve();
          const { text, cursor } = document;
          if (pressed === 'wait') await new Promise(setImmediate);
          else if (pressed === 'home') change(text, lines.length + 7);
          else if (pressed === 'end') change(text, text.length);
          else if (pressed === '\b')
            change(text.slice(0, cursor - 1) + text.slice(cursor), Math.max(0, cursor - 1));
          else change(text.slice(0, cursor) + pressed + text.slice(cursor), cursor + pressed.length);
          void session.anticipate();
          const { version, text: now, cursor: at } = document;
          asking.push(
            session.suggest({ offset: at }, never).then((suggestions) => {
              for (const suggestion of suggestions) {
                assert.equal(document.version, version, 'shown for a text that is gone');
                const whole = now.slice(0, at) + suggestion.text;
                // Somewhere on the way to the cursor this text was the continuation.
                const begins = /'(\d+)\|/.exec(whole);
                assert.ok(begins, whole);
                const before = whole.slice(0, begins.index);
                assert.ok(whole.startsWith(before + fingerprint(before)), whole);
              }
            }),
          );
        }
        await Promise.all(asking);
        assert.deepEqual(failures, []);
      }),
      { numRuns: 60 },
    );
  });
});
