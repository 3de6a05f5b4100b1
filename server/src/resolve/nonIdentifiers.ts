/**
 * Tells which words of a statement are no identifiers: keywords, types, date parts, names of windows and of arguments.
 * It looks at the words around; when these do not tell, the word counts as an identifier.
 */
import { dateParts, typeNames } from '../sql/keywords';
import type { Clause, Shape } from '../sql/shape/shape';
import type { StatementText } from '../sql/shape/statementText';
import { isGrammarWord } from './grammarWords';
import { isFilledIn } from '../sql/tokens';

/** Functions whose first argument may be a bare date part, such as `day`. */
const takesDatePart = new Set(
  'extract datediff dateadd datepart datename timestampdiff timestampadd date_part date_trunc datetrunc datediff_big date_diff'.split(
    ' ',
  ),
);

/** Behind these words no identifier of the schema stands, but a type, a collation, a window or a label. */
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

/** Words whose BY begins a list of expressions. In MATCHED BY SOURCE and INSERT … BY NAME it does not. */
const takesBy = new Set(['group', 'order', 'partition', 'sort', 'cluster', 'distribute', 'siblings']);

/** Functions that may have a type among their arguments. */
const conversions = new Set([
  'cast',
  'convert',
  'try_cast',
  'try_convert',
  'parse',
  'try_parse',
  'json_table',
]);

export class Words {
  private readonly statement: StatementText;
  private locals: ReadonlySet<string> | undefined;

  constructor(private readonly shape: Shape) {
    this.statement = shape.statement;
  }

  /** True when the token cannot be an identifier at its place. Not for the parts of a path. */
  isNoIdentifier(i: number, clause: Clause): boolean {
    const next = this.statement.raw(i + 1);
    const previous = this.statement.raw(i - 1);
    if (this.statement.isKeyword(i) || beforeOtherNames.has(previous)) return true;
    // Named arguments: f(a => 1), f(a := 1).
    if (next === '=>' || next === ':=') return true;
    if (this.isWindowName(i, clause)) return true;
    if (previous === 'as') return true;
    if (previous === '(' && this.statement.raw(i - 2) === 'partition') return true;
    if (previous === 'by' && !takesBy.has(this.statement.raw(i - 2))) return true;
    if (this.isLocalName(i)) return true;
    // Keys of a struct: {'a': 1, b: 2}.
    if (next === ':' && (previous === '{' || previous === ',')) return true;
    if (previous === 'interval' && dateParts.has(this.statement.raw(i))) return true;
    if (this.statement.tokens[i]?.kind === 'quoted') return false;
    if (isGrammarWord(this.statement, i, this.calledAround(i))) return true;
    const word = this.statement.raw(i);
    if (this.statement.tokens[i + 1]?.kind === 'string' && (typeNames.has(word) || word.startsWith('_')))
      return true;
    // DATE at the end of the text: its literal may still follow.
    if (typeNames.has(word) && i === this.statement.tokens.length - 1) return true;
    if (word === 'time' && next === 'zone') return true;
    if (typeNames.has(word) && (this.isTypePosition(i) || conversions.has(this.calledAround(i)))) return true;
    return dateParts.has(word) && this.isDatePartPosition(i);
  }

  /** True for a window's name: behind OVER, in OVER (w …), and where WINDOW defines one. */
  isWindowName(i: number, clause: Clause): boolean {
    const previous = this.statement.raw(i - 1);
    if (this.statement.isKeyword(i)) return false;
    if (previous === 'over') return true;
    if (clause === 'window') {
      if (this.statement.raw(i + 1) === 'as') return true;
      return previous === '(' && this.statement.raw(i - 2) === 'as';
    }
    return previous === '(' && this.statement.raw(i - 2) === 'over';
  }

  /**
   * True when a word stands beside another operand. Then it is no column but belongs to the grammar, as in `FOR JSON
   * PATH` and `TRIM(BOTH ' ' FROM …)`.
   */
  isBesideOperand(i: number): boolean {
    if (this.statement.tokens[i]?.kind !== 'word') return false;
    const isOperand = (k: number) => {
      const kind = this.statement.tokens[k]?.kind;
      if (kind === 'word') return !this.statement.isKeyword(k);
      return kind === 'quoted' || kind === 'string' || kind === 'number' || isFilledIn(kind);
    };
    if (isOperand(i - 1) || (this.statement.raw(i - 1) === ')' && !this.isBehindDistinctOn(i))) return true;
    const role = this.shape.roles.get(i + 1);
    return isOperand(i + 1) && role === undefined;
  }

  /** Whether the list of DISTINCT ON (…) ends before the word. */
  private isBehindDistinctOn(i: number): boolean {
    const opening = this.statement.opening(i - 1);
    return this.statement.raw(opening - 1) === 'on' && this.statement.raw(opening - 2) === 'distinct';
  }

  /** The function in whose parentheses the token stands; empty when there is none. */
  private calledAround(i: number): string {
    return this.statement.raw(this.statement.opening(i) - 1);
  }

  /** True for a name that an expression introduces for itself, in DuckDB's lambdas and list comprehensions. */
  private isLocalName(i: number): boolean {
    if (this.statement.dialect !== 'duckdb') return false;
    this.locals ??= this.readLocalNames();
    return this.locals.has(this.statement.raw(i));
  }

  private readLocalNames(): ReadonlySet<string> {
    const names = new Set<string>();
    const isWord = (i: number) => this.statement.tokens[i]?.kind === 'word';
    for (let i = 0; i < this.statement.tokens.length; i++) {
      const raw = this.statement.raw(i);
      if (raw === '->' && this.statement.tokens[i + 1]?.kind !== 'string') {
        // x -> …, (x, y) -> …
        let k = i - 1;
        if (this.statement.raw(k) === ')')
          while (k > 0 && this.statement.raw(k) !== '(') if (isWord(--k)) names.add(this.statement.raw(k));
        if (isWord(k)) names.add(this.statement.raw(k));
      } else if (raw === 'lambda' || (raw === 'for' && this.statement.raw(i + 2) !== 'select')) {
        for (let k = i + 1; isWord(k) && this.statement.raw(k) !== 'in'; k += 2) {
          names.add(this.statement.raw(k));
          if (this.statement.raw(k + 1) !== ',') break;
        }
      }
    }
    return names;
  }

  /** True behind AS in CAST(…), and for the further words of types such as `double precision`. */
  private isTypePosition(i: number): boolean {
    for (let k = i - 1; k >= 0 && i - k <= 4; k--) {
      const raw = this.statement.raw(k);
      if (raw === 'as' || raw === '::') return true;
      if (!typeNames.has(raw)) return false;
    }
    return false;
  }

  private isDatePartPosition(i: number): boolean {
    const previous = this.statement.tokens[i - 1];
    if (previous?.kind === 'number' || previous?.kind === 'string' || isFilledIn(previous?.kind)) return true;
    const before = this.statement.raw(i - 1);
    // INTERVAL (expression) DAY
    if (before === ')' || before === 'to')
      return dateParts.has(this.statement.raw(i)) && this.statement.raw(i - 1) !== '.';
    return before === '(' && takesDatePart.has(this.statement.raw(i - 2));
  }
}
