/**
 * The client's part of ghost text: tells the server where the cursor is, and asks VS Code to ask again when the
 * suggestion it shows goes on, or when what was missing is there.
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
    // VS Code asks when something is typed: who typed before model and schema were there would wait for ever.
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

/** What suggestions are made from now, undefined while there can be none. */
const servedBy = ({ engine, model, schema }: Status): string | undefined =>
  engine === 'ready' ? `${model ?? ''} ${schema}` : undefined;
