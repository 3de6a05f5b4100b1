/**
 * The prompt for filling in the middle: schema, text before the cursor, text behind it, then what was typed since. The
 * texts before and behind are frozen at an anchor, and what is typed goes behind the last special token. So a key costs its
 * own tokens although text follows the cursor. Pure text.
 */
import type { Prompt } from '../engine/engine';
import type { Dialect } from '../schema/model';
import { fillingPrompt, type FillInTheMiddle } from './families';
import { completionPrompt, type DocumentBudget } from './layout';

/** Where the middle began: typing from there on extends the prompt. */
export interface Anchor {
  readonly before: string;
  readonly after: string;
}

/** A longer middle becomes part of the text before: models are trained on short ones. */
const longestMiddle = 400;
/** The model sees so many characters behind the cursor. */
const longestSuffix = 2000;

export interface FillInput {
  /** The schema as the model's family wants it. */
  readonly head: Prompt;
  /** The document up to where generation begins. */
  readonly before: string;
  /** The rest of the statement. */
  readonly after: string;
  readonly dialect: Dialect;
  readonly budget: DocumentBudget;
  /** How the model's family wants it. */
  readonly layout: FillInTheMiddle;
  /** The anchor of the last prompt; kept while the edit stays behind it. */
  readonly anchor: Anchor | undefined;
}

export function fillPrompt(input: FillInput): { readonly anchor: Anchor; readonly prompt: Prompt } {
  const { head, before, after, dialect, budget, layout } = input;
  const anchor = input.anchor && holds(input.anchor, before, after) ? input.anchor : { before, after };
  const suffix = after.slice(0, Math.min(longestSuffix, Math.floor(budget.characters / 4)));
  const text = completionPrompt({ segments: [] }, anchor.before, anchor.before.length, dialect, {
    characters: budget.characters - suffix.length,
  });
  const middle = before.slice(anchor.before.length);
  return { anchor, prompt: fillingPrompt(layout, head, text.segments, suffix, middle) };
}

function holds(anchor: Anchor, before: string, after: string): boolean {
  return (
    anchor.after === after &&
    before.startsWith(anchor.before) &&
    before.length - anchor.before.length <= longestMiddle
  );
}
