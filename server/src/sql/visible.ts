/**
 * What can be named at a token of a statement: the relations of the queries around it and their columns. The lookups
 * that resolve.ts is made of; judges nothing.
 */
import type { Dialect } from '../schema/model';
import { nameKey, type SchemaNames } from '../schema/names';
import { pseudoColumns } from './dialects';
import { RelationColumns, type RelationColumn } from './relationColumns';
import { clauseAt, framesOutwards, visibleFrames } from './scope';
import type { Clause, CommonTable, Frame, RelationInScope, Shape } from './shape';
import { identifierName } from './tokens';

/** What a name alone finds in the relations of the queries around it. */
export type Found =
  | { readonly kind: 'one'; readonly relation: RelationInScope; readonly column: RelationColumn }
  | {
      readonly kind: 'several';
      readonly relations: readonly RelationInScope[];
      readonly column: RelationColumn;
    }
  | { readonly kind: 'none' }
  /** It may be a column of a relation whose columns are not known, or that is not written yet. */
  | { readonly kind: 'open' };

export class Visible {
  readonly columns: RelationColumns;

  constructor(
    private readonly text: string,
    private readonly shape: Shape,
    private readonly names: SchemaNames,
    private readonly dialect: Dialect,
  ) {
    this.columns = new RelationColumns(text, shape, names);
  }

  find(key: string, i: number, frame: Frame): Found {
    const chain = visibleFrames(frame);
    for (const f of chain) {
      const relations = this.relationsOf(f, i);
      const found = relations.flatMap((relation) => {
        const column = this.columns.find(relation, key);
        return column === undefined ? [] : [{ relation, column }];
      });
      const [first] = found;
      if (first !== undefined) {
        const distinct = found.filter(({ relation }, n) => n === 0 || !this.isMerged(relation, key));
        if (distinct.length === 1 || f.opaque) return { kind: 'one', ...first };
        return { kind: 'several', relations: found.map((one) => one.relation), column: first.column };
      }
      const isOpen = f.lacksRelation || f.opaque || relations.some((r) => !this.columns.isKnown(r));
      // The innermost query's FROM may not be written yet.
      if (isOpen || (f === frame && relations.length === 0)) return { kind: 'open' };
    }
    return { kind: 'none' };
  }

  /** Relations whose columns may be named at i in a query: not what an INSERT writes to while it is reading. */
  relationsOf(frame: Frame, i: number): readonly RelationInScope[] {
    if (frame.relations.every((r) => r.target !== 'insert')) return frame.relations;
    const at = this.shape.tokens[i]?.from ?? 0;
    const seesTarget = frame.marks.some(
      (m) => (m.clause === 'conflict' || m.clause === 'returning') && m.to <= at,
    );
    if (seesTarget && this.dialect === 'mysql') return frame.relations;
    return frame.relations.filter((r) => (r.target === 'insert') === seesTarget);
  }

  relationsAround(i: number, frame: Frame): readonly RelationInScope[] {
    return visibleFrames(frame).flatMap((f) => this.relationsOf(f, i));
  }

  /** Whether the column of that key is one with the same column of a relation before it. */
  isMerged(relation: RelationInScope, key: string): boolean {
    return (
      relation.natural === true || relation.usingColumns.some((c) => c.toLowerCase() === key.toLowerCase())
    );
  }

  /** Whether all relations around i are written, so that a qualifier none of them goes by is wrong. */
  isComplete(i: number, frame: Frame): boolean {
    const frames = visibleFrames(frame);
    return frames.every((f) => !f.lacksRelation && !f.opaque) && this.relationsOf(frame, i).length > 0;
  }

  qualifier(key: string, i: number, frame: Frame): RelationInScope | undefined {
    const wanted = key.toLowerCase();
    for (const f of visibleFrames(frame)) {
      const relations = this.relationsOf(f, i);
      const found =
        relations.find((r) => r.alias?.toLowerCase() === wanted) ??
        relations.find((r) => r.alias === undefined && r.name?.toLowerCase() === wanted);
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
    for (const f of framesOutwards(frame)) {
      // A later one of the same name does not hide the schema's table in the body of an earlier one.
      const found = f.ctes.findLast((c) => c.name.toLowerCase() === wanted && (c.nameToken ?? 0) < i);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  isPseudoColumn(key: string): boolean {
    return pseudoColumns[this.dialect].includes(key.toLowerCase());
  }

  isName(i: number): boolean {
    const kind = this.shape.tokens[i]?.kind;
    return kind === 'word' || kind === 'quoted';
  }

  key(i: number): string {
    const token = this.shape.tokens[i];
    if (token === undefined) return '';
    return nameKey(identifierName(token, this.text), token.kind === 'quoted', this.dialect);
  }

  clause(i: number): Clause {
    const token = this.shape.tokens[i];
    return token === undefined ? 'none' : clauseAt(this.shape.frames[i] ?? this.shape.root, token.from);
  }
}
