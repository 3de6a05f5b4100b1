/**
 * `sqlAhead.ask`: an input box for a question. The statement appears under it while the person types; Enter inserts the
 * statement, or waits until it is there.
 */
import * as vscode from 'vscode';
import { plain } from '../../../server/src/plain';
import type { AskParams, AskResult } from '../../../server/src/protocol';
import { oneLine, QuestionAnswer } from '../questionAnswer';
import { placeStatement } from '../insertion';
import type { Server } from '../server';
import { inform } from '../messages';
import { noAnswer } from '../views/statusText';

export function registerAsk(server: Server): vscode.Disposable {
  // A key binding or a test may pass the question that the box opens with.
  return vscode.commands.registerCommand('sqlAhead.ask', (question?: unknown) => {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.languageId !== 'sql') {
      void inform('Open a SQL file first; the statement is inserted there.');
      return;
    }
    ask(server, editor, typeof question === 'string' ? question : '');
  });
}

function ask(server: Server, editor: vscode.TextEditor, question: string): void {
  const { document } = editor;
  const opened = { version: document.version, position: editor.selection.active };
  // The statement goes where the cursor was when the box opened. If the document changed since then, it goes to the
  // cursor.
  const position = (): vscode.Position =>
    document.version === opened.version ? opened.position : editor.selection.active;
  const params = (): AskParams => ({
    textDocument: { uri: document.uri.toString() },
    position: position(),
    question: box.value,
  });

  const box = vscode.window.createInputBox();
  box.title = 'SQL Ahead: Ask for a Query';
  box.placeholder = 'customers who never ordered';
  box.prompt = 'The statement appears here as you type, and is inserted at the cursor';
  box.value = question;

  const answer = new QuestionAnswer();
  let running: vscode.CancellationTokenSource | undefined;
  const cancel = (): void => {
    running?.cancel();
    running?.dispose();
    running = undefined;
    box.busy = false;
  };
  const say = (message: string): void => {
    // A message wraps; the box would cut off an item of a list.
    box.validationMessage = { message: plain(message), severity: vscode.InputBoxValidationSeverity.Info };
  };
  const anticipate = (): void => {
    answer.ask(box.value);
    box.validationMessage = undefined;
    box.busy = box.value.trim() !== '';
    server.askPrefill(params());
  };
  const place = async (sql: string): Promise<void> => {
    box.hide();
    if (!(await insert(editor, position().line, sql))) {
      void inform(
        'The statement could not be inserted: the file is closed or read-only. Open it for writing and ask again.',
      );
    }
  };
  const accept = async (): Promise<void> => {
    if (box.value.trim() === '' || running) return;
    if (answer.sql !== undefined) return place(answer.sql);
    const source = new vscode.CancellationTokenSource();
    running = source;
    box.busy = true;
    let result: AskResult | null;
    try {
      result = await server.ask(params(), source.token);
    } catch (error) {
      // The server sends one sentence. The question stays in the box for another try.
      if (source.token.isCancellationRequested) return;
      cancel();
      box.validationMessage = plain(error instanceof Error ? error.message : String(error));
      return;
    }
    if (source.token.isCancellationRequested) return;
    cancel();
    if (result) await place(result.sql);
    else say(noAnswer(server.status));
  };

  const answers = server.onDidAnswerQuestion(({ textDocument, question: answered, sql }) => {
    if (textDocument.uri !== params().textDocument.uri || !answer.take(answered, sql)) return;
    // When Enter was pressed, the handler of Enter shows the answer.
    if (running) return;
    box.busy = false;
    if (sql !== null) say(oneLine(sql));
  });
  box.onDidChangeValue(() => {
    cancel();
    anticipate();
  });
  box.onDidAccept(() => void accept());
  box.onDidHide(() => {
    cancel();
    answers.dispose();
    server.askPrefill({ ...params(), question: '' });
    box.dispose();
  });
  box.show();
  anticipate();
}

/** Inserts in one edit, so that one undo takes it back. False when the editor refuses the edit. */
async function insert(editor: vscode.TextEditor, cursorLine: number, sql: string): Promise<boolean> {
  const { document } = editor;
  const { line, from, to, text } = placeStatement(
    sql,
    Math.min(cursorLine, document.lineCount - 1),
    document.lineCount,
    (index) => document.lineAt(index).text,
  );
  const start = document.offsetAt(new vscode.Position(line, from));
  const range = new vscode.Range(line, from, line, to);
  const inserted = await editor
    .edit((edit) => edit.replace(range, text))
    .then(
      (applied) => applied,
      () => false, // VS Code throws when the editor is gone
    );
  if (!inserted) return false;
  // The document may end its lines in CRLF: count the characters as they are there.
  const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  const written = text.trimEnd().replaceAll('\n', eol);
  const end = document.positionAt(start + written.length);
  editor.selection = new vscode.Selection(end, end);
  editor.revealRange(new vscode.Range(end, end));
  return true;
}
