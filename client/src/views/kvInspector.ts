/** The KV inspector: a read-only document beside the editor that shows the cache and follows it. */
import * as vscode from 'vscode';
import type { Server } from '../languageClient';
import { kvCacheText } from './kvText';

const scheme = 'sql-ahead-kv';
const uri = vscode.Uri.from({ scheme, path: '/KV Cache' });

export function registerKvInspector(server: Server): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const isOpen = (): boolean =>
    vscode.window.visibleTextEditors.some(({ document }) => document.uri.scheme === scheme);
  const refresh = (): void => {
    if (isOpen()) changed.fire(uri);
  };
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: async () => kvCacheText(await server.kvCache()),
    }),
    server.onDidChangeKvCache(refresh),
    // While it was hidden it was not refreshed.
    vscode.window.onDidChangeVisibleTextEditors(refresh),
    vscode.commands.registerCommand('sqlAhead.showKvCache', async () => {
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, {
        viewColumn: vscode.ViewColumn.Beside,
        preserveFocus: true,
        preview: false,
      });
      refresh();
    }),
  );
}
