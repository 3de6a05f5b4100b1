/** The statement shown under a question: kept only as long as it belongs to the question in the box. No VS Code here. */

export class QuestionAnswer {
  #question = '';
  #sql: string | undefined;

  /** The question is another one: what was shown no longer belongs to it. */
  ask(question: string): void {
    this.#question = question;
    this.#sql = undefined;
  }

  /** @returns false for the answer to a question that is no longer asked */
  take(question: string, sql: string | null): boolean {
    if (question !== this.#question) return false;
    this.#sql = sql ?? undefined;
    return true;
  }

  /** The statement for the question in the box, once it is there. */
  get sql(): string | undefined {
    return this.#sql;
  }
}

/** A statement as one line, to be looked at only. */
export function oneLine(sql: string): string {
  return sql.replace(/\s*\n\s*/g, ' ').trim();
}
