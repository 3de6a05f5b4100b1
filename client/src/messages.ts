/**
 * Messages to the person. Text from others is made plain first, so that no name can become a link that runs a command.
 */
import * as vscode from 'vscode';
import { plain } from '../../server/src/plain';

/** @returns the button that was pressed, undefined when the person closed the message */
export function inform(message: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(plain(message), ...buttons);
}

/** Says in one sentence why something that the person asked for failed. */
export function complain(message: string): void {
  void vscode.window.showErrorMessage(plain(message));
}

/** Asks in the middle of the window and waits. @returns as `inform` */
export function confirm(
  question: string,
  detail: string,
  ...buttons: readonly string[]
): Thenable<string | undefined> {
  const options = { modal: true, detail: plain(detail) };
  return vscode.window.showWarningMessage(plain(question), options, ...buttons);
}
