/** What a keystroke costs, counted in evaluated tokens on the real model. */
import assert from 'node:assert/strict';
import * as path from 'node:path';
import type { Choose, CompleteOptions } from '../../server/src/engine/engine';
import type { ModelHost } from '../../server/src/engine/host/modelHost';
import { fileIn, loadHost, never, prompt, removeFolders, schema, temporaryFolder } from './support';

const rules: CompleteOptions = { maxTokens: 12, stopBefore: ['\n'], stopAfter: [';'] };

describe('evaluated tokens', () => {
  let host: ModelHost;
  let session = 0;
  before(async () => {
    host = await loadHost();
  });
  after(async () => {
    await host.dispose();
    removeFolders();
  });

  /** Every test has a document of its own. */
  const document = (): string => `window:${(session++).toString()}`;
  const evaluated = async (name: string, text: string): Promise<number> =>
    (await host.prefill({ session: name, prompt: prompt(text), signal: never })).evaluated;
  const complete = (name: string, text: string, changed: Partial<CompleteOptions> = {}, choose?: Choose) =>
    host.complete({
      session: name,
      prompt: prompt(text),
      options: { ...rules, ...changed },
      choose: choose && ((...parameters) => Promise.resolve(choose(...parameters))),
      signal: never,
    });

  for (const text of ['SELECT name FROM ', 'SELECT name FROM customers', 'SELECT c.na', 'SELECT\n  ']) {
    it(`are none for what was suggested behind ${JSON.stringify(text)}: accepted, by word, by key, undone`, async () => {
      const name = document();
      await evaluated(name, text);
      const suggestion = (await complete(name, text)).text;
      assert.ok(suggestion.length > 0);
      assert.equal(await evaluated(name, text + suggestion), 0, 'accepted');
      assert.equal(await evaluated(name, text), 0, 'undone');
      const word = /^\s*\S+/.exec(suggestion)?.[0] ?? '';
      assert.equal(await evaluated(name, text + word), 0, 'word accepted');
      for (let length = 0; length <= suggestion.length; length++)
        assert.equal(
          await evaluated(name, text + suggestion.slice(0, length)),
          0,
          suggestion.slice(0, length),
        );
    });
  }

  it('are those of what is typed and of the word it belongs to', async () => {
    const name = document();
    const query =
      'SELECT c.name, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = ';
    await evaluated(name, '');
    for (let length = 1; length <= query.length; length++) {
      const typed = query.slice(0, length);
      const word = /\S*\s*$/.exec(typed)?.[0] ?? '';
      const [most = 0] = host.countTokens([word]);
      assert.ok((await evaluated(name, typed)) <= most + 1, typed);
    }
  });

  it('are none for undo and redo of typing, and for a document that is opened again', async () => {
    const name = document();
    const texts = [
      'SELECT a',
      'SELECT a, b',
      'SELECT a, b FROM t',
      'SELECT a FROM t',
      'SELECT a FROM t WHERE',
    ];
    for (const text of texts) await evaluated(name, text);
    for (const text of [...texts].reverse()) assert.equal(await evaluated(name, text), 0, text);
    await host.closeSession(name);
    await evaluated(document(), 'DELETE FROM orders WHERE amount < 0');
    for (const text of texts) assert.equal(await evaluated(name, text), 0, text);
  });

  it('are those of the document alone where the schema is known', async () => {
    const text = 'UPDATE customers SET';
    const [tokens = 0] = host.countTokens([text]);
    assert.ok((await evaluated(document(), text)) <= tokens);
  });

  it('are none for any alternative', async () => {
    const name = document();
    const text = 'SELECT name FROM customers WHERE';
    const branches = await host.branch({
      session: name,
      prompt: prompt(text),
      count: 3,
      options: rules,
      signal: never,
    });
    assert.equal(branches.length, 3);
    assert.equal(new Set(branches.map((branch) => branch.text)).size, 3);
    const [best] = branches;
    assert.equal((await complete(name, text)).text, best?.text);
    for (const branch of branches) assert.equal(await evaluated(name, text + branch.text), 0, branch.text);
  });

  it('are none for the schema after a restart', async () => {
    const storagePath = temporaryFolder();
    const first = await loadHost({ storagePath });
    const cold = await first.prefill({ session: 'w:a', prompt: prompt('SELECT'), signal: never });
    await fileIn(path.join(storagePath, 'schemas'), '.kv');
    await first.dispose();
    const second = await loadHost({ storagePath });
    const [tokens = 0] = second.countTokens(['SELECT']);
    const warm = await second.prefill({ session: 'w:a', prompt: prompt('SELECT'), signal: never });
    assert.equal(warm.evaluated, tokens);
    assert.equal(warm.restored + tokens, cold.evaluated);
    // A changed last table keeps what stands before it.
    const changed = await second.prefill({
      session: 'w:b',
      prompt: prompt('SELECT', schema.replace('stripes', 'lines')),
      signal: never,
    });
    assert.ok(changed.evaluated < cold.evaluated / 2, changed.evaluated.toString());
    await second.dispose();
    // Other cache types have other states.
    const other = await loadHost({ storagePath, keyType: 'q8_0' });
    assert.equal(
      (await other.prefill({ session: 'w:a', prompt: prompt('SELECT'), signal: never })).restored,
      0,
    );
    await other.dispose();
  });

  describe('from the whole vocabulary', () => {
    for (const mustBegin of ['customer', 'zebra_cross', 'q', 'SEL', 'größe', ' \t x'])
      it(`begins with ${JSON.stringify(mustBegin)}`, async () => {
        const { text } = await complete(document(), 'SELECT name FROM ', { mustBegin, maxTokens: 24 });
        assert.ok(text.startsWith(mustBegin), text);
      });

    it('takes the way into one of the texts that alone are legal', async () => {
      const names = ['zebra_crossings', 'xylophones'];
      const choose: Choose = (generated) => {
        if (names.includes(generated)) return undefined;
        const oneOf = names
          .filter((name) => name.startsWith(generated))
          .map((name) => name.slice(generated.length));
        return { oneOf };
      };
      const { text, end } = await complete(document(), 'SELECT * FROM ', {}, choose);
      assert.ok(names.includes(text), text);
      assert.equal(end, 'no-choice');
      const none = await complete(document(), 'SELECT * FROM ', {}, () => ({ oneOf: [] }));
      assert.deepEqual([none.text, none.end], ['', 'no-choice']);
    });
  });

  it('say what every sequence and token takes', () => {
    const { sequences, cells, usedCells, kvBytes, kvBytesPerToken, totals } = host.statistics();
    assert.ok(sequences.some(({ kind }) => kind === 'schema'));
    assert.ok(
      usedCells < sequences.reduce((sum, { tokens }) => sum + tokens, 0),
      'sequences share their beginning',
    );
    assert.ok(usedCells <= cells);
    assert.equal(kvBytes, cells * kvBytesPerToken);
    assert.equal(kvBytesPerToken, host.description.kvBytesPerToken);
    assert.ok(totals.requests > 0 && totals.evaluated > 0 && totals.reused > totals.evaluated);
  });
});
