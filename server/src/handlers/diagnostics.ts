/**
 * Publishes the problems of open documents a moment after the last change, and offers their fixes as code actions. It judges
 * the name at the cursor only after a longer pause, and never sends results for an older text. When a database is connected,
 * its marks are added to our own.
 */
import {
  CodeActionKind,
  DiagnosticSeverity,
  type CodeAction,
  type Diagnostic as LspDiagnostic,
  type PublishDiagnosticsParams,
  type Range,
  type ServerCapabilities,
} from 'vscode-languageserver';
import type { SqlDocument } from '../lsp/documents';
import {
  askedStatements,
  markOf,
  marksBeside,
  type DatabaseMark,
} from '../features/diagnostics/databaseMarks';
import { DatabaseVerdicts } from '../features/diagnostics/databaseVerdicts';
import type { Diagnostic, Fix } from '../features/diagnostics/diagnostic';
import { diagnostics } from '../features/diagnostics/diagnostics';
import type { Catalog } from '../schema/catalog';
import { plain } from '../plain';
import { windowAround } from '../textWindow';
import { differ, type ServerContext } from '../lsp/context';

/** Milliseconds after the last change. The first check leaves out the name at the cursor, the second includes it. */
const firstPause = 300;
const secondPause = 1500;

export function registerDiagnostics(context: ServerContext): Partial<ServerCapabilities> {
  const { connection, documents, problems } = context;
  const timers = new Map<string, NodeJS.Timeout>();
  /**
   * The problems last sent for each document. Equal ones are not sent again: an editor asks for fixes anew with each message,
   * and VS Code closes the list of fixes that the person has just opened.
   */
  const sent = new Map<string, PublishDiagnosticsParams>();

  /** What the database said, and what ends the questions that are under way, by document. */
  const asked = new Map<string, { readonly verdicts: DatabaseVerdicts; controller: AbortController }>();
  const stopAsking = (uri: string): void => asked.get(uri)?.controller.abort();

  const send = (document: SqlDocument, cursor?: number): void => {
    const own = context.settings.diagnostics.enabled ? problemsOf(document, context, cursor) : [];
    const said = databaseMarksOf(document, context, asked.get(document.uri)?.verdicts, own, cursor);
    const source = `SQL Ahead (${context.catalogOf(document.uri).description})`;
    const message = {
      uri: document.uri,
      version: document.version,
      diagnostics: [
        ...own.map((one) => toLsp(one, document)),
        ...said.map((one) => databaseToLsp(one, document, source)),
      ],
    };
    if (!differ(sent.get(document.uri), message)) return;
    sent.set(document.uri, message);
    void connection.sendDiagnostics(message);
  };
  /** Our marks at once, the database's when it has answered; a statement with the cursor waits until typing rested. */
  const publish = (document: SqlDocument, cursor?: number): void => {
    send(document, cursor);
    stopAsking(document.uri);
    if (!asksDatabase(document, context)) return;
    const controller = new AbortController();
    const verdicts = asked.get(document.uri)?.verdicts ?? new DatabaseVerdicts();
    asked.set(document.uri, { verdicts, controller });
    void problems.guard(async () => {
      const catalog = context.catalogOf(document.uri);
      const statements = askedStatements(document.text, catalog.schema.dialect, cursor);
      const { signal } = controller;
      const isNew = await verdicts.ask(
        standOf(catalog),
        statements,
        document.cursor,
        catalog.validator,
        signal,
      );
      if (isNew && !signal.aborted) send(document, cursor);
    }, undefined);
  };
  const later = (document: SqlDocument, pause: number, work: () => void): void => {
    clearTimeout(timers.get(document.uri));
    const timer = setTimeout(() => {
      timers.delete(document.uri);
      void problems.guard(work, undefined);
    }, pause);
    timers.set(document.uri, timer);
  };
  const publishAll = (): void => {
    for (const document of documents.all()) later(document, 0, () => publish(document));
  };

  // Opening a document also sends a change event, though nobody typed.
  const opened = new Set<string>();
  documents.onDidOpen(({ document }) => {
    opened.add(document.uri);
    later(document, 0, () => publish(document));
  });
  documents.onDidChangeContent(({ document }) => {
    stopAsking(document.uri);
    if (opened.delete(document.uri)) return;
    later(document, firstPause, () => {
      publish(document, document.cursor);
      later(document, secondPause - firstPause, () => publish(document));
    });
  });
  documents.onDidClose(({ document }) => {
    clearTimeout(timers.get(document.uri));
    timers.delete(document.uri);
    sent.delete(document.uri);
    stopAsking(document.uri);
    asked.delete(document.uri);
    void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  context.onInitialized(() => context.catalog.onDidChange(publishAll));
  context.onDidChangeSettings((before, after) => {
    if (differ(before.diagnostics, after.diagnostics)) publishAll();
  });
  context.onShutdown(() => {
    for (const timer of timers.values()) clearTimeout(timer);
    for (const uri of asked.keys()) stopAsking(uri);
  });

  connection.onCodeAction(({ textDocument, range, context: asked }) =>
    problems.guard(() => {
      const document = documents.get(textDocument.uri);
      if (!document || !context.settings.diagnostics.enabled) return [];
      const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
      return problemsOf(document, context)
        .filter((problem) => problem.from <= to && from <= problem.to)
        .flatMap((problem) => {
          const known = asked.diagnostics.filter(
            (one) => one.code === problem.code && !differ(one.range, rangeOf(document, problem)),
          );
          return problem.fixes.map((fix, i) => toAction(fix, document, known, i === 0));
        });
    }, []),
  );
  return { codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] } };
}

