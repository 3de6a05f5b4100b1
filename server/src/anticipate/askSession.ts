/**
 * A question on its way to a statement: prefilled below the schema as it is typed, decoded on Enter. One session a
 * document, beside the document's own, so that asking does not disturb the text's cache.
 */
import type { Engine } from '../engine/engine';
import { SqlAheadError } from '../errors';
import { askedStatement, askOptions } from '../features/ask';
import { questionPrompt } from '../prompt/layout';
import type { Schema } from '../schema/model';
import { legalChoice } from './constraint';

export class AskSession {
  readonly #engine: Engine;
  readonly #name: string;
  readonly #schema: () => Schema;
  readonly #schemaText: () => Promise<string>;

  constructor(engine: Engine, uri: string, schema: () => Schema, schemaText: () => Promise<string>) {
    this.#engine = engine;
    this.#name = `ask:${uri}`;
    this.#schema = schema;
    this.#schemaText = schemaText;
  }

  /** Brings the cache to the question typed so far. @throws SqlAheadError other than ERR_CANCELLED */
  async anticipate(question: string): Promise<void> {
    if (question.trim() === '') return;
    try {
      await this.#engine.prefill(this.#name, questionPrompt(await this.#schemaText(), question, false));
    } catch (error) {
      if (!(error instanceof SqlAheadError && error.code === 'ERR_CANCELLED')) throw error;
    }
  }

  /** The statement for the question, or undefined when the model has none. @throws SqlAheadError */
  async statement(question: string, signal: AbortSignal): Promise<string | undefined> {
    if (question.trim() === '') return undefined;
    const prompt = questionPrompt(await this.#schemaText(), question, true);
    const schema = this.#schema();
    const choose = legalChoice({
      before: `-- ${question.replace(/\s+/g, ' ')}\n`,
      after: '',
      schema,
      dialect: schema.dialect,
    });
    return askedStatement(
      await this.#engine.complete(this.#name, prompt, askOptions, choose, signal),
      schema,
    );
  }

  close(): void {
    this.#engine.closeSession(this.#name);
  }
}
