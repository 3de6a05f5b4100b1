/**
 * The columns of a statement: names alone, in SET, in INSERT's list and in USING, with what is wrong about them. The
 * part of resolve.ts that needs no path; it decides when a name is certainly unknown.
 */
import type { Dialect, Schema } from '../schema/model';
import { SchemaNames } from '../schema/names';
import { selectAliasesIn } from './pseudoNames';
import { nearestNames } from '../sql/nearest';
import type { RelationColumn } from './relationColumns';
import type { Resolved, Surroundings } from './resolve';
import { framesOutwards } from '../sql/shape/scope';
import type { Frame, RelationInScope, Shape } from '../sql/shape/shape';
import { Visible } from './visible';
import { Words } from './nonIdentifiers';

export type Meaning = Omit<Resolved, 'from' | 'to' | 'name'>;

export abstract class ColumnResolver {
  protected readonly names: SchemaNames;
  protected readonly visible: Visible;
  protected readonly words: Words;
  /** Whether problems are told at all. */
  protected readonly judges: boolean;
  protected readonly meanings = new Map<number, Meaning>();

  constructor(
    protected readonly text: string,
    protected readonly shape: Shape,
    schema: Schema,
    protected readonly dialect: Dialect,
    protected readonly around?: Surroundings,
  ) {
    this.names = SchemaNames.of(schema);
    this.visible = new Visible(text, shape, this.names, dialect);
    this.words = new Words(text, shape, dialect);
    this.judges = schema.tables.length > 0 && around?.judges !== false;
  }

  protected single(i: number, frame: Frame): void {
    const key = this.visible.key(i);
    const clause = this.visible.clause(i);
    if (clause === 'set' && this.isSetTarget(i)) {
      this.targetColumn(i, frame);
      return;
    }
    const aliases = selectAliasesIn(clause, this.dialect);
    if (aliases === 'first' && this.selectAlias(i, key, frame)) return;
    const found = this.visible.find(key, i, frame);
    if (found.kind === 'one') {
      this.meanings.set(i, this.columnMeaning(found.relation, found.column));
      return;
    }
    if (aliases !== 'never' && this.selectAlias(i, key, frame)) return;
    if (found.kind === 'several') {
      const { relations } = found;
      this.meanings.set(i, {
        kind: 'column',
        ...this.columnOf(found.column),
        ...(this.judges ? { problem: 'ambiguous-column', candidates: () => relations.map(goesBy) } : {}),
      });
      return;
    }
    // A table's name may stand for its whole row, a table function's for its value.
    const relation = this.visible.qualifier(key, i, frame);
    if (relation !== undefined) {
      this.meanings.set(i, this.aliasMeaning(relation));
      return;
    }
    this.meanings.set(i, {
      kind: 'column',
      ...(found.kind === 'none' && this.mayJudge(i, frame)
        ? this.unknownColumn(key, this.visible.relationsAround(i, frame))
        : {}),
    });
  }

  /** Whether an unknown name at i is certainly wrong, as far as its place tells. */
  protected mayJudge(i: number, frame: Frame): boolean {
    if (!this.judges || frame.opaque) return false;
    if (this.visible.isPseudoColumn(this.visible.key(i)) || this.words.isBesideOperand(i)) return false;
    const token = this.shape.tokens[i];
    // SQLite takes a name in double quotes that it does not know for a string.
    if (token?.kind === 'quoted' && this.dialect === 'sqlite' && this.text.charAt(token.from) === '"')
      return false;
    if (this.words.raw(i - 1) === '[' || this.words.raw(i - 1) === '@') return false;
    const clause = this.visible.clause(i);
    return (
      clause !== 'none' &&
      clause !== 'with' &&
      clause !== 'values' &&
      clause !== 'limit' &&
      clause !== 'window'
    );
  }

  protected unknownColumn(
    key: string,
    relations: readonly RelationInScope[],
  ): Pick<Resolved, 'problem' | 'candidates'> {
    return {
      problem: 'unknown-column',
      candidates: () =>
        nearestNames(
          key,
          relations.flatMap((r) => this.visible.columns.of(r)?.map((c) => c.name) ?? []),
        ),
    };
  }

