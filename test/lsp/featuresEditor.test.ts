/** Diagnostics with fixes, definition, renaming, formatting, folding and outline over LSP. No model is asked. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  CodeAction,
  Diagnostic,
  DocumentSymbol,
  FoldingRange,
  Location,
  PublishDiagnosticsParams,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver-protocol';
import { ddlRequest } from '../../server/src/protocol';
import { disposeAll, LspWindow, root, temporaryFolder } from './window';

const webshop = path.join(root, 'samples', 'webshop');
const options = { tabSize: 2, insertSpaces: true };

/** Collects what is published, and waits for what is wanted. */
class Published {
  readonly #last = new Map<string, PublishDiagnosticsParams>();
  readonly versions: (number | undefined)[] = [];
  /** Every message of a document, as text. */
  readonly messages = new Map<string, string[]>();
  #wake: () => void = () => undefined;

  constructor(window: LspWindow) {
    window.connection.onNotification(
      'textDocument/publishDiagnostics',
      (params: PublishDiagnosticsParams) => {
        this.#last.set(params.uri, params);
        this.versions.push(params.version);
        this.messages.set(params.uri, [...(this.messages.get(params.uri) ?? []), JSON.stringify(params)]);
        this.#wake();
      },
    );
  }
  async until(uri: string, condition: (found: readonly Diagnostic[]) => boolean): Promise<Diagnostic[]> {
    for (;;) {
      const found = this.#last.get(uri)?.diagnostics;
      if (found && condition(found)) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

async function open(text: string, folder = webshop) {
  const window = await LspWindow.open({ folder });
  const published = new Published(window);
  await window.hasSchema();
  const uri = await window.openDocument('query.sql', text);
  return { window, published, uri };
}

describe('diagnostics over LSP', () => {
  afterEach(disposeAll);

  it('marks a column that is not there, and mends it', async () => {
    const { window, published, uri } = await open('SELECT frist_name FROM customers');
    const [problem] = await published.until(uri, (found) => found.length > 0);
    assert.equal(problem?.code, 'unknown-column');
    const [fix] = await window.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: problem.range,
      context: { diagnostics: [problem] },
    });
    assert.equal(fix?.kind, 'quickfix');
    assert.deepEqual(fix.edit?.changes?.[uri], [{ range: problem.range, newText: 'first_name' }]);
    assert.deepEqual(fix.diagnostics, [problem]);
  });

  it('marks what the database refuses in its words, unless that is turned off', async () => {
    const { window, published, uri } = await open('SELECT lower(first_name, first_name) FROM customers;');
    const [problem] = await published.until(uri, (found) => found.length > 0);
    assert.equal(problem?.code, 'database');
    assert.match(problem.source ?? '', /^SQL Ahead \(.+\)$/);
    assert.match(JSON.stringify(problem.message), /wrong number of arguments to function lower/);
    await window.configure({ diagnostics: { enabled: true, database: false } });
    await published.until(uri, (found) => found.length === 0);
  });

  it('follows the text, and never tells of an older version', async () => {
    const { window, published, uri } = await open('SELECT first_name FROM customers');
    await window.edit(uri, 7, 17, 'frist_name');
    await published.until(uri, (found) => found.length === 1);
    await window.edit(uri, 7, 17, 'first_name');
    await published.until(uri, (found) => found.length === 0);
    const told = published.versions.filter((version) => version !== undefined);
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
  });

  it('sends the same problems of a text only once', async () => {
    const { window, published, uri } = await open('SELECT frist_name FROM customers -- ');
    await published.until(uri, (found) => found.length === 1);
    // Both texts are judged a moment after a key, and again after a longer pause. The word at the cursor is marked after
    // the longer one only: its mark tells that the first text was judged twice.
    const later = await window.openDocument('later.sql', 'SELECT first_nam FROM customers');
    await published.until(later, (found) => found.length === 1);
    await window.edit(uri, 36, 36, 'x');
    await window.edit(later, 15, 15, 'e');
    await published.until(later, (found) => found.length === 0);
    await window.edit(later, 16, 16, 's');
    await published.until(later, (found) => found.length === 1);
    const messages = published.messages.get(uri) ?? [];
    assert.deepEqual(messages, [...new Set(messages)]);
    assert.equal(messages.length, 2);
  });

  it('is silent where it is switched off, and again when it is on', async () => {
    const { window, published, uri } = await open('SELECT frist_name FROM customers');
    await published.until(uri, (found) => found.length === 1);
    await window.configure({ diagnostics: { enabled: false, database: true } });
    await published.until(uri, (found) => found.length === 0);
    await window.configure({ diagnostics: { enabled: true, database: true } });
    await published.until(uri, (found) => found.length === 1);
  });

  it('judges again when the schema changes', async () => {
    const folder = temporaryFolder();
    const ddl = path.join(folder, 'schema.sql');
    fs.writeFileSync(ddl, 'CREATE TABLE pets (id INTEGER PRIMARY KEY);');
    const { published, uri } = await open('SELECT name FROM pets', folder);
    await published.until(uri, (found) => found.length === 1);
    fs.writeFileSync(ddl, 'CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT);');
    await published.until(uri, (found) => found.length === 0);
  });
});

describe('definition over LSP', () => {
  afterEach(disposeAll);

  it('goes to the alias in the text', async () => {
    const { window, uri } = await open('SELECT c.city FROM customers c');
    const found = await window.request<Location>('textDocument/definition', uri, 7);
    assert.deepEqual(found, {
      uri,
      range: { start: { line: 0, character: 29 }, end: { line: 0, character: 30 } },
    });
  });

  it('goes nowhere where the client shows no DDL and there is no file', async () => {
    const { window, uri } = await open('SELECT city FROM customers');
    assert.equal(await window.request('textDocument/definition', uri, 20), null);
  });

  it('shows a table of the database as DDL, and its column', async () => {
    const window = await LspWindow.open({ folder: webshop, showsDdl: true });
    await window.hasSchema();
    const uri = await window.openDocument('query.sql', 'SELECT email FROM customers');
    const found = await window.request<Location>('textDocument/definition', uri, 8);
    assert.match(found.uri, /^sql-ahead-ddl:\/customers\.sql/);
    const text = await window.connection.sendRequest<string>(ddlRequest, { uri: found.uri });
    assert.match(text, /CREATE TABLE customers \(/);
    assert.match(text.split('\n')[found.range.start.line] ?? '', /^ {2}email /);
  });

  it('says nothing about a document that it did not name', async () => {
    const window = await LspWindow.open({ folder: webshop });
    assert.equal(await window.connection.sendRequest(ddlRequest, { uri: 'sql-ahead-ddl:/x.sql' }), '');
  });
});

describe('renaming over LSP', () => {
  afterEach(disposeAll);
  const text = 'SELECT c.city FROM customers c JOIN orders o ON o.customer_id = c.id';
  const rename = (window: LspWindow, uri: string, character: number, newName: string) =>
    window.connection.sendRequest<WorkspaceEdit | null>('textDocument/rename', {
      textDocument: { uri },
      position: { line: 0, character },
      newName,
    });

  it('changes every place of an alias, in quotes where it needs them', async () => {
    const { window, uri } = await open(text);
    const { changes } = (await rename(window, uri, 7, 'the customer')) ?? {};
    assert.deepEqual(
      changes?.[uri]?.map(({ range, newText }) => [range.start.character, range.end.character, newText]),
      [7, 29, 64].map((at) => [at, at + 1, '"the customer"']),
    );
    assert.equal((await window.request<unknown[]>('textDocument/documentHighlight', uri, 7)).length, 3);
  });

  it("refuses a name that the statement has, and names that are the schema's", async () => {
    const { window, uri } = await open(text);
    await assert.rejects(rename(window, uri, 7, 'O'), /This statement has another "O"/);
    assert.equal(await window.request('textDocument/prepareRename', uri, 20), null);
    assert.equal(await rename(window, uri, 20, 'clients'), null);
  });
});

describe('formatting and outline over LSP', () => {
  afterEach(disposeAll);

  it('formats the document and a range', async () => {
    const { window, uri } = await open('select a from t;\nselect b from t;');
    const all = await window.connection.sendRequest<TextEdit[]>('textDocument/formatting', {
      textDocument: { uri },
      options,
    });
    assert.deepEqual(
      all.map(({ newText }) => newText),
      ['select\n  a\nfrom\n  t;', 'select\n  b\nfrom\n  t;'],
    );
    const some = await window.connection.sendRequest<TextEdit[]>('textDocument/rangeFormatting', {
      textDocument: { uri },
      range: { start: { line: 1, character: 2 }, end: { line: 1, character: 3 } },
      options,
    });
    assert.deepEqual(
      some.map(({ newText }) => newText),
      ['select\n  b\nfrom\n  t;'],
    );
  });

  it('leaves broken SQL as it is, without a word', async () => {
    const { window, uri } = await open('select ((');
    const edits = await window.connection.sendRequest('textDocument/formatting', {
      textDocument: { uri },
      options,
    });
    assert.deepEqual([edits, window.errors], [[], []]);
  });

  it('leaves a very large file alone and says so once in the log', async () => {
    const { window, uri } = await open('select 1;\n'.repeat(60_000));
    for (let i = 0; i < 2; i++)
      assert.deepEqual(
        await window.connection.sendRequest('textDocument/formatting', { textDocument: { uri }, options }),
        [],
      );
    assert.equal(window.log.filter((line) => line.includes('Not formatted')).length, 1);
    assert.deepEqual(window.errors, []);
  });

  it('folds and outlines statements', async () => {
    const { window, uri } = await open('-- who\nSELECT *\nFROM customers;\nDELETE FROM orders;');
    const folds = await window.connection.sendRequest<FoldingRange[]>('textDocument/foldingRange', {
      textDocument: { uri },
    });
    assert.deepEqual(folds, [{ startLine: 1, endLine: 2 }]);
    const symbols = await window.connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument: { uri },
    });
    assert.deepEqual(
      symbols.map(({ name, detail }) => [name, detail]),
      [
        ['SELECT customers', 'who'],
        ['DELETE orders', ''],
      ],
    );
  });

  it('goes to the column in the DDL file where the table was read from one', async function () {
    const folder = temporaryFolder();
    const file = path.join(folder, 'schema.sql');
    fs.writeFileSync(file, '-- pets\nCREATE TABLE pets (\n  id INTEGER PRIMARY KEY,\n  name TEXT\n);\n');
    const window = await LspWindow.open({ folder, showsDdl: true });
    await window.hasSchema();
    const uri = await window.openDocument('query.sql', 'SELECT name FROM pets');
    const found = await window.request<Location>('textDocument/definition', uri, 8);
    assert.equal(found.uri, pathToFileURL(file).href);
    assert.deepEqual(found.range.start, { line: 3, character: 2 });
  });
});
