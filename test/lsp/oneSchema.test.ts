/**
 * One evaluation of the schema serves every surface of a model: ghost text that continues, a gap that is filled in, a
 * comment that asks for a statement, and the question box.
 */
import assert from 'node:assert/strict';
import * as path from 'node:path';
import { kvCacheRequest, type KvCacheResult } from '../../server/src/protocol';
import { disposeAll, LspWindow, root } from './window';

/** More than the short texts of this test have in tokens, with the links of a question and what repair tells the model. */
const ownTokens = 150;

describe('the schema of all surfaces', () => {
  afterEach(disposeAll);

  it('is evaluated once', async () => {
    const window = await LspWindow.open({ folder: path.join(root, 'samples', 'webshop') });
    await window.ready();
    /** Tokens evaluated from here to there, with nothing left to do at the end. */
    const spent = async (work: () => Promise<void>): Promise<number> => {
      const before = await statistics(window);
      await work();
      return (await statistics(window)).totals.evaluated - before.totals.evaluated;
    };
    const suggested = (name: string, marked: string) => async (): Promise<void> => {
      const offset = marked.indexOf('$0');
      const uri = await window.openDocument(name, marked.replace('$0', ''));
      // What is suggested is the model's own affair, and whether anything is.
      await window.inlineCompletion(uri, offset, 1);
      await window.inspect(uri, offset);
    };
    const first = await spent(suggested('continued.sql', 'SELECT name FROM $0'));
    const schema = (await statistics(window)).sequences.find(({ kind }) => kind === 'schema')?.tokens ?? 0;
    assert.ok(schema > 2 * ownTokens && first < schema + ownTokens, `${String(first)} of ${String(schema)}`);
    const others = {
      filled: await spent(suggested('filled.sql', 'SELECT name, $0 FROM products WHERE price > 20')),
      asked: await spent(suggested('comment.sql', '-- names of all products\n$0')),
      box: await spent(async () => {
        const uri = await window.openDocument('empty.sql', '');
        assert.ok(await window.ask(uri, 'how many orders are there'));
      }),
    };
    for (const [surface, tokens] of Object.entries(others))
      assert.ok(tokens > 0 && tokens < ownTokens, `${surface}: ${String(tokens)} of ${String(schema)}`);
  });
});

async function statistics(window: LspWindow): Promise<NonNullable<KvCacheResult['statistics']>> {
  const { statistics: found } = await window.connection.sendRequest<KvCacheResult>(kvCacheRequest);
  assert.ok(found);
  return found;
}
