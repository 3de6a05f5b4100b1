/**
 * Knows what the end of a text that is being written leaves open: its last name may still grow, and a later FROM or
 * JOIN may bring the relation of a name that is already there. A complete text leaves nothing open.
 */
import type { SchemaNames } from '../schema/names';
import { functionsOf, keywordsOf } from '../sql/keywords';
import { clauseAt, framesOutwards, visibleFrames } from '../sql/shape/scope';
import type { Clause, Frame, Shape } from '../sql/shape/shape';
import type { StatementText } from '../sql/shape/statementText';

/** A name that is not in scope yet, but that a later FROM or JOIN may bring into scope. */
export interface PendingName {
  /** The query whose FROM or JOIN would bring it. */
  readonly frame: Frame;
  /** In lower case; undefined for an unqualified column. */
  readonly qualifier?: string;
  /** In lower case; undefined for a qualifier without a column, or with a star. */
  readonly column?: string;
  /** True when the last part of the name ends the text and may still grow. */
  readonly isPartial: boolean;
}

/** Clauses that a JOIN can follow. */
const fromClauses: ReadonlySet<Clause> = new Set(['from', 'join', 'on', 'using']);

export class Unfinished {
  readonly pending: PendingName[] = [];
  private readonly statement: StatementText;
  private readonly to: number;
  private readonly isEnded: boolean;

  /** @param to offset where the written text ends (the cursor); undefined for a complete text */
  constructor(
    private readonly shape: Shape,
    private readonly names: SchemaNames,
    to: number | undefined,
  ) {
    this.statement = shape.statement;
    this.to = to ?? Infinity;
    // A semicolon ends the statement. White space does not, because a model writes it as a token of its own.
    this.isEnded =
      to === undefined || this.statement.raw(shape.tokens.findLastIndex((token) => token.from < to)) === ';';
  }

  /** True when the token may be the beginning of a longer name. */
  isPartial(i: number): boolean {
    const token = this.shape.tokens[i];
    return token !== undefined && token.to === this.to && (token.kind === 'word' || !token.closed);
  }

  /** True when the name at i may grow into one of the names: keys of the schema, or names of the text in lower case. */
  mayBecome(i: number, keys: Iterable<string>): boolean {
    if (!this.isPartial(i)) return false;
    const key = this.statement.key(i);
    const lower = key.toLowerCase();
    for (const known of keys) if (known.startsWith(key) || known.startsWith(lower)) return true;
    return false;
  }

  /** True when the word at i may grow into a keyword or a function. */
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
   * True when a relation that could have the name is not written yet: the query has none at all, or the name stands in
   * a select list whose FROM has not begun or may get another JOIN.
   */
  isPending(i: number, frame: Frame): boolean {
    if (this.isEnded) return false;
    const visible = visibleFrames(frame);
    const at = this.shape.tokens[i]?.from ?? 0;
    if (clauseAt(frame, at) === 'select') return visible.some((f) => this.isOpen(f));
    if (visible.every((f) => f.relations.length === 0)) return visible.some((f) => this.to <= f.to);
    return this.isBeforeFrom(visible.slice(1));
  }

  /** True when one of the queries around has no FROM yet: `SELECT (SELECT name FROM customers WHERE id = `. */
  private isBeforeFrom(around: readonly Frame[]): boolean {
    const reads = (f: Frame): boolean => f.marks.some((m) => m.clause === 'select');
    return around.some((f) => reads(f) && f.relations.length === 0 && this.to <= f.to);
  }

  /** True when the word at i may grow into a qualifier: the name of a table, or an alias, which is short. */
  private mayBecomeQualifier(i: number): boolean {
    if (!this.isPartial(i) || this.statement.raw(i - 1) === '.') return false;
    return /^\p{L}{1,3}\d?$/u.test(this.statement.raw(i)) || this.mayBecome(i, this.names.tableKeys());
  }

  /**
   * True when a waiting name can still come true: it is a column of some table or common table, or may become a
   * qualifier.
   */
  isKnownSomewhere(i: number, frame: Frame): boolean {
    const key = this.statement.key(i);
    if (this.names.tablesWith(key).length > 0 || this.mayBecome(i, this.names.columnKeys())) return true;
    // SQLite's full-text tables have a column of their own name.
    const table = this.names.table(key);
    if (table?.hiddenColumns?.some(({ name }) => name === table.name) === true) return true;
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

  /** True when the query's FROM has not begun at the end of the text, or may still grow. */
  private isOpen(f: Frame): boolean {
    if (this.to < f.from || f.to < this.to) return false;
    const mark = f.marks.findLast((m) => m.to < this.to);
    if (mark?.clause === 'select') return !f.marks.some((m) => m.clause === 'from' && m.from >= this.to);
    return mark !== undefined && fromClauses.has(mark.clause);
  }
}
