/**
 * Finds the statements in the body of a trigger, function, procedure, event or DO block: BEGIN … END, or a
 * dollar-quoted text. Control flow around them (IF, LOOP, assignments) is skipped.
 */
import type { Dialect } from '../dialect';
import { statementAt, statementTokens, type Statement } from './statements';
import { keywordsOf } from '../keywords';
import { identifierName, type Token } from '../tokens';

export interface Routine {
  /** The statement up to its body; all of it when the body is a dollar-quoted text. */
  readonly head: Statement;
  /** Statements of the body, in order. Each begins with its first word. */
  readonly body: readonly Statement[];
  /** The text around them in the routine's own language (IF, assignments), in order. */
  readonly control: readonly Statement[];
  /** Where the body is. */
  readonly within: readonly Statement[];
  /** True when an unqualified name may be a variable of the routine. SQLite's triggers have none. */
  readonly hasVariables: boolean;
}

const kinds = new Set(['trigger', 'procedure', 'proc', 'function', 'event']);
const starters = new Set(['select', 'with', 'insert', 'update', 'delete', 'merge', 'replace', 'values']);

/** The routine that the statement defines or runs; undefined when it is none, or has no body. */
export function routineOf(text: string, statement: Statement, dialect: Dialect): Routine | undefined {
  const first = /\s*(\w+)/y.exec(text.slice(statement.from, statement.from + 200))?.[1]?.toLowerCase();
  // A comment may come first. Behind it only these words begin a routine.
  if (first !== undefined && first !== 'create' && first !== 'do' && first !== 'alter') return undefined;
  const tokens = statementTokens(text, statement, dialect);
  const word = (i: number): string => wordOf(text, tokens[i]);
  if (word(0) === 'do') {
    return dollarRoutine(text, statement, tokens, dialect, true);
  }
  if (word(0) !== 'create' && word(0) !== 'alter') return undefined;
  let kind = 1;
  while (kind < 12 && kind < tokens.length && !kinds.has(word(kind))) kind++;
  if (!kinds.has(word(kind))) return undefined;
  const hasVariables = dialect !== 'sqlite';
  const begin = tokens.findIndex((_, i) => i > kind && word(i) === 'begin');
  const row = tokens.findIndex((_, i) => i > kind && word(i) === 'row' && starters.has(word(i + 1)));
  if (begin < 0 && row >= 0) {
    const from = tokens[row + 1]?.from ?? statement.to;
    return {
      head: { from: statement.from, to: from },
      body: [{ from, to: statement.to }],
      control: [],
      within: [],
      hasVariables: false,
    };
  }
  if (begin < 0) return dollarRoutine(text, statement, tokens, dialect, hasVariables);
  const head = { from: statement.from, to: tokens[begin]?.from ?? statement.to };
  const last = tokens.length - 1;
  const from = tokens[begin]?.to ?? statement.to;
  // Behind the END that closes the body the routine is over.
  const isEnded = tokens.findLastIndex((_, i) => word(i) === 'end') >= last - 1 && last > begin;
  const to = isEnded ? (tokens.findLast((_, i) => word(i) === 'end')?.from ?? statement.to) : statement.to;
  return { head, ...partsIn(text, tokens.slice(begin + 1)), within: [{ from, to }], hasVariables };
}

/** A place inside a routine's body. */
export interface RoutinePart {
  /** The statement, or the text of the routine's own language, around the place. Empty between them. */
  readonly range: Statement;
  readonly isStatement: boolean;
}

/** The part of a routine's body that the cursor is in; undefined outside of bodies. */
export function routinePartAt(text: string, offset: number, dialect: Dialect): RoutinePart | undefined {
  const routine = routineOf(text, statementAt(text, offset, dialect), dialect);
  if (routine === undefined) return undefined;
  const reaches = (parts: readonly Statement[]): Statement | undefined => {
    const part = parts.findLast(({ from }) => from <= offset);
    // With only white space between its end and the cursor, the person goes on with it.
    if (part === undefined || text.slice(part.to, offset).trim() !== '') return undefined;
    return { from: part.from, to: Math.max(part.to, offset) };
  };
  const statement = reaches(routine.body);
  if (statement !== undefined) return { range: statement, isStatement: true };
  if (!routine.within.some(({ from, to }) => from <= offset && offset <= to)) return undefined;
  return { range: reaches(routine.control) ?? { from: offset, to: offset }, isStatement: false };
}

