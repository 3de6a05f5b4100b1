/**
 * The client's part of ghost text. Tells the server where the cursor is. Makes VS Code ask again when the suggestion
 * that it shows has grown, and when model and schema have become ready.
 */
import * as vscode from 'vscode';
import type { Status } from '../../server/src/protocol';
import type { Server } from './server';

const trigger = 'editor.action.inlineSuggest.trigger';

export function followCursor(server: Server): vscode.Disposable {
  const tell = (editor: vscode.TextEditor | undefined): void => {
    if (editor?.document.languageId !== 'sql') return;
    const { document, selection } = editor;
    server.cursor({
      textDocument: { uri: document.uri.toString(), version: document.version },
      position: selection.active,
    });
  };
  let served = servedBy(server.status);
  return vscode.Disposable.from(
    // VS Code asks only when somebody types. A person who typed before model and schema were ready would wait for ever.
    server.onDidChangeStatus((status) => {
      const before = served;
      served = servedBy(status);
      const editor = vscode.window.activeTextEditor;
      if (served === before || served === undefined || editor?.document.languageId !== 'sql') return;
      tell(editor);
      if (editor.document.isDirty && editor.selection.isEmpty) void vscode.commands.executeCommand(trigger);
    }),
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
      if (isSame) void vscode.commands.executeCommand(trigger);
    }),
  );
}

/** What suggestions are made from now. Undefined while there can be none. */
const servedBy = ({ engine, model, schema }: Status): string | undefined =>
  engine === 'ready' ? `${model ?? ''} ${schema}` : undefined;
