/**
 * The tokens of one statement with their texts: the one view of them that shape, names, legality and completion share.
 * Pure text; every index may be asked for, also one outside the statement.
 */
import type { Dialect } from '../dialect';
import { keywordsOf, neverAlias } from '../keywords';
import { statementTokens, type Statement } from '../statements/statements';
import { identifierName, nameKey, type Token } from '../tokens';

export class StatementText {
  /** Tokens that carry meaning: no white space, no comments. Offsets are those of the text. */
  readonly tokens: readonly Token[];
  /** The tokens in lower case; empty for quoted names and strings, so that they are never taken for words. */
  readonly words: readonly string[];
  private readonly keywords: ReadonlySet<string>;

  constructor(
    readonly text: string,
    statement: Statement,
    readonly dialect: Dialect,
  ) {
    this.tokens = statementTokens(text, statement, dialect);
    this.words = this.tokens.map(({ kind, from, to }) => {
      if (kind === 'quoted' || kind === 'string') return '';
      const written = text.slice(from, to);
      return kind === 'word' ? written.toLowerCase() : written;
    });
    this.keywords = keywordsOf(dialect);
  }

  token(i: number): Token | undefined {
    return this.tokens[i];
  }

  /** The token in lower case; empty for quoted names, for strings, and outside the statement. */
  raw(i: number): string {
    return this.words[i] ?? '';
  }

  /** The token as written; empty outside the statement. */
  written(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : this.text.slice(token.from, token.to);
  }

  /** The name without its quotes, as written. */
  name(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : identifierName(token, this.text);
  }

  /** The name as the dialect compares it. */
  key(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : nameKey(this.name(i), token.kind === 'quoted', this.dialect);
  }

  isQuoted(i: number): boolean {
    return this.tokens[i]?.kind === 'quoted';
  }

  /** Whether the token is a word or a quoted name. Keywords are words as well. */
  isName(i: number): boolean {
    const kind = this.tokens[i]?.kind;
    return kind === 'word' || kind === 'quoted';
  }

  /** Whether the token is a name that is no keyword. */
  isIdentifier(i: number): boolean {
    return this.isName(i) && !this.isKeyword(i);
  }

  isKeyword(i: number): boolean {
    return this.tokens[i]?.kind === 'word' && this.keywords.has(this.raw(i));
  }

  /**
   * Whether the name is a member behind a dot. A clause's keyword that does not stand right behind the dot is none: the
   * member is still to be written, as in `SELECT c. FROM customers c`.
   */
  isMember(i: number): boolean {
    if (!this.isName(i) || this.raw(i - 1) !== '.') return false;
    return this.tokens[i - 1]?.to === this.tokens[i]?.from || !neverAlias.has(this.raw(i));
  }

  /** Whether an expression may end with the token. */
  isOperand(i: number): boolean {
    const token = this.tokens[i];
    if (token === undefined) return false;
    const raw = this.raw(i);
    // Behind a dot any word is a name.
    if (raw === ')' || raw === 'end' || this.isStar(i) || this.raw(i - 1) === '.') return true;
    if (token.kind === 'word') return !this.keywords.has(raw) || constants.has(raw);
    return ['quoted', 'string', 'number', 'parameter', 'placeholder'].includes(token.kind);
  }

  /** Whether the token is the star of `SELECT *` or `t.*`, not a multiplication. */
  isStar(i: number): boolean {
    return this.raw(i) === '*' && beforeStar.has(this.raw(i - 1));
  }

  /** Index of the `(` in which the token stands; -1 where there is none. */
  opening(i: number): number {
    let depth = 0;
    for (let k = i - 1; k >= 0; k--) {
      if (this.raw(k) === ')') depth++;
      else if (this.raw(k) === '(' && depth-- === 0) return k;
    }
    return -1;
  }

  /** Index of the `)` that closes the `(` at i; the number of tokens where it is not written. */
  closing(i: number): number {
    let depth = 0;
    let k = i;
    for (; k < this.tokens.length; k++) {
      if (this.raw(k) === '(') depth++;
      else if (this.raw(k) === ')' && --depth === 0) break;
    }
    return k;
  }
}

const constants = new Set(['null', 'true', 'false']);
const beforeStar = new Set(['select', 'distinct', 'all', ',', '.', '(', 'returning']);
