/**
 * Lays out one statement with sql-formatter. Strings, numbers, parameters, placeholders and PostgreSQL's operators are
 * replaced by plain stand-ins first, because sql-formatter may read them differently from the dialect. Then each token
 * is put back in its place. So tokens never change, except for the case of keywords and white space in comments.
 */
import { format, type SqlLanguage } from 'sql-formatter';
import type { Dialect } from '../schema/model';
import { functionsOf, keywordsOf } from '../sql/keywords';
import { isTemplateBlock } from '../sql/placeholders';
import { isFilledIn, tokenize, type Token } from '../sql/tokens';

export interface FormatOptions {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
  readonly keywordCase: 'preserve' | 'upper' | 'lower';
}

const languages: Readonly<Record<Dialect, SqlLanguage>> = {
  sqlite: 'sqlite',
  postgres: 'postgresql',
  mysql: 'mysql',
  duckdb: 'duckdb',
  tsql: 'tsql',
};

/** A token with its text, and the white space before it. */
interface Piece {
  readonly kind: Token['kind'];
  readonly text: string;
  /** White space before it. */
  readonly gap: string;
}

/**
 * The statement laid out, with `lineBreak` at the ends of its lines. Undefined when sql-formatter cannot read it, or
 * when more than its layout would change. A psql command at its end stays as it is.
 */
export function layOut(
  statement: string,
  dialect: Dialect,
  options: FormatOptions,
  lineBreak: string,
): string | undefined {
  const all = piecesOf(statement, dialect);
  const command = all.at(-1)?.kind === 'command' ? all.at(-1) : undefined;
  const pieces = command === undefined ? all : all.slice(0, -1);
  if (pieces.length === 0 || pieces.some(isLaidOutByHand)) return undefined;
  const given = pieces.map((piece) => spaced(piece, standIn(piece, dialect))).join('');
  const made = piecesOf(formatted(given, dialect, options), dialect);
  const result = takenBack(pieces, piecesOf(given, dialect), made, dialect, lineBreak);
  if (result === undefined || !isSameSql(pieces, piecesOf(result, dialect), dialect)) return undefined;
  if (command === undefined) return result;
  return `${result}${command.gap.includes('\n') ? lineBreak : ' '}${command.text}`;
}

function piecesOf(text: string, dialect: Dialect): Piece[] {
  const pieces: Piece[] = [];
  let gap = '';
  for (const { kind, from, to } of tokenize(text, dialect)) {
    if (kind === 'whitespace') gap = text.slice(from, to);
    else {
      pieces.push({ kind, text: text.slice(from, to), gap });
      gap = '';
    }
  }
  return pieces;
}

/** True for parts of a template and for commands in the middle of a statement: then the writer's layout stays. */
function isLaidOutByHand({ kind, text }: Piece): boolean {
  if (kind === 'command') return true;
  if (kind === 'operator') return text.startsWith('\\');
  return kind === 'placeholder' && isTemplateBlock(text, 0);
}

function formatted(given: string, dialect: Dialect, options: FormatOptions): string {
  return format(given, {
    language: languages[dialect],
    tabWidth: options.tabSize,
    useTabs: !options.insertSpaces,
    keywordCase: options.keywordCase,
  }).trim();
}

/** The operators that sql-formatter reads as whole tokens in every dialect. */
const commonOperators = new Set('+ - * / % = < > <= >= <> != || :: := => -> ->>'.split(' '));

/** The stand-in for a token. It is as wide as the token, so that lines break where they would. */
function standIn({ kind, text }: Piece, dialect: Dialect): string {
  switch (kind) {
    case 'string':
      return `'${'x'.repeat(Math.max(0, text.length - 2))}'`;
    case 'quoted':
      return /^u&/i.test(text) ? `"${'x'.repeat(text.length - 2)}"` : text;
    case 'number':
      return '1'.repeat(text.length);
    case 'parameter':
    case 'placeholder':
      return `z${'0'.repeat(text.length - 1)}`;
    case 'operator':
      return !takesLongestRun(dialect) || commonOperators.has(text) || (text === ':' && dialect === 'duckdb')
        ? text
        : ' = ';
    case 'comment':
      return text.replaceAll('\r', '');
    default:
      return text;
  }
}

const takesLongestRun = (dialect: Dialect): boolean => dialect === 'postgres' || dialect === 'duckdb';

