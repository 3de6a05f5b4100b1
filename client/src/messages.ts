/** Messages to the person. What they hold of others is made plain here, so that no name becomes a link to a command. */
import * as vscode from 'vscode';
import { plain } from '../../server/src/plain';

/** @returns the button that was pressed; undefined where the message was closed */
export function inform(message: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(plain(message), ...buttons);
}

/** What went wrong with something that the person asked for, in one sentence. */
export function complain(message: string): void {
  void vscode.window.showErrorMessage(plain(message));
}

/** A question that waits in the middle of the window. @returns as `inform` */
export function confirm(
  question: string,
  detail: string,
  ...buttons: readonly string[]
): Thenable<string | undefined> {
  const options = { modal: true, detail: plain(detail) };
  return vscode.window.showWarningMessage(plain(question), options, ...buttons);
}
