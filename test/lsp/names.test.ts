/** Names of others in all that the server sends for people to read: messages, status, outline, problems, hover. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DocumentSymbol } from 'vscode-languageserver-protocol';
import { disposeAll, LspWindow, temporaryFolder } from './window';

const link = '[Repair it](command:x)';
const shown = '[Repair it] (command:x)';

describe('names of others', () => {
  afterEach(disposeAll);

  it('a file called like a link is no link in message, log and status', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, `${link}\u202e.sqlite`), 'no database');
    const window = await LspWindow.open({ folder });
    const error = await window.untilError(/Repair it/);
    assert.ok(error.includes(shown), error);
    const { problem } = await window.until(
      ({ engine, problem }) => engine === 'ready' && problem !== undefined,
    );
    assert.ok(problem?.includes(shown), problem);
    for (const text of [error, problem, ...window.log]) assert.doesNotMatch(text ?? '', /\u202e/);
  });

  it('a name in the text is no link in outline and problems', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'schema.sql'), 'CREATE TABLE t (a INT);');
    const window = await LspWindow.open({ folder });
    await window.hasSchema();
    const problems = new Promise<string>((resolve) =>
      window.connection.onNotification(
        'textDocument/publishDiagnostics',
        ({ diagnostics: [first] }: { diagnostics: { message: string }[] }) => first && resolve(first.message),
      ),
    );
    const uri = await window.openDocument(
      'a.sql',
      `CREATE VIEW "${link}" AS SELECT 1;\nSELECT * FROM "${link}2";`,
    );
    const [symbol] = await window.connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument: { uri },
    });
    assert.ok(symbol?.name.includes(shown), symbol?.name);
    assert.ok((await problems).includes(shown));
  });
});
