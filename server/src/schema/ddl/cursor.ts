/** A position in the tokens of one DDL statement, and the ways to read on from it. Reading past the end is safe. */
import type { Dialect } from '../model';
import { stringValue } from '../../sql/quoteLiteral';
import { identifierName, type Token } from '../../sql/tokens';

export class DdlCursor {
  at: number;

  /** Reads tokens [from, to) of the statement. */
  constructor(
    readonly text: string,
    readonly tokens: readonly Token[],
    readonly dialect: Dialect,
    from = 0,
    readonly to = tokens.length,
  ) {
    this.at = from;
  }

  get done(): boolean {
    return this.at >= this.to;
  }

  /** The token `ahead` tokens further: a word in lower case, or punctuation or an operator; '' for all else. */
  peek(ahead = 0): string {
    const index = this.at + ahead;
    const token = index < this.to ? this.tokens[index] : undefined;
    if (token === undefined) return '';
    const raw = this.text.slice(token.from, token.to);
    if (token.kind === 'word') return raw.toLowerCase();
    return token.kind === 'punctuation' || token.kind === 'operator' ? raw : '';
  }

  kind(ahead = 0): Token['kind'] | undefined {
    const index = this.at + ahead;
    return index < this.to ? this.tokens[index]?.kind : undefined;
  }

  /** Steps over the words if all of them come next. */
  skip(...words: readonly string[]): boolean {
    if (!words.every((word, i) => this.peek(i) === word)) return false;
    this.at += words.length;
    return true;
  }

  /** Steps over any of the words, as often as they come. */
  skipAny(words: ReadonlySet<string>): void {
    while (!this.done && words.has(this.peek())) this.at++;
  }

  /** Moves to the first of the words outside parentheses. Returns false and moves to the end when there is none. */
  moveTo(...words: readonly string[]): boolean {
    while (!this.done && !words.includes(this.peek())) this.next();
    return !this.done;
  }

  isName(ahead = 0): boolean {
    const kind = this.kind(ahead);
    return kind === 'word' || kind === 'quoted' || (kind === 'string' && this.isQuotedLikeString(ahead));
  }

  /** SQLite's .dump writes names as 'name'; MySQL's dumps in ANSI mode write "name". */
  private isQuotedLikeString(ahead: number): boolean {
    const token = this.tokens[this.at + ahead];
    const quote = token === undefined ? '' : this.text.charAt(token.from);
    return (this.dialect === 'sqlite' && quote === "'") || (this.dialect === 'mysql' && quote === '"');
  }

  /**
   * Reads a name, in the spelling of the catalogue: PostgreSQL folds unquoted names. Undefined when no name comes next.
   */
  name(): string | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || !this.isName()) return undefined;
    this.at++;
    if (token.kind === 'string')
      return stringValue(this.text.slice(token.from, token.to), token.closed, this.dialect);
    return foldedName(token, this.text, this.dialect);
  }

  /** Reads a, a.b or a.b.c. Returns the names in order; empty when no name comes next. */
  path(): string[] {
    const names: string[] = [];
    for (;;) {
      const name = this.name();
      if (name === undefined) return names;
      names.push(name);
      if (this.peek() !== '.') return names;
      this.at++;
    }
  }

  /** Index behind the bracket that closes the one at the cursor, or the end. Does not move. */
  closing(): number {
    let depth = 0;
    for (let i = 0; this.at + i < this.to; i++) {
      const raw = this.peek(i);
      if (raw === '(' || raw === '[' || raw === '{') depth++;
      else if ((raw === ')' || raw === ']' || raw === '}') && --depth === 0) return this.at + i + 1;
    }
    return this.to;
  }

  /** Steps over one token, or over brackets with all they hold. */
  next(): void {
    const raw = this.peek();
    this.at = raw === '(' || raw === '[' || raw === '{' ? this.closing() : this.at + 1;
  }

  /** The parts between the commas of the parenthesis at the cursor. Moves behind it. */
  parts(): DdlCursor[] {
    if (this.peek() !== '(') return [];
    const close = this.closing();
    const closed = this.tokens[close - 1];
    const inner = closed !== undefined && this.text.charAt(closed.from) === ')' ? close - 1 : close;
    const parts = this.part(this.at + 1, inner).split();
    this.at = close;
    return parts;
  }

  /** A cursor over tokens [from, to) of the same statement. */
  part(from: number, to: number): DdlCursor {
    return new DdlCursor(this.text, this.tokens, this.dialect, from, to);
  }

  /** The parts between the commas from the cursor to its end. */
  split(): DdlCursor[] {
    const parts: DdlCursor[] = [];
    let from = this.at;
    const cut = (to: number) => {
      if (to > from) parts.push(this.part(from, to));
      from = to + 1;
    };
    const walker = this.part(this.at, this.to);
    while (!walker.done) {
      if (walker.peek() === ',') cut(walker.at);
      walker.next();
    }
    cut(this.to);
    return parts;
  }

  /** Reads the names in (a, b DESC, c(10)), without expressions. Moves behind the parenthesis. */
  nameList(): string[] {
    return this.parts().flatMap((part) => {
      const name = part.name();
      return name === undefined ? [] : [name];
    });
  }

  /** Source text of tokens [from, to), with each run of white space as one space. */
  slice(from: number, to: number): string {
    const first = this.tokens[from];
    const last = this.tokens[to - 1];
    if (first === undefined || last === undefined || to <= from) return '';
    return this.text.slice(first.from, last.to).replace(/\s+/g, ' ');
  }

  /** The value of the string at the cursor; undefined when there is none. Does not move. */
  string(): string | undefined {
    const token = this.tokens[this.at];
    if (this.done || token?.kind !== 'string') return undefined;
    return stringValue(this.text.slice(token.from, token.to), token.closed, this.dialect);
  }

  /**
   * The value of adjacent strings at the cursor, which SQL reads as one; undefined when there is none. Moves behind
   * them.
   */
  strings(): string | undefined {
    let value: string | undefined;
    for (let one = this.string(); one !== undefined; one = this.string()) {
      value = (value ?? '') + one;
      this.at++;
    }
    return value;
  }
}

/** The name of a word or quoted token, in the spelling of the catalogue. */
export function foldedName(token: Token, text: string, dialect: Dialect): string {
  const name = identifierName(token, text);
  return token.kind === 'word' && dialect === 'postgres' ? name.toLowerCase() : name;
}
