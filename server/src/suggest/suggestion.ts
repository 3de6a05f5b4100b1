/** What is put in at a place. A type; no logic. */

/** A text to insert at a place, and how many characters behind the cursor it stands for. */
export interface Suggestion {
  readonly text: string;
  readonly replaced: number;
}
