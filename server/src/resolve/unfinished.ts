/**
 * What the end of a text that is being written leaves open: its last name may still grow, and a FROM or JOIN still to
 * come may bring the relation of a name that stands there already. A text at rest leaves nothing open.
 */
import type { SchemaNames } from '../schema/names';
import { functionsOf, keywordsOf } from '../sql/keywords';
import { clauseAt, framesOutwards, visibleFrames } from '../sql/shape/scope';
import type { Clause, Frame, Shape } from '../sql/shape/shape';
import type { StatementText } from '../sql/shape/statementText';

/** A name that nothing written so far brings into scope, though a FROM or JOIN still to come may. */
export interface PendingName {
  /** The query that would bring it. */
  readonly frame: Frame;
  /** Lower case; undefined for a bare column. */
  readonly qualifier?: string;
  /** Lower case; undefined for a qualifier without its column, or with a star. */
  readonly column?: string;
  /** The last part of the name ends the text and may still grow. */
  readonly isPartial: boolean;
}

/** Clauses a JOIN can follow. */
const fromClauses: ReadonlySet<Clause> = new Set(['from', 'join', 'on', 'using']);

export class Unfinished {
  readonly pending: PendingName[] = [];
  private readonly statement: StatementText;
  private readonly to: number;
  private readonly isEnded: boolean;

  /** @param to offset where the written text ends, the rest being behind the cursor; undefined for a text at rest */
  constructor(
    private readonly shape: Shape,
    private readonly names: SchemaNames,
    to: number | undefined,
  ) {
    this.statement = shape.statement;
    this.to = to ?? Infinity;
    // A semicolon ends it; white space does not, because a model writes it as a token of its own.
    this.isEnded =
      to === undefined || this.statement.raw(shape.tokens.findLastIndex((token) => token.from < to)) === ';';
  }

  /** Whether the token may be the beginning of a longer name that is still being written. */
  isPartial(i: number): boolean {
    const token = this.shape.tokens[i];
    return token !== undefined && token.to === this.to && (token.kind === 'word' || !token.closed);
  }

  /** Whether the name at i may grow into one of the names: keys as the schema has them, or names of the text in lower case. */
  mayBecome(i: number, keys: Iterable<string>): boolean {
    if (!this.isPartial(i)) return false;
    const key = this.statement.key(i);
    const lower = key.toLowerCase();
    for (const known of keys) if (known.startsWith(key) || known.startsWith(lower)) return true;
    return false;
  }

  /** Whether the word at i may grow into a keyword or a function. */
  mayBecomeWord(i: number): boolean {
    if (this.shape.tokens[i]?.kind !== 'word') return false;
    const { dialect } = this.statement;
    return this.mayBecome(i, keywordsOf(dialect)) || this.mayBecome(i, functionsOf(dialect));
  }

  wait(i: number, frame: Frame, name: Omit<PendingName, 'frame' | 'isPartial'>): void {
    if (this.to === Infinity) return;
    const open = visibleFrames(frame).find((f) => this.isOpen(f)) ?? frame;
    this.pending.push({ frame: open, ...name, isPartial: this.isPartial(i) });
  }

  /**
   * Whether relations that the name at i may come from are not written yet: there are none at all, or it stands in a
   * select list whose FROM has not begun or may still grow by a JOIN.
   */
  isPending(i: number, frame: Frame): boolean {
    if (this.isEnded) return false;
    const visible = visibleFrames(frame);
    const at = this.shape.tokens[i]?.from ?? 0;
    if (clauseAt(frame, at) === 'select') return visible.some((f) => this.isOpen(f));
    if (visible.every((f) => f.relations.length === 0)) return visible.some((f) => this.to <= f.to);
    return this.isBeforeFrom(visible.slice(1));
  }

  /** Whether one of these queries around has no FROM yet: `SELECT (SELECT name FROM customers WHERE id = `. */
  private isBeforeFrom(around: readonly Frame[]): boolean {
    const reads = (f: Frame): boolean => f.marks.some((m) => m.clause === 'select');
    return around.some((f) => reads(f) && f.relations.length === 0 && this.to <= f.to);
  }

  /** Whether the word at i may grow into a qualifier: the name of a table, or an alias, which is short. */
  private mayBecomeQualifier(i: number): boolean {
    if (!this.isPartial(i) || this.statement.raw(i - 1) === '.') return false;
    return /^\p{L}{1,3}\d?$/u.test(this.statement.raw(i)) || this.mayBecome(i, this.names.tableKeys());
  }

  /** A column of any table or common table, or the beginning of a qualifier: what a name may be that waits. */
  isKnownSomewhere(i: number, frame: Frame): boolean {
    const key = this.statement.key(i);
    if (this.names.tablesWith(key).length > 0 || this.mayBecome(i, this.names.columnKeys())) return true;
    const ctes = framesOutwards(frame).flatMap((f) => f.ctes);
    const isColumnOf = (columns: readonly string[] | undefined): boolean => {
      if (columns === undefined) return true;
      const lower = columns.map((name) => name.toLowerCase());
      return lower.includes(key.toLowerCase()) || this.mayBecome(i, lower);
    };
    if (ctes.some((cte) => isColumnOf(cte.columns))) return true;
    if (this.mayBecomeQualifier(i)) return true;
    if (this.statement.raw(i - 1) === '.') return false;
    return this.mayBecome(
      i,
      ctes.map((cte) => cte.name.toLowerCase()),
    );
  }

  /** Whether the query's FROM has not begun at the end of the text, or may still grow. */
  private isOpen(f: Frame): boolean {
    if (this.to < f.from || f.to < this.to) return false;
    const mark = f.marks.findLast((m) => m.to < this.to);
    if (mark?.clause === 'select') return !f.marks.some((m) => m.clause === 'from' && m.from >= this.to);
    return mark !== undefined && fromClauses.has(mark.clause);
  }
}
