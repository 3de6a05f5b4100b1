/** Finds what can be folded: statements, parentheses over several lines, comments and marked regions. */
import type { Dialect } from '../schema/model';
import { isClientLine, splitStatements, type Statement } from '../sql/statements/statements';
import { significant, tokenize, type Token } from '../sql/tokens';

/** Offsets of the first and the last character of the fold. The lines behind the first one are hidden. */
export interface Fold {
  readonly from: number;
  readonly to: number;
  readonly kind: 'statement' | 'parenthesis' | 'comment' | 'region';
}

/** The folds in order of their beginning. Each covers at least two lines. */
export function folds(text: string, dialect: Dialect): Fold[] {
  const found: Fold[] = [];
  const statements = splitStatements(text, dialect);
  const tokens = tokensToFold(text, statements, dialect);
  const open: number[] = [];
  const regions: number[] = [];
  let comments: { from: number; to: number } | undefined;
  // Offset at which the token's line begins.
  let lineStart = 0;
  const endComments = (): void => {
    if (comments) found.push({ ...comments, kind: 'comment' });
    comments = undefined;
  };
  for (const [i, { kind, from, to }] of tokens.entries()) {
    const previous = tokens[i - 1];
    if (previous !== undefined) lineStart = lineStartWithin(text, previous) ?? lineStart;
    if (kind === 'whitespace') {
      // A blank line ends a run of line comments.
      if ((text.slice(from, to).match(/\n/g)?.length ?? 0) > 1) endComments();
      continue;
    }
    if (kind === 'comment') {
      const region = /^(?:--|#)\s*#?(region|endregion)\b/i.exec(text.slice(from, to))?.[1]?.toLowerCase();
      if (region === undefined) {
        comments = { from: comments?.from ?? from, to };
        continue;
      }
      endComments();
      if (region === 'region') regions.push(from);
      else {
        const start = regions.pop();
        if (start !== undefined) found.push({ from: start, to, kind: 'region' });
      }
      continue;
    }
    endComments();
    const raw = text.charAt(from);
    if (kind === 'punctuation' && raw === '(') open.push(from);
    else if (kind === 'punctuation' && raw === ')') {
      const start = open.pop();
      // The line with the closing parenthesis stays visible.
      if (start !== undefined) found.push({ from: start, to: lineStart - 1, kind: 'parenthesis' });
    }
  }
  endComments();
  for (const { from, to } of statements) {
    const [code] = significant(tokenize(text.slice(from, to), dialect));
    if (code !== undefined) found.push({ from: from + code.from, to, kind: 'statement' });
  }
  return found
    .filter((fold) => fold.to > fold.from && text.slice(fold.from, fold.to).includes('\n'))
    .toSorted((a, b) => a.from - b.from || b.to - a.to);
}

/** All tokens except those on lines for a client program, which are not SQL. */
function tokensToFold(text: string, statements: readonly Statement[], dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const readTo = (end: number): void => {
    for (const token of tokenize(text.slice(at, end), dialect))
      tokens.push(at === 0 ? token : { ...token, from: token.from + at, to: token.to + at });
    at = end;
  };
  for (const statement of statements) {
    if (!isClientLine(text, statement, dialect)) continue;
    readTo(statement.from);
    tokens.push({ kind: 'command', ...statement, closed: true });
    at = statement.to;
  }
  readTo(text.length);
  return tokens;
}

/** Offset of the last line that begins inside the token. */
function lineStartWithin(text: string, { from, to }: Token): number | undefined {
  const at = text.slice(from, to).lastIndexOf('\n');
  return at < 0 ? undefined : from + at + 1;
}
