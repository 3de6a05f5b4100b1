/**
 * A question with a scripted engine: the best of several answers is found ahead, a newer key ends the work, the answer
 * is checked and repaired, Enter takes it.
 */
import assert from 'node:assert/strict';
import { AskSession, type Answer } from '../../../server/src/anticipate/askSession';
import type { Verdict } from '../../../server/src/schema/validate';
import { shop } from '../support/schemas';
import { schema } from './schema';
import { StreamingEngine } from './streamingEngine';

const never = new AbortController().signal;
const names = 'SELECT name FROM customers;';
const ids = 'SELECT id FROM customers;';

function open(verdicts: (Verdict | undefined)[] = []): {
  engine: StreamingEngine;
  session: AskSession;
  judged: string[];
  state: { schema: typeof schema };
} {
  const engine = new StreamingEngine();
  engine.texts = (prompt) => {
    const whole = prompt.includes('refused so') || prompt.includes('ids of customers') ? ids : names;
    return [prompt.endsWith('SELECT') ? whole.slice('SELECT'.length) : whole];
  };
  const judged: string[] = [];
  const state = { schema };
  const session = new AskSession(
    () => engine,
    'file:///a.sql',
    () => state.schema,
    () => Promise.resolve('-- schema\n\n'),
    (sql) => {
      judged.push(sql);
      return Promise.resolve(verdicts.shift());
    },
  );
  return { engine, session, judged, state };
}

/** The statement that an answer puts first. */
const first = (answer: Answer | undefined): string | undefined => answer?.statements[0]?.sql;

/** Holds the engine before a piece: `reached` when it is there, `go` lets it on. */
function hold(engine: StreamingEngine): { reached: Promise<void>; go: () => void } {
  let go = (): void => undefined;
  let arrive = (): void => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  engine.tick = () => {
    arrive();
    return gate;
  };
  return { reached, go: () => go() };
}

