/**
 * Speaks to the server like an editor that does not know it: no initializationOptions, settings in the standard ways or
 * none, one folder, several or none, few capabilities, and an orderly end.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { CompletionList, Hover, InitializeResult } from 'vscode-languageserver-protocol';
import { disposeAll, onDispose, root, temporaryFolder } from './window';

interface Message {
  readonly message: string;
}

/** An editor: what the server writes to it is kept, and what it lacks it refuses as the protocol says. */
class Editor {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  readonly messages: string[] = [];
  readonly log: string[] = [];
  readonly home = temporaryFolder();
  readonly exited: Promise<number | null>;
  readonly #waiting = new Set<() => void>();

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(process.execPath, [path.join(root, 'dist', 'server.js'), '--stdio'], {
      env: {
        ...process.env,
        HOME: this.home,
        XDG_STATE_HOME: '',
        SQL_AHEAD_RUNTIME_DIR: temporaryFolder(),
        SQL_AHEAD_ENGINE_LINGER_MS: '0',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdin, stdout, stderr } = this.process;
    assert.ok(stdin && stdout && stderr);
    stderr.on('data', (chunk: Buffer) => void this.log.push(chunk.toString()));
    this.exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.connection = createMessageConnection(
      new StreamMessageReader(stdout),
      new StreamMessageWriter(stdin),
    );
    this.connection.onNotification('window/showMessage', ({ message }: Message) => {
      this.messages.push(message);
      this.#wake();
    });
    this.connection.onNotification('window/logMessage', ({ message }: Message) => {
      this.log.push(message);
      this.#wake();
    });
    this.connection.listen();
    onDispose(async () => {
      this.process.kill();
      await this.exited;
      this.connection.dispose();
    });
  }

  /** @param params of `initialize`, as far as they are not the usual ones */
  async start(params: object = {}): Promise<InitializeResult> {
    const result = await this.connection.sendRequest<InitializeResult>('initialize', {
      ...{ processId: process.pid, rootUri: null, capabilities: {} },
      ...params,
    });
    await this.connection.sendNotification('initialized', {});
    return result;
  }

  async configure(params: object | undefined): Promise<void> {
    await this.connection.sendNotification('workspace/didChangeConfiguration', params);
  }

  async open(uri: string, text: string): Promise<void> {
    const textDocument = { uri, languageId: 'sql', version: 1, text };
    await this.connection.sendNotification('textDocument/didOpen', { textDocument });
  }

  /** Resolves once completion offers this column behind `SELECT ` and before `FROM table`. */
  async offers(table: string, column: string): Promise<void> {
    const uri = `file:///tmp/${table}.sql`;
    await this.open(uri, `SELECT  FROM ${table}`);
    for (;;) {
      const found = await this.connection.sendRequest<CompletionList | null>('textDocument/completion', {
        textDocument: { uri },
        position: { line: 0, character: 7 },
      });
      if (found?.items.some(({ label }) => label === column)) return;
    }
  }

  async until(texts: readonly string[], pattern: RegExp): Promise<string> {
    for (;;) {
      const found = texts.find((text) => pattern.test(text));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function folderWith(ddl: string): { readonly uri: string; readonly name: string } {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'schema.sql'), ddl);
  return { uri: pathToFileURL(folder).href, name: path.basename(folder) };
}

const zoo = 'CREATE TABLE animal (species TEXT);';
const shop = 'CREATE TABLE article (price INT);';

describe('any client', () => {
  afterEach(disposeAll);

  it('needs no options, no settings and no capabilities', async () => {
    const editor = new Editor();
    const { capabilities } = await editor.start({ rootUri: folderWith(zoo).uri });
    assert.equal(capabilities.hoverProvider, true);
    for (const params of [
      { settings: {} },
      { settings: null },
      {},
      undefined,
      { settings: { sqlAhead: null } },
    ])
      await editor.configure(params);
    await editor.offers('animal', 'species');
    const hover = await editor.connection.sendRequest<Hover | null>('textDocument/hover', {
      textDocument: { uri: 'file:///tmp/animal.sql' },
      position: { line: 0, character: 14 },
    });
    assert.match(JSON.stringify(hover), /species/);
    assert.deepEqual(editor.messages, []);
  });

  it('keeps what it keeps where XDG has such things', async () => {
    const state = temporaryFolder();
    const editor = new Editor({ XDG_STATE_HOME: state });
    await editor.start({ workspaceFolders: [folderWith(zoo)] });
    await editor.offers('animal', 'species');
    await editor.connection.sendRequest('shutdown');
    assert.deepEqual(fs.readdirSync(state), ['sql-ahead']);
    assert.deepEqual(fs.readdirSync(editor.home), []);
  });

  it('asks a client that answers, and asks again when something changed', async () => {
    const editor = new Editor();
    const asked: unknown[] = [];
    const folder = folderWith(zoo);
    let answer: unknown = { ddlFiles: ['other.sql'] };
    fs.writeFileSync(path.join(new URL(folder.uri).pathname, 'other.sql'), shop);
    editor.connection.onRequest('workspace/configuration', (params: unknown) => {
      asked.push(params);
      return [answer];
    });
    const registered = new Promise<unknown>((resolve) =>
      editor.connection.onRequest('client/registerCapability', (params: unknown) => {
        resolve(params);
        return null;
      }),
    );
    await editor.start({
      workspaceFolders: [folder],
      capabilities: {
        workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
      },
    });
    assert.match(JSON.stringify(await registered), /workspace\/didChangeConfiguration.*sqlAhead/);
    await editor.offers('article', 'price');
    assert.deepEqual(asked, [{ items: [{ scopeUri: folder.uri, section: 'sqlAhead' }] }]);
    answer = null;
    // What is pushed beside does not count: the answer does.
    await editor.configure({ settings: { sqlAhead: { ddlFiles: ['nowhere.sql'] } } });
    await editor.offers('animal', 'species');
    assert.equal(asked.length, 2);
  });

  for (const [what, answer] of [
    ['refuses', new Error('no')],
    ['answers nothing', []],
    ['answers null', null],
  ] as const)
    it(`has the defaults where a client that says it can answer ${what}`, async () => {
      const editor = new Editor();
      editor.connection.onRequest('workspace/configuration', () => {
        if (answer instanceof Error) throw answer;
        return answer;
      });
      await editor.start({
        workspaceFolders: [folderWith(zoo)],
        capabilities: { workspace: { configuration: true } },
      });
      await editor.offers('animal', 'species');
    });

  it('names a bad value once, and takes the default', async () => {
    const editor = new Editor();
    await editor.start({ workspaceFolders: [folderWith(zoo)] });
    const settings = {
      sqlAhead: { database: 5, ddlFiles: 'a.sql', engine: { keepAliveMinutes: 40_000, backend: 'cpu' } },
    };
    await editor.configure({ settings });
    await editor.configure({ settings });
    await editor.until(editor.messages, /keepAliveMinutes must be between 0 and 10080; 10080 is used/);
    await editor.offers('animal', 'species');
    assert.deepEqual(
      editor.messages.map((message) => message.split(' ')[0]),
      ['sqlAhead.database', 'sqlAhead.ddlFiles', 'sqlAhead.engine.keepAliveMinutes'],
    );
    assert.doesNotMatch(editor.log.join('\n'), /TypeError|TimeoutOverflowWarning/);
  });

  it('serves the first of several folders, and none', async () => {
    const several = new Editor();
    await several.start({ workspaceFolders: [folderWith(zoo), folderWith(shop)] });
    await several.offers('animal', 'species');
    const none = new Editor();
    await none.start({ workspaceFolders: null });
    await none.open('untitled:one', 'CREATE TABLE t (');
    const request = { textDocument: { uri: 'untitled:one' }, position: { line: 0, character: 3 } };
    assert.equal(await none.connection.sendRequest('textDocument/hover', request), null);
  });

  it('ends with 0 after shutdown, and with 1 without', async () => {
    const orderly = new Editor();
    await orderly.start();
    assert.equal(await orderly.connection.sendRequest('shutdown'), null);
    await orderly.connection.sendNotification('exit');
    assert.equal(await orderly.exited, 0);
    const sudden = new Editor();
    await sudden.start();
    await sudden.connection.sendNotification('exit');
    assert.equal(await sudden.exited, 1);
  });

  it('ends when the editor is gone', async () => {
    const editor = new Editor();
    await editor.start();
    editor.process.stdin?.end();
    await editor.exited;
  });

  it('refuses what comes before initialize and after shutdown', async () => {
    const editor = new Editor();
    const hover = (): Promise<unknown> =>
      editor.connection.sendRequest('textDocument/hover', {
        textDocument: { uri: 'file:///a.sql' },
        position: { line: 0, character: 0 },
      });
    await assert.rejects(hover(), { code: -32002 });
    await editor.start();
    await editor.connection.sendRequest('shutdown');
    await assert.rejects(hover(), { code: -32600 });
  });
});
