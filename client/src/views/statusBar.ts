/** The status bar item: model, cached tokens, last latency. A click opens the menu. */
import * as vscode from 'vscode';
import type { Status } from '../../../server/src/protocol';
import { isGhostTextOn } from '../commands/menu';
import { section } from '../config';
import type { Server } from '../server';
import { statusDetails, statusLabel, statusText } from './statusText';

export function createStatusBar(server: Server): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('sqlAhead.status', vscode.StatusBarAlignment.Right, 100);
  item.name = 'SQL Ahead';
  item.command = 'sqlAhead.menu';
  const show = (status: Status): void => {
    item.text = statusText(status, isGhostTextOn());
    item.tooltip = tooltip(status);
    item.accessibilityInformation = { label: statusLabel(status), role: 'button' };
    item.backgroundColor =
      status.engine === 'failed' ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  };
  show(server.status);
  item.show();
  return vscode.Disposable.from(
    item,
    server.onDidChangeStatus(show),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(section)) show(server.status);
    }),
  );
}

function tooltip(status: Status): vscode.MarkdownString {
  const text = new vscode.MarkdownString('**SQL Ahead**');
  for (const [label, value] of statusDetails(status)) {
    // Others chose the names of models and files: never read them as Markdown.
    text.appendMarkdown(`\n\n${label}: `).appendText(value);
  }
  return text.appendMarkdown('\n\nClick for more.');
}
