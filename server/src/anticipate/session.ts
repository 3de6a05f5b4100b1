/**
 * The way of a keystroke, in one file: a change of the document becomes a prompt, the prompt is prefilled into the
 * engine at once, and a request for ghost text continues from there. One session a document.
 *
 *   text + cursor + schema → prompt layout → engine.prefill   (every change, no debounce)
 *   request → inlineCompletion → engine.complete → is the text still the same? → shown
 */
import { promptText } from '../engine/engine';
import type { Engine, Prompt, RequestStatistics, SessionInspection } from '../engine/engine';
import { SqlAheadError } from '../errors';
import { inlineCompletion, type Continue } from '../features/inlineCompletion';
import { completionPrompt, documentBudget, shareContext } from '../prompt/layout';
import { SchemaPrompt } from '../prompt/schemaPrompt';
import type { Schema } from '../schema/model';
import { windowAround } from '../textWindow';

/** What a session works on; the server's documents provide it. */
export interface SourceDocument {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
  readonly cursor: number;
}

export interface SchemaState {
  readonly schema: Schema;
  /** Rises with every change of the schema. */
  readonly epoch: number;
}

export interface SessionHost {
  readonly engine: Engine;
  schemaState(): SchemaState;
  /** Called after each request that reached the engine. */
  report(statistics: RequestStatistics): void;
  /** Called once for each kind of failure that is not a cancellation. */
  fail(error: unknown): void;
}

export class DocumentSession {
  readonly #host: SessionHost;
  readonly #document: SourceDocument;
  #schemaPrompt: { readonly key: string; readonly made: Promise<SchemaPrompt> } | undefined;
  /** What was shown last: typing it costs nothing but a comparison. */
  #shown: Shown | undefined;
  /** Halved when a prompt turns out too long for the model. */
  #budgetScale = 1;

  constructor(host: SessionHost, document: SourceDocument) {
    this.#host = host;
    this.#document = document;
  }

  /** Brings the cache to the document as it is now. Never throws: anticipation that fails is only not there. */
  async anticipate(): Promise<void> {
    if (this.#host.engine.status.state !== 'ready') return;
    try {
      const version = this.#document.version;
      const prompt = await this.#prompt(this.#document.text, this.#document.cursor);
      // A newer change has its own call: do not put older text over it.
      if (version !== this.#document.version) return;
      this.#host.report(await this.#host.engine.prefill(this.#document.uri, prompt));
    } catch (error) {
      await this.#recover(error);
    }
  }

  /** The text to show at `offset`, or undefined; never for a text that has changed meanwhile. */
  async complete(offset: number, maxTokens: number, signal: AbortSignal): Promise<string | undefined> {
    const { text, version, uri } = this.#document;
    const { schema, epoch } = this.#host.schemaState();
    const place = { before: text.slice(0, offset), after: text.slice(offset), epoch };
    const rest = this.#shown && restOf(this.#shown, place);
    if (rest !== undefined) return rest;
    const window = windowAround(text, offset);
    const proceed: Continue = async (from, options, choose) => {
      const prompt = await this.#prompt(text, window.start + from);
      const completion = await this.#host.engine.complete(uri, prompt, options, choose, signal);
      this.#host.report(completion.statistics);
      return completion;
    };
    try {
      const shown = await inlineCompletion(
        { ...window, schema, dialect: schema.dialect, maxTokens },
        proceed,
      );
      if (this.#document.version !== version || signal.aborted) return undefined;
      this.#shown = shown === undefined ? undefined : { ...place, text: shown };
      return shown;
    } catch (error) {
      await this.#recover(error);
      return undefined;
    }
  }

  /** The cache of this document, brought to the prompt at `offset`. */
  async inspect(offset: number): Promise<SessionInspection & { readonly promptText: string }> {
    const prompt = await this.#prompt(this.#document.text, offset);
    return {
      promptText: promptText(prompt),
      ...(await this.#host.engine.inspect(this.#document.uri, prompt)),
    };
  }

  /** The schema's text as this document's prompts begin with it. */
  async schemaText(): Promise<string> {
    return (await this.#currentSchemaPrompt()).text(this.#document.text.slice(0, mentionedCharacters));
  }

  close(): void {
    this.#host.engine.closeSession(this.#document.uri);
  }

  async #prompt(text: string, offset: number): Promise<Prompt> {
    const schemaPrompt = await this.#currentSchemaPrompt();
    const { schema } = this.#host.schemaState();
    const budget = documentBudget(this.#budget().document * this.#budgetScale);
    const nearby = text.slice(Math.max(0, offset - mentionedCharacters), offset + mentionedCharacters);
    return completionPrompt(schemaPrompt.text(nearby), text, offset, schema.dialect, budget);
  }

  #currentSchemaPrompt(): Promise<SchemaPrompt> {
    const { schema, epoch } = this.#host.schemaState();
    const budget = this.#budget().schema;
    const key = `${epoch.toString()}:${budget.toString()}`;
    if (this.#schemaPrompt?.key !== key) {
      const made = SchemaPrompt.create(schema, budget, (texts) => this.#host.engine.countTokens(texts));
      this.#schemaPrompt = { key, made };
      // A failure is not remembered: the next key tries again.
      made.catch(() => (this.#schemaPrompt = undefined));
    }
    return this.#schemaPrompt.made;
  }

  #budget(): ReturnType<typeof shareContext> {
    const { status } = this.#host.engine;
    return shareContext(status.state === 'ready' ? status.model.contextTokens : fallbackContextTokens);
  }

  async #recover(error: unknown): Promise<void> {
    const code = error instanceof SqlAheadError ? error.code : undefined;
    // Superseded, or the engine is being started again and the server anticipates anew when it is ready.
    if (code === 'ERR_CANCELLED' || code === 'ERR_ENGINE_GONE') return;
    if (code === 'ERR_PROMPT_TOO_LONG' && this.#budgetScale > smallestBudgetScale) {
      // Dense text has more tokens a character than the estimate; hold on to less of it from now on.
      this.#budgetScale /= 2;
      await this.anticipate();
      return;
    }
    this.#host.fail(error);
  }
}

/** Characters around the cursor in which a named table is looked for. */
const mentionedCharacters = 8192;
const fallbackContextTokens = 1024;
const smallestBudgetScale = 1 / 64;

/** A suggestion and the place it was made for: everything it depends on. */
interface Shown {
  readonly before: string;
  readonly after: string;
  readonly epoch: number;
  readonly text: string;
}

/** What is left of a suggestion at a place that was reached by typing part of it; undefined anywhere else. */
function restOf(shown: Shown, place: Omit<Shown, 'text'>): string | undefined {
  const typed = place.before.length - shown.before.length;
  if (typed < 0 || typed >= shown.text.length || place.epoch !== shown.epoch || place.after !== shown.after)
    return undefined;
  return place.before === shown.before + shown.text.slice(0, typed) ? shown.text.slice(typed) : undefined;
}