/** The statement that the cursor is in, as from statementAt; in a routine's body the statement of the body. */
export function innermostStatementAt(text: string, offset: number, dialect: Dialect): Statement {
  const part = routinePartAt(text, offset, dialect);
  return part?.isStatement === true ? part.range : statementAt(text, offset, dialect);
}

/** Lower-case names outside the statements of the routine around the cursor. Its variables are among them. */
export function routineNames(text: string, offset: number, dialect: Dialect): readonly string[] {
  const statement = statementAt(text, offset, dialect);
  const routine = routineOf(text, statement, dialect);
  if (routine?.hasVariables !== true) return [];
  const names = [routine.head, ...routine.control].flatMap((range) =>
    statementTokens(text, range, dialect)
      .filter(({ kind }) => kind === 'word' || kind === 'quoted')
      .map((token) => identifierName(token, text).toLowerCase()),
  );
  return [...new Set(names)].filter((name) => !keywordsOf(dialect).has(name));
}

function wordOf(text: string, token: Token | undefined): string {
  return token?.kind === 'word'
    ? text.slice(token.from, Math.min(token.to, token.from + 32)).toLowerCase()
    : '';
}

function dollarRoutine(
  text: string,
  head: Statement,
  tokens: readonly Token[],
  dialect: Dialect,
  hasVariables: boolean,
): Routine | undefined {
  const within = tokens.flatMap((token) => {
    const tag =
      token.kind === 'string' ? /\$[^$']*\$/y.exec(text.slice(token.from, token.to))?.[0] : undefined;
    if (tag === undefined) return [];
    return [{ from: token.from + tag.length, to: token.closed ? token.to - tag.length : token.to }];
  });
  if (within.length === 0) return undefined;
  const parts = within.map((body) => partsIn(text, statementTokens(text, body, dialect)));
  return {
    head,
    body: parts.flatMap(({ body }) => body),
    control: parts.flatMap(({ control }) => control),
    within,
    hasVariables,
  };
}

/** Behind these words another statement begins. */
const opens = new Set(['begin', 'then', 'else', 'loop', 'do', 'declare', 'repeat', 'try', 'catch']);

function partsIn(text: string, tokens: readonly Token[]): Pick<Routine, 'body' | 'control'> {
  const body: Statement[] = [];
  const control: Statement[] = [];
  let start = 0;
  let cases = 0;
  let depth = 0;
  const end = (i: number) => {
    let k = start;
    while (k < i && !starters.has(wordOf(text, tokens[k]))) k++;
    const [first, last] = [tokens[start], tokens[i - 1]];
    const begun = tokens[k];
    if (k < i && begun !== undefined && last !== undefined) body.push({ from: begun.from, to: last.to });
    const before = tokens[k - 1];
    if (k > start && first !== undefined && before !== undefined)
      control.push({ from: first.from, to: before.to });
    start = i + 1;
  };
  for (const [i, token] of tokens.entries()) {
    const word = wordOf(text, token);
    const ch = token.kind === 'punctuation' ? text.charAt(token.from) : '';
    if (ch === '(') depth++;
    else if (ch === ')') depth = Math.max(0, depth - 1);
    else if (ch === ';') {
      end(i);
      depth = cases = 0;
    } else if (word === 'case') cases++;
    else if (word === 'end' && cases > 0) cases--;
    else if (depth === 0 && cases === 0 && opens.has(word) && !isPartOfStatement(text, tokens, start, i))
      end(i);
  }
  end(tokens.length);
  return { body, control };
}

/** True for the THEN of MERGE and the DO of ON CONFLICT, behind which their statement goes on. */
function isPartOfStatement(text: string, tokens: readonly Token[], start: number, i: number): boolean {
  const words = tokens.slice(start, i).map((token) => wordOf(text, token));
  return words.includes('merge') || words.includes('conflict');
}
