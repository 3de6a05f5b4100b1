/** What the question box offers under a question. No VS Code here. */
import type { AskAnswer, OfferedStatement } from '../../server/src/protocol';

/** What is known of the question in the box. */
export class QuestionAnswer {
  #question = '';
  #answer: AskAnswer | null | undefined;

  /** The question in the box changed: forget the statement for the old one. */
  ask(question: string): void {
    this.#question = question;
    this.#answer = undefined;
  }

  /** @returns false when the answer belongs to an older question */
  take(question: string, answer: AskAnswer | null): boolean {
    if (question !== this.#question) return false;
    this.#answer = answer;
    return true;
  }

  /** The answer to the question in the box: null when there is none, undefined until that is known. */
  get answer(): AskAnswer | null | undefined {
    return this.#answer;
  }
}

/** One entry of the list under the question. */
export type Choice =
  | { readonly kind: 'statement'; readonly label: string; readonly detail: string; readonly sql: string }
  /** Where statements of another standing begin. */
  | { readonly kind: 'heading'; readonly label: string }
  /** Says how it stands; choosing it waits for the answer, or does nothing. */
  | { readonly kind: 'notice'; readonly label: string; readonly detail: string };

/** The list under the question. What stands first is what Enter takes. */
export function choicesOf(answer: AskAnswer | null | undefined, noAnswer: string): readonly Choice[] {
  if (answer === undefined)
    return [
      { kind: 'notice', label: 'Writing a statement…', detail: 'Enter inserts it as soon as it is there.' },
    ];
  if (answer === null) return [{ kind: 'notice', label: 'No answer', detail: noAnswer }];
  const statements = answer.statements.map(choiceOf);
  const [first, ...others] = statements;
  if (answer.isSure && first)
    return others.length === 0 ? [first] : [first, { kind: 'heading', label: 'or, less likely' }, ...others];
  return [
    {
      kind: 'notice',
      label: 'No answer I would stand for',
      detail: 'Say it with the names of tables, columns and values, or take what came nearest.',
    },
    { kind: 'heading', label: 'insert anyway' },
    // The box leaves headings out while something is typed.
    ...answer.statements.map((one) => ({ ...choiceOf(one), detail: `Insert anyway: ${one.words}` })),
  ];
}

function choiceOf({ sql, words }: OfferedStatement): Choice {
  return { kind: 'statement', label: oneLine(sql), detail: words, sql };
}

/** A statement on one line, for display only. */
export function oneLine(sql: string): string {
  return sql.replace(/\s*\n\s*/g, ' ').trim();
}
