/**
 * Statements within the body of a trigger, function, procedure, event or DO block: BEGIN … END or a dollar-quoted
 * text. Finds where they stand; control flow around them (IF, LOOP, assignments) is passed over.
 */
import type { Dialect } from '../schema/model';
import { statementAt, statementTokens, type Statement } from './statements';
import type { Token } from './tokens';

export interface Routine {
  /** The statement up to its body, or whole where the body is a dollar-quoted text. */
  readonly head: Statement;
  /** Statements of the body, in order; each begins with the word that makes it one. */
  readonly body: readonly Statement[];
  /** Whether names alone may be variables of the routine; a trigger of SQLite has none. */
  readonly hasVariables: boolean;
}

const kinds = new Set(['trigger', 'procedure', 'proc', 'function', 'event']);
const starters = new Set(['select', 'with', 'insert', 'update', 'delete', 'merge', 'replace', 'values']);

/** The routine that the statement defines or runs; undefined where it is none or has no body. */
export function routineOf(text: string, statement: Statement, dialect: Dialect): Routine | undefined {
  const first = /\s*(\w+)/y.exec(text.slice(statement.from, statement.from + 200))?.[1]?.toLowerCase();
  // A comment may stand in front; whatever it is, only these words begin a routine.
  if (first !== undefined && first !== 'create' && first !== 'do' && first !== 'alter') return undefined;
  const tokens = statementTokens(text, statement, dialect);
  const word = (i: number): string => wordOf(text, tokens[i]);
  if (word(0) === 'do') {
    const body = dollarBodies(text, tokens, dialect);
    return body.length === 0 ? undefined : { head: statement, body, hasVariables: true };
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
      hasVariables: false,
    };
  }
  if (begin < 0) {
    const body = dollarBodies(text, tokens, dialect);
    return body.length === 0 ? undefined : { head: statement, body, hasVariables };
  }
  const head = { from: statement.from, to: tokens[begin]?.from ?? statement.to };
  return { head, body: statementsIn(text, tokens.slice(begin + 1)), hasVariables };
}

/** The statement the cursor is in as statementAt tells it; in the body of a routine the one of the body. */
export function innermostStatementAt(text: string, offset: number, dialect: Dialect): Statement {
  const statement = statementAt(text, offset, dialect);
  const inner = routineOf(text, statement, dialect)?.body.findLast(({ from }) => from <= offset);
  if (inner === undefined) return statement;
  // Between its end and the cursor may be white space: what is typed there goes on with it.
  if (text.slice(inner.to, offset).trim() !== '') return statement;
  return { from: inner.from, to: Math.max(inner.to, offset) };
}

function wordOf(text: string, token: Token | undefined): string {
  return token?.kind === 'word'
    ? text.slice(token.from, Math.min(token.to, token.from + 32)).toLowerCase()
    : '';
}

function dollarBodies(text: string, tokens: readonly Token[], dialect: Dialect): Statement[] {
  return tokens.flatMap((token) => {
    const tag =
      token.kind === 'string' ? /\$[^$']*\$/y.exec(text.slice(token.from, token.to))?.[0] : undefined;
    if (tag === undefined) return [];
    const from = token.from + tag.length;
    const to = token.closed ? token.to - tag.length : token.to;
    return statementsIn(text, statementTokens(text, { from, to }, dialect));
  });
}

/** Words behind which another statement begins. */
const opens = new Set(['begin', 'then', 'else', 'loop', 'do', 'declare', 'repeat', 'try', 'catch']);

function statementsIn(text: string, tokens: readonly Token[]): Statement[] {
  const found: Statement[] = [];
  let start = 0;
  let cases = 0;
  let depth = 0;
  const end = (i: number) => {
    let k = start;
    while (k < i && !starters.has(wordOf(text, tokens[k]))) k++;
    const [from, to] = [tokens[k]?.from, tokens[i - 1]?.to];
    if (k < i && from !== undefined && to !== undefined) found.push({ from, to });
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
  return found;
}

/** THEN of MERGE and DO of ON CONFLICT go on within their statement. */
function isPartOfStatement(text: string, tokens: readonly Token[], start: number, i: number): boolean {
  const words = tokens.slice(start, i).map((token) => wordOf(text, token));
  return words.includes('merge') || words.includes('conflict');
}
