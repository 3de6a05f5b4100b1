/**
 * The open documents, and where the person is in each: at the end of the last change, or at the last position that a
 * request named. Holds only text; anticipate/ holds what is computed from it.
 */
import { TextDocuments, type Connection, type Position } from 'vscode-languageserver';
import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';

/** An open document, and the offset at which the person typed last. */
export class SqlDocument {
  readonly #document: TextDocument;
  #cursor = 0;
  #deleted = false;

  constructor(document: TextDocument) {
    this.#document = document;
  }

  get uri(): string {
    return this.#document.uri;
  }
  get languageId(): string {
    return this.#document.languageId;
  }
  get version(): number {
    return this.#document.version;
  }
  get lineCount(): number {
    return this.#document.lineCount;
  }
  get text(): string {
    return this.#document.getText();
  }
  /** UTF-16 offset. After a change, the end of what was inserted. */
  get cursor(): number {
    return Math.min(this.#cursor, this.text.length);
  }

  /** True when the last change only removed text. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** Moves the cursor. @returns false when it was there already */
  moveCursor(offset: number): boolean {
    if (offset === this.cursor) return false;
    this.#cursor = offset;
    this.#deleted = false;
    return true;
  }

  getText(): string {
    return this.#document.getText();
  }
  offsetAt(position: Position): number {
    return this.#document.offsetAt(position);
  }
  positionAt(offset: number): Position {
    return this.#document.positionAt(offset);
  }

  update(changes: TextDocumentContentChangeEvent[], version: number): void {
    this.#deleted = changes.length > 0 && changes.every(({ text }) => text === '');
    for (const change of changes) {
      // Read where the change begins before it is applied. Of an edit with several cursors the last change counts.
      const start = 'range' in change ? this.#document.offsetAt(change.range.start) : 0;
      TextDocument.update(this.#document, [change], version);
      this.#cursor = 'range' in change ? start + change.text.length : this.text.length;
    }
  }
}

export function createDocuments(connection: Connection): TextDocuments<SqlDocument> {
  const documents = new TextDocuments<SqlDocument>({
    create: (uri, languageId, version, content) =>
      new SqlDocument(TextDocument.create(uri, languageId, version, content)),
    update: (document, changes, version) => {
      document.update(changes, version);
      return document;
    },
  });
  documents.listen(connection);
  return documents;
}
