/**
 * The systems that can be evaluated: the product, over LSP as an editor does, and the bare model with the same prompts.
 * Both answer a text with the cursor in it or at its end, and a question.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { InlineCompletionItem } from 'vscode-languageserver-protocol';
import { createConnection } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Engine, EngineModel, Prompt } from '../../server/src/engine/engine';
import { HostEngine } from '../../server/src/engine/local/hostEngine';
import { askOptions } from '../../server/src/suggest/askedStatement';
import {
  completionPrompt,
  documentBudget,
  questionPrompt,
  shareContext,
} from '../../server/src/prompt/layout';
import { annotateQuestion, annotationOf, tablesMeant } from '../../server/src/prompt/annotateQuestion';
import { familyOf, schemaHead } from '../../server/src/prompt/families';
import { SchemaPrompt } from '../../server/src/prompt/schemaPrompt';
import { askRequest, statusNotification, type AskResult, type Status } from '../../server/src/protocol';
import { Catalog } from '../../server/src/schema/catalog';
import type { Schema } from '../../server/src/schema/model';
import { sqliteSource } from '../../server/src/schema/sources/fileSource';
import { startServer } from '../../server/src/server';
import { settingsSection, type InitializationOptions } from '../../server/src/settings';
import { defaultSettings } from '../lsp/window';
import { readerProgram } from '../unit/support/reader';

export interface Answer {
  /** Undefined when nothing is suggested. */
  readonly text: string | undefined;
  /** From the request to the answer. */
  readonly milliseconds: number;
}

export interface AskAnswer extends Answer {
  /** The statement is shown as the answer, and not only to who wants it anyway. */
  readonly isSure: boolean;
}

