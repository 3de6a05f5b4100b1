/**
 * Ghost text: (text, cursor, schema) and a way to continue a prompt → the text to insert, or nothing.
 * Knows no LSP and no engine process.
 */
import { legalChoice, wordStart } from '../anticipate/constraint';
import { presentable, stopRules, type Reach } from '../anticipate/stop';
import type { Choose, CompleteOptions, Completion } from '../engine/engine';
import type { Dialect, Schema } from '../schema/model';
import { scopeAt } from '../sql/scope';
import { statementAt, type Statement } from '../sql/statements';

export interface InlineCompletionInput {
  readonly text: string;
  readonly offset: number;
  readonly schema: Schema;
  readonly dialect: Dialect;
  /** Tokens a one-line completion may have. */
  readonly maxTokens: number;
}

/** Continues the document's text up to `offset`. */
export type Continue = (offset: number, options: CompleteOptions, choose: Choose) => Promise<Completion>;

/** @returns the text to insert at the cursor, or undefined when nothing should be shown. */
export async function inlineCompletion(
  input: InlineCompletionInput,
  complete: Continue,
): Promise<string | undefined> {
  const { text, offset, dialect } = input;
  if (!lineIsOpen(text, offset)) return undefined;
  const statement = statementAt(text, offset, dialect);
  const scope = scopeAt(text, statement, offset, dialect);
  if (scope.insideComment || scope.insideString) return undefined;
  const reach = reachAt(text, statement, offset);
  if (reach === undefined) return undefined;
  const rules = stopRules(reach, input.maxTokens);
  const completion =
    (await healed(input, statement, rules, complete)) ??
    (await continued(input, statement, offset, rules, complete));
  const shown = presentable({ ...input, statement, completion: completion.text, end: completion.end });
  return shown.length > 0 ? shown : undefined;
}

/**
 * Token healing: a word cut by the cursor has other tokens than the whole word, so the model is asked from the word's
 * start and held to what is typed. Undefined where there is no word, or the model cannot reproduce it.
 */
async function healed(
  input: InlineCompletionInput,
  statement: Statement,
  rules: CompleteOptions,
  complete: Continue,
): Promise<Completion | undefined> {
  const { text, offset } = input;
  const before = text.slice(statement.from, offset);
  const start = statement.from + wordStart(before);
  const typed = text.slice(start, offset);
  if (!/^[\p{L}_]/u.test(typed)) return undefined;
  const completion = await continued(input, statement, start, rules, complete);
  if (!completion.text.startsWith(typed)) return undefined;
  return { ...completion, text: completion.text.slice(typed.length) };
}

function continued(
  { text, offset, schema, dialect }: InlineCompletionInput,
  statement: Statement,
  start: number,
  rules: CompleteOptions,
  complete: Continue,
): Promise<Completion> {
  const choose = legalChoice({
    before: text.slice(statement.from, start),
    typed: text.slice(start, offset),
    after: text.slice(offset, statement.to),
    schema,
    dialect,
  });
  return complete(start, rules, choose);
}

/** True when nothing but closing brackets, quotes, commas or a semicolon follows on the line. */
function lineIsOpen(text: string, offset: number): boolean {
  const end = text.indexOf('\n', offset);
  return /^[\s)\]"'`;,]*$/.test(text.slice(offset, end < 0 ? undefined : end));
}

/** Under a comment the whole statement is wanted; in an empty place without one, nothing. */
function reachAt(text: string, statement: Statement, offset: number): Reach | undefined {
  const before = text.slice(statement.from, offset);
  const code = withoutComments(before).trim();
  if (code.length > 0) return 'line';
  return before.trim().length > 0 ? 'statement' : undefined;
}

function withoutComments(text: string): string {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, ' ');
}
