/**
 * Finds what can be named at a token of a statement: the relations of the queries around it, and their columns. The
 * resolvers are built on these lookups. Reports no problems.
 */
import type { Dialect } from '../schema/model';
import type { SchemaNames } from '../schema/names';
import { pseudoColumns } from './pseudoNames';
import { RelationColumns, type RelationColumn } from './relationColumns';
import { RelationList, type Seen } from './relationList';
import { clauseAt, visibleFrames, visibleOutwards } from '../sql/shape/scope';
import type { Clause, CommonTable, Frame, RelationInScope, Shape } from '../sql/shape/shape';

/** What the lookup of an unqualified name finds in the queries around it. */
export type Found =
  | { readonly kind: 'one'; readonly relation: RelationInScope; readonly column: RelationColumn }
  | {
      readonly kind: 'several';
      readonly relations: readonly RelationInScope[];
      readonly column: RelationColumn;
    }
  | { readonly kind: 'none' }
  /** It may be a column of a relation whose columns are not known. */
  | { readonly kind: 'open' }
  /**
   * A relation that may have it is still to be written, or no relation is written at all, or PIVOT makes the columns.
   */
  | { readonly kind: 'unwritten' };

/**
 * The relations of a query: all of them, those it reads, and the one that an INSERT writes to. One list when there is
 * no INSERT.
 */
interface Lists {
  readonly all: RelationList;
  readonly read: RelationList;
  readonly written: RelationList;
  /** What SQLite's UPDATE writes to. */
  readonly updated: RelationList | undefined;
}

export class Visible {
  readonly columns: RelationColumns;
  private readonly lists = new Map<Frame, Lists>();

  private readonly dialect: Dialect;

  constructor(
    private readonly shape: Shape,
    private readonly names: SchemaNames,
  ) {
    this.columns = new RelationColumns(shape, names);
    this.dialect = shape.statement.dialect;
  }

  find(key: string, i: number, frame: Frame): Found {
    for (const place of this.places(i, frame)) {
      const { frame: f, list, seen } = place;
      const found = list.holders(key, seen);
      if (found !== undefined) {
        const { relations, column, distinct } = found;
        const [relation] = relations;
        if (relation !== undefined && (distinct === 1 || f.opaque)) return { kind: 'one', relation, column };
        return { kind: 'several', relations, column };
      }
      if (!list.isKnown(seen)) return { kind: 'open' };
      // The FROM of the innermost query may not be written yet.
      if (f.lacksRelation || f.opaque || (f === frame && list.relations.length === 0))
        return { kind: 'unwritten' };
    }
    return { kind: 'none' };
  }

  /** The relations whose columns a query may name at i. While it reads, these are without the target of an INSERT. */
  relationsOf(frame: Frame, i: number): readonly RelationInScope[] {
    const at = this.shape.tokens[i]?.from ?? 0;
    return this.listAt(frame, at).seen(this.seenAt(frame, at));
  }

  /** The query around token i and the queries around that, each with the relations that may be named there. */
  private *places(
    i: number,
    frame: Frame,
  ): Iterable<{ frame: Frame; list: RelationList; seen: Seen | undefined }> {
    let at = this.shape.tokens[i]?.from ?? 0;
    for (const f of visibleOutwards(frame)) {
      yield { frame: f, list: this.listAt(f, at), seen: this.seenAt(f, at) };
      at = f.from;
    }
  }

  /**
   * FROM and ON can name what is written before them. The right side of a SEMI JOIN can be named only in its condition.
   */
  private seenAt(frame: Frame, at: number): Seen | undefined {
    const clause = clauseAt(frame, at);
    if (clause === 'from' || clause === 'join' || clause === 'on' || clause === 'using') {
      // DuckDB's FROM may come behind the names of its tables. MERGE … USING … ON can name both.
      return (relation) => relation.to <= at;
    }
    return this.listsOf(frame).all.hasSemi ? (relation) => relation.semi !== true : undefined;
  }

  /** The relation of a query whose name or alias is token i. */
  relationAt(i: number, frame: Frame): RelationInScope | undefined {
    return this.listsOf(frame).all.at(i);
  }

