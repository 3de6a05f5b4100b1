/** Cuts a generated text to the part that may be shown: no invented names, no half words, nothing that stands behind the cursor. Pure. */
import type { Completion } from '../engine/engine';
import type { Dialect, Schema } from '../schema/model';
import { functionsOf, keywordsOf } from '../sql/keywords';
import type { Statement } from '../sql/statements/statements';
import { tokenize } from '../sql/tokens';
import { Legality } from '../legality/legality';

export interface PresentableInput {
  /** The document before and after the cursor. */
  readonly text: string;
  readonly offset: number;
  readonly statement: Statement;
  readonly completion: string;
  /** Why generation ended; at a limit the last word may be half a word. */
  readonly end: Completion['end'];
  readonly schema: Schema;
  readonly dialect: Dialect;
  /** The rest of the statement follows: it may need what is left hanging here, as `id, ` before `total`. Default false. */
  readonly fill?: boolean;
}

/**
 * The part of a completion that is worth showing; empty when nothing is left.
 */
export function presentable(input: PresentableInput): string {
  let completion = input.completion;
  // A completion that begins with a blank line says that the statement is finished.
  if (/^\s*\n\s*\n/.test(completion)) return '';
  if (input.end === 'limit' || input.end === 'context-full') completion = withoutHalfWord(completion);
  completion = withoutInvented(input, completion);
  if (!input.fill && input.end !== 'stop' && input.end !== 'end-of-text')
    completion = withoutInvented(input, brokenOff(input, completion));
  completion = withoutBareFunction(input, completion);
  completion = withoutSuffix(completion, input.text.slice(input.offset));
  if (!input.fill) completion = completion.trimEnd();
  // A lone mark or bracket helps nobody.
  return /[\p{L}\p{N}*]/u.test(completion) || completion.trim() === ';' ? completion : '';
}

/** Cuts back behind the last character that is no part of a word. */
function withoutHalfWord(completion: string): string {
  return completion.replace(/[\p{L}\p{N}_$]+$/u, '');
}

/** Cuts before the first name that is neither in the schema nor introduced by the text, and before the first broken rule. */
function withoutInvented(input: PresentableInput, completion: string): string {
  const { text, offset, statement, schema, dialect } = input;
  const before = text.slice(statement.from, offset);
  const after = text.slice(offset, statement.to);
  const start = before.search(/[\p{L}\p{N}_$]*$/u);
  const legality = new Legality(before.slice(0, start), after, schema, before.slice(start));
  let whole = before + completion;
  while (whole.length > before.length) {
    // The space ends the last name: the shown text must be right as it stands.
    const problem = legality.firstProblem(`${whole} `);
    if (problem === undefined) break;
    const end = problem > before.length ? problem : lastTokenStart(whole, dialect);
    whole = cutBackToSense(whole.slice(0, end), dialect);
  }
  return whole.slice(before.length);
}

/**
 * For a generation that broke off: cuts before a bracket that it opened and did not close, together with the function before
 * the bracket, and takes dangling words and marks off the end.
 */
function brokenOff({ text, offset, statement, dialect }: PresentableInput, completion: string): string {
  const before = text.slice(statement.from, offset);
  const whole = before + completion;
  const open: number[] = [];
  const tokens = tokenize(whole, dialect);
  for (const [i, token] of tokens.entries()) {
    const mark = whole.slice(token.from, token.to);
    if (mark === '(')
      open.push(tokens[i - 1]?.kind === 'word' ? (tokens[i - 1]?.from ?? token.from) : token.from);
    else if (mark === ')') open.pop();
  }
  const end = open.find((from) => from >= before.length) ?? whole.length;
  return cutBackToSense(whole.slice(0, end), dialect).slice(before.length);
}

/** Cuts a function's name off the end: without its bracket it reads as a column, and no column has that name. */
function withoutBareFunction(input: PresentableInput, completion: string): string {
  const { text, offset, statement, schema, dialect } = input;
  const before = text.slice(statement.from, offset);
  const whole = before + completion;
  const [previous, last] = tokenize(whole, dialect)
    .filter(({ kind }) => kind !== 'whitespace')
    .slice(-2);
  if (last?.kind !== 'word' || last.from < before.length || /^\s*\(/.test(text.slice(offset)))
    return completion;
  const name = whole.slice(last.from).trim().toLowerCase();
  const introduced = /^(?:as|\.)$/i.test(whole.slice(previous?.from, previous?.to));
  const isFunction = functionsOf(dialect).has(name) && !keywordsOf(dialect).has(name);
  const isColumn = schema.tables.some(({ columns }) =>
    columns.some((column) => column.name.toLowerCase() === name),
  );
  if (!isFunction || introduced || isColumn) return completion;
  return cutBackToSense(whole.slice(0, last.from), dialect).slice(before.length);
}

function lastTokenStart(text: string, dialect: Dialect): number {
  return tokenize(text, dialect).findLast((token) => token.kind !== 'whitespace')?.from ?? 0;
}

/** Words that cannot end a text, because a cut took away what follows them. */
const danglingWord =
  /^(?:as|on|and|or|not|by|from|join|left|right|inner|outer|full|cross|where|having|group|order|in|like|between|is|set|into|using|case|when|then|else|union|all|distinct)$/i;
const danglingMark = new Set([
  ',',
  '.',
  '(',
  '=',
  '<',
  '>',
  '<=',
  '>=',
  '<>',
  '!=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
]);

/** Takes dangling joins, commas and operators off the end of a cut text. */
export function cutBackToSense(text: string, dialect: Dialect): string {
  const tokens = tokenize(text, dialect).filter(
    (token) => token.kind !== 'whitespace' && token.kind !== 'comment',
  );
  let end = text.length;
  for (let token = tokens.pop(); token; token = tokens.pop()) {
    const word = text.slice(token.from, token.to);
    if (!danglingMark.has(word) && !danglingWord.test(word)) {
      end = token.to;
      break;
    }
    // A qualifier goes with its dot.
    end = (word === '.' ? tokens.pop() : undefined)?.from ?? token.from;
  }
  return text.slice(0, end);
}

/** Takes off what the text behind the cursor repeats, e.g. a bracket the editor closed by itself. */
function withoutSuffix(completion: string, after: string): string {
  const line = after.split(/\r?\n/, 1)[0] ?? '';
  const suffix = line.trim();
  if (suffix.length > 0 && completion.endsWith(suffix)) return completion.slice(0, -suffix.length);
  return completion;
}
