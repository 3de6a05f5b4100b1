/**
 * `sqlAhead.ask`: a question in a box, answered under it as it is typed. Enter inserts the statement that stands first, or
 * waits for it; others stand below. Where none is a probable answer, the box says so first.
 */
import * as vscode from 'vscode';
import { plain } from '../../../server/src/plain';
import type { AskParams, AskResult } from '../../../server/src/protocol';
import { choicesOf, QuestionAnswer, type Choice } from '../questionAnswer';
import { placeStatement } from '../insertion';
import type { Server } from '../server';
import { inform } from '../messages';
import { settingsOf } from '../config';
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

  const box = vscode.window.createQuickPick<Item>();
  box.title = 'SQL Ahead: Ask for a Query';
  box.placeholder = 'customers who never ordered';
  box.ignoreFocusOut = true;
  box.value = question;

  const answer = new QuestionAnswer();
  let running: vscode.CancellationTokenSource | undefined;
  const cancel = (): void => {
    running?.cancel();
    running?.dispose();
    running = undefined;
    box.busy = false;
  };
  const show = (choices: readonly Choice[]): void => {
    box.items = choices.map(itemOf);
    box.activeItems = box.items.slice(0, 1);
  };
  const showAnswer = (): void => {
    show(box.value.trim() === '' ? [] : choicesOf(answer.answer, noAnswer(server.status)));
  };
  const anticipate = (): void => {
    answer.ask(box.value);
    box.busy = box.value.trim() !== '';
    showAnswer();
    server.askPrefill(params());
  };
  const place = async (sql: string): Promise<void> => {
    const asked = box.value;
    box.hide();
    const keeps = settingsOf(document.uri).ask.keepQuestion;
    if (!(await insert(editor, position().line, sql, keeps ? asked : undefined))) {
      void inform(
        'The statement could not be inserted: the file is closed or read-only. Open it for writing and ask again.',
      );
    }
  };
  const accept = async (): Promise<void> => {
    const [chosen] = box.selectedItems;
    if (chosen?.sql !== undefined) return place(chosen.sql);
    if (box.value.trim() === '' || running || answer.answer) return;
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
      const detail = error instanceof Error ? error.message : String(error);
      show([{ kind: 'notice', label: 'No answer', detail }]);
      return;
    }
    if (source.token.isCancellationRequested) return;
    cancel();
    answer.take(box.value, result);
    if (result?.isSure) await place(result.sql);
    else showAnswer();
  };

  const answers = server.onDidAnswerQuestion(({ textDocument, question: answered, answer: found }) => {
    if (textDocument.uri !== params().textDocument.uri || !answer.take(answered, found)) return;
    // When Enter was pressed, the handler of Enter shows the answer.
    if (running) return;
    box.busy = false;
    showAnswer();
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

interface Item extends vscode.QuickPickItem {
  /** What choosing it inserts. */
  readonly sql?: string;
}

function itemOf(choice: Choice): Item {
  const label = plain(choice.label);
  if (choice.kind === 'heading') return { label, kind: vscode.QuickPickItemKind.Separator };
  // The list is an answer to what is typed, not to be searched by it.
  const item = { label, detail: plain(choice.detail), alwaysShow: true };
  return choice.kind === 'statement' ? { ...item, sql: choice.sql } : item;
}

/** Inserts in one edit, so that one undo takes it back. False when the editor refuses the edit. */
async function insert(
  editor: vscode.TextEditor,
  cursorLine: number,
  sql: string,
  question: string | undefined,
): Promise<boolean> {
  const { document } = editor;
  const { line, from, to, text } = placeStatement(
    sql,
    Math.min(cursorLine, document.lineCount - 1),
    document.lineCount,
    (index) => document.lineAt(index).text,
    question,
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
