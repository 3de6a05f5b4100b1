/**
 * The statement that is shown under a question. It is dropped as soon as the question in the box changes. No VS Code
 * here.
 */

export class QuestionAnswer {
  #question = '';
  #sql: string | undefined;

  /** The question in the box changed: forget the statement for the old one. */
  ask(question: string): void {
    this.#question = question;
    this.#sql = undefined;
  }

  /** @returns false when the answer belongs to an older question */
  take(question: string, sql: string | null): boolean {
    if (question !== this.#question) return false;
    this.#sql = sql ?? undefined;
    return true;
  }

  /** The statement for the question in the box; undefined until it is there. */
  get sql(): string | undefined {
    return this.#sql;
  }
}

/** A statement on one line, for display only. */
export function oneLine(sql: string): string {
  return sql.replace(/\s*\n\s*/g, ' ').trim();
}
