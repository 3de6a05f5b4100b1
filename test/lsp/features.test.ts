/** Ghost text, questions and hover over LSP, with the real starter model and the sample database. */
import assert from 'node:assert/strict';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { InlineCompletionItem } from 'vscode-languageserver-protocol';
import { defaultSettings, disposeAll, LspWindow, root, temporaryFolder } from './window';

const webshop = path.join(root, 'samples', 'webshop');
/** Any name of the sample's schema. */
const sampleName = new RegExp(`\\b(?:${namesIn(path.join(webshop, 'webshop.sqlite')).join('|')})\\b`);

function namesIn(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database
    .prepare('SELECT t.name AS t, c.name AS c FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c')
    .all();
  database.close();
  return [...new Set(rows.flatMap((row) => [String(row['t']), String(row['c'])]))];
}

function insertText(item: InlineCompletionItem | undefined): string {
  assert.ok(typeof item?.insertText === 'string', 'there is a completion');
  return item.insertText;
}

/** Opens the sample, puts the document's text with `$0` taken out, and hands over the cursor. */
async function at(marked: string): Promise<{ window: LspWindow; uri: string; offset: number }> {
  const window = await LspWindow.open({ folder: webshop });
  await window.ready();
  const offset = marked.indexOf('$0');
  const uri = await window.openDocument('query.sql', marked.replace('$0', ''));
  return { window, uri, offset };
}

describe('features', () => {
  afterEach(disposeAll);

  it('continues SELECT with names of the schema', async () => {
    const { window, uri, offset } = await at('SELECT $0');
    const [item] = await window.inlineCompletion(uri, offset);
    assert.match(insertText(item), sampleName);
    assert.deepEqual(item?.range, { start: { line: 0, character: 7 }, end: { line: 0, character: 7 } });
  });

  it('continues FROM with a table', async () => {
    const { window, uri, offset } = await at('SELECT name FROM $0');
    const [item] = await window.inlineCompletion(uri, offset);
    assert.match(insertText(item), sampleName);
  });

  for (const [text, rest] of [
    ['SELECT name FROM p$0', 'roducts'],
    ['SELECT name FROM cust$0', 'omers'],
    ['SELECT c.la$0 FROM customers c', 'st_name'],
    ['SELECT first_name, l$0', 'ast_name'],
    ['SELECT * FROM orders o LEFT J$0', 'OIN '],
    ['SELECT * FROM zzz$0', undefined],
  ] as const) {
    it(`heals a word cut by the cursor: ${text}`, async () => {
      const { window, uri, offset } = await at(text);
      const [item] = await window.inlineCompletion(uri, offset);
      if (rest === undefined) assert.equal(item, undefined);
      else assert.ok(insertText(item).startsWith(rest), insertText(item));
    });
  }

  for (const [what, text] of [
    ['inside a finished comment', '-- a comment $0\nSELECT 1;'],
    ['inside a string', "SELECT 'abc$0 def'"],
    ['in an empty file', '$0'],
    ['between the two halves of a word', 'SELECT na$0me FROM customers;'],
  ] as const) {
    it(`shows nothing ${what}`, async () => {
      const { window, uri, offset } = await at(text);
      assert.deepEqual(await window.inlineCompletion(uri, offset), []);
    });
  }

  it('shows nothing when switched off, and again when switched on', async () => {
    const { window, uri, offset } = await at('SELECT name FROM $0');
    await window.configure({ inlineCompletion: { ...defaultSettings.inlineCompletion, enabled: false } });
    assert.deepEqual(await window.inlineCompletion(uri, offset), []);
    await window.configure({ inlineCompletion: defaultSettings.inlineCompletion });
    assert.equal((await window.inlineCompletion(uri, offset)).length, 1);
  });

  it('evaluates one token at most for what was accepted', async () => {
    const { window, uri, offset } = await at('SELECT name FROM $0');
    const [item] = await window.inlineCompletion(uri, offset);
    const accepted = insertText(item);
    const before = (await window.inspect(uri, offset)).evaluatedTokens;
    await window.edit(uri, offset, offset, accepted);
    const after = (await window.inspect(uri, offset + accepted.length)).evaluatedTokens;
    assert.ok(after - before <= 1, `accepting evaluated ${String(after - before)} tokens`);
  });

  it('hovers over a table with its columns', async () => {
    const { window, uri, offset } = await at('SELECT * FROM custo$0mers');
    assert.match(JSON.stringify(await window.hover(uri, offset)), /customers.*email/s);
  });

  it('hovers over a column of an alias', async () => {
    const { window, uri, offset } = await at('SELECT c.first_na$0me FROM customers c');
    assert.match(JSON.stringify(await window.hover(uri, offset)), /TEXT/);
  });

  it('answers a question with a statement over the schema', async () => {
    const { window, uri } = await at('$0');
    await window.askPrefill(uri, 'how many cust');
    await window.askPrefill(uri, 'how many customers are there');
    const answer = await window.ask(uri, 'how many customers are there');
    assert.match(answer?.sql ?? '', /^SELECT\b[\s\S]*;$/i);
    assert.equal(answer?.isSure, true);
    assert.deepEqual(answer.statements[0], { sql: answer.sql, words: 'the number of rows of customers' });
  });

  it('has no answer to what says nothing of the schema', async () => {
    const { window, uri } = await at('$0');
    assert.equal(await window.ask(uri, 'what is the weather'), null);
  });

  it('joins windows into one engine, and keeps their documents apart', async () => {
    const runtimeDirectory = temporaryFolder();
    const shared = await LspWindow.open({ folder: webshop, runtimeDirectory });
    const joined = await LspWindow.open({ folder: webshop, runtimeDirectory });
    await Promise.all([shared.ready(), joined.ready()]);
    const [a, b] = [
      await shared.openDocument('same.sql', 'SELECT '),
      await joined.openDocument('same.sql', 'SELECT id, '),
    ];
    const [one, two] = await Promise.all([shared.inspect(a, 7), joined.inspect(b, 11)]);
    assert.equal(one.enginePid, two.enginePid);
    assert.ok(one.promptText.endsWith('SELECT ') && two.promptText.endsWith('SELECT id, '));
    assert.deepEqual(one.cachedTokens.slice(0, one.promptTokens.length), one.promptTokens);
    assert.deepEqual(two.cachedTokens.slice(0, two.promptTokens.length), two.promptTokens);
  });
});
