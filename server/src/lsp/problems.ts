/** Reports problems, each once: to the person or to the log. Every request runs under its `guard`. */
import {
  ErrorCodes,
  MessageType,
  ResponseError,
  ShowMessageNotification,
  type ShowMessageParams,
  type Connection,
} from 'vscode-languageserver';
import { errorMessage, SqlAheadError } from '../errors';
import { plain, plainLines } from '../plain';

/** The error that answers a request for which a person waits; the editor shows the sentence. */
export function refusal(sentence: string, code: number = ErrorCodes.InternalError): ResponseError {
  return new ResponseError(code, plain(sentence));
}

export class Problems {
  readonly #connection: Connection;
  readonly #said = new Set<string>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  log(level: string, written: string): void {
    const { console } = this.#connection;
    const text = plainLines(written);
    if (level === 'error') console.error(text);
    else if (level === 'warn') console.warn(text);
    else console.info(text);
  }

  /** Tells the person a problem. The same sentence is told again only after `forget`. */
  say(problem: string): void {
    if (!this.#isNew(problem)) return;
    this.log('error', problem);
    // window.showErrorMessage is a request for a choice among buttons, and with none some editors still ask.
    const params: ShowMessageParams = { type: MessageType.Error, message: plain(problem) };
    this.#connection.sendNotification(ShowMessageNotification.type, params).catch(() => undefined);
  }

  /** Writes a failure to the log once. */
  logOnce(error: unknown): void {
    const text = errorMessage(error);
    if (!this.#isNew(text)) return;
    this.log(
      'error',
      error instanceof Error && !(error instanceof SqlAheadError) ? (error.stack ?? text) : text,
    );
  }

  /** Writes a sentence to the log once. */
  noteOnce(text: string): void {
    if (this.#isNew(text)) this.log('info', text);
  }

  /** Runs a feature. If it fails, logs the error once and returns the fallback. */
  async guard<T>(work: () => T | Promise<T>, fallback: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.logOnce(error);
      return fallback;
    }
  }

  /** Something has been started again: problems that remain may be told again. */
  forget(): void {
    this.#said.clear();
  }

  #isNew(text: string): boolean {
    if (this.#said.has(text)) return false;
    this.#said.add(text);
    return true;
  }
}
