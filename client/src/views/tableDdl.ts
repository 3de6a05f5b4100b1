/**
 * Read-only documents that show a table of the schema as DDL. "Go to Definition" opens them when no DDL file defines
 * the table.
 */
import * as vscode from 'vscode';
import { ddlScheme } from '../../../server/src/protocol';
import type { Server } from '../server';

export function registerTableDdl(server: Server): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  let schema = server.status.schema;
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(ddlScheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => server.ddl(uri.toString()),
    }),
    server.onDidChangeStatus((status) => {
      // The table may look different in another schema.
      if (status.schema === schema) return;
      schema = status.schema;
      for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === ddlScheme) changed.fire(uri);
    }),
  );
}
