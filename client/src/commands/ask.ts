/**
 * `sqlAhead.ask`: an input whose question is read into the cache as it is typed; Enter inserts the statement at the
 * cursor, in one undoable step.
 */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { askPrefillNotification, askRequest, type AskParams, type AskResult } from '../../../server/src/protocol';

export function registerAsk(client: LanguageClient): vscode.Disposable {
  return vscode.commands.registerCommand('sqlAhead.ask', () => {
    const editor = vscode.window.activeTextEditor;
    if (!editor) return;
    ask(client, editor);
  });
}

function ask(client: LanguageClient, editor: vscode.TextEditor): void {
  const input = vscode.window.createInputBox();
  const cancellation = new vscode.CancellationTokenSource();
  input.title = 'Ask for a Query';
  input.placeholder = 'e.g. the ten customers with the most orders';
  const params = (question: string): AskParams => ({
    textDocument: { uri: client.code2ProtocolConverter.asUri(editor.document.uri) },
    position: editor.selection.active,
    question,
  });
  // No debounce: the engine drops what is superseded.
  input.onDidChangeValue((question) => {
    input.validationMessage = undefined;
    void client.sendNotification(askPrefillNotification, params(question));
  });
  input.onDidAccept(async () => {
    const question = input.value;
    if (question.trim() === '' || input.busy) return;
    input.busy = true;
    input.enabled = false;
    try {
      const answer = await client.sendRequest<AskResult | null>(askRequest, params(question), cancellation.token);
      if (cancellation.token.isCancellationRequested) return;
      if (!answer) {
        input.validationMessage = 'The model has no statement for this; put it in other words, or name the tables.';
        return;
      }
      input.hide();
      await insertStatement(editor, question, answer.sql);
    } catch (error) {
      // The question stays for another try.
      input.validationMessage = error instanceof Error ? error.message : String(error);
    } finally {
      input.busy = false;
      input.enabled = true;
    }
  });
  input.onDidHide(() => {
    cancellation.cancel();
    input.dispose();
  });
  input.show();
}

/** Puts question and statement on lines of their own at the cursor as it is now; other text stays where it is. */
async function insertStatement(editor: vscode.TextEditor, question: string, sql: string): Promise<void> {
  const { document, selection } = editor;
  const line = document.lineAt(selection.active.line);
  const onEmptyLine = line.isEmptyOrWhitespace;
  const at = onEmptyLine ? line.range : new vscode.Range(line.range.end, line.range.end);
  const text = `-- ? ${question.replace(/\s+/g, ' ').trim()}\n${sql}\n`;
  const done = await editor.edit((edit) => edit.replace(at, onEmptyLine ? text : `\n${text}`));
  if (!done) return;
  const end = document.positionAt(document.offsetAt(at.start) + text.length + (onEmptyLine ? 0 : 1));
  editor.selection = new vscode.Selection(end, end);
  editor.revealRange(new vscode.Range(end, end));
}
