/** Resolves qualified names of expressions: `t.column`, `schema.t.column`, `excluded.column`, `column.field`. */
import { nearestNames } from '../sql/nearest';
import { framesOutwards, visibleFrames } from '../sql/shape/scope';
import type { Clause, Frame } from '../sql/shape/shape';
import { goesBy, type Meaning, type NameContext } from './nameContext';
import { isSystemRelation } from './pseudoNames';
import type { ColumnResolver } from './resolveColumns';

/** Names of rows in triggers, upserts and T-SQL's OUTPUT. */
const pseudoQualifiers = new Set(['new', 'old', 'excluded', 'inserted', 'deleted', 'values']);

export class PathResolver {
  constructor(
    private readonly context: NameContext,
    private readonly columns: ColumnResolver,
  ) {}

  /** @param path one name with a dot behind it, or several names */
  qualified(path: readonly number[], frame: Frame): void {
    const { visible, statement, names, meanings } = this.context;
    const [first = 0, second, third] = path;
    const key = statement.key(first);
    const relation = visible.qualifier(key, first, frame);
    if (relation !== undefined) {
      meanings.set(first, this.context.aliasMeaning(relation));
      if (second !== undefined) this.columns.member(second, relation, frame);
      return;
    }
    const isNamespace = names.isNamespace(key) || isSystemRelation(key);
    if (second !== undefined && isNamespace) {
      const table = visible.relationNamed(statement.key(second), key, first, frame);
      if (table !== undefined) {
        meanings.set(first, { kind: 'namespace' });
        meanings.set(second, this.context.aliasMeaning(table));
        if (third !== undefined) this.columns.member(third, table, frame);
        return;
      }
    }
    if (isSystemRelation(key) || this.isRow(first, frame)) {
      this.columns.pseudoMember(path, frame);
      return;
    }
    // The first name may be a column: DuckDB's structs and PostgreSQL's composite types have fields.
    const found = visible.find(key, first, frame);
    if (found.kind === 'one' || found.kind === 'several') {
      const from = found.kind === 'one' ? found.relation : undefined;
      meanings.set(first, this.context.columnMeaning(from, found.column));
      return;
    }
    const table = names.table(key);
    const isAlias = visibleFrames(frame).some((f) =>
      f.selectAliases.some((one) => one.toLowerCase() === key),
    );
    const isJudged =
      (found.kind === 'none' || (found.kind === 'open' && statement.dialect !== 'duckdb')) &&
      path.length <= 2 &&
      !isNamespace &&
      // MySQL lets the statement name the row that could not be inserted.
      !(statement.dialect === 'mysql' && frame.marks.some((m) => m.clause === 'conflict')) &&
      this.columns.mayJudge(first, frame) &&
      visible.isComplete(first, frame);
    const isKnown =
      this.mayCome(first, second, frame) ||
      // DuckDB: an earlier item of the select list may have named a struct.
      (statement.dialect === 'duckdb' && isAlias) ||
      (isNamespace && third !== undefined) ||
      (!this.context.judges && table !== undefined);
    meanings.set(first, {
      kind: 'alias',
      ...(table === undefined ? {} : { table }),
      ...(isKnown ? {} : this.unknownQualifier(first, second, isJudged, frame)),
    });
    if (second === undefined) return;
    const column = table && names.column(table, statement.key(second));
    const isColumn =
      column !== undefined || (third !== undefined && isNamespace) || this.mayBeMember(path, frame);
    meanings.set(second, {
      kind: 'column',
      ...(table && column ? { table, column } : {}),
      ...(isColumn ? {} : { doubtful: true }),
    });
  }

  /** True when the name stands for a row of the statement or of a trigger, without a FROM. */
  private isRow(i: number, frame: Frame): boolean {
    const { visible, statement, names, rowTable, isInRoutine } = this.context;
    const key = statement.key(i).toLowerCase();
    if (frame.rowNames.includes(key)) return true;
    if (!pseudoQualifiers.has(key)) return false;
    const chain = framesOutwards(frame);
    const isIn = (clause: Clause): boolean => chain.some((f) => f.marks.some((m) => m.clause === clause));
    if (key === 'excluded') return isIn('conflict') && visible.clause(i) !== 'returning';
    if (key !== 'new' && key !== 'old') return true;
    const isKnownRow = rowTable !== undefined || isInRoutine || names.schema.variables !== undefined;
    return isKnownRow || isIn('returning') || statement.raw(0) === 'create' || statement.raw(0) === 'alter';
  }

  /** Resolves a call behind a namespace or a value: `dbo.f(x)`, `name.upper()`. */
  called(path: readonly number[], frame: Frame): void {
    const { visible, statement, names, meanings } = this.context;
    const [first = 0, second] = path;
    const last = path.at(-1) ?? first;
    const key = statement.key(first);
    const isKnown =
      second === undefined ||
      names.isNamespace(key) ||
      isSystemRelation(key) ||
      ['one', 'several'].includes(visible.find(key, first, frame).kind);
    meanings.set(last, { kind: 'function', ...(isKnown ? {} : { doubtful: true }) });
  }

  /** True when the text is still being written and may yet bring a relation of that name. */
  private mayCome(first: number, second: number | undefined, frame: Frame): boolean {
    const { statement, unfinished } = this.context;
    if (!unfinished.isPending(first, frame)) return false;
    const isOpen = second === undefined && ['', '*'].includes(statement.written(first + 2));
    if (isOpen) unfinished.wait(first, frame, { qualifier: statement.key(first) });
    return true;
  }

  /** True when the member may be a column of a relation that is still to come. */
  private mayBeMember(path: readonly number[], frame: Frame): boolean {
    const { statement, names, unfinished } = this.context;
    const [first = 0, second = 0] = path;
    const qualifier = statement.key(first);
    const table = names.table(qualifier);
    if (table === undefined && names.isNamespace(qualifier))
      return (
        names.table(statement.key(second), qualifier) !== undefined ||
        unfinished.mayBecome(second, names.tableKeys())
      );
    const isKnown =
      table === undefined
        ? unfinished.isKnownSomewhere(second, frame)
        : names.column(table, statement.key(second)) !== undefined ||
          unfinished.mayBecome(second, names.columnKeys(table));
    if (isKnown) unfinished.wait(second, frame, { qualifier, column: statement.key(second).toLowerCase() });
    return isKnown;
  }

  private unknownQualifier(
    i: number,
    member: number | undefined,
    isCertain: boolean,
    frame: Frame,
  ): Partial<Meaning> {
    const { visible, statement } = this.context;
    const relations = visible.relationsAround(i, frame);
    const candidates = () => {
      const having =
        member === undefined
          ? []
          : relations.filter((r) => visible.columns.find(r, statement.key(member)) !== undefined);
      const near = nearestNames(statement.key(i), relations.map(goesBy));
      return [...new Set([...near, ...having.map(goesBy)])];
    };
    return this.context.unknown(i, 'unknown-table', isCertain, () => [], candidates);
  }
}
