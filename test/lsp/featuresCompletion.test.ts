/** Completion over LSP: edits, kinds, documentation on demand, and when the list opens by itself. No model is asked. */
import assert from 'node:assert/strict';
import * as path from 'node:path';
import type { CompletionItem, CompletionList } from 'vscode-languageserver-protocol';
import { defaultSettings, disposeAll, LspWindow, root } from './window';

const webshop = path.join(root, 'samples', 'webshop');

async function at(
  marked: string,
  more: object = {},
  enabled = false,
): Promise<{ window: LspWindow; uri: string; items: CompletionItem[] }> {
  const window = await LspWindow.open({
    folder: webshop,
    settings: { inlineCompletion: { ...defaultSettings.inlineCompletion, enabled } },
  });
  await (enabled ? window.ready() : window.hasSchema());
  const uri = await window.openDocument('query.sql', marked.replace('$0', ''));
  const list = await window.request<CompletionList | null>(
    'textDocument/completion',
    uri,
    marked.indexOf('$0'),
    more,
  );
  return { window, uri, items: list?.items ?? [] };
}
const typed = (triggerCharacter: string) => ({ context: { triggerKind: 2, triggerCharacter } });
const labels = (items: readonly CompletionItem[]) => items.map(({ label }) => label);

describe('completion over LSP', () => {
  afterEach(disposeAll);

  it('lists the columns behind an alias, in order', async () => {
    const { items } = await at('SELECT c.$0 FROM customers c', typed('.'));
    assert.deepEqual(labels(items).slice(0, 2), ['id', 'first_name']);
    assert.deepEqual(
      items.map(({ sortText }) => sortText),
      items.map(({ sortText }) => sortText).toSorted(),
    );
  });

  it('replaces the word at the cursor', async () => {
    const { items } = await at('SELECT c.fir$0 FROM customers c');
    const item = items.find(({ label }) => label === 'first_name');
    assert.deepEqual(item?.textEdit, {
      newText: 'first_name',
      range: { start: { line: 0, character: 9 }, end: { line: 0, character: 12 } },
    });
  });

  it('resolves the documentation of one item only when asked', async () => {
    const { window, items } = await at('SELECT * FROM $0');
    const item = items.find(({ label }) => label === 'orders');
    assert.ok(item && item.documentation === undefined);
    const resolved = await window.connection.sendRequest<CompletionItem>('completionItem/resolve', item);
    assert.match(JSON.stringify(resolved.documentation), /customer_id/);
  });

  it('opens on a blank where a table must come', async () => {
    const { items } = await at('SELECT * FROM $0', typed(' '));
    assert.ok(labels(items).includes('customers'));
  });

  it('does not open on a blank where anything may come', async () => {
    assert.deepEqual((await at('SELECT $0', typed(' '))).items, []);
  });

  it('leaves a blank to ghost text where that may come', async () => {
    assert.deepEqual((await at('SELECT * FROM $0', typed(' '), true)).items, []);
  });

  it('opens on a dot beside ghost text', async () => {
    const { items } = await at('SELECT c.$0 FROM customers c', typed('.'), true);
    assert.ok(labels(items).includes('email'));
  });

  it('says nothing in comments and strings', async () => {
    assert.deepEqual((await at('-- cus$0')).items, []);
    assert.deepEqual((await at("SELECT 'cus$0'", typed("'"))).items, []);
  });
});
