/**
 * Does one step of anticipation: it has the model read the prompt, decodes a line, a statement or alternatives, asks the
 * database, or has a refused statement repaired. It adds the result to the outlook. session.ts decides which step is next.
 */
import { whenReady, type Completion, type Engine } from '../engine/engine';
import { leastProbable } from '../suggest/answerScore';
import { askOptions } from '../suggest/askedStatement';
import { advance, type Place } from '../suggest/place';
import { questionAbove } from '../prompt/annotateQuestion';
import { chatStops } from '../prompt/families';
import { innermostStatementAt } from '../sql/statements/routines';
import { shownText, type Plan } from '../suggest/plan';
import { stopRules } from '../suggest/stopRules';
import { beforeMadeUp, stopsOf, sureBeginning, type Generated } from '../suggest/sureBeginning';
import type { Continuation } from '../suggest/continuation';
import type { Decode } from './decode';
import { statementWith, type Outlook, type Rules, type Step } from './outlook';
import { Prompts } from './prompts';
import { refusal, repair } from './repair';
import { defaultSuggestionSettings, type SessionHost, type SourceDocument } from './sessionHost';
import { statementFor } from './statementFor';

const alternativeCount = 3;

export interface StepsInput {
  readonly host: SessionHost;
  readonly document: SourceDocument;
  readonly prompts: Prompts;
  readonly outlook: Outlook;
  /** What to generate at a place; undefined where nothing is suggested. */
  readonly plan: (place: Place) => Plan | undefined;
  readonly rules: () => Rules;
}

export class Steps {
  readonly #input: StepsInput;
  /** Prompts for the engine of questions, whose model has its own tokens and format. */
  #questions: { readonly engine: Engine; readonly prompts: Prompts } | undefined;

  constructor(input: StepsInput) {
    this.#input = input;
  }

  /** Resolves when the step is done, or soon after `decode` was stopped. @throws SqlAheadError */
  do(step: Step, decode: Decode): Promise<void> {
    switch (step.kind) {
      case 'prefill':
        return this.#prefill(step.place, decode.signal);
      case 'line':
        return this.#line(step.place, step.plan, step.ahead, decode);
      case 'statement':
        return this.#statement(step.place, step.plan, decode);
      case 'alternatives':
        return this.#alternatives(step.place, step.plan, decode);
      case 'verdict':
        return this.#verdict(step.place, step.statement, decode.signal);
      case 'repair':
        return this.#repair(step, decode);
    }
  }

