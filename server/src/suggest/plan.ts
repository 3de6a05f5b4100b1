/**
 * Plans ghost text: what to generate at a place, and which part of the generated text is shown. Pure: (place, schema) → plan,
 * (plan, completion) → text. Knows no LSP and no engine process; anticipate/session.ts decides when to generate.
 */
import { legalChoice, wordStart } from './choose';
import type { Place } from './place';
import { presentable } from './presentable';
import { stopRules, type Reach } from './stopRules';
import { withoutRepeatedTokens, withoutRepetition } from './suffix';
import type { Choose, CompleteOptions, Completion } from '../engine/engine';
import type { Schema } from '../schema/model';
import { perSchema } from '../schema/perSchema';
import type { Dialect } from '../sql/dialect';
import { scopeAt, type Clause } from '../sql/shape/scope';
import { innermostStatementAt, routineNames } from '../sql/statements/routines';
import { isClientLine, type Statement } from '../sql/statements/statements';
import { tokenize } from '../sql/tokens';

export interface Plan {
  /** The statement being typed, in before + after. */
  readonly statement: Statement;
  /** Where generation begins in `before`: its end, or the start of the word that is being typed. */
  readonly from: number;
  /** before.slice(from): generation is held to begin with it (token healing). */
  readonly typed: string;
  readonly reach: Reach;
  readonly options: CompleteOptions;
  readonly choose: Choose;
  /** With the variables of the routine around the statement. */
  readonly schema: Schema;
  /** True where text follows that the completion must lead to: the middle is filled in. */
  readonly fill: boolean;
}

export interface PlanOptions {
  /** Tokens one line may have. */
  readonly maxTokens: number;
  /** The model knows how to fill in the middle. */
  readonly canFill: boolean;
  /** The text before ends with whole words: it was decoded, not typed. */
  readonly whole?: boolean;
}

/** A longer statement, in characters, gets no ghost text: the rules read it again for each token. */
const largestStatement = 32 * 1024;

/** What to generate at the place; undefined where nothing should be shown. */
export function planCompletion(place: Place, schema: Schema, options: PlanOptions): Plan | undefined {
  const { before, after, dialect } = place;
  const { maxTokens, canFill, whole = false } = options;
  const text = before + after;
  const offset = before.length;
  if (isInsideWord(before, after)) return undefined;
  const lineOpen = lineIsOpen(after);
  if (!lineOpen && !canFill) return undefined;
  const statement = innermostStatementAt(text, offset, dialect);
  if (statement.to - statement.from > largestStatement || isClientLine(text, statement, dialect))
    return undefined;
  // The quotes that the editor closed by itself are not counted, so a string that is open here is being typed.
  const scope = scopeAt(text, statement, offset, dialect);
  if (scope.insideComment || (scope.insideString && after !== '' && !lineOpen)) return undefined;
  if (scope.insideString && closesInString(text, statement, offset)) return undefined;
  if (isNoPlaceForQuery(text, statement, offset, scope.clause, dialect)) return undefined;
  const reach = reachAt(text, statement, offset);
  if (reach === undefined) return undefined;
  const word = before.slice(statement.from);
  const start = statement.from + wordStart(word);
  const from = !whole && /^[\p{L}_]/u.test(before.slice(start)) ? start : offset;
  const typed = before.slice(from);
  const rules = stopRules('line', maxTokens);
  const known = withVariables(schema, routineNames(text, offset, dialect));
  const rest = text.slice(offset, statement.to);
  const fill = canFill && /[\p{L}\p{N}]/u.test(rest);
  return {
    statement,
    from,
    typed,
    reach,
    // Generation repeats what is typed first; the end of the line counts only behind that.
    options: typed === '' ? rules : { ...rules, stopBefore: [], mustBegin: typed },
    choose: untilLineEnd(
      typed,
      legalChoice({
        before: before.slice(statement.from, from),
        typed,
        after: rest,
        schema: known,
        dialect,
        fill,
      }),
    ),
    schema: known,
    fill,
  };
}

/** The part of a completion that is shown at the place; empty when nothing is worth showing. */
export function shownText(
  place: Place,
  plan: Plan,
  { text: generated, end }: Pick<Completion, 'text' | 'end'>,
): string {
  // The model could not continue the typed word.
  if (!generated.startsWith(plan.typed)) return '';
  const line = generated.slice(plan.typed.length, lineEnd(generated, plan.typed.length));
  const text = place.before + place.after;
  const shown = presentable({
    text,
    offset: place.before.length,
    statement: plan.statement,
    completion: withoutRepeatedTokens(
      withoutRepetition(line, place.after),
      text.slice(place.before.length, Math.max(place.before.length, plan.statement.to)),
      place.dialect,
    ),
    end: line.length < generated.length - plan.typed.length ? 'stop' : end,
    fill: plan.fill,
    schema: plan.schema,
    dialect: place.dialect,
  });
  // In the middle, suggestionAt sees to the blank before the rest.
  return plan.fill ? shown : joined(place, generated, shown);
}

