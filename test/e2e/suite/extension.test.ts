/** Tests the installed extension inside the extension host, through the vscode API. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import type { Api } from '../../../client/src/extension';
import type { Status } from '../../../server/src/protocol';

const sampleName =
  /\b(customers|orders|products|order_items|id|first_name|last_name|name|email|total|price|quantity|city)\b/;

async function api(): Promise<Api> {
  const extension = vscode.extensions.getExtension<Api>('sql-ahead.sql-ahead');
  assert.ok(extension, 'the extension is installed');
  return await extension.activate();
}

/** Resolves when the extension's state fulfils the condition. */
async function until(condition: (status: Status) => boolean): Promise<Status> {
  const { status, onDidChangeStatus } = await api();
  const now = status();
  if (condition(now)) return now;
  return await new Promise((resolve) => {
    const listener = onDidChangeStatus((value) => {
      if (!condition(value)) return;
      listener.dispose();
      resolve(value);
    });
  });
}
const ready = (): Promise<Status> => until(({ engine, schema }) => engine === 'ready' && schema !== '');

/** Opens an untitled SQL document with the cursor at `$0`. */
async function open(marked: string): Promise<vscode.TextEditor> {
  const offset = marked.indexOf('$0');
  const document = await vscode.workspace.openTextDocument({
    language: 'sql',
    content: marked.replace('$0', ''),
  });
  const editor = await vscode.window.showTextDocument(document);
  const position = document.positionAt(offset);
  editor.selection = new vscode.Selection(position, position);
  return editor;
}

/** Resolves when the document's text fulfils the condition; `poke` is done again after a while without a change. */
async function untilText(
  document: vscode.TextDocument,
  condition: (text: string) => boolean,
  poke: () => Thenable<unknown>,
): Promise<void> {
  while (!condition(document.getText())) {
    const changed = new Promise<void>((resolve) => {
      const listener = vscode.workspace.onDidChangeTextDocument(({ document: of }) => {
        if (of !== document) return;
        listener.dispose();
        resolve();
      });
    });
    await poke();
    await Promise.race([changed, new Promise((resolve) => setTimeout(resolve, 250))]);
  }
}

describe('extension', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  it('connects the sample database by itself and loads the model', async () => {
    await open('$0');
    const status = await ready();
    assert.match(status.schema, /webshop\.sqlite/);
    assert.equal(status.backend, 'cpu');
    assert.equal(status.problem, undefined);
  });

  it('shows the columns of a table on hover', async () => {
    const { document } = await open('SELECT * FROM customers$0');
    await ready();
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(0, 18),
    );
    const text = hovers
      .flatMap(({ contents }) => contents)
      .map((part) => (part instanceof vscode.MarkdownString ? part.value : ''))
      .join('\n');
    assert.match(text, /customers/);
    assert.match(text, /email/);
  });

  it('continues a query, and the accepted text is in the document', async () => {
    const { document } = await open('SELECT name FROM $0');
    await ready();
    const before = document.getText();
    let pokes = 0;
    await untilText(
      document,
      (text) => text !== before,
      async () => {
        // VS Code accepts in the editor that has the focus, which a busy window gives to it late; it hides the ghost text of
        // an editor that loses the focus, and may still be closing the editor of the test before.
        await vscode.window.showTextDocument(document);
        if (pokes++ % 20 === 0) await vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
        await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      },
    );
    assert.ok(document.getText().startsWith(before));
    assert.match(document.getText().slice(before.length), sampleName);
    // The editor tells the server of the acceptance by a command, behind the change.
    await vscode.commands.executeCommand('sqlAhead.showLearnt');
    const page = vscode.window.activeTextEditor?.document;
    assert.ok(page && page !== document);
    await untilText(
      page,
      (text) => /\ntable +\d+ +[1-9]/.test(text),
      () => vscode.commands.executeCommand('sqlAhead.showLearnt'),
    );
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  it('fills the cache with schema and text, key by key', async () => {
    const { document } = await open('$0');
    await ready();
    for (const key of 'SELECT city FROM ') await vscode.commands.executeCommand('type', { text: key });
    const { inspect } = await api();
    const seen = await inspect({
      textDocument: { uri: document.uri.toString() },
      position: { line: 0, character: 17 },
    });
    assert.ok(seen, 'the document is open in the server');
    assert.ok(seen.promptText.endsWith('SELECT city FROM '));
    assert.match(seen.promptText, /CREATE TABLE customers/);
    assert.deepEqual(seen.cachedTokens.slice(0, seen.promptTokens.length), seen.promptTokens);
  });

  it('says what is wrong with a model and goes on without it', async () => {
    await open('SELECT * FROM customers$0');
    await ready();
    const configuration = vscode.workspace.getConfiguration('sqlAhead');
    const missing = '/nowhere/missing.gguf';
    assert.ok(!fs.existsSync(missing));
    await configuration.update('model', missing, vscode.ConfigurationTarget.Global);
    const status = await until(({ engine }) => engine === 'failed');
    assert.match(String(status.problem), /missing\.gguf/);
    await configuration.update('model', undefined, vscode.ConfigurationTarget.Global);
    assert.match(String((await ready()).backendReason), /as the settings ask/);
  });
});
