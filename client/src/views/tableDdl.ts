/** Read-only documents that show a table of the schema as DDL: where "Go to Definition" leads without a DDL file. */
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
      // Another schema may tell another table of that name.
      if (status.schema === schema) return;
      schema = status.schema;
      for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === ddlScheme) changed.fire(uri);
    }),
  );
}
