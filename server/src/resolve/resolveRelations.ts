/** The tables of a statement: what FROM, JOIN, INTO and UPDATE name, and what CREATE, ALTER and DROP do. */
import type { Table } from '../schema/model';
import { framesOutwards } from '../sql/shape/scope';
import type { Frame } from '../sql/shape/shape';
import { besideTables } from '../sql/keywords';
import { withRelation, type Meaning, type NameContext } from './nameContext';
import { isSystemRelation } from './pseudoNames';

export class RelationResolver {
  constructor(private readonly context: NameContext) {}

  /** @param isWhole false for a path whose last part is not written yet */
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
    // UPDATE t … FROM tables t, DELETE FROM t USING tables t: what is written to goes by its alias.
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
      const isForeign = isSystemRelation(path.length > 1 ? statement.key(path.at(-2) ?? 0) : key);
      return isForeign || key.startsWith('#') ? {} : this.unknownTable(path, frame);
    }
    // It is not on the search path as far as the schema tells; the session may have another one.
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
    // A part of a longer path may be a catalogue that the schema does not tell about.
    const isElsewhere =
      path.length > 2 ||
      (namespace !== undefined && !names.isNamespace(namespace)) ||
      this.introducesTables() ||
      // SQLite's and DuckDB's tables of the session; PostgreSQL's sequences, which DDL makes without naming them.
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

  /** CREATE TABLE … AS, SELECT … INTO and the like make the table they name. */
  private introducesTables(): boolean {
    return ['create', 'alter', 'drop', 'declare', 'attach'].includes(this.context.statement.raw(0));
  }

  /** Whether a placeholder stands before token i where common tables do. */
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

  /** Names in CREATE, ALTER and DROP: tables and columns where they are known; never a problem. */
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
