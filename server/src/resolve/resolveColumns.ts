/**
 * Resolves columns: unqualified names, and names in SET, in INSERT's list and in USING. Reports what is wrong with
 * them.
 */
import { framesOutwards, visibleFrames } from '../sql/shape/scope';
import type { Clause, Frame, RelationInScope } from '../sql/shape/shape';
import { goesBy, withRelation, type Meaning, type NameContext } from './nameContext';
import { isSystemRelation, pseudoColumns, selectAliasesIn } from './pseudoNames';
import type { Found } from './visible';

export class ColumnResolver {
  constructor(private readonly context: NameContext) {}

  /** Resolves an unqualified name of an expression. */
  single(i: number, frame: Frame): void {
    const { visible, statement, meanings } = this.context;
    const key = statement.key(i);
    const clause = visible.clause(i);
    if (clause === 'set' && this.isSetTarget(i, frame)) {
      this.targetColumn(i, frame);
      return;
    }
    const aliases = selectAliasesIn(clause, statement.dialect);
    if (aliases === 'first' && this.selectAlias(i, key, frame)) return;
    const found = visible.find(key, i, frame);
    if (found.kind === 'one') {
      meanings.set(i, this.context.columnMeaning(found.relation, found.column));
      return;
    }
    if (aliases !== 'never' && this.selectAlias(i, key, frame)) return;
    if (statement.dialect === 'duckdb' && this.outerAlias(i, key, frame)) return;
    if (found.kind === 'several') {
      const { relations } = found;
      meanings.set(i, {
        ...this.context.columnMeaning(undefined, found.column),
        ...(this.context.judges
          ? { problem: 'ambiguous-column', candidates: () => relations.map(goesBy) }
          : {}),
      });
      return;
    }
    // A table's name may stand for its whole row, and a table function's for its value.
    const relation = visible.qualifier(key, i, frame);
    if (relation !== undefined) meanings.set(i, this.context.aliasMeaning(relation));
    else meanings.set(i, { kind: 'column', ...this.unknownSingle(i, found.kind, frame) });
  }

  /** What to report about an unqualified name that no relation has. */
  private unknownSingle(i: number, found: Found['kind'], frame: Frame): Partial<Meaning> {
    const { visible, statement, names, unfinished } = this.context;
    const key = statement.key(i);
    const clause = visible.clause(i);
    if (found === 'open' || clause === 'none' || clause === 'with' || visible.isPseudoColumn(key)) return {};
    const { variables } = names.schema;
    if (variables?.includes(key.toLowerCase()) === true) return {};
    const relations = visible.relationsAround(i, frame);
    // A query around may have it.
    if (found === 'unwritten' && relations.some((r) => visible.mayHave(r, key))) return {};
    // Statements whose grammar is not read: GRANT SELECT (name) ON customers.
    const isNamed =
      names.table(key) !== undefined ||
      names.tablesWith(key).length > 0 ||
      frame.relations.some((r) => visible.mayHave(r, key));
    if (!this.context.judges && isNamed) return {};
    if (unfinished.mayBecomeWord(i)) return {};
    if (unfinished.isPending(i, frame) && unfinished.isKnownSomewhere(i, frame)) {
      unfinished.wait(i, frame, { column: key.toLowerCase() });
      return {};
    }
    const isUnwritten = found === 'unwritten' && !this.readsNothing(frame, clause);
    return this.unknownColumn(i, relations, !isUnwritten && this.mayJudge(i, frame), () => [
      ...visibleFrames(frame).flatMap((f) => f.selectAliases),
      ...relations.map(goesBy),
      ...(variables ?? []),
    ]);
  }

  /** True when the query certainly has no FROM: INSERT's VALUES have none, or the statement has ended. */
  private readsNothing(frame: Frame, clause: Clause): boolean {
    const { dialect } = this.context.statement;
    const isInserted = frame.relations.some((r) => r.target === 'insert') && dialect !== 'mysql';
    if (clause === 'values' && isInserted) return !frame.lacksRelation && frame.parent === undefined;
    // The arguments of a table function have no word SELECT before them.
    const reads = frame.marks.some((m) => m.clause === 'select' && m.from < m.to);
    const isWhole = !frame.lacksRelation && !frame.opaque;
    return this.context.isEnded && reads && frame.relations.length === 0 && isWhole;
  }