  async #prefill(place: Place, signal: AbortSignal): Promise<void> {
    const { host, document, prompts } = this.#input;
    const plan = this.#input.plan(place);
    const { name, prompt } = plan
      ? await prompts.at(document.uri, place, plan)
      : { name: document.uri, prompt: await prompts.plain(place.before) };
    if (signal.aborted) return;
    const [statistics] = await Promise.all([
      host.engine.prefill({ session: name, prompt, signal }),
      // An error here comes again when the question is asked; it is reported then.
      this.#prefillQuestion(place, signal).catch(() => undefined),
    ]);
    host.report(statistics);
  }

  /** While a comment is typed that may ask for a statement, the engine of questions reads along; the first key loads it. */
  async #prefillQuestion(place: Place, signal: AbortSignal): Promise<void> {
    const { before, after, dialect } = place;
    const { from, to } = innermostStatementAt(before + after, before.length, dialect);
    const asked = questionAbove(before.slice(from), dialect);
    if (!asked?.isOpen || !/\p{L}/u.test(asked.question)) return;
    // A comment above a finished statement explains it, and asks for nothing.
    if (/[\p{L}\p{N}]/u.test(after.slice(0, Math.max(0, to - before.length)))) return;
    const { engine, prompts } = this.#voiceOfQuestions();
    if (engine === this.#input.host.engine) return;
    await whenReady(engine, signal);
    // The engine reports itself why it is not ready, and so does the question once it is asked.
    if (signal.aborted || engine.status.state !== 'ready') return;
    const { name, prompt } = await prompts.question(this.#input.document.uri, before, asked);
    await engine.prefill({ session: name, prompt, signal });
  }

  async #line(place: Place, plan: Plan, ahead: boolean, decode: Decode): Promise<void> {
    const { host, document, prompts, outlook } = this.#input;
    const { name, prompt } = await prompts.at(document.uri, place, plan);
    if (decode.signal.aborted) return;
    const completion = await host.engine.complete({
      session: name,
      prompt,
      options: { ...plan.options, priority: ahead ? 'ahead' : 'visible' },
      choose: decode.watching(plan.choose),
      signal: decode.signal,
    });
    host.report(completion.statistics);
    const held = plan.reach === 'statement' && host.validator?.() !== undefined;
    outlook.add(place, [this.#continuation(place, plan, completion, decode)], held);
  }

  /** A statement that a comment asks for is shown whole or not at all. */
  async #statement(place: Place, plan: Plan, decode: Decode): Promise<void> {
    const { host, document, outlook } = this.#input;
    const { engine, prompts } = this.#voiceOfQuestions();
    await whenReady(engine, decode.signal);
    const { from } = plan.statement;
    const asked = engine === host.engine ? undefined : questionAbove(place.before.slice(from), place.dialect);
    const { name, prompt } = asked
      ? await prompts.question(document.uri, place.before, { ...asked, isOpen: false })
      : await prompts.at(document.uri, place, plan);
    if (decode.signal.aborted) return;
    const found = await statementFor({
      engine,
      name,
      repairName: prompts.repairName(document.uri),
      prompt,
      before: place.before.slice(plan.statement.from),
      schema: plan.schema,
      options: { ...askOptions, stopBefore: [...askOptions.stopBefore, ...chatStops], priority: 'visible' },
      validate: host.validator?.() ?? (() => Promise.resolve(undefined)),
      report: (statistics) => host.report(statistics),
      signal: decode.signal,
    });
    // An improbable answer is shown only when the person asks for a suggestion by a key.
    const known = found
      ? [
          {
            text: found.sql,
            confidence: found.probability < leastProbable ? 0 : found.confidence,
            final: true,
          },
        ]
      : [];
    for (const { text } of known) outlook.addVerdict(place, statementWith(place, text), { ok: true });
    outlook.add(place, known, true);
  }

  #voiceOfQuestions(): { readonly engine: Engine; readonly prompts: Prompts } {
    const { host, prompts } = this.#input;
    const engine = host.questions?.();
    if (!engine) return { engine: host.engine, prompts };
    if (this.#questions?.engine !== engine)
      this.#questions = { engine, prompts: new Prompts({ engine, schemaState: () => host.schemaState() }) };
    return this.#questions;
  }

  /** The document was closed: the engine of questions forgets it, too. */
  close(): void {
    const { uri } = this.#input.document;
    for (const name of this.#input.prompts.sessionNames(uri)) this.#questions?.engine.closeSession(name);
  }

  async #alternatives(place: Place, plan: Plan, decode: Decode): Promise<void> {
    const { host, document, prompts, outlook } = this.#input;
    const { name, prompt } = await prompts.at(document.uri, place, plan);
    if (decode.signal.aborted) return;
    const completions = await host.engine.branch({
      session: name,
      prompt,
      count: alternativeCount,
      options: { ...plan.options, priority: 'ahead' },
      choose: decode.watching(plan.choose),
      signal: decode.signal,
    });
    const [first] = completions;
    if (first) host.report(first.statistics);
    outlook.addAlternatives(
      place,
      completions.map((completion) => this.#continuation(place, plan, completion, decode)),
    );
  }

  async #verdict(place: Place, statement: string, signal: AbortSignal): Promise<void> {
    const verdict = await this.#input.host.validator?.()?.(statement, signal);
    if (!signal.aborted) this.#input.outlook.addVerdict(place, statement, verdict);
  }

  async #repair(step: Step & { readonly kind: 'repair' }, decode: Decode): Promise<void> {
    const { host, document, prompts, outlook } = this.#input;
    const { place, text, message } = step;
    const { signal } = decode;
    const told = advance(place, `${text}${refusal(message)}`);
    const plan = this.#input.plan(told);
    const validate = host.validator?.();
    let repaired: Continuation | undefined;
    if (plan && validate) {
      const { prompt } = await prompts.at(document.uri, told, plan);
      const { maxTokens } = host.settings?.() ?? defaultSuggestionSettings;
      const indentation = text.slice(0, text.length - text.trimStart().length);
      repaired = await repair({
        engine: host.engine,
        request: {
          session: prompts.repairName(document.uri),
          prompt,
          options: stopRules('statement', maxTokens),
          choose: decode.watching(plan.choose),
          signal,
        },
        read: (completion) => {
          const found = this.#continuation(told, plan, completion, decode);
          const sql = found.text.trim();
          return { sql, found: { ...found, text: indentation + sql, final: true } };
        },
        validate,
        report: (statistics) => host.report(statistics),
      });
    }
    if (signal.aborted) return;
    if (repaired) outlook.addVerdict(place, statementWith(place, repaired.text), { ok: true });
    outlook.addRepair(place, repaired);
  }

  /** The continuation that a completion gives: the part of it that may be shown, and how sure the model is of that. */
  #continuation(place: Place, plan: Plan, completion: Completion, decode: Decode): Continuation {
    const whole = shownText(place, plan, completion);
    const shown = whole.trimEnd();
    const { meanLogProbability } = completion;
    const generated: Generated = {
      place,
      plan,
      completion,
      shown,
      confidenceOf: (part, from) => decode.confidence({ text: part, meanLogProbability }, from),
    };
    const final =
      shown.endsWith(';') || (completion.end === 'end-of-text' && completion.text.trimEnd().endsWith(shown));
    const confidence = decode.confidence(completion);
    const ends = { stops: stopsOf(generated), pieces: decode.pieces(completion.text) };
    const isAligned = ends.pieces.length > 0 && completion.text.startsWith(plan.typed + shown);
    const known = { text: whole, confidence, final, ...(isAligned ? { ends } : {}) };
    const madeUp = beforeMadeUp(generated);
    if (madeUp) return { ...known, ...madeUp };
    const minimum = this.#input.rules().minimumConfidence(place);
    return confidence < minimum ? { ...known, ...sureBeginning(generated, minimum) } : known;
  }
}
