/**
 * The tokens of one statement with their texts. Shape, resolver, legality and completion all read a statement through
 * it. An index outside the statement gives an empty text.
 */
import type { Dialect } from '../dialect';
import { keywordsOf, neverAlias } from '../keywords';
import { statementTokens, type Statement } from '../statements/statements';
import { identifierName, nameKey, type Token } from '../tokens';

export class StatementText {
  /** Tokens that carry meaning: no white space, no comments. Offsets are those of the text. */
  readonly tokens: readonly Token[];
  /** The tokens in lower case. Empty for quoted names and strings, so that they are never taken for words. */
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

  /** The token in lower case. Empty for quoted names, for strings, and outside the statement. */
  raw(i: number): string {
    return this.words[i] ?? '';
  }

  /** The token as written. Empty outside the statement. */
  written(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : this.text.slice(token.from, token.to);
  }

  /** The name as written, without its quotes. */
  name(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : identifierName(token, this.text);
  }

  /** The name in the form in which the dialect compares names. */
  key(i: number): string {
    const token = this.tokens[i];
    return token === undefined ? '' : nameKey(this.name(i), token.kind === 'quoted', this.dialect);
  }

  isQuoted(i: number): boolean {
    return this.tokens[i]?.kind === 'quoted';
  }

  /** True for a word or a quoted name. Keywords are words too. */
  isName(i: number): boolean {
    const kind = this.tokens[i]?.kind;
    return kind === 'word' || kind === 'quoted';
  }

  /** True for a name that is no keyword. */
  isIdentifier(i: number): boolean {
    return this.isName(i) && !this.isKeyword(i);
  }

  isKeyword(i: number): boolean {
    return this.tokens[i]?.kind === 'word' && this.keywords.has(this.raw(i));
  }

  /**
   * True when the name is a member behind a dot. A clause's keyword counts only right behind the dot: otherwise the
   * member is still to be written, as in `SELECT c. FROM customers c`.
   */
  isMember(i: number): boolean {
    if (!this.isName(i) || this.raw(i - 1) !== '.') return false;
    return this.tokens[i - 1]?.to === this.tokens[i]?.from || !neverAlias.has(this.raw(i));
  }

  /** True when an expression may end with the token. */
  isOperand(i: number): boolean {
    const token = this.tokens[i];
    if (token === undefined) return false;
    const raw = this.raw(i);
    // Behind a dot any word is a name.
    if (raw === ')' || raw === 'end' || this.isStar(i) || this.raw(i - 1) === '.') return true;
    if (token.kind === 'word') return !this.keywords.has(raw) || constants.has(raw);
    return ['quoted', 'string', 'number', 'parameter', 'placeholder'].includes(token.kind);
  }

  /** True for the star of `SELECT *` and `t.*`, false for a multiplication. */
  isStar(i: number): boolean {
    return this.raw(i) === '*' && beforeStar.has(this.raw(i - 1));
  }

  /** Index of the `(` around the token; -1 when there is none. */
  opening(i: number): number {
    let depth = 0;
    for (let k = i - 1; k >= 0; k--) {
      if (this.raw(k) === ')') depth++;
      else if (this.raw(k) === '(' && depth-- === 0) return k;
    }
    return -1;
  }

  /** Index of the `)` that closes the `(` at i; the number of tokens when it is not written. */
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
