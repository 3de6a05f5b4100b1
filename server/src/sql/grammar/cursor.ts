/** Where a recognition of a statement stands, and the farthest token that could not be read. Pure; shared by the grammar's parts. */
import type { Dialect } from '../dialect';
import { keywordsOf, neverAlias } from '../keywords';
import type { StatementText } from '../shape/statementText';

/** Keywords that are names as well. */
const unreserved =
  /^(?:rowid|oid|role|position|array|list|map|columns|interval|sample|time|zone|conflict|match|replace|each|do|before|after|owner|schema|extension|engine|server|system|others|exclude|class|index|procedure|mod|against|nothing|ties|matched|temp|cube|rows|groups|current|recursive|lambda|struct|glob|if|user|current_user|first|last|key|action|row|range|next|plan|query|value|sample|language|mode|share|view|at|apply|no)$/;

/** No aliases in T-SQL, which is not read here; names in other dialects. */
const ofTsql = /^(?:apply|go|output)$/;

/** Deeper nesting is not read. */
const deepest = 100;

/** Parts that hold each other: brackets hold queries, and common tables hold statements that change rows. */
export interface Parts {
  readonly query: (c: Cursor) => boolean;
  readonly writing: (c: Cursor) => boolean;
}

export class Cursor {
  at = 0;
  /** Index of the farthest token at which something else was expected. */
  farthest = 0;
  /** Ranges of tokens that were passed without being read. */
  readonly unread: { readonly from: number; readonly to: number }[] = [];
  isTooDeep = false;
  #depth = 0;
  readonly #keywords: ReadonlySet<string>;

  constructor(
    readonly statement: StatementText,
    readonly dialect: Dialect,
    readonly parts: Parts,
  ) {
    this.#keywords = keywordsOf(dialect);
  }

  get word(): string {
    return this.statement.raw(this.at);
  }

  get next(): string {
    return this.statement.raw(this.at + 1);
  }

  get kind(): string {
    return this.statement.token(this.at)?.kind ?? 'end';
  }

  get isEnd(): boolean {
    return this.at >= this.statement.tokens.length;
  }

  /** Nothing that may stand here does. */
  fail(): false {
    this.farthest = Math.max(this.farthest, this.at);
    return false;
  }

  skip(): boolean {
    this.at++;
    return true;
  }

  /** Reads the words one behind the other where all of them stand here. */
  takes(...words: readonly string[]): boolean {
    for (const [i, word] of words.entries()) {
      if (this.statement.raw(this.at + i) !== word) {
        this.farthest = Math.max(this.farthest, this.at + i);
        return false;
      }
    }
    this.at += words.length;
    return true;
  }

  takesOne(words: RegExp): boolean {
    return words.test(this.word) ? this.skip() : this.fail();
  }

  /** The kinds of values: a literal, a parameter, a placeholder. */
  takesKind(...kinds: readonly string[]): boolean {
    return kinds.includes(this.kind) ? this.skip() : this.fail();
  }

  isKeyword(i = this.at): boolean {
    return this.statement.token(i)?.kind === 'word' && this.#keywords.has(this.statement.raw(i));
  }

  /** A name: quoted, or a word that no clause begins with. */
  takesName(): boolean {
    if (this.kind === 'placeholder') return this.skip();
    if (!this.statement.isName(this.at)) return this.fail();
    if (this.kind === 'word' && neverAlias.has(this.word) && !ofTsql.test(this.word)) return this.fail();
    return this.skip();
  }

  /** A keyword that can hardly be a name. */
  isReserved(): boolean {
    return this.isKeyword() && !unreserved.test(this.word);
  }

  /** A name that stands for something without AS before it: no keyword. */
  takesAlias(): boolean {
    if (this.isReserved() || !this.statement.isName(this.at)) return this.fail();
    return this.takesName();
  }

  /** What may follow; what is not there is no fault. */
  maybe(part: () => boolean): boolean {
    const from = this.at;
    if (!part()) this.at = from;
    return true;
  }

  /** Goes back where the part does not stand here, so that another may be tried. */
  tries(part: () => boolean): boolean {
    const from = this.at;
    if (part()) return true;
    this.at = from;
    return false;
  }

  /** A part that may hold others of its kind. */
  nested(part: () => boolean): boolean {
    if (this.#depth >= deepest) this.isTooDeep = true;
    if (this.isTooDeep) return false;
    this.#depth++;
    const isRead = part();
    this.#depth--;
    return isRead;
  }

  list(item: () => boolean): boolean {
    if (!item()) return false;
    while (this.takes(',')) if (!item()) return false;
    return true;
  }

  brackets(content: () => boolean): boolean {
    return this.takes('(') && content() && this.takes(')');
  }

  names(): boolean {
    return this.brackets(() => this.list(() => this.takesName()));
  }

  /** Everything up to the closing mark, unread. */
  anythingInBrackets(): boolean {
    if (!/^[([{]$/.test(this.word)) return this.fail();
    const from = this.at;
    let depth = 0;
    do {
      if (/^[([{]$/.test(this.word)) depth++;
      else if (/^[)\]}]$/.test(this.word)) depth--;
      this.at++;
    } while (depth > 0 && !this.isEnd);
    this.unread.push({ from, to: this.at });
    return depth === 0 || this.fail();
  }
}