  /** True when the place allows to call an unknown name at i certainly wrong. */
  mayJudge(i: number, frame: Frame): boolean {
    const { statement, words } = this.context;
    if (frame.opaque || words.isBesideOperand(i)) return false;
    // SQLite reads an unknown name in double quotes as a string.
    if (statement.dialect === 'sqlite' && statement.written(i).startsWith('"')) return false;
    return statement.raw(i - 1) !== '[' && statement.raw(i - 1) !== '@';
  }

  private unknownColumn(
    i: number,
    relations: readonly RelationInScope[],
    isCertain: boolean,
    more: () => readonly string[] = () => [],
  ): Partial<Meaning> {
    const { statement, unfinished } = this.context;
    const columns = () => relations.flatMap((r) => this.context.columnNames(r));
    const others = () => [...more(), ...pseudoColumns[statement.dialect]].map(lower);
    if (unfinished.isPartial(i) && unfinished.mayBecome(i, others())) return {};
    return this.context.unknown(i, 'unknown-column', isCertain, columns);
  }

  private selectAlias(i: number, key: string, frame: Frame): boolean {
    const { visible, meanings } = this.context;
    const wanted = key.toLowerCase();
    // Behind a set operation the names are those of its first part.
    const parts = frame.firstPart === undefined ? [frame] : [frame.firstPart, frame];
    for (const f of parts) {
      const isFirst = f === frame.firstPart;
      const item = f.items.find(
        (one) =>
          one.kind === 'column' &&
          visible.columns.itemName(one).toLowerCase() === wanted &&
          (isFirst || one.tokens.length > 1),
      );
      const token = item?.tokens.at(-1);
      if (token !== undefined && token !== i) {
        meanings.set(i, { kind: 'select-alias', ...this.context.originOf(token) });
        return true;
      }
      if (isFirst && visible.columns.ofQuery(f)?.some((c) => c.name.toLowerCase() === wanted) !== false) {
        meanings.set(i, { kind: 'select-alias' });
        return true;
      }
    }
    return false;
  }

  /** DuckDB: a subquery in a select list may name what that list has named before. */
  private outerAlias(i: number, key: string, frame: Frame): boolean {
    return visibleFrames(frame)
      .slice(1)
      .some((f) => this.selectAlias(i, key, f));
  }

  /** True left of `=` in SET, where a column of the target stands. */
  private isSetTarget(i: number, frame: Frame): boolean {
    const { statement } = this.context;
    const previous = statement.raw(i - 1);
    // MySQL's ON DUPLICATE KEY UPDATE works like SET.
    const isUpsert = previous === 'update' && statement.raw(i - 2) === 'key';
    if (previous !== 'set' && previous !== ',' && !isUpsert) return false;
    if (statement.raw(i + 1) === '=') return true;
    // The `=` is still to come, but not within the arguments of a function.
    const opening = statement.token(statement.opening(i))?.from ?? -1;
    const set = frame.marks.findLast((m) => m.clause === 'set')?.from ?? 0;
    return i === statement.tokens.length - 1 && opening < set;
  }

  /**
   * Resolves a column in INSERT's list. In PostgreSQL `home.city` is a part of one; in other dialects the table may
   * stand before it.
   */
  insertColumn(path: readonly number[], frame: Frame): void {
    const { statement, meanings } = this.context;
    const [first = 0] = path;
    const target = frame.relations.find((r) => r.target !== undefined);
    const isQualified =
      target !== undefined && goesBy(target).toLowerCase() === statement.key(first).toLowerCase();
    if (isQualified && path.length > 1) {
      meanings.set(first, this.context.aliasMeaning(target));
      this.targetColumn(path.at(-1) ?? first, frame);
    } else this.targetColumn(first, frame);
  }

