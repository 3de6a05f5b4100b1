/** The KV inspector in the extension host: its command opens it, and it follows the cache. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const scheme = 'sql-ahead-kv';

/** Resolves when the inspector's page fulfils the condition. */
function untilPage(condition: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    const look = (): void => {
      const page = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === scheme);
      const text = page?.getText() ?? '';
      if (!condition(text)) return;
      listener.dispose();
      resolve(text);
    };
    const listener = vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document.uri.scheme === scheme) look();
    });
    look();
  });
}

describe('KV inspector', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('opens below the editor, leaves the focus there, and follows what is typed', async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'sql', content: 'SELECT ' });
    const editor = await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('sqlAhead.showKvCache');
    assert.equal(vscode.window.activeTextEditor?.document, document);
    const before = await untilPage((text) => /Untitled-\d+ +prefill/.test(text));
    assert.match(before, /of [\d,]+ tokens · [\d.]+ MiB of [\d.]+ MiB/);
    const requests = (text: string): number => Number(/([\d,]+) requests/.exec(text)?.[1]?.replace(',', ''));
    await editor.edit((edit) => edit.insert(document.positionAt(7), 'na'));
    await untilPage((text) => requests(text) > requests(before));
  });
});