export interface System {
  readonly engine: Engine;
  /** Works on that SQLite file from now on. */
  open(database: string): Promise<void>;
  /** Continues the text at its end; `behind` stands behind the cursor. */
  complete(text: string, behind: string): Promise<Answer>;
  ask(question: string): Promise<AskAnswer>;
  /** One document that is typed in, its cursor at its end: what is shown behind each text, as by typing. */
  type<T>(work: (suggest: (text: string) => Promise<string | undefined>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface SystemOptions {
  /** The repository. */
  readonly root: string;
  readonly model: string;
  /** Suggestions come as by typing, with this silence threshold; without it as asked for by a key, all of them. */
  readonly confidence?: number;
}

/** One file for each text, as short-lived as the text. */
let documents = 0;

/** The whole product in this process: language server, engine host, constraint, validation. */
export async function product(options: SystemOptions, constraint: boolean): Promise<System> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const engine = startEngine(options);
  startServer(createConnection(toServer, toClient), {
    createEngine: () => (constraint ? engine : unconstrained(engine)),
    fileReader: readerProgram,
  });
  const connection = createMessageConnection(
    new StreamMessageReader(toClient),
    new StreamMessageWriter(toServer),
  );
  const status = new StatusWatch(connection);
  connection.listen();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-eval-'));
  const { confidence } = options;
  const inlineCompletion = { ...defaultSettings.inlineCompletion, minimumConfidence: confidence ?? 0 };
  const settings = {
    ...defaultSettings,
    model: options.model,
    inlineCompletion,
    sampleValues: 'files' as const,
  };
  const initializationOptions: InitializationOptions = {
    storagePath: folder,
    trusted: true,
    settings,
  };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'eval' }],
    capabilities: {},
    initializationOptions,
  });
  await connection.sendNotification('initialized', {});
  await status.until(({ engine }) => engine === 'ready');

  /** Runs the work on a document that holds the text. */
  const onDocument = async <T>(text: string, work: (document: TextDocument) => Promise<T>): Promise<T> => {
    const uri = pathToFileURL(path.join(folder, `${(documents++).toString()}.sql`)).href;
    const document = TextDocument.create(uri, 'sql', 1, text);
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'sql', version: 1, text },
    });
    try {
      return await work(document);
    } finally {
      await connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    }
  };
  return {
    engine,
    async open(database) {
      await connection.sendNotification('workspace/didChangeConfiguration', {
        settings: { [settingsSection]: { ...settings, database } },
      });
      await status.until(({ schema }) => schema.startsWith(path.basename(database)));
    },
    complete: (text, behind) =>
      onDocument(text + behind, async (document) => {
        const started = performance.now();
        const position = document.positionAt(text.length);
        const items = await connection.sendRequest<InlineCompletionItem[]>('textDocument/inlineCompletion', {
          textDocument: { uri: document.uri },
          position,
          context: { triggerKind: confidence === undefined ? 1 : 2 },
        });
        return {
          text: insertedAt(document, text.length, items[0]),
          milliseconds: performance.now() - started,
        };
      }),
    ask: (question) =>
      onDocument('', async ({ uri }) => {
        const started = performance.now();
        const result = await connection.sendRequest<AskResult | null>(askRequest, {
          textDocument: { uri },
          position: { line: 0, character: 0 },
          question,
        });
        return {
          text: result?.sql,
          isSure: result?.isSure ?? false,
          milliseconds: performance.now() - started,
        };
      }),
    type: (work) =>
      onDocument('', ({ uri }) => {
        let version = 1;
        return work(async (text) => {
          const document = TextDocument.create(uri, 'sql', ++version, text);
          await connection.sendNotification('textDocument/didChange', {
            textDocument: { uri, version },
            contentChanges: [{ text }],
          });
          const items = await connection.sendRequest<InlineCompletionItem[]>(
            'textDocument/inlineCompletion',
            {
              textDocument: { uri },
              position: document.positionAt(text.length),
              context: { triggerKind: 2 },
            },
          );
          return insertedAt(document, text.length, items[0]);
        });
      }),
    async close() {
      await connection.sendRequest('shutdown');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The same weights and prompts, greedy, and what comes is what counts: no healing, no constraint, no validation. */
export async function plain(options: SystemOptions): Promise<System> {
  const engine = startEngine(options);
  const model = await readyModel(engine);
  const { contextTokens } = model;
  const { annotation, frame } = familyOf(model);
  const budget = shareContext(contextTokens);
  const catalog = new Catalog('sqlite');
  let schema: Schema = catalog.schema;
  let schemaPrompt: SchemaPrompt | undefined;
  const continued = async (
    prompt: Prompt,
    limits: { stopBefore: readonly string[]; maxTokens: number },
  ): Promise<Answer> => {
    const started = performance.now();
    const session = `plain:${(documents++).toString()}`;
    const completion = await engine.complete({ session, prompt, options: { ...limits, stopAfter: [';'] } });
    engine.closeSession(session);
    const text = completion.text.trim() === '' ? undefined : completion.text;
    return { text, milliseconds: performance.now() - started };
  };
  return {
    engine,
    async open(database) {
      await catalog.setSource(sqliteSource(database, readerProgram, true));
      schema = catalog.schema;
      schemaPrompt = await SchemaPrompt.create(schema, budget.schema, (texts) => engine.countTokens(texts));
    },
    complete: (text) =>
      continued(
        completionPrompt(
          schemaHead(schemaPrompt?.text(text) ?? '', frame),
          text,
          text.length,
          schema.dialect,
          documentBudget(budget.document),
          (statement) => annotateQuestion(statement, schema, annotation),
        ),
        { stopBefore: ['\n'], maxTokens: defaultSettings.inlineCompletion.maxTokens },
      ),
    ask: async (question) => ({
      isSure: true,
      ...(await continued(
        questionPrompt(
          schemaHead(schemaPrompt?.text(question, tablesMeant(question, schema)) ?? '', frame),
          question,
          true,
          annotationOf(question, schema, annotation),
        ),
        { stopBefore: ['\n\n'], maxTokens: askOptions.maxTokens },
      )),
    }),
    type: () => Promise.reject(new Error('The bare model is not typed to.')),
    async close() {
      catalog.dispose();
      await engine.dispose();
    },
  };
}

export function startEngine({ root, model }: SystemOptions): HostEngine {
  return new HostEngine({
    host: { extensionVersion: 'eval', modelPath: model, ...defaultSettings.engine },
    hostScript: path.join(root, 'dist', 'engineHost.js'),
    runtimeDirectory: path.join(root, 'native', 'bin', `${process.platform}-${process.arch}`),
    probePath: path.join(root, 'dist', 'probe.js'),
    log: (level, text) => {
      if (level === 'error') process.stderr.write(`${text}\n`);
    },
  });
}

export function readyModel(engine: Engine): Promise<EngineModel> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { status } = engine;
      if (status.state === 'ready') resolve(status.model);
      if (status.state === 'failed') reject(new Error(status.problem));
    };
    engine.onDidChangeStatus(look);
    look();
  });
}

/** The engine without anybody to choose: it takes the likeliest token each time. */
function unconstrained(engine: Engine): Engine {
  return new Proxy(engine, {
    get(target, key) {
      if (key === 'complete') {
        const complete: Engine['complete'] = ({ choose: _, ...request }) => target.complete(request);
        return complete;
      }
      if (key === 'branch') {
        const branch: Engine['branch'] = ({ choose: _, ...request }) => target.branch(request);
        return branch;
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** What accepting the item inserts at the offset; undefined where it would change what is before it. */
function insertedAt(
  document: TextDocument,
  offset: number,
  item: InlineCompletionItem | undefined,
): string | undefined {
  if (!item) return undefined;
  const text = typeof item.insertText === 'string' ? item.insertText : item.insertText.value;
  const start = item.range ? document.offsetAt(item.range.start) : offset;
  const replaced = document.getText().slice(start, offset);
  return text.startsWith(replaced) ? text.slice(replaced.length) : undefined;
}

/** The server's last status, and waiting for one. */
class StatusWatch {
  #status: Status = { engine: 'starting', schema: '' };
  readonly #waiting = new Set<() => void>();

  constructor(connection: MessageConnection) {
    connection.onNotification(statusNotification, (status: Status) => {
      this.#status = status;
      for (const look of [...this.#waiting]) look();
    });
  }

  /** Rejects when the engine fails or something is wrong with the schema. */
  until(condition: (status: Status) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const failed = this.#status.engine === 'failed';
        if (!failed && !condition(this.#status)) return;
        this.#waiting.delete(look);
        if (failed) reject(new Error(this.#status.problem ?? 'The engine failed.'));
        else resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
