/**
 * Which words of a statement are no identifiers: keywords, types, date parts, names of windows and arguments. Looks at
 * the words around; where that does not tell, the word is taken for an identifier.
 */
import type { Dialect } from '../schema/model';
import { dateParts, keywordsOf, neverAlias, typeNames } from '../sql/keywords';
import type { Clause, Shape } from '../sql/shape/shape';
import { isFilledIn, type Token } from '../sql/tokens';

/** Functions whose first argument may be a bare date part. */
const takesDatePart = new Set(
  'extract datediff dateadd datepart datename timestampdiff timestampadd date_part date_trunc datetrunc datediff_big date_diff'.split(
    ' ',
  ),
);

/** Words behind which no identifier of the schema stands: a type, a collation, a window, a label. */
const beforeOtherNames = new Set([
  '::',
  'collate',
  'over',
  'window',
  'constraint',
  'separator',
  'zone',
  'escape',
  'using',
  'check',
  'no',
]);

/** Functions between whose arguments a type may stand. */
const conversions = new Set([
  'cast',
  'convert',
  'try_cast',
  'try_convert',
  'parse',
  'try_parse',
  'json_table',
]);

/**
 * Whether token i is a member behind a dot. A clause's keyword that does not stand right behind it is none: the member
 * is still to be written, as in `SELECT c. FROM customers c`.
 */
export function isMember(tokens: readonly Token[], raw: (i: number) => string, i: number): boolean {
  if (raw(i - 1) !== '.') return false;
  return tokens[i - 1]?.to === tokens[i]?.from || !neverAlias.has(raw(i));
}

export class Words {
  private readonly keywords: ReadonlySet<string>;
  private locals: ReadonlySet<string> | undefined;

  constructor(
    private readonly text: string,
    private readonly shape: Shape,
    private readonly dialect: Dialect,
  ) {
    this.keywords = keywordsOf(dialect);
  }

  /** The token as written, in lower case; empty outside the statement. */
  raw(i: number): string {
    const token = this.shape.tokens[i];
    return token === undefined ? '' : this.text.slice(token.from, token.to).toLowerCase();
  }

  /** Whether the token is a member behind a dot. */
  isMember(i: number): boolean {
    return isMember(this.shape.tokens, (k) => this.raw(k), i);
  }

  isKeyword(i: number): boolean {
    return this.shape.tokens[i]?.kind === 'word' && this.keywords.has(this.raw(i));
  }

  /** Whether the token cannot be an identifier where it stands. Not asked of the parts of a path. */
  isNoIdentifier(i: number, clause: Clause): boolean {
    const next = this.raw(i + 1);
    const previous = this.raw(i - 1);
    if (this.isKeyword(i) || beforeOtherNames.has(previous)) return true;
    // Named arguments: f(a => 1), f(a := 1).
    if (next === '=>' || next === ':=') return true;
    if (this.isWindowName(i, clause)) return true;
    if (previous === 'as') return true;
    if (previous === '(' && this.raw(i - 2) === 'partition') return true;
    if (previous === 'by' && ['matched', 'indexed'].includes(this.raw(i - 2))) return true;
    if (this.isLocalName(i)) return true;
    if (this.shape.tokens[i]?.kind === 'quoted') return false;
    const word = this.raw(i);
    if (this.shape.tokens[i + 1]?.kind === 'string' && (typeNames.has(word) || word.startsWith('_')))
      return true;
    if (word === 'time' && next === 'zone') return true;
    if (typeNames.has(word) && (this.isTypePosition(i) || conversions.has(this.calledAround(i)))) return true;
    return dateParts.has(word) && this.isDatePartPosition(i);
  }

  /** Behind OVER, in OVER (w …), and where WINDOW names one. */
  isWindowName(i: number, clause: Clause): boolean {
    const previous = this.raw(i - 1);
    if (this.isKeyword(i)) return false;
    if (previous === 'over') return true;
    if (clause === 'window') {
      if (this.raw(i + 1) === 'as') return true;
      return previous === '(' && this.raw(i - 2) === 'as';
    }
    return previous === '(' && this.raw(i - 2) === 'over';
  }

  /**
   * Whether a word stands beside another operand, so that it belongs to the grammar of the statement (`FOR JSON PATH`,
   * `TRIM(BOTH ' ' FROM …)`) and is no column.
   */
  isBesideOperand(i: number): boolean {
    if (this.shape.tokens[i]?.kind !== 'word') return false;
    const isOperand = (k: number) => {
      const kind = this.shape.tokens[k]?.kind;
      if (kind === 'word') return !this.isKeyword(k);
      return kind === 'quoted' || kind === 'string' || kind === 'number' || isFilledIn(kind);
    };
    if (isOperand(i - 1) || this.raw(i - 1) === ')') return true;
    const role = this.shape.roles.get(i + 1);
    return isOperand(i + 1) && role === undefined;
  }

  /** The function in whose parentheses the token stands; empty where there is none. */
  private calledAround(i: number): string {
    let depth = 0;
    for (let k = i - 1; k >= 0 && i - k < 60; k--) {
      if (this.raw(k) === ')') depth++;
      else if (this.raw(k) === '(' && depth-- === 0) return this.raw(k - 1);
    }
    return '';
  }

  /** A name that an expression introduces for itself: DuckDB's lambdas and list comprehensions. */
  private isLocalName(i: number): boolean {
    if (this.dialect !== 'duckdb') return false;
    this.locals ??= this.readLocalNames();
    return this.locals.has(this.raw(i));
  }

  private readLocalNames(): ReadonlySet<string> {
    const names = new Set<string>();
    const isWord = (i: number) => this.shape.tokens[i]?.kind === 'word';
    for (let i = 0; i < this.shape.tokens.length; i++) {
      const raw = this.raw(i);
      if (raw === '->' && this.shape.tokens[i + 1]?.kind !== 'string') {
        // x -> …, (x, y) -> …
        let k = i - 1;
        if (this.raw(k) === ')') while (k > 0 && this.raw(k) !== '(') if (isWord(--k)) names.add(this.raw(k));
        if (isWord(k)) names.add(this.raw(k));
      } else if (raw === 'lambda' || (raw === 'for' && this.raw(i + 2) !== 'select')) {
        for (let k = i + 1; isWord(k) && this.raw(k) !== 'in'; k += 2) {
          names.add(this.raw(k));
          if (this.raw(k + 1) !== ',') break;
        }
      }
    }
    return names;
  }

  /** Behind AS inside CAST(…), and the further words of types such as `double precision`. */
  private isTypePosition(i: number): boolean {
    for (let k = i - 1; k >= 0 && i - k <= 4; k--) {
      const raw = this.raw(k);
      if (raw === 'as' || raw === '::') return true;
      if (!typeNames.has(raw)) return false;
    }
    return false;
  }

  private isDatePartPosition(i: number): boolean {
    const previous = this.shape.tokens[i - 1];
    if (previous?.kind === 'number' || previous?.kind === 'string' || isFilledIn(previous?.kind)) return true;
    const before = this.raw(i - 1);
    // INTERVAL (expression) DAY
    if (before === ')' || before === 'to') return dateParts.has(this.raw(i)) && this.raw(i - 1) !== '.';
    return before === '(' && takesDatePart.has(this.raw(i - 2));
  }
}
