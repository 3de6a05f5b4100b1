/** What went wrong, told once: to the person or to the log. One guard for every request. */
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

/** What a request that a person waits for answers where it failed; the editor shows the sentence. */
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

  /** Tells the person once; the same sentence again only after `forget`. */
  say(problem: string): void {
    if (!this.#isNew(problem)) return;
    this.log('error', problem);
    // Not window.showErrorMessage: that asks the person to choose among no answers, and some editors do ask.
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

  /** A failed feature returns nothing and is logged once. */
  async guard<T>(work: () => T | Promise<T>, fallback: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.logOnce(error);
      return fallback;
    }
  }

  /** Something was started anew: what is still wrong may be said again. */
  forget(): void {
    this.#said.clear();
  }

  #isNew(text: string): boolean {
    if (this.#said.has(text)) return false;
    this.#said.add(text);
    return true;
  }
}
