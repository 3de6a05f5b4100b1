/**
 * Turns a question into statements while the person types it. Each key prefills the question behind the schema. As soon
 * as no newer key waits, the model writes several statements that begin differently, and the database is asked about
 * each, the best first. When it refuses all, the best is repaired once. Enter takes the statement that was found, or waits
 * for it. Each document has one such session beside its own, so that a question does not disturb the text's cache.
 *
 *   question → prefill → decode → verdicts │ repair → verdict → statement         a newer question ends the older's way
 */
import { whenReady, type CompleteOptions, type Engine, type Prompt } from '../engine/engine';
import { cancelled, errorCode } from '../errors';
import { askOptions } from '../suggest/askedStatement';
import { chatPrompt, chatStops, familyOf, schemaHead } from '../prompt/families';
import { questionPrompt } from '../prompt/layout';
import { annotationOf } from '../prompt/annotateQuestion';
import type { Schema } from '../schema/model';
import type { Validate } from '../schema/validate';
import { leastProbable } from '../suggest/answerScore';
import { statementWords } from '../sql/statementWords';
import { statementsFor, type FoundStatement } from './statementFor';

type Priority = NonNullable<CompleteOptions['priority']>;

/** What a question is answered with. */
export interface Answer {
  /** The most probable first, each different from the others as one reads them; none when there is none. */
  readonly statements: readonly OfferedStatement[];
  /** The first one is probable enough to be shown as the answer. */
  readonly isSure: boolean;
}

export interface OfferedStatement {
  /** Ends in a semicolon. */
  readonly sql: string;
  /** What it asks for, in plain words; see sql/statementWords.ts. */
  readonly words: string;
}

/** Statements that one answer offers at most. */
const mostOffered = 5;

/** The newest question and what becomes of it. */
interface Asked {
  readonly question: string;
  /** What it was asked about: with another schema it is another question. */
  readonly schema: Schema;
  readonly controller: AbortController;
  readonly answer: Promise<Answer>;
}

export class AskSession {
  readonly #engineFor: () => Engine;
  /** Undefined until the first question. */
  #used: Engine | undefined;
  readonly #name: string;
  readonly #schema: () => Schema;
  readonly #schemaText: (question: string) => Promise<string>;
  readonly #validate: Validate;
  #asked: Asked | undefined;

  /**
   * @param engineFor the engine of questions, loaded when it is first called
   * @param validate asks the database whether it would take a statement; see schema/validate.ts
   */
  constructor(
    engineFor: () => Engine,
    uri: string,
    schema: () => Schema,
    schemaText: (question: string) => Promise<string>,
    validate: Validate = () => Promise.resolve(undefined),
  ) {
    this.#engineFor = engineFor;
    this.#name = `ask:${uri}`;
    this.#schema = schema;
    this.#schemaText = schemaText;
    this.#validate = validate;
  }

  /**
   * Looks for statements for the question as typed so far. An empty question ends all work.
   * @returns what was found, or undefined when a newer question came meanwhile
   * @throws SqlAheadError other than ERR_CANCELLED
   */
  async anticipate(question: string): Promise<Answer | undefined> {
    const asked = this.#ask(question, 'ahead');
    if (!asked) return undefined;
    try {
      const answer = await asked.answer;
      return this.#asked === asked ? answer : undefined;
    } catch (error) {
      if (asked.controller.signal.aborted || errorCode(error) === 'ERR_CANCELLED') return undefined;
      throw error;
    }
  }

  /**
   * The answer to the question: the one found ahead, else the one that is being decoded, else a new one. Undefined for
   * an empty question. @throws SqlAheadError
   */
  async answer(question: string, signal: AbortSignal): Promise<Answer | undefined> {
    const before = this.#asked;
    const asked = this.#ask(question, 'visible');
    if (!asked) return undefined;
    // When a caller stops waiting, only work that began for this call ends.
    const leave = (): void => {
      if (asked !== before) this.#end(asked);
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([asked.answer, rejected(signal)]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  close(): void {
    this.#end(this.#asked);
    this.#used?.closeSession(this.#name);
    this.#used?.closeSession(this.#repairName);
  }

  /** Where a refused statement is tried again: what the question's session holds stays as it is. */
  get #repairName(): string {
    return `${this.#name}#repair`;
  }

  /** Begins to work on this question, unless it is the newest already; undefined for an empty one. */
  #ask(text: string, priority: Priority): Asked | undefined {
    // White space is reduced as in the prompt: a space typed at the end is no new question.
    const question = text.replace(/\s+/g, ' ').trim();
    const schema = this.#schema();
    const newest = this.#asked;
    if (newest?.question === question && newest.schema === schema) return newest;
    this.#end(newest);
    if (question === '') return undefined;
    const controller = new AbortController();
    const answer = this.#answer(question, schema, priority, controller.signal);
    const asked = { question, schema, controller, answer };
    this.#asked = asked;
    // A failure is not remembered: the next key or Enter tries again.
    answer.catch(() => {
      if (this.#asked === asked) this.#asked = undefined;
    });
    return asked;
  }

  #end(asked: Asked | undefined): void {
    asked?.controller.abort();
    if (this.#asked === asked) this.#asked = undefined;
  }

  async #answer(question: string, schema: Schema, priority: Priority, signal: AbortSignal): Promise<Answer> {
    const engine = (this.#used = this.#engineFor());
    const schemaText = await this.#schemaText(question);
    await whenReady(engine, signal);
    throwIfEnded(signal);
    if (priority === 'ahead')
      await engine.prefill({
        session: this.#name,
        prompt: questionPromptFor(engine, schema, schemaText, question, false),
        signal,
      });
    throwIfEnded(signal);
    const wanted = {
      engine,
      name: this.#name,
      repairName: this.#repairName,
      prompt: questionPromptFor(engine, schema, schemaText, question, true),
      before: `-- ${question}\n`,
      schema,
      options: { ...askOptions, stopBefore: [...askOptions.stopBefore, ...chatStops], priority },
      validate: this.#validate,
      signal,
    };
    return answerOf(await statementsFor(wanted, mostOffered), schema);
  }
}

function answerOf(found: readonly FoundStatement[], { dialect }: Schema): Answer {
  const statements = new Map<string, OfferedStatement>();
  for (const { sql } of found) {
    const words = statementWords(sql, dialect);
    // Statements that read the same are no choice.
    const key = words === '' ? sql : words.toLowerCase();
    if (!statements.has(key)) statements.set(key, { sql, words });
  }
  return { statements: [...statements.values()], isSure: (found[0]?.probability ?? 0) >= leastProbable };
}

/** As a turn of a chat where the model was taught to chat, else as a comment. */
function questionPromptFor(
  { status }: Engine,
  schema: Schema,
  schemaText: string,
  question: string,
  complete: boolean,
): Prompt {
  const family = status.state === 'ready' ? familyOf(status.model) : undefined;
  // While the question is still being typed, links could change with the next key: they are added when it is complete.
  const annotation = complete ? annotationOf(question, schema, family?.annotation ?? 'values') : '';
  return family?.chat
    ? chatPrompt(family.chat, schema.dialect, schemaText, question + annotation, complete)
    : questionPrompt(schemaHead(schemaText, family?.frame), question, complete, annotation);
}

function throwIfEnded(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

function rejected(signal: AbortSignal): Promise<never> {
  if (signal.aborted) return Promise.reject(cancelled());
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(cancelled()), { once: true });
  });
}
