/** A document's session with a scripted engine: what it asks, what it shows, and what it never shows. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DocumentSession } from '../../../server/src/anticipate/session';
import { ScriptedEngine } from '../support/scriptedEngine';
import { SqlAheadError } from '../../../server/src/errors';
import { schema } from './schema';

const never = new AbortController().signal;

function open(text: string): {
  engine: ScriptedEngine;
  session: DocumentSession;
  failures: unknown[];
  change: (text: string) => void;
  state: { epoch: number };
  document: { text: string };
} {
  const engine = new ScriptedEngine();
  const failures: unknown[] = [];
  const state = { epoch: 1 };
  const document = { uri: 'file:///a.sql', version: 1, text, cursor: text.length };
  const session = new DocumentSession(
    {
      engine,
      schemaState: () => ({ schema, epoch: state.epoch }),
      report: () => undefined,
      fail: (error) => failures.push(error),
    },
    document,
  );
  const change = (next: string): void => {
    document.text = next;
    document.cursor = next.length;
    document.version++;
  };
  return { engine, session, failures, change, state, document };
}

describe('DocumentSession', () => {
  it('brings schema and text before the cursor into the cache', async () => {
    const { engine, session } = open('SELECT name ');
    await session.anticipate();
    assert.deepEqual(engine.prefilled, []);
    assert.match(
      engine.completed[0] ?? '',
      /^-- dialect: sqlite\nCREATE TABLE customers [\s\S]*\n\nSELECT name $/,
    );
  });

  it('prefills where nothing is to be shown', async () => {
    const { engine, session } = open('-- a comment');
    await session.anticipate();
    assert.deepEqual(engine.completed, []);
    assert.match(engine.prefilled[0] ?? '', /-- a comment$/);
  });

  it('is as silent at a place as the host wants it there', async () => {
    const engine = new ScriptedEngine();
    engine.continueWith = () => 'name FROM customers';
    const asked: string[] = [];
    let minimum = 0;
    const session = new DocumentSession(
      {
        engine,
        schemaState: () => ({ schema, epoch: 1 }),
        minimumConfidence: (before) => {
          asked.push(before);
          return minimum;
        },
        report: () => undefined,
        fail: (error) => assert.fail(String(error)),
      },
      { uri: 'file:///a.sql', version: 1, text: 'SELECT ', cursor: 7 },
    );
    assert.ok((await session.suggest({ offset: 7 }, never)).length > 0);
    minimum = 1.1;
    assert.deepEqual(await session.suggest({ offset: 7 }, never), []);
    assert.ok(asked.includes('SELECT '));
  });

  it('does not ask the engine again while the suggestion is being typed', async () => {
    const { engine, session, change } = open('SELECT ');
    engine.continueWith = (prompt) => (prompt.endsWith('SELECT ') ? 'name FROM customers' : '');
    assert.equal(await session.complete(7, never), 'name FROM customers');
    for (const typed of ['n', 'na', 'name', 'name ', 'name FROM cust']) {
      change(`SELECT ${typed}`);
      assert.equal(
        await session.complete(7 + typed.length, never),
        'name FROM customers'.slice(typed.length),
      );
    }
    // Once for the line, once for what follows it; never for what was typed.
    assert.ok(engine.completed.length <= 2);
  });

  for (const [what, alter] of [
    ['the text leaves it', ({ change }: ReturnType<typeof open>) => change('SELECT c')],
    ['the schema changes', ({ state }: ReturnType<typeof open>) => (state.epoch = 2)],
    [
      'text behind the cursor changes',
      ({ document }: ReturnType<typeof open>) => (document.text = 'SELECT \n;'),
    ],
  ] as const) {
    it(`asks again when ${what}`, async () => {
      const opened = open('SELECT ');
      opened.engine.continueWith = (prompt) => (prompt.endsWith('SELECT ') ? 'name' : '');
      await opened.session.complete(7, never);
      alter(opened);
      await opened.session.complete(Math.min(8, opened.document.text.length), never);
      assert.ok(opened.engine.completed.length > 1);
    });
  }

  it('shows nothing for a text that changed while the engine worked', async () => {
    const { engine, session, change } = open('SELECT ');
    engine.continueWith = () => {
      change('SELECT x');
      return 'name';
    };
    assert.equal(await session.complete(7, never), undefined);
  });

  it('answers with the new names when the schema was read anew while the engine worked', async () => {
    const { engine, session, state } = open('SELECT ');
    engine.continueWith = () => {
      if (state.epoch > 1) return 'name';
      state.epoch++;
      void session.anticipate();
      return 'id';
    };
    assert.equal(await session.complete(7, never), 'name');
  });

  it('shows only what continues the text at its version, whatever is typed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('n', 'na', 'name', ' ', ',', 'id', '\b', 'FROM '), { maxLength: 20 }),
        async (keys) => {
          const { engine, session, change, document } = open('SELECT ');
          const whole = 'SELECT name, id FROM customers;';
          // Answers the rest of one statement wherever the prompt is on the way to it.
          engine.continueWith = (prompt) => {
            const last = prompt.slice(prompt.lastIndexOf('\n') + 1);
            return whole.startsWith(last) ? whole.slice(last.length) : '';
          };
          for (const key of keys) {
            change(key === '\b' ? document.text.slice(0, -1) : document.text + key);
            const shown = await session.complete(document.text.length, never);
            if (shown !== undefined)
              assert.ok(whole.startsWith(document.text + shown), `${document.text}|${shown}`);
          }
        },
      ),
    );
  });

  it('holds on to less text when the prompt is too long for the model', async () => {
    const { engine, session, failures } = open('SELECT id FROM orders;\n'.repeat(20));
    await session.anticipate();
    const [full] = engine.prefilled;
    engine.longestPrompt = (full?.length ?? 0) - 10;
    await session.anticipate();
    assert.equal(engine.prefilled.length, 2);
    assert.ok((engine.prefilled[1]?.length ?? 0) <= engine.longestPrompt);
    assert.deepEqual(failures, []);
  });

  it('reports a prompt that can never fit once, and goes on', async () => {
    const { engine, session, failures } = open('SELECT ');
    engine.longestPrompt = 3;
    await session.anticipate();
    assert.equal(failures.length, 1);
  });

  it('says nothing of a lost engine or of newer input, and reports what else goes wrong', async () => {
    const { engine, session, failures } = open('SELECT ');
    for (const error of [
      new SqlAheadError('ERR_ENGINE_GONE', 'gone'),
      new SqlAheadError('ERR_CANCELLED', 'newer'),
      new Error('broken'),
    ]) {
      engine.continueWith = () => {
        throw error;
      };
      assert.equal(await session.complete(7, never), undefined);
    }
    assert.deepEqual(
      failures.map((error) => (error as Error).message),
      ['broken'],
    );
  });

  it('waits for the engine instead of failing while it starts', async () => {
    const { engine, session, failures } = open('SELECT ');
    engine.status = { state: 'starting' };
    await session.anticipate();
    assert.deepEqual([engine.prefilled, failures], [[], []]);
  });
});