/** A stand-in may be a word although the token was none: it must not run into a number before it. */
function spaced({ gap, kind }: Piece, text: string): string {
  return (gap === '' && isFilledIn(kind) ? '' : gap.replaceAll('\r', '')) + text;
}

/**
 * The layout `made`, with the statement's own tokens put back. Undefined when its tokens are not those that were given.
 */
function takenBack(
  pieces: readonly Piece[],
  given: readonly Piece[],
  made: readonly Piece[],
  dialect: Dialect,
  lineBreak: string,
): string | undefined {
  if (given.length !== pieces.length || made.length !== pieces.length) return undefined;
  let result = '';
  let isFirst = true;
  for (const [i, piece] of pieces.entries()) {
    const [one, other] = [given[i], made[i]];
    if (one === undefined || other === undefined || plainText(one) !== plainText(other)) return undefined;
    const gap = isFirst ? '' : gapBefore(pieces, i, other.gap, dialect, result);
    result += gap.replaceAll('\n', lineBreak) + ownText(piece, other, dialect, lineBreak);
    isFirst = false;
  }
  return result;
}

/** The token as the statement has it. A comment may be indented anew, a keyword may change its case. */
function ownText({ kind, text }: Piece, made: Piece, dialect: Dialect, lineBreak: string): string {
  if (kind === 'comment' && !/^\/\*[!+]/.test(text)) return made.text.replaceAll('\n', lineBreak);
  return kind === 'word' && keywordsOf(dialect).has(text.toLowerCase()) ? made.text : text;
}

/** White space before token i: the statement's own when it means something, else that of the layout. */
function gapBefore(
  pieces: readonly Piece[],
  i: number,
  made: string,
  dialect: Dialect,
  result: string,
): string {
  const [before, piece] = [pieces[i - 1], pieces[i]];
  if (before === undefined || piece === undefined) return made;
  if (isTouching(before, piece, dialect) && (piece.gap === '' || made === ''))
    return piece.gap === '' ? '' : ' ';
  // Two strings in a row are one string when a line ends between them, and only then.
  if (before.kind === 'string' && piece.kind === 'string' && piece.gap.includes('\n') !== made.includes('\n'))
    return piece.gap.includes('\n') ? `\n${indentation(result)}` : ' ';
  return made;
}

function indentation(text: string): string {
  const line = text.slice(text.lastIndexOf('\n') + 1);
  return /^\s*/.exec(line)?.[0] ?? '';
}

/** True when it means something that two tokens touch. */
function isTouching(before: Piece, piece: Piece, dialect: Dialect): boolean {
  const isOperand = ({ kind, text }: Piece) =>
    isFilledIn(kind) || ['word', 'quoted', 'number', 'string'].includes(kind) || text === '(';
  if (before.kind === 'placeholder') return isOperand(piece);
  if (piece.kind === 'placeholder') return before.text !== '(' && isOperand(before);
  // The end of a comment that began on a client program's line: `!! /* a`, and `b */` below it.
  if (before.text === '*' && piece.text === '/') return true;
  // Slices of arrays: a[1:2].
  if (before.text === ':' || piece.text === ':') return dialect === 'postgres';
  // MySQL's own functions must stand right before their bracket.
  const isFunction = before.kind === 'word' && functionsOf(dialect).has(before.text.toLowerCase());
  return dialect === 'mysql' && isFunction && piece.text === '(';
}

/** True when two texts have the same tokens and the same meaningful white space. */
function isSameSql(one: readonly Piece[], other: readonly Piece[], dialect: Dialect): boolean {
  return (
    one.length === other.length &&
    one.every((piece, i) => {
      const [found, before] = [other[i], one[i - 1]];
      if (found === undefined || found.kind !== piece.kind || plainText(piece) !== plainText(found))
        return false;
      if (before === undefined) return true;
      if (isTouching(before, piece, dialect) && (piece.gap === '') !== (found.gap === '')) return false;
      const areStrings = before.kind === 'string' && piece.kind === 'string';
      return !areStrings || piece.gap.includes('\n') === found.gap.includes('\n');
    })
  );
}

function plainText({ kind, text }: Piece): string {
  if (kind === 'word') return text.toLowerCase();
  // The lines of a comment may be indented anew, unless the server reads the comment.
  return kind === 'comment' && !/^\/\*[!+]/.test(text) ? text.replace(/\s+/g, ' ').trim() : text;
}
