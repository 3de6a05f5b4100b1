/**
 * The sessions of open documents. Each is made when it is first needed, hears of every change, and is closed with its
 * document.
 */
import { AskSession } from '../anticipate/askSession';
import { DocumentSession } from '../anticipate/session';
import type { SessionHost } from '../anticipate/sessionHost';
import type { Connection, TextDocuments } from 'vscode-languageserver';
import type { Engine } from '../engine/engine';
import type { Catalog } from '../schema/catalog';
import type { Settings } from '../settings';
import type { SqlDocument } from './documents';
import type { Problems } from './problems';
import type { StatusReporter } from './status';
import { suggestionGrewNotification, type SuggestionGrewParams } from '../protocol';

/** What the sessions need from the server; its context (context.ts) has it. */
interface Surroundings {
  readonly connection: Connection;
  readonly documents: TextDocuments<SqlDocument>;
  readonly engine: Engine | undefined;
  /** The engine for questions, when it is another one. */
  readonly questions: () => Engine | undefined;
  readonly problems: Problems;
  readonly status: StatusReporter;
  readonly settings: Settings;
  readonly learning: { minimumConfidence(before: string): number };
  catalogOf(uri: string): Catalog;
}

export interface DocumentSessionPair {
  readonly document: DocumentSession;
  readonly ask: AskSession;
}

export class DocumentSessions {
  readonly #context: Surroundings;
  readonly #sessions = new Map<string, DocumentSessionPair>();
  #lastUri: string | undefined;

  constructor(context: Surroundings) {
    this.#context = context;
  }

  /** The session of a document. Undefined while there is no engine. */
  of(document: SqlDocument): DocumentSessionPair | undefined {
    const { engine, status, problems } = this.#context;
    if (!engine) return undefined;
    const known = this.#sessions.get(document.uri);
    if (known) return known;
    const host: SessionHost = {
      engine,
      questions: () => this.#context.questions(),
      schemaState: () => this.#context.catalogOf(document.uri),
      validator: () => {
        const catalog = this.#context.catalogOf(document.uri);
        return catalog.canValidate ? catalog.validator : undefined;
      },
      settings: () => this.#context.settings.inlineCompletion,
      minimumConfidence: (before) => this.#context.learning.minimumConfidence(before),
      grew: (version, offset) => this.#grew(document, version, offset),
      report: (statistics) => status.statistics(statistics),
      fail: (error) => problems.logOnce(error),
    };
    const session = new DocumentSession(host, document);
    const ask = new AskSession(
      () => this.#context.questions() ?? engine,
      document.uri,
      () => this.#context.catalogOf(document.uri).schema,
      (question) => session.schemaText(question),
      async (sql, signal) => host.validator?.()?.(sql, signal),
    );
    const made = { document: session, ask };
    this.#sessions.set(document.uri, made);
    return made;
  }

  /** The session of the open document with this address. */
  at(uri: string): DocumentSessionPair | undefined {
    const document = this.#context.documents.get(uri);
    return document && this.of(document);
  }

  /** The text has changed. */
  changed(document: SqlDocument): void {
    this.#lastUri = document.uri;
    void this.of(document)?.document.anticipate();
  }

  /** The person's cursor is at this place of this document now. */
  moved(document: SqlDocument, offset: number): void {
    const isOther = this.#lastUri !== document.uri;
    this.#lastUri = document.uri;
    if (document.moveCursor(offset) || isOther) void this.of(document)?.document.anticipate();
  }

  closed(uri: string): void {
    const session = this.#sessions.get(uri);
    session?.document.close();
    session?.ask.close();
    this.#sessions.delete(uri);
    if (this.#lastUri === uri) this.#lastUri = undefined;
  }

  /** The schema or the engine is new: prefill the document that was worked on last. */
  anticipateLast(): void {
    const document = this.#lastUri === undefined ? undefined : this.#context.documents.get(this.#lastUri);
    if (document) void this.of(document)?.document.anticipate();
  }

  #grew(document: SqlDocument, version: number, offset: number): void {
    const params: SuggestionGrewParams = {
      textDocument: { uri: document.uri, version },
      position: document.positionAt(offset),
    };
    this.#context.connection.sendNotification(suggestionGrewNotification, params).catch(() => undefined);
  }

  /** Drops all sessions. Their engine ends, and with it what they hold there. */
  clear(): void {
    this.#sessions.clear();
  }
}
