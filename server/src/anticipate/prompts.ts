/**
 * Makes the prompts of one document: the schema's text, which stays the same from key to key, then the document's text in
 * the layout that the place needs. Counts tokens through the engine; holds no cache itself.
 */
import type { Prompt } from '../engine/engine';
import type { Plan } from '../suggest/plan';
import { completionPrompt, documentBudget, shareContext, type TokenBudget } from '../prompt/layout';
import { chatPrompt, familyOf, schemaHead, type Family } from '../prompt/families';
import { fillPrompt, type Anchor } from '../prompt/fill';
import { annotateQuestion, annotationOf, tablesMeant, type QuestionAbove } from '../prompt/annotateQuestion';
import { SchemaPrompt } from '../prompt/schemaPrompt';
import type { Place } from '../suggest/place';
import type { SessionHost } from './sessionHost';

/** Characters before and behind the cursor in which tables are looked for by name. */
const mentionedCharacters = 8192;
const fallbackContextTokens = 1024;
const smallestBudgetScale = 1 / 64;

export class Prompts {
  readonly #host: Pick<SessionHost, 'engine' | 'schemaState'>;
  #schemaPrompt: { readonly key: string; readonly made: Promise<SchemaPrompt> } | undefined;
  /** Halved when a prompt turns out too long for the model. */
  #budgetScale = 1;
  #anchor: Anchor | undefined;

  constructor(host: Pick<SessionHost, 'engine' | 'schemaState'>) {
    this.#host = host;
  }

  /** The engine's sessions that a document uses: continuing and filling have prompts that begin differently. */
  sessionNames(uri: string): readonly string[] {
    return [uri, `${uri}#fill`, this.questionName(uri), this.repairName(uri)];
  }

  /** Where a comment is a turn of a chat: it begins otherwise than the document. */
  questionName(uri: string): string {
    return `${uri}#question`;
  }

  /** Where a refused statement is tried again: what the document holds stays as it is. */
  repairName(uri: string): string {
    return `${uri}#repair`;
  }

  /** The prompt for a plan at a place, and the engine's session for it. */
  async at(
    uri: string,
    place: Place,
    plan: Plan,
  ): Promise<{ readonly name: string; readonly prompt: Prompt }> {
    const layout = this.#family()?.fillInTheMiddle;
    const before = place.before.slice(0, plan.from);
    if (!plan.fill || !layout) return { name: uri, prompt: await this.plain(before, place.after) };
    const { schema } = this.#host.schemaState();
    const { anchor, prompt } = fillPrompt({
      head: await this.#head(nearby(place.before, place.after)),
      before,
      after: place.after.slice(0, plan.statement.to - place.before.length),
      dialect: schema.dialect,
      budget: this.#documentBudget(),
      layout,
      anchor: this.#anchor,
    });
    this.#anchor = anchor;
    return { name: `${uri}#fill`, prompt };
  }

  /** Schema and text, to be continued. */
  async plain(before: string, after = ''): Promise<Prompt> {
    const { schema } = this.#host.schemaState();
    const head = await this.#head(nearby(before, after));
    const annotation = this.#family()?.annotation ?? 'values';
    const annotate = (statement: string): string => annotateQuestion(statement, schema, annotation);
    return completionPrompt(head, before, before.length, schema.dialect, this.#documentBudget(), annotate);
  }

  /**
   * A comment that asks, for a model of questions: a turn of a chat where it was taught to chat, else the text that it
   * stands in.
   * @param before the document up to the end of the comment, or to where the statement begins
   */
  async question(
    uri: string,
    before: string,
    { question, isOpen }: QuestionAbove,
  ): Promise<{ readonly name: string; readonly prompt: Prompt }> {
    const family = this.#family();
    if (!family?.chat) return { name: uri, prompt: await this.plain(before) };
    const { schema } = this.#host.schemaState();
    const schemaText = await this.schemaText(nearby(before, ''), isOpen ? '' : question);
    const text = question.replace(/\s+/g, ' ').trim();
    const annotation = isOpen ? '' : annotationOf(question, schema, family.annotation);
    const prompt = chatPrompt(family.chat, schema.dialect, schemaText, text + annotation, !isOpen);
    return { name: this.questionName(uri), prompt };
  }

  /** @param question what is asked beside the text; the tables it means are shown first where not all fit */
  async schemaText(mentioned: string, question = ''): Promise<string> {
    const meant = question === '' ? [] : tablesMeant(question, this.#host.schemaState().schema);
    return (await this.#currentSchemaPrompt()).text(mentioned.slice(0, 2 * mentionedCharacters), meant);
  }

  /** Makes the document's share of prompts smaller. @returns false when it cannot get any smaller */
  shorten(): boolean {
    if (this.#budgetScale <= smallestBudgetScale) return false;
    this.#budgetScale /= 2;
    return true;
  }

  async #head(mentioned: string): Promise<Prompt> {
    return schemaHead(await this.schemaText(mentioned), this.#family()?.frame);
  }

  /** Undefined until a model is loaded. */
  #family(): Family | undefined {
    const { status } = this.#host.engine;
    return status.state === 'ready' ? familyOf(status.model) : undefined;
  }

  #documentBudget(): ReturnType<typeof documentBudget> {
    return documentBudget(this.#budget().document * this.#budgetScale);
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

  #budget(): TokenBudget {
    const { status } = this.#host.engine;
    return shareContext(status.state === 'ready' ? status.model.contextTokens : fallbackContextTokens);
  }
}

function nearby(before: string, after: string): string {
  return before.slice(-mentionedCharacters) + after.slice(0, mentionedCharacters);
}
