/** When the database is asked about the statements of a document, and that it is not where it must not be. */
import assert from 'node:assert/strict';
import type { PublishDiagnosticsParams } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { registerDiagnostics } from '../../../server/src/handlers/diagnostics';
import type { ServerContext } from '../../../server/src/lsp/context';
import { SqlDocument } from '../../../server/src/lsp/documents';
import type { Verdict } from '../../../server/src/schema/validate';
import { defaultSettings } from '../../../server/src/settings';
import { schemaOf } from '../support/schemas';

interface Case {
  readonly text: string;
  readonly trusted?: boolean;
  readonly enabled?: boolean;
  readonly database?: boolean;
  readonly hasDatabase?: boolean;
}

/** Opens a document; returns what was sent to the database, and the messages of the last marks. */
async function opened({ text, trusted = true, enabled = true, database = true, hasDatabase = true }: Case) {
  const asked: string[] = [];
  const published: PublishDiagnosticsParams[] = [];
  let wake: () => void = () => undefined;
  let open: (event: { document: SqlDocument }) => void = () => undefined;
  const nothing = (): void => undefined;
  const catalog = {
    schema: schemaOf('CREATE TABLE customers (id int, name text);', 'postgres'),
    description: 'shop',
    epoch: 1,
    hasDatabase,
    onDidChange: nothing,
    validator: (sql: string): Promise<Verdict> => {
      asked.push(sql);
      return Promise.resolve({ ok: false, message: 'the database says no', offset: 7 });
    },
  };
  const context = {
    connection: {
      sendDiagnostics: (params: PublishDiagnosticsParams) => {
        published.push(params);
        wake();
        return Promise.resolve();
      },
      onCodeAction: nothing,
    },
    documents: {
      onDidOpen: (listener: typeof open) => (open = listener),
      onDidChangeContent: nothing,
      onDidClose: nothing,
      all: () => [],
    },
    problems: { guard: async (work: () => unknown) => await work() },
    options: { trusted },
    settings: { ...defaultSettings, diagnostics: { enabled, database } },
    catalog,
    catalogOf: () => catalog,
    onInitialized: nothing,
    onDidChangeSettings: nothing,
    onShutdown: nothing,
  };
  registerDiagnostics(context as unknown as ServerContext);
  const published1 = new Promise<void>((resolve) => (wake = resolve));
  open({ document: new SqlDocument(TextDocument.create('file:///a.sql', 'sql', 1, text)) });
  await published1;
  // The database is asked in the same turn as our own marks are sent, and answers in the next.
  await new Promise((resolve) => setImmediate(resolve));
  return { asked, messages: published.at(-1)?.diagnostics.map(({ message }) => message) ?? [] };
}

describe('questions to the database', () => {
  const text = 'SELECT lower(name, name) FROM customers;';

  it('are asked about what is open, and marked', async () => {
    assert.deepEqual(await opened({ text }), {
      asked: ['SELECT lower(name, name) FROM customers'],
      messages: ['the database says no'],
    });
  });

  it('are never asked from a workspace that is not trusted, where they are turned off, or without a database', async () => {
    for (const one of [{ trusted: false }, { database: false }, { enabled: false }, { hasDatabase: false }])
      assert.deepEqual(await opened({ text, ...one }), { asked: [], messages: [] }, JSON.stringify(one));
  });

  it('are never asked about what changes the schema or the session', async () => {
    const { asked } = await opened({
      text: 'DROP TABLE customers; CREATE TABLE made (a int); TRUNCATE customers; GRANT ALL ON customers TO x; SET ROLE x; SELECT 1;',
    });
    assert.deepEqual(asked, []);
  });

  it('mark nothing that is marked already', async () => {
    const { asked, messages } = await opened({ text: 'SELECT nme FROM customers;' });
    assert.deepEqual([asked.length, messages], [1, ['Unknown column nme.']]);
  });
});
