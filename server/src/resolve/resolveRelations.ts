/**
 * Resolves the tables of a statement: those that FROM, JOIN, INTO and UPDATE name, and those in CREATE, ALTER and DROP.
 */
import type { Table } from '../schema/model';
import { framesOutwards } from '../sql/shape/scope';
import type { Frame } from '../sql/shape/shape';
import { besideTables } from '../sql/keywords';
import { withRelation, type Meaning, type NameContext } from './nameContext';
import { isSystemRelation } from './pseudoNames';

export class RelationResolver {
  constructor(private readonly context: NameContext) {}

  /** @param isWhole false when the last part of the path is not written yet */
  relation(path: readonly number[], frame: Frame, isWhole: boolean): void {
    const { visible, statement, names, meanings, shape } = this.context;
    const last = path.at(-1) ?? 0;
    this.namespaces(isWhole ? path.slice(0, -1) : path);
    if (!isWhole) return;
    const relation = visible.relationAt(last, frame);
    const key = statement.key(last);
    if (path.length === 1) {
      const cte = visible.commonTable(key, frame, last);
      if (cte !== undefined) {
        meanings.set(last, {
          kind: 'cte',
          ...withRelation(relation),
          ...this.context.originOf(cte.nameToken),
        });
        return;
      }
    }
    // UPDATE t … FROM tables t, DELETE FROM t USING tables t: the target is named by its alias.
    const named = path.length > 1 ? undefined : visible.aliased(key, frame);
    if (named !== undefined && named !== relation && named.from > (shape.tokens[last]?.from ?? 0)) {
      meanings.set(last, this.context.aliasMeaning(named));
      return;
    }
    const namespace = path.length > 1 ? statement.key(path.at(-2) ?? 0) : undefined;
    const table = names.table(key, namespace);
    meanings.set(last, {
      kind: 'table',
      ...withRelation(relation),
      ...(table === undefined ? {} : { table }),
      ...this.told(path, frame, table),
    });
  }

  private told(path: readonly number[], frame: Frame, table: Table | undefined): Partial<Meaning> {
    const { statement, names } = this.context;
    const key = statement.key(path.at(-1) ?? 0);
    if (table === undefined) {
      // The system's own tables may be named under any database: temp.sqlite_schema, main.sqlite_master.
      const isForeign =
        isSystemRelation(path.length > 1 ? statement.key(path.at(-2) ?? 0) : key) || /^sqlite_/i.test(key);
      return isForeign || key.startsWith('#') ? {} : this.unknownTable(path, frame);
    }
    // The schema says that it is not on the search path, but the session may have another search path.
    return path.length > 1 || names.unqualifiedKeys().has(key) ? {} : { doubtful: true };
  }

  private namespaces(path: readonly number[]): void {
    const { names, statement, meanings, unfinished } = this.context;
    path.forEach((k, n) => {
      const key = statement.key(k);
      const isKnown =
        n > 0 ||
        names.isNamespace(key) ||
        isSystemRelation(key) ||
        unfinished.mayBecome(k, names.namespaceKeys());
      meanings.set(k, { kind: 'namespace', ...(isKnown ? {} : { doubtful: true }) });
    });
  }

  private unknownTable(path: readonly number[], frame: Frame): Partial<Meaning> {
    const { names, statement, unfinished } = this.context;
    const last = path.at(-1) ?? 0;
    const namespace = path.length > 1 ? statement.key(path.at(-2) ?? 0) : undefined;
    // The first part of a longer path may be a catalogue that the schema does not cover.
    const isElsewhere =
      path.length > 2 ||
      (namespace !== undefined && !names.isNamespace(namespace)) ||
      this.introducesTables() ||
      // Tables of the session in SQLite and DuckDB; sequences in PostgreSQL, which DDL can create without naming them.
      namespace === 'temp' ||
      (statement.dialect === 'postgres' && statement.key(last).endsWith('_seq')) ||
      this.mayBringTables(last);
    const ctes =
      namespace === undefined ? framesOutwards(frame).flatMap((f) => f.ctes.map((c) => c.name)) : [];
    const mayGrow =
      namespace === undefined &&
      (unfinished.mayBecome(last, names.unqualifiedKeys()) ||
        unfinished.mayBecome(last, names.namespaceKeys()) ||
        unfinished.mayBecome(last, besideTables));
    if (mayGrow) return {};
    const tables = names.schema.tables.filter(
      (t) => namespace === undefined || names.table(t.name, namespace) === t,
    );
    return this.context.unknown(last, 'unknown-table', !isElsewhere, () => [
      ...ctes.map((name) => name.toLowerCase()),
      ...tables.map((t) => t.name),
    ]);
  }

  /** True when the statement creates the table that it names: CREATE TABLE … AS, SELECT … INTO and the like. */
  private introducesTables(): boolean {
    return ['create', 'alter', 'drop', 'declare', 'attach'].includes(this.context.statement.raw(0));
  }

  /** True when a placeholder before token i may stand for common tables. */
  private mayBringTables(i: number): boolean {
    const { shape, visible } = this.context;
    return shape.tokens.some(
      ({ kind }, k) => k < i && kind === 'placeholder' && ['none', 'with'].includes(visible.clause(k)),
    );
  }

  declaredAlias(i: number, frame: Frame): void {
    const { visible, meanings } = this.context;
    const relation = visible.relationAt(i, frame);
    const table = relation && visible.columns.tableOf(relation);
    meanings.set(i, {
      kind: 'alias',
      declares: true,
      ...withRelation(relation),
      ...(table === undefined ? {} : { table }),
    });
  }

  /** Resolves names in CREATE, ALTER and DROP when they are known. Never reports a problem. */
  definition(path: readonly number[], frame: Frame): void {
    const { visible, statement, names, meanings } = this.context;
    const last = path.at(-1) ?? 0;
    const namespace = path.length > 1 ? statement.key(path.at(-2) ?? 0) : undefined;
    const key = statement.key(last);
    const before = statement.raw((path[0] ?? 0) - 1);
    if (['table', 'view', 'references', 'exists', 'truncate', 'materialized', ','].includes(before)) {
      const table = names.table(key, namespace);
      const isColumn = before === ',' && statement.raw(0) !== 'drop' && statement.raw(0) !== 'truncate';
      if (table !== undefined && !isColumn) {
        for (const k of path.slice(0, -1)) meanings.set(k, { kind: 'namespace' });
        meanings.set(last, { kind: 'table', table });
        return;
      }
    }
    if (statement.isKeyword(last)) return;
    for (const relation of frame.relations) {
      const column = visible.columns.find(relation, key);
      if (column !== undefined) meanings.set(last, this.context.columnMeaning(relation, column));
    }
  }
}