/** The schema with the variables. Made once for each set of names, because indexes are derived from a schema and kept with it. */
function withVariables(schema: Schema, variables: readonly string[]): Schema {
  if (variables.length === 0) return schema;
  const known = extended(schema);
  const key = variables.join(' ');
  if (known.key !== key) Object.assign(known, { key, schema: { ...schema, variables } });
  return known.schema;
}

const extended = perSchema((schema) => ({ key: '', schema }));

/** The caller's choice up to the end of the line that follows `typed`. */
function untilLineEnd(typed: string, choose: Choose): Choose {
  if (typed === '') return choose;
  return (generated, candidates, logProbabilities) =>
    lineEnd(generated, typed.length) < generated.length
      ? undefined
      : choose(generated, candidates, logProbabilities);
}

/** Where the line ends that has text behind `from`; the text's length where it does not. */
function lineEnd(text: string, from: number): number {
  const begins = text.slice(from).search(/\S/);
  const end = begins < 0 ? -1 : text.indexOf('\n', from + begins);
  return end < 0 ? text.length : end;
}

/** Puts a space before a word that follows. A suggestion that would run into that word is not shown. */
function joined({ after }: Place, generated: string, shown: string): string {
  if (shown === '' || !/[\p{L}\p{N}_$]$/u.test(shown) || !/^[\p{L}\p{N}_$'"`[]/u.test(after)) return shown;
  // Only when the model itself wrote a space: else it stopped in the middle of a word.
  return /\s$/.test(generated) || generated.includes(`${shown} `) ? `${shown} ` : '';
}

/** Statements that are no query and hold none: nothing that the model knows of the schema belongs there. */
const administers =
  /^(?:pragma|use|attach|detach|set|reset|show|describe|desc|vacuum|analyze|lock|unlock|grant|revoke|copy|begin|start|commit|rollback|savepoint|release|call|kill|load|install|import|export|checkpoint|comment|listen|notify|unlisten|reindex|cluster|discard|deallocate|prepare|drop|truncate|rename|go|exec|execute)$/;

/**
 * True where no part of a query is written: in the words of a statement that administers or defines something, outside the
 * query that it may hold, and behind the mark that begins a placeholder (`:`, `$`).
 */
function isNoPlaceForQuery(
  text: string,
  statement: Statement,
  offset: number,
  clause: Clause,
  dialect: Dialect,
): boolean {
  const before = text.slice(statement.from, offset);
  const tokens = tokenize(before, dialect).filter(({ kind }) => kind !== 'whitespace' && kind !== 'comment');
  const last = tokens.at(-1);
  if (last && last.to === before.length) {
    if (last.kind === 'parameter' || last.kind === 'placeholder' || last.kind === 'command') return true;
    if (/^[:$@?#{\\]$/.test(before.slice(last.from))) return true;
  }
  const [first] = tokens;
  if (!first || first.to === before.length) return false;
  const word = before.slice(first.from, first.to).toLowerCase();
  if (administers.test(word)) return true;
  return /^(?:create|alter)$/.test(word) && (clause === 'ddl' || clause === 'none');
}

function isInsideWord(before: string, after: string): boolean {
  return /[\p{L}\p{N}_$]$/u.test(before) && /^[\p{L}\p{N}_$]/u.test(after);
}

/** True when a finished string holds the cursor, so that what follows belongs to it. */
function closesInString(text: string, statement: Statement, offset: number): boolean {
  const line = text.slice(offset, statement.to).split('\n', 1)[0] ?? '';
  return /['"]/.test(line);
}

/** True when nothing but closing brackets, quotes, commas or a semicolon follows on the line. */
function lineIsOpen(after: string): boolean {
  const end = after.indexOf('\n');
  return /^[\s)\]"'`;,]*$/.test(end < 0 ? after : after.slice(0, end));
}

/** Below a comment the whole statement is wanted, within a statement the rest of the line, elsewhere nothing. */
function reachAt(text: string, statement: Statement, offset: number): Reach | undefined {
  const before = text.slice(statement.from, offset);
  const code = withoutComments(before).trim();
  // A comment is about to begin.
  if (code === '-' || code === '/') return undefined;
  if (code.length > 0) return 'line';
  return before.trim().length > 0 ? 'statement' : undefined;
}

function withoutComments(text: string): string {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, ' ');
}
