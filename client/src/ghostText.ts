/**
 * The client's part of ghost text: tells the server where the cursor is, and asks VS Code to ask again when the
 * suggestion it shows goes on.
 */
import * as vscode from 'vscode';
import type { Server } from './languageClient';

export function followCursor(server: Server): vscode.Disposable {
  const tell = (editor: vscode.TextEditor | undefined): void => {
    if (editor?.document.languageId !== 'sql') return;
    const { document, selection } = editor;
    server.cursor({
      textDocument: { uri: document.uri.toString(), version: document.version },
      position: selection.active,
    });
  };
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(tell),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (textEditor === vscode.window.activeTextEditor) tell(textEditor);
    }),
    server.onDidGrowSuggestion(({ textDocument, position }) => {
      const editor = vscode.window.activeTextEditor;
      if (editor?.document.uri.toString() !== textDocument.uri) return;
      const { active, isEmpty } = editor.selection;
      const isSame =
        editor.document.version === textDocument.version &&
        isEmpty &&
        active.line === position.line &&
        active.character === position.character;
      if (isSame) void vscode.commands.executeCommand('editor.action.inlineSuggest.trigger');
    }),
  );
}