describe('AskSession', () => {
  it('prefills the question, then decodes it ahead; Enter takes what is there', async () => {
    const { engine, session } = open();
    assert.equal(first(await session.anticipate('names of customers')), names);
    assert.deepEqual(engine.prefilled, ['-- schema\n\n-- names of customers']);
    assert.deepEqual(engine.completed, ['-- schema\n\n-- names of customers\n']);
    assert.deepEqual(engine.branched, ['-- schema\n\n-- names of customers\nSELECT']);
    assert.equal(engine.options[0]?.priority, 'ahead');
    assert.equal(first(await session.answer('names of customers', never)), names);
    assert.equal(engine.branched.length, 1);
  });

  it('takes the best of several: what the question names, and what the database takes', async () => {
    const { engine, session, judged } = open([{ ok: false, message: 'no' }, { ok: true }]);
    engine.texts = (prompt) =>
      prompt.endsWith('SELECT')
        ? [' id FROM orders;', ' city FROM customers;', ' name FROM customers;', ' nme FROM customers;']
        : ['SELECT'];
    assert.equal(first(await session.anticipate('name of customers')), 'SELECT city FROM customers;');
    assert.deepEqual(judged, [names, 'SELECT city FROM customers;', 'SELECT id FROM orders;']);
  });

  it('offers what reads differently, in plain words', async () => {
    const { engine, session } = open();
    engine.texts = (prompt) =>
      prompt.endsWith('SELECT')
        ? [' name FROM customers;', ' c.name FROM customers AS c;', ' city FROM customers;']
        : ['SELECT'];
    const answer = await session.anticipate('name of customers');
    assert.deepEqual(answer, {
      statements: [
        { sql: names, words: 'name of customers' },
        { sql: 'SELECT city FROM customers;', words: 'city of customers' },
      ],
      isSure: true,
    });
  });

  it('groups by the key of what is asked about, and still shows its name', async () => {
    const { engine, session, state } = open();
    state.schema = shop;
    const from = 'FROM customers AS c JOIN orders AS o ON o.customer_id = c.id GROUP BY';
    engine.texts = (prompt) =>
      prompt.endsWith('SELECT')
        ? [` COUNT(*) ${from} c.id;`, ` c.name, COUNT(*) ${from} c.name;`]
        : ['SELECT'];
    const answer = await session.anticipate('number of orders of each customer');
    assert.equal(first(answer), `SELECT c.name, COUNT(*) ${from} c.id, c.name;`);
  });

  it('is not sure of what uses other names than the question', async () => {
    const { engine, session } = open();
    engine.texts = (prompt) => (prompt.endsWith('SELECT') ? [' price FROM products;'] : ['SELECT']);
    const answer = await session.anticipate('cities and names of customers');
    assert.equal(first(answer), 'SELECT price FROM products;');
    assert.equal(answer?.isSure, false);
  });

  it('is not sure of any answer to what says nothing of the schema, and a model taught links writes none', async () => {
    for (const [name, offered] of [
      ['some other model', names],
      ['SQL Ahead starter', undefined],
    ] as const)
      for (const question of ['what is the weather', 'who won the world cup']) {
        const { engine, session } = open();
        if (engine.status.state !== 'ready') throw new Error('not ready');
        engine.status = { state: 'ready', model: { ...engine.status.model, name } };
        const answer = await session.anticipate(question);
        assert.equal(first(answer), offered);
        assert.equal(answer?.isSure, false);
        assert.equal(engine.branched.length, offered === undefined ? 0 : 1);
      }
  });

  it('what begins otherwise is decoded once', async () => {
    const { engine, session } = open();
    const statement = 'WITH a AS (SELECT name FROM customers) SELECT name FROM a;';
    engine.texts = () => [statement];
    assert.equal(first(await session.anticipate('names of customers')), statement);
    assert.deepEqual(engine.branched, []);
  });

  it('a space at the end asks nothing new', async () => {
    const { engine, session } = open();
    await session.anticipate('names of customers');
    assert.equal(first(await session.anticipate('names of customers ')), names);
    assert.equal(engine.completed.length, 1);
  });

  it('a newer key ends the older decode at once, and only the newest is answered', async () => {
    const { engine, session, judged } = open();
    const held = hold(engine);
    const older = session.anticipate('names of customers');
    await held.reached;
    const newer = session.anticipate('ids of customers');
    held.go();
    assert.equal(await older, undefined);
    assert.equal(first(await newer), ids);
    assert.deepEqual(judged, [ids]);
    // "SEL" of the opening, and the rest behind SELECT.
    assert.equal(engine.decoded, 1 + Math.ceil((ids.length - 'SELECT'.length) / engine.pieceLength));
  });

  it('Enter waits for the decode that is running', async () => {
    const { engine, session } = open();
    const held = hold(engine);
    const ahead = session.anticipate('names of customers');
    await held.reached;
    const entered = session.answer('names of customers', never);
    held.go();
    assert.equal(first(await entered), names);
    assert.equal(first(await ahead), names);
    assert.equal(engine.completed.length, 1);
  });

  it('Enter on a question that is not the newest decodes that one', async () => {
    const { engine, session } = open();
    await session.anticipate('names of customers');
    assert.equal(first(await session.answer('ids of customers', never)), ids);
    assert.equal(engine.options[1]?.priority, 'visible');
  });

  it('an empty question ends all work', async () => {
    const { engine, session } = open();
    const held = hold(engine);
    const ahead = session.anticipate('names of customers');
    await held.reached;
    assert.equal(await session.anticipate(''), undefined);
    held.go();
    assert.equal(await ahead, undefined);
    assert.equal(engine.decoded, 0);
  });

  it('who no longer waits ends what was begun for them', async () => {
    const { engine, session, judged } = open();
    const held = hold(engine);
    const controller = new AbortController();
    const entered = session.answer('names of customers', controller.signal);
    await held.reached;
    controller.abort();
    await assert.rejects(entered, { code: 'ERR_CANCELLED' });
    held.go();
    assert.deepEqual(judged, []);
    assert.equal(first(await session.anticipate('names of customers')), names);
  });

  it('a refused statement is repaired once, with the error, in a session of its own', async () => {
    const { engine, session, judged } = open([{ ok: false, message: 'refused\n so' }, { ok: true }]);
    assert.equal(first(await session.anticipate('names of customers')), ids);
    assert.deepEqual(judged, [names, ids]);
    assert.deepEqual(engine.sessions, ['ask:file:///a.sql', 'ask:file:///a.sql#repair']);
    assert.match(engine.completed[1] ?? '', /FROM customers;\n\n-- The statement above fails: refused so\n$/);
  });

  it('there is none when the repaired one is refused too', async () => {
    const refused: Verdict = { ok: false, message: 'refused so' };
    const { engine, session } = open([refused, refused]);
    assert.equal(first(await session.anticipate('names of customers')), undefined);
    assert.equal(first(await session.answer('names of customers', never)), undefined);
    assert.equal(engine.completed.length, 2);
  });

  it('a question about another schema is another question', async () => {
    const { engine, session, state } = open();
    await session.anticipate('names of customers');
    state.schema = { ...schema };
    await session.anticipate('names of customers');
    assert.equal(engine.completed.length, 2);
  });

  it('a failure is thrown and not remembered', async () => {
    const { engine, session } = open();
    engine.tick = () => Promise.reject(new Error('broken'));
    await assert.rejects(session.anticipate('names of customers'), /broken/);
    engine.tick = () => Promise.resolve();
    assert.equal(first(await session.answer('names of customers', never)), names);
  });

  it('goes through the chat template of an instruct model', async () => {
    const { engine, session } = open();
    if (engine.status.state !== 'ready') throw new Error('not ready');
    const chatTemplate = '<|im_start|>';
    engine.status = {
      state: 'ready',
      model: { ...engine.status.model, name: 'Qwen2.5 Coder 1.5B Instruct', chatTemplate },
    };
    assert.equal(first(await session.anticipate('names of customers')), names);
    assert.match(engine.completed[0] ?? '', /^<\|im_start\|>[\s\S]*names of customers<[\s\S]*```sql\n$/);
    assert.ok(engine.options[0]?.stopBefore.includes('```'));
  });

  it('gives back both of its sessions', async () => {
    const { engine, session } = open();
    await session.anticipate('names of customers');
    session.close();
    assert.deepEqual(engine.closed, ['ask:file:///a.sql', 'ask:file:///a.sql#repair']);
  });

  it('waits for the model of questions to load, and puts the question into its format', async () => {
    const { engine, session } = open();
    const loaded = engine.status;
    let tell = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => {
      engine.onDidChangeStatus = (listener?: (status: typeof loaded) => void) => {
        tell = () => listener?.(engine.status);
        resolve();
        return () => undefined;
      };
    });
    engine.status = { state: 'loading', progress: 0.5 };
    const answer = session.answer('names of customers', never);
    await isAsked;
    tell();
    assert.deepEqual(engine.completed, []);
    engine.status = loaded;
    tell();
    assert.equal(first(await answer), names);
  });
});