  private selectAlias(i: number, key: string, frame: Frame): boolean {
    const wanted = key.toLowerCase();
    // Behind a set operation the names are those of its first part.
    const parts = frame.firstPart === undefined ? [frame] : [frame.firstPart, frame];
    for (const f of parts) {
      const isFirst = f === frame.firstPart;
      const item = f.items.find(
        (one) =>
          one.kind === 'column' && one.name.toLowerCase() === wanted && (isFirst || one.tokens.length > 1),
      );
      const token = item?.tokens.at(-1);
      if (token !== undefined && token !== i) {
        this.meanings.set(i, { kind: 'select-alias', ...this.originOf(token) });
        return true;
      }
      if (
        isFirst &&
        this.visible.columns.ofQuery(f)?.some((c) => c.name.toLowerCase() === wanted) !== false
      ) {
        this.meanings.set(i, { kind: 'select-alias' });
        return true;
      }
    }
    return false;
  }

  /** Left of `=` in SET, where a column of the target stands. */
  private isSetTarget(i: number): boolean {
    const previous = this.words.raw(i - 1);
    return (previous === 'set' || previous === ',') && this.words.raw(i + 1) === '=';
  }

  protected targetColumn(i: number, frame: Frame): void {
    const key = this.visible.key(i);
    // SET of a MySQL update over several tables may name a column of any of them.
    const several =
      this.visible.clause(i) === 'set' && this.dialect === 'mysql' && frame.relations.length > 1;
    const targets = framesOutwards(frame).flatMap((f) => f.relations.filter((r) => r.target !== undefined));
    const relations = several ? frame.relations : targets.slice(0, 1);
    for (const relation of relations) {
      const column = this.visible.columns.find(relation, key);
      if (column === undefined) continue;
      this.meanings.set(i, this.columnMeaning(relation, column));
      return;
    }
    const isKnown = relations.length > 0 && relations.every((r) => this.visible.columns.isKnown(r));
    const judged = this.judges && isKnown && !frame.lacksRelation && !this.visible.isPseudoColumn(key);
    this.meanings.set(i, {
      kind: 'column',
      ...(relations[0] === undefined ? {} : { relation: relations[0] }),
      ...(judged ? this.unknownColumn(key, relations) : {}),
    });
  }

  protected usingColumn(i: number, frame: Frame): void {
    const key = this.visible.key(i);
    const joined = frame.relations.filter((r) => (r.nameToken ?? r.aliasToken ?? 0) < i);
    const right = joined.at(-1);
    const left = joined.slice(0, -1);
    const found = joined.find((relation) => this.visible.columns.find(relation, key) !== undefined);
    const column = found && this.visible.columns.find(found, key);
    const has = (relation: RelationInScope) =>
      this.visible.columns.find(relation, key) !== undefined || !this.visible.columns.isKnown(relation);
    const fits = right === undefined || left.length === 0 || (has(right) && left.some(has));
    this.meanings.set(i, {
      ...(found && column ? this.columnMeaning(found, column) : { kind: 'column' as const }),
      ...(fits || !this.judges || frame.lacksRelation ? {} : this.unknownColumn(key, joined)),
    });
  }

  protected aliasMeaning(relation: RelationInScope): Meaning {
    const table = this.visible.columns.tableOf(relation);
    return {
      kind: 'alias',
      relation,
      ...(table === undefined ? {} : { table }),
      ...this.originOf(relation.aliasToken ?? relation.nameToken),
    };
  }

  protected columnMeaning(relation: RelationInScope | undefined, column: RelationColumn): Meaning {
    return { kind: 'column', ...withRelation(relation), ...this.columnOf(column) };
  }

  private columnOf({ table, column, token }: RelationColumn): Partial<Meaning> {
    return {
      ...(table === undefined ? {} : { table }),
      ...(column === undefined ? {} : { column }),
      ...this.originOf(token),
    };
  }

  protected originOf(i: number | undefined): Pick<Resolved, 'origin'> {
    const token = i === undefined ? undefined : this.shape.tokens[i];
    return token === undefined ? {} : { origin: { from: token.from, to: token.to } };
  }
}

/** What a relation is called in its query. */
export function goesBy(relation: RelationInScope): string {
  return relation.alias ?? relation.name ?? '';
}

export function withRelation(relation: RelationInScope | undefined): { relation?: RelationInScope } {
  return relation === undefined ? {} : { relation };
}