  /** The relation of a query with that alias, whether the query reads it or writes to it. */
  aliased(key: string, frame: Frame): RelationInScope | undefined {
    return this.listsOf(frame).all.aliased(key);
  }

  /** @param at offset of the place */
  private listAt(frame: Frame, at: number): RelationList {
    const { all, read, written, updated } = this.listsOf(frame);
    const isBehind = (clause: Clause): boolean => frame.marks.some((m) => m.clause === clause && m.to <= at);
    // SQLite returns what is written, whatever else UPDATE reads.
    if (updated !== undefined && isBehind('returning')) return updated;
    if (read === all) return all;
    // MySQL: INSERT t SET a = 1, b = a + 1; INSERT t (a, b) VALUES (1, a + 1).
    if (this.dialect === 'mysql' && ['set', 'values'].includes(clauseAt(frame, at))) return all;
    if (written.relations.some((r) => r.target === 'merge')) {
      // Values of an inserted row come from the source. DuckDB's RETURNING names the target's columns.
      if (clauseAt(frame, at) === 'values') return read;
      return this.dialect === 'duckdb' && isBehind('returning') ? written : all;
    }
    if (isBehind('conflict') || isBehind('returning')) return this.dialect === 'mysql' ? all : written;
    return read;
  }

  private listsOf(frame: Frame): Lists {
    let lists = this.lists.get(frame);
    if (lists === undefined) {
      const listOf = (relations: readonly RelationInScope[]) => new RelationList(relations, this.columns);
      const all = listOf(frame.relations);
      const [written, read] = [true, false].map((isTarget) =>
        frame.relations.filter((r) => (r.target === 'insert' || r.target === 'merge') === isTarget),
      );
      const target = frame.relations.find((r) => r.target === 'update');
      const updated = this.dialect === 'sqlite' && target !== undefined ? listOf([target]) : undefined;
      lists =
        written?.length === 0
          ? { all, read: all, written: all, updated }
          : { all, read: listOf(read ?? []), written: listOf(written ?? []), updated };
      this.lists.set(frame, lists);
    }
    return lists;
  }

  relationsAround(i: number, frame: Frame): readonly RelationInScope[] {
    return [...this.places(i, frame)].flatMap(({ list, seen }) => list.seen(seen));
  }

  /** True when all relations around i are written, so that a qualifier which stands for none of them is wrong. */
  isComplete(i: number, frame: Frame): boolean {
    const frames = visibleFrames(frame);
    return frames.every((f) => !f.lacksRelation && !f.opaque) && this.relationsOf(frame, i).length > 0;
  }

  qualifier(key: string, i: number, frame: Frame): RelationInScope | undefined {
    for (const { list, seen } of this.places(i, frame)) {
      const found = list.qualifier(key, seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  relationNamed(key: string, namespace: string, i: number, frame: Frame): RelationInScope | undefined {
    const table = this.names.table(key, namespace);
    const relations = this.relationsAround(i, frame);
    if (table !== undefined) return relations.find((r) => this.columns.tableOf(r) === table);
    return relations.find((r) => r.name?.toLowerCase() === key.toLowerCase() && r.namespace !== undefined);
  }

  commonTable(key: string, frame: Frame, i: number): CommonTable | undefined {
    const wanted = key.toLowerCase();
    const at = this.shape.tokens[i]?.from ?? 0;
    for (let f: Frame | undefined = frame; f !== undefined; f = f.parent) {
      // A common table's own query, and those before it, see the schema's table of that name, unless it is recursive.
      const found = f.ctes.findLast(
        (c) => c.name.toLowerCase() === wanted && (c.recursive === true || (c.body?.to ?? c.from) < at),
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** True when a relation has the column, or may have it because not all its columns are known. */
  mayHave(relation: RelationInScope, key: string): boolean {
    return this.columns.find(relation, key) !== undefined || !this.columns.isKnown(relation);
  }

  isPseudoColumn(key: string): boolean {
    return pseudoColumns[this.dialect].includes(key.toLowerCase());
  }

  clause(i: number): Clause {
    const token = this.shape.tokens[i];
    return token === undefined ? 'none' : clauseAt(this.shape.frames[i] ?? this.shape.root, token.from);
  }
}
