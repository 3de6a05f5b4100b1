/** The status bar item: model, cached tokens, last latency; what is wrong when something is. */
import * as vscode from 'vscode';
import type { Status } from '../../../server/src/protocol';

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('sqlAhead.status', vscode.StatusBarAlignment.Right, 100);

  constructor() {
    this.#item.name = 'SQL Ahead';
    this.#item.command = 'sqlAhead.showLog';
    this.#item.text = '$(loading~spin) SQL Ahead';
    this.#item.show();
  }

  show(status: Status): void {
    const { text, warning } = statusText(status);
    this.#item.text = text;
    this.#item.backgroundColor = warning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.tooltip = new vscode.MarkdownString(statusTooltip(status));
    this.#item.accessibilityInformation = { label: text.replace(/\$\([^)]*\)\s*/g, '') };
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** The item's text in one line; `warning` when the person should look. Pure, for tests. */
export function statusText(status: Status): { readonly text: string; readonly warning: boolean } {
  switch (status.engine) {
    case 'starting':
      return { text: '$(loading~spin) SQL Ahead', warning: false };
    case 'restarting':
      return { text: '$(loading~spin) SQL Ahead: restarting', warning: false };
    case 'loading':
      return { text: `$(loading~spin) SQL Ahead: ${Math.round(100 * (status.progress ?? 0)).toString()} %`, warning: false };
    case 'failed':
      return { text: '$(warning) SQL Ahead: no model', warning: true };
    case 'ready': {
      const parts = [status.model ?? 'ready'];
      if (status.cachedTokens !== undefined) parts.push(`${status.cachedTokens.toLocaleString('en')} tokens`);
      if (status.lastLatencyMs !== undefined) parts.push(`${status.lastLatencyMs.toString()} ms`);
      return { text: `${status.problem ? '$(warning)' : '$(database)'} ${parts.join(' · ')}`, warning: false };
    }
  }
}

/** Markdown with everything known, one line each. Pure, for tests. */
export function statusTooltip(status: Status): string {
  const lines = [
    status.problem && `**${escapeMarkdown(status.problem)}**`,
    status.model && `Model: ${escapeMarkdown(status.model)}`,
    status.backend && `Backend: ${escapeMarkdown(status.backend)}. ${escapeMarkdown(status.backendReason ?? '')}`,
    `Schema: ${status.schema === '' ? 'none connected' : escapeMarkdown(status.schema)}`,
    status.cachedTokens !== undefined && `KV cache: ${status.cachedTokens.toLocaleString('en')} tokens of the last document`,
    status.lastLatencyMs !== undefined && `Last completion: ${status.lastLatencyMs.toString()} ms`,
    'Click for the log.',
  ];
  return lines.filter((line) => typeof line === 'string' && line !== '').join('\n\n');
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!|<>]/g, '\\$&');
}