/** The schema that the database's word is about. */
const standOf = (catalog: Catalog): string => `${catalog.description}\n${catalog.epoch}`;

/** Whether the database may be asked about the document: never from a workspace that is not trusted, or about a dump. */
function asksDatabase(document: SqlDocument, context: ServerContext): boolean {
  const { enabled, database } = context.settings.diagnostics;
  if (!enabled || !database || !context.options.trusted) return false;
  if (windowAround(document.text, 0).text.length < document.text.length) return false;
  return context.catalogOf(document.uri).hasDatabase;
}

/** What the database is known to refuse, beside our own marks. */
function databaseMarksOf(
  document: SqlDocument,
  context: ServerContext,
  verdicts: DatabaseVerdicts | undefined,
  own: readonly Diagnostic[],
  cursor: number | undefined,
): readonly DatabaseMark[] {
  if (verdicts === undefined || !asksDatabase(document, context)) return [];
  const catalog = context.catalogOf(document.uri);
  const { dialect } = catalog.schema;
  const marks = askedStatements(document.text, dialect, cursor).flatMap((asked) => {
    const mark = markOf(asked, verdicts.known(standOf(catalog), asked), dialect);
    return mark === undefined ? [] : [{ asked, mark }];
  });
  return marksBeside(marks, own, document.text);
}

/** Problems of a document. Of a very large one only those around the cursor. */
function problemsOf(document: SqlDocument, context: ServerContext, cursor?: number): readonly Diagnostic[] {
  const { schema } = context.catalogOf(document.uri);
  const { text, start } = windowAround(document.text, cursor ?? document.cursor);
  const found = diagnostics(text, schema, schema.dialect, cursor === undefined ? undefined : cursor - start);
  if (start === 0) return found;
  const shift = <T extends { from: number; to: number }>(one: T): T => ({
    ...one,
    from: one.from + start,
    to: one.to + start,
  });
  return found.map((one) => ({ ...shift(one), fixes: one.fixes.map(shift) }));
}

function rangeOf(document: SqlDocument, { from, to }: { readonly from: number; readonly to: number }): Range {
  return { start: document.positionAt(from), end: document.positionAt(to) };
}

function toLsp(problem: Diagnostic, document: SqlDocument): LspDiagnostic {
  return {
    range: rangeOf(document, problem),
    // The schema may be older than the database, and only the database can judge: a problem is a warning, never an
    // error.
    severity: DiagnosticSeverity.Warning,
    code: problem.code,
    source: 'SQL Ahead',
    message: plain(problem.message),
  };
}

function databaseToLsp(mark: DatabaseMark, document: SqlDocument, source: string): LspDiagnostic {
  return {
    range: rangeOf(document, mark),
    severity: DiagnosticSeverity.Error,
    code: mark.code,
    source: plain(source),
    message: plain(mark.message),
  };
}

function toAction(
  fix: Fix,
  document: SqlDocument,
  diagnostics: LspDiagnostic[],
  isPreferred: boolean,
): CodeAction {
  return {
    title: plain(fix.title),
    kind: CodeActionKind.QuickFix,
    ...(diagnostics.length > 0 ? { diagnostics } : {}),
    isPreferred,
    edit: { changes: { [document.uri]: [{ range: rangeOf(document, fix), newText: fix.text }] } },
  };
}