  /** Resolves a column of the target: in INSERT's list, or left of `=` in SET. */
  targetColumn(i: number, frame: Frame): void {
    const { visible, statement, meanings } = this.context;
    const key = statement.key(i);
    // SET of a MySQL update of several tables may name a column of any of them.
    const several =
      visible.clause(i) === 'set' && statement.dialect === 'mysql' && frame.relations.length > 1;
    const targets = framesOutwards(frame).flatMap((f) => f.relations.filter((r) => r.target !== undefined));
    const relations = several ? frame.relations : targets.slice(0, 1);
    for (const relation of relations) {
      const column = visible.columns.find(relation, key);
      if (column === undefined) continue;
      meanings.set(i, this.context.columnMeaning(relation, column));
      return;
    }
    // MySQL's UPDATE a, b SET a.x: the qualifier is there, its column is still to come.
    const isQualifier =
      several && this.context.unfinished.isPartial(i) && relations.some((r) => isBeginning(key, goesBy(r)));
    const isKnown =
      !isQualifier && relations.length > 0 && relations.every((r) => visible.columns.isKnown(r));
    const isRefused = isKnown && !visible.isPseudoColumn(key);
    meanings.set(i, {
      kind: 'column',
      ...(relations[0] === undefined ? {} : { relation: relations[0] }),
      ...(isRefused ? this.unknownColumn(i, relations, !frame.lacksRelation) : {}),
    });
  }

  usingColumn(i: number, frame: Frame): void {
    const { visible, statement, meanings } = this.context;
    const key = statement.key(i);
    const joined = frame.relations.filter((r) => (r.nameToken ?? r.aliasToken ?? 0) < i);
    const right = joined.at(-1);
    const left = joined.slice(0, -1);
    const found = joined.find((relation) => visible.columns.find(relation, key) !== undefined);
    const column = found && visible.columns.find(found, key);
    const fits =
      right === undefined ||
      left.length === 0 ||
      (visible.mayHave(right, key) && left.some((r) => visible.mayHave(r, key)));
    const lacking =
      right !== undefined && !visible.mayHave(right, key) ? right : left.length === 1 ? left[0] : undefined;
    meanings.set(i, {
      ...(found && column ? this.context.columnMeaning(found, column) : { kind: 'column' as const }),
      ...(fits ? {} : { ...withRelation(lacking), ...this.unknownColumn(i, joined, !frame.lacksRelation) }),
    });
  }

  /** Resolves the name at i as a column of a relation. */
  member(i: number, relation: RelationInScope, frame: Frame): void {
    const { visible, statement, meanings } = this.context;
    const key = statement.key(i);
    const column = visible.columns.find(relation, key);
    if (column !== undefined) {
      meanings.set(i, this.context.columnMeaning(relation, column));
      return;
    }
    const isRefused =
      visible.columns.isKnown(relation) && !visible.isPseudoColumn(key) && !this.context.isFunction(key);
    meanings.set(i, {
      kind: 'column',
      relation,
      ...(isRefused ? this.unknownColumn(i, [relation], !frame.opaque) : {}),
    });
  }

  /** Resolves `excluded.name` and `new.name`: a column of the target, or of a trigger's row. */
  pseudoMember(path: readonly number[], frame: Frame): void {
    const { visible, statement, names, meanings, rowTable, unfinished } = this.context;
    const [first = 0, second] = path;
    const isSystem = isSystemRelation(statement.key(first));
    meanings.set(first, { kind: isSystem ? 'namespace' : 'alias' });
    if (second === undefined) return;
    if (rowTable !== undefined && ['new', 'old'].includes(statement.raw(first))) {
      const column = names.column(rowTable, statement.key(second));
      meanings.set(first, { kind: 'alias', table: rowTable });
      meanings.set(second, {
        kind: 'column',
        table: rowTable,
        ...(column === undefined ? {} : { column }),
      });
      return;
    }
    const target = framesOutwards(frame)
      .flatMap((f) => f.relations)
      .find((r) => r.target !== undefined);
    const key = statement.key(second);
    const column = target && visible.columns.find(target, key);
    if (column !== undefined && target !== undefined)
      meanings.set(second, this.context.columnMeaning(target, column));
    else if (statement.raw(first) === 'excluded' && target !== undefined) this.member(second, target, frame);
    else {
      const isSomewhere =
        isSystem || names.tablesWith(key).length > 0 || unfinished.mayBecome(second, names.columnKeys());
      meanings.set(second, { kind: 'column', ...(isSomewhere ? {} : { doubtful: true }) });
    }
  }
}

const lower = (name: string): string => name.toLowerCase();

const isBeginning = (key: string, name: string): boolean => lower(name).startsWith(lower(key));
