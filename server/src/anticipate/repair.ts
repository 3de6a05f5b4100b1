/** What a model is told of a statement that the database refused: the error, as a comment under the statement. Pure. */

/** What is put behind the statement; a corrected one is expected to follow. Of one line, whatever the message holds. */
export function refusal(message: string): string {
  return `\n\n-- The statement above fails: ${message.replace(/\s+/g, ' ')}\n`;
}
