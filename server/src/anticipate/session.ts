/**
 * The way of a keystroke. Each change of the document starts decoding ahead of the cursor at once. A request for ghost
 * text is answered from what was decoded, or waits for the decode that is running. One session a document. This file
 * decides what to do next; steps.ts does it.
 *
 *   change  → place → the next step on the way from it (outlook.ts) → engine (steps.ts) → continuations
 *   request → place → continuations: answer at once │ wait for the next step → is the text still the same? → suggestions
 */
import { promptText, type SessionInspection } from '../engine/engine';
import { errorCode } from '../errors';
import { planCompletion, type Plan } from '../suggest/plan';
import { Decode } from './decode';
import { Outlook, type Answer, type Rules, type Step } from './outlook';
import { isSamePlace, placeAt, type Place } from '../suggest/place';
import { Prompts } from './prompts';
import { Steps } from './steps';
import {
  defaultSuggestionSettings,
  type SessionHost,
  type SourceDocument,
  type SuggestionSettings,
  type SuggestRequest,
} from './sessionHost';
import type { Suggestion } from '../suggest/suggestion';

/** A decode that another request for the same session ended is begun again at most so often. */
const cancellationsBorne = 3;

export class DocumentSession {
  readonly #host: SessionHost;
  readonly #document: SourceDocument;
  readonly #prompts: Prompts;
  readonly #outlook = new Outlook();
  readonly #steps: Steps;
  /** The place at the cursor: everything is decoded for what may follow it. */
  #wanted: { readonly place: Place; readonly silent: boolean } | undefined;
  #working: Promise<void> | undefined;
  #running: { readonly step: Step; readonly decode: Decode } | undefined;
  /** What was answered last, so that the editor can be told when it grows. */
  #answered:
    | { readonly place: Place; readonly version: number; readonly offset: number; readonly text: string }
    | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(host: SessionHost, document: SourceDocument) {
    this.#host = host;
    this.#document = document;
    this.#prompts = new Prompts(host);
    this.#steps = new Steps({
      ...{ host, document, prompts: this.#prompts, outlook: this.#outlook },
      plan: (place) => this.#plan(place),
      rules: () => this.#rules(),
    });
  }

  /**
   * Brings the cache to the document as it is now and decodes ahead from its cursor. Resolves when there is nothing
   * left to do for the newest text. Never throws: when anticipation fails, there just is no ghost text.
   */
  async anticipate(): Promise<void> {
    if (this.#host.engine.status.state !== 'ready') return;
    const { text, cursor, deleted = false } = this.#document;
    await this.#want(this.#placeAt(text, cursor), deleted || !this.#settings.enabled);
  }

  /** The texts to show at a place, best first; none for a text that has changed meanwhile. */
  async suggest(request: SuggestRequest, signal: AbortSignal): Promise<readonly Suggestion[]> {
    const { text, version, deleted = false } = this.#document;
    const { offset, explicit = false, selected } = request;
    if (deleted && !explicit && !selected && offset === this.#document.cursor) return [];
    const read = (): Place =>
      selected
        ? this.#placeAt(
            text.slice(0, selected.from) + selected.text + text.slice(selected.to),
            selected.from + selected.text.length,
          )
        : this.#placeAt(text, offset);
    let place = read();
    void this.#want(place, false);
    for (;;) {
      if (signal.aborted || this.#document.version !== version) return [];
      // The schema may have been read anew meanwhile. Nobody asks again for a text that did not change.
      if (!isSamePlace(place, read())) {
        place = read();
        void this.#want(place, false);
      }
      if (!this.#wanted || !isSamePlace(this.#wanted.place, place)) return [];
      const answer = this.#answer(place, explicit);
      if (!answer.ready && !this.#plan(place)) return [];
      if (answer.ready) {
        this.#answered = { place, version, offset, text: answer.suggestions[0]?.text ?? '' };
        return answer.suggestions;
      }
      if (!this.#working) return this.#answer(place, false).suggestions;
      await this.#progress(signal);
    }
  }

  /** The first suggestion's text at `offset`, or undefined. For tools and tests that want no more. */
  async complete(offset: number, signal: AbortSignal): Promise<string | undefined> {
    return (await this.suggest({ offset }, signal))[0]?.text;
  }

  /** What the cache holds for this document. Waits until nothing is decoded, and brings the cache to the prompt at `offset`. */
  async inspect(offset: number): Promise<SessionInspection & { readonly promptText: string }> {
    for (let tries = 1; ; tries++) {
      while (this.#working) await this.#working;
      const { text, uri } = this.#document;
      const prompt = await this.#prompts.plain(this.#placeAt(text, offset).before);
      try {
        return { promptText: promptText(prompt), ...(await this.#host.engine.inspect(uri, prompt)) };
      } catch (error) {
        // Anticipation began again meanwhile, for example because the schema was just read.
        if (errorCode(error) !== 'ERR_CANCELLED' || tries > cancellationsBorne) throw error;
      }
    }
  }

  /** The schema's text as this document's prompts begin with it, with the tables that a question means. */
  schemaText(question: string): Promise<string> {
    return this.#prompts.schemaText(this.#document.text, question);
  }

  close(): void {
    this.#wanted = undefined;
    this.#running?.decode.stop();
    this.#wake();
    for (const name of this.#prompts.sessionNames(this.#document.uri)) this.#host.engine.closeSession(name);
    this.#steps.close();
  }

  get #settings(): SuggestionSettings {
    return this.#host.settings?.() ?? defaultSuggestionSettings;
  }

  #placeAt(text: string, offset: number): Place {
    const { schema, epoch } = this.#host.schemaState();
    return placeAt(text, offset, epoch, schema.dialect);
  }

  #answer(place: Place, explicit: boolean): Answer {
    return this.#outlook.answer(place, this.#rules(), explicit);
  }

  #rules(): Rules {
    const { minimumConfidence } = this.#settings;
    return {
      plan: (place, whole) => this.#plan(place, whole),
      minimumConfidence: ({ before }) => this.#host.minimumConfidence?.(before) ?? minimumConfidence,
      checks: this.#host.validator?.() !== undefined,
    };
  }

  /** From now on works for this place. A running decode goes on only when its text agrees with what the person typed. */
  #want(place: Place, silent: boolean): Promise<void> {
    this.#wanted = { place, silent };
    const running = this.#running;
    if (running && !this.#leadsTo(running, place, silent)) running.decode.stop();
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      this.#wake();
    });
    return this.#working;
  }

  #leadsTo(
    { step, decode }: { readonly step: Step; readonly decode: Decode },
    place: Place,
    silent: boolean,
  ): boolean {
    if (silent || step.kind === 'prefill') return step.kind === 'prefill' && isSamePlace(step.place, place);
    if (step.kind === 'line' && decode.serves(place)) return true;
    const next = this.#nextStep(place);
    return next?.kind === step.kind && isSamePlace(next.place, step.place);
  }

  #nextStep(place: Place): Step | undefined {
    return this.#outlook.next(place, this.#rules());
  }

  #plan(place: Place, whole = false): Plan | undefined {
    const { schema } = this.#host.schemaState();
    const { status } = this.#host.engine;
    const canFill = status.state === 'ready' && status.model.fim !== undefined;
    return planCompletion(place, schema, { maxTokens: this.#settings.maxTokens, canFill, whole });
  }

  async #work(): Promise<void> {
    let cancellations = 0;
    let prefilled: Place | undefined;
    // Several changes in one turn of the event loop are worked on once.
    await Promise.resolve();
    while (this.#wanted && this.#host.engine.status.state === 'ready') {
      const { place, silent } = this.#wanted;
      const next = silent ? undefined : this.#nextStep(place);
      // When something is known about the place, its tokens are in the cache already.
      if (!next && this.#outlook.knows(place)) return;
      const step: Step = next ?? { kind: 'prefill', place };
      if (step.kind === 'prefill') {
        if (prefilled && isSamePlace(prefilled, place)) return;
      }
      const decode = new Decode(step.place, 'plan' in step ? step.plan.typed : '');
      this.#running = { step, decode };
      try {
        await Promise.race([this.#steps.do(step, decode), stopped(decode.signal)]);
        if (step.kind !== 'prefill') this.#tellGrowth();
        if (step.kind === 'prefill' && !decode.signal.aborted) prefilled = place;
      } catch (error) {
        if (decode.signal.aborted) continue;
        const code = errorCode(error);
        if (code === 'ERR_CANCELLED' && ++cancellations < cancellationsBorne) continue;
        // This text has more tokens a character than the estimate says: keep less of it in the prompt from now on.
        if (code === 'ERR_PROMPT_TOO_LONG' && this.#prompts.shorten()) continue;
        if (code !== 'ERR_CANCELLED' && code !== 'ERR_ENGINE_GONE') this.#host.fail(error);
        return;
      } finally {
        this.#running = undefined;
        this.#wake();
      }
    }
  }

  /** Tells the editor when the suggestion it shows goes on. */
  #tellGrowth(): void {
    const answered = this.#answered;
    if (!answered || answered.text === '' || this.#document.version !== answered.version) return;
    const now = this.#answer(answered.place, false);
    const text = now.suggestions[0]?.text ?? '';
    if (text.length <= answered.text.length || !text.startsWith(answered.text)) return;
    this.#answered = { ...answered, text };
    this.#host.grew?.(answered.version, answered.offset);
  }

  /** Resolves when something new is known, or nobody waits any more. */
  #progress(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #wake(): void {
    for (const resolve of [...this.#waiting]) resolve();
  }
}

/** Resolves as soon as the signal is set: newer work does not wait until older work has ended. */
function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
