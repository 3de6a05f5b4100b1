/**
 * The prompt's layout, most stable text first: schema, earlier statements of the document, the statement being
 * typed up to the cursor. Each is a segment of its own, so that a key changes the last one only. Pure text.
 */
import type { Prompt } from '../engine/engine';
import type { Dialect } from '../schema/model';
import { splitStatements } from '../sql/statements/statements';

/** How many characters of the document a prompt holds before the cursor. */
export interface DocumentBudget {
  readonly characters: number;
}

/** Characters a SQL token has on average, on the low side, so that a budget in tokens is not overrun. */
const charactersPerToken = 2.5;

/** How the tokens of one prompt are shared out between schema, document and completion. */
export interface TokenBudget {
  readonly schema: number;
  readonly document: number;
  readonly completion: number;
}

export function shareContext(contextTokens: number): TokenBudget {
  const completion = Math.min(256, Math.floor(contextTokens / 6));
  const document = Math.min(4096, Math.floor(contextTokens / 4));
  return { completion, document, schema: contextTokens - completion - document };
}

export function documentBudget(tokens: number): DocumentBudget {
  return { characters: Math.floor(tokens * charactersPerToken) };
}

/**
 * The prompt for continuing `text` at `offset`.
 * @param head the schema as the model's family wants it (families.ts)
 * @param annotate puts what is known of a statement into it; the same text for the same statement
 */
export function completionPrompt(
  head: Prompt,
  text: string,
  offset: number,
  dialect: Dialect,
  budget: DocumentBudget,
  annotate: (statement: string) => string = (statement) => statement,
): Prompt {
  const start = windowStart(text, offset, dialect, budget);
  const before = text.slice(start, offset);
  // White space between statements belongs to the one behind it, so that the segments in a row are the text.
  const ends = splitStatements(before, dialect)
    .map(({ to }) => to)
    .slice(0, -1);
  const segments = [...ends, before.length].map((end, i) => annotate(before.slice(ends[i - 1] ?? 0, end)));
  return { ...head, segments: [...head.segments, ...segments.filter((segment) => segment.length > 0)] };
}

/**
 * The prompt for a question asked outside the document: a comment below the schema.
 * @param head the schema as the model's family wants it (families.ts)
 * @param annotation what it means in the schema (annotateQuestion.ts); shown once the question is complete
 */
export function questionPrompt(head: Prompt, question: string, complete: boolean, annotation = ''): Prompt {
  // One line: a question must not be able to leave its comment.
  const line = question.replace(/\s+/g, ' ').trim();
  return { ...head, segments: [...head.segments, complete ? `-- ${line}${annotation}\n` : `-- ${line}`] };
}

/**
 * Where the document's window begins. It moves in steps of half a budget, so that it stays where it is while a
 * person types: a window that moved with every key would change the prompt's beginning and void the cache.
 */
export function windowStart(text: string, offset: number, dialect: Dialect, budget: DocumentBudget): number {
  const { characters } = budget;
  if (offset <= characters) return 0;
  const step = Math.max(1, Math.floor(characters / 2));
  const earliest = Math.ceil((offset - characters) / step) * step;
  // `earliest` may lie inside a string or comment. The next beginning of a line is the best guess that does not need
  // the whole of a very large file.
  const lineStart = text.indexOf('\n', earliest) + 1;
  if (lineStart === 0 || lineStart > offset) return Math.min(earliest, offset);
  const rest = text.slice(lineStart, offset);
  const first = splitStatements(rest, dialect)[0];
  // The rest of a statement that began before the window tells the model nothing, unless it is the one being typed.
  return first && first.to < rest.length ? lineStart + first.to : lineStart;
}
