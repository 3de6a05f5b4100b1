/** The KV inspector: a read-only document below the editor that shows what the KV cache holds, and refreshes itself. */
import * as vscode from 'vscode';
import type { Server } from '../server';
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
    // A hidden page is not refreshed: refresh it when it is shown again.
    vscode.window.onDidChangeVisibleTextEditors(refresh),
    vscode.commands.registerCommand('sqlAhead.showKvCache', async () => {
      if (!isOpen()) await openBelow();
      refresh();
    }),
  );
}

/** The page is wide, so it gets an editor group of its own below. The focus stays where the person types. */
async function openBelow(): Promise<void> {
  const typedIn = vscode.window.activeTextEditor;
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.commands.executeCommand('workbench.action.newGroupBelow');
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Active, preview: false });
  if (typedIn)
    await vscode.window.showTextDocument(typedIn.document, {
      ...(typedIn.viewColumn === undefined ? {} : { viewColumn: typedIn.viewColumn }),
      selection: typedIn.selection,
    });
}
