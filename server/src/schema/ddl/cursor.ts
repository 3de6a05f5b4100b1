/** A position in the tokens of one DDL statement, with what its readers ask for. Total: reading past the end is safe. */
import type { Dialect } from '../model';
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

  /** Lower-case text of a word, or text of punctuation and operators, `ahead` tokens on; '' for all else. */
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

  isName(ahead = 0): boolean {
    const kind = this.kind(ahead);
    // MySQL takes "name" as a string, yet dumps made in ANSI mode use it for names.
    return kind === 'word' || kind === 'quoted';
  }

  /** The next name as the catalogue would spell it: PostgreSQL folds unquoted ones. Undefined where none comes. */
  name(): string | undefined {
    if (!this.isName()) return undefined;
    const token = this.tokens[this.at];
    if (token === undefined) return undefined;
    this.at++;
    const name = identifierName(token, this.text);
    return token.kind === 'word' && this.dialect === 'postgres' ? name.toLowerCase() : name;
  }

  /** a, a.b or a.b.c: the names in order; empty where none comes. */
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

  /** Index behind the parenthesis that closes the one at the cursor (or the end). Does not move. */
  closing(): number {
    let depth = 0;
    for (let i = 0; this.at + i < this.to; i++) {
      const raw = this.peek(i);
      if (raw === '(') depth++;
      else if (raw === ')' && --depth === 0) return this.at + i + 1;
    }
    return this.to;
  }

  /** Steps over one token, or over a parenthesis with all it holds. */
  next(): void {
    this.at = this.peek() === '(' ? this.closing() : this.at + 1;
  }

  /** The comma-separated parts inside the parenthesis at the cursor; moves behind it. */
  parts(): DdlCursor[] {
    if (this.peek() !== '(') return [];
    const close = this.closing();
    const closed = this.tokens[close - 1];
    const inner = closed !== undefined && this.text.charAt(closed.from) === ')' ? close - 1 : close;
    const parts = new DdlCursor(this.text, this.tokens, this.dialect, this.at + 1, inner).split();
    this.at = close;
    return parts;
  }

  /** The comma-separated parts from the cursor to its end. */
  split(): DdlCursor[] {
    const parts: DdlCursor[] = [];
    let from = this.at;
    let i = this.at;
    const cut = () => {
      if (i > from) parts.push(new DdlCursor(this.text, this.tokens, this.dialect, from, i));
    };
    const walker = new DdlCursor(this.text, this.tokens, this.dialect, this.at, this.to);
    while (!walker.done) {
      i = walker.at;
      if (walker.peek() === ',') {
        cut();
        from = i + 1;
      }
      walker.next();
    }
    i = this.to;
    cut();
    return parts;
  }

  /** Names of (a, b DESC, c(10)), in order; expressions are left out. Moves behind the parenthesis. */
  nameList(): string[] {
    return this.parts().flatMap((part) => {
      const name = part.name();
      return name === undefined ? [] : [name];
    });
  }

  /** Source text of tokens [from, to), white space as one blank. */
  slice(from: number, to: number): string {
    const first = this.tokens[from];
    const last = this.tokens[to - 1];
    if (first === undefined || last === undefined || to <= from) return '';
    return this.text.slice(first.from, last.to).replace(/\s+/g, ' ');
  }

  /** The value of the string at the cursor, undefined where none is; does not move. */
  string(): string | undefined {
    const token = this.tokens[this.at];
    if (this.done || token?.kind !== 'string') return undefined;
    const raw = this.text.slice(token.from, token.to);
    const quote = raw.endsWith('"') ? '"' : "'";
    return raw.slice(raw.indexOf(quote) + 1, token.closed ? -1 : undefined).replaceAll(quote + quote, quote);
  }
}
