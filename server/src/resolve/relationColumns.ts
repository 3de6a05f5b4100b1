/**
 * Finds the columns of a statement's relations: for a table those of the schema, for a CTE or derived table those that
 * its select list returns, with stars expanded. Reports no problems.
 */
import type { Column, Table } from '../schema/model';
import { catalogKey, type SchemaNames } from '../schema/names';
import { functionColumns, parameterColumns } from './functionColumns';
import { resolveQualifier } from '../sql/shape/scope';
import type { Frame, OutputItem, RelationInScope, Shape } from '../sql/shape/shape';
import type { StatementText } from '../sql/shape/statementText';

/** A column of a relation. `table` and `column` are set when it shows a table's column unchanged. */
export interface RelationColumn {
  readonly name: string;
  readonly table?: Table;
  readonly column?: Column;
  /** Index of the token that names the column in the text, for CTEs and derived tables. */
  readonly token?: number;
}

/**
 * Queries within queries are followed to this depth, so that the stack does not overflow. The columns of deeper ones
 * are unknown.
 */
const deepest = 200;

/** The columns of a query with more than these count as unknown: stars over stars double them at every step. */
export const mostColumns = 5000;

export class RelationColumns {
  private readonly known = new Map<RelationInScope, readonly RelationColumn[] | undefined>();
  private readonly byKey = new Map<RelationInScope, ReadonlyMap<string, RelationColumn>>();
  private readonly bodies = new Map<Frame, readonly RelationColumn[] | undefined>();
  private readonly statement: StatementText;
  private depth = 0;

  constructor(
    shape: Shape,
    private readonly names: SchemaNames,
  ) {
    this.statement = shape.statement;
  }

  /** The schema's table that the relation names. Undefined for other relations and unknown tables. */
  tableOf(relation: RelationInScope): Table | undefined {
    if (relation.kind !== 'table' || relation.nameToken === undefined) return undefined;
    const namespace =
      relation.namespace === undefined ? undefined : this.statement.key(relation.nameToken - 2);
    return this.names.table(this.statement.key(relation.nameToken), namespace);
  }

  /** All columns in order. Undefined when text and schema do not tell them all. */
  of(relation: RelationInScope): readonly RelationColumn[] | undefined {
    if (this.known.has(relation)) return this.known.get(relation);
    // A recursive common table may ask for its own columns while they are being read.
    this.known.set(relation, undefined);
    const columns = this.read(relation);
    this.known.set(relation, columns);
    return columns;
  }

  /** The column with this key. Undefined when there is none or it is not known; `isKnown` tells which. */
  find(relation: RelationInScope, key: string): RelationColumn | undefined {
    const table = this.tableOf(relation);
    if (table !== undefined && relation.columnNames === undefined) {
      const column = this.names.column(table, key);
      return column === undefined ? undefined : { name: column.name, table, column };
    }
    let map = this.byKey.get(relation);
    if (map === undefined) {
      // Names that the text introduces are compared without their case, quoted or not.
      const parameters =
        relation.functionName === undefined ? [] : (parameterColumns[this.names.schema.dialect] ?? []);
      const all = [...(this.of(relation) ?? this.namedOf(relation)), ...parameters.map((name) => ({ name }))];
      const entries = all.map((c) => [c.name.toLowerCase(), c] as const);
      map = new Map(entries.reverse());
      this.byKey.set(relation, map);
    }
    return map.get(key.toLowerCase());
  }

  /** True when a column that `find` does not find does not exist. */
  isKnown(relation: RelationInScope): boolean {
    const table = this.tableOf(relation);
    if (table !== undefined && relation.columnNames === undefined) return hasColumns(table);
    return this.of(relation)?.every((column) => column.name !== '') === true;
  }

  /**
   * The columns that a query returns. Undefined when they are not all known. A column without a name has an empty one.
   */
  ofQuery(frame: Frame): readonly RelationColumn[] | undefined {
    if (this.bodies.has(frame)) return this.bodies.get(frame);
    this.bodies.set(frame, undefined);
    if (this.depth === deepest) return undefined;
    this.depth++;
    const columns = this.readQuery(frame);
    this.depth--;
    this.bodies.set(frame, columns);
    return columns;
  }

  private read(relation: RelationInScope): readonly RelationColumn[] | undefined {
    const given = relation.columnNames?.map((name): RelationColumn => ({ name }));
    const own = this.readOwn(relation);
    if (given === undefined) return own;
    // When there are fewer names than columns, the other columns keep their own names.
    return own === undefined
      ? relation.kind === 'table'
        ? undefined
        : given
      : [...given.map((c, i): RelationColumn => ({ ...own[i], name: c.name })), ...own.slice(given.length)];
  }

  private readOwn(relation: RelationInScope): readonly RelationColumn[] | undefined {
    const table = this.tableOf(relation);
    if (table !== undefined) {
      if (!hasColumns(table)) return undefined;
      return table.columns.map((column) => ({ name: column.name, table, column }));
    }
    const called = this.functionColumnsOf(relation);
    if (called !== undefined) return called;
    const cte = relation.commonTable;
    const body = relation.body ?? cte?.body;
    const columns = body === undefined ? undefined : this.ofQuery(body);
    const named = cte?.columnNames;
    const own =
      named === undefined ? columns : named.map((name, i): RelationColumn => ({ ...columns?.[i], name }));
    const added = cte?.addedNames?.map((name): RelationColumn => ({ name })) ?? [];
    return own === undefined ? undefined : [...own, ...added];
  }

  /** Columns of the dialect's own table functions. */
  private functionColumnsOf({
    functionName,
    alias,
    ordinality,
  }: RelationInScope): readonly RelationColumn[] | undefined {
    if (functionName === undefined) return undefined;
    const { dialect, functions = [] } = this.names.schema;
    if (functions.some(({ name }) => name.toLowerCase() === functionName)) return undefined;
    const own = functionColumns(functionName, alias, dialect);
    return own && [...own, ...(ordinality ? ['ordinality'] : [])].map((name): RelationColumn => ({ name }));
  }

  /** The known columns of a relation whose columns are not all known. */
  private namedOf(relation: RelationInScope): readonly RelationColumn[] {
    const body = relation.body ?? relation.commonTable?.body;
    const items = body?.items.filter((item) => item.kind === 'column' && item.name !== '') ?? [];
    return [
      ...(relation.commonTable?.addedNames ?? []).map((name): RelationColumn => ({ name })),
      ...(relation.columnNames ?? []).map((name): RelationColumn => ({ name })),
      ...items.map((item): RelationColumn => ({ name: item.name, ...tokenOf(item) })),
    ];
  }

  private readQuery(frame: Frame): readonly RelationColumn[] | undefined {
    if (frame.opaque || frame.byName) return undefined;
    if (frame.items.length === 0) {
      const inner = frame.children[0];
      const reads = frame.marks.some((m) => m.clause === 'select' || m.clause === 'returning');
      if (reads || frame.marks.some((m) => m.clause === 'values')) return undefined;
      // The query is in parentheses of its own, or it is DuckDB's FROM without SELECT.
      if (frame.relations.length === 0) return inner === undefined ? undefined : this.ofQuery(inner);
      return this.star(frame, '');
    }
    const columns: RelationColumn[] = [];
    for (const item of frame.items) {
      if (item.kind === 'star') {
        const expanded = item.tokens.some((k) => notPlainStar.has(this.statement.raw(k)))
          ? undefined
          : this.star(frame, item.name);
        if (expanded === undefined || columns.length + expanded.length > mostColumns) return undefined;
        columns.push(...expanded);
      } else columns.push({ name: this.itemName(item), ...tokenOf(item), ...this.sourceOf(item, frame) });
    }
    return columns;
  }

  /** The columns that `*` (qualifier empty) or `t.*` stands for in a query. Undefined when they are not all known. */
  star(frame: Frame, qualifier: string): readonly RelationColumn[] | undefined {
    if (frame.lacksRelation) return undefined;
    if (qualifier !== '') {
      const relation = resolveQualifier(qualifier, frame);
      return relation === undefined ? undefined : this.of(relation);
    }
    const columns: RelationColumn[] = [];
    const relations = frame.relations.filter(
      (r) => r.target !== 'insert' || frame.marks.every((m) => m.clause !== 'select'),
    );
    if (relations.length === 0) return undefined;
    for (const relation of relations) {
      const own = this.of(relation);
      if (own === undefined) return undefined;
      if (columns.length + own.length > mostColumns) return undefined;
      const merged = new Set(relation.usingColumns.map((name) => name.toLowerCase()));
      if (relation.natural) for (const { name } of columns) merged.add(name.toLowerCase());
      columns.push(...own.filter(({ name }) => !merged.has(name.toLowerCase())));
    }
    return columns;
  }

  /** The name of a column without an alias. PostgreSQL takes the function's, the cast's or the case's name. */
  itemName(item: OutputItem): string {
    if (item.name !== '' || this.names.schema.dialect !== 'postgres') return item.name;
    // `a[1]` is called `a`.
    const raw = item.tokens.map((k) => this.statement.raw(k)).filter((word) => word !== ']');
    const cast = raw.indexOf('::');
    const head = cast > 0 ? raw.slice(0, cast) : raw;
    if (head[0] === 'case') return 'case';
    // The server names a constant by its type and TRIM by the function behind it; neither is known here.
    if (constants.has(head[0] ?? '') || head[0] === 'trim') return '';
    const call = head.at(-1) === ')' && head.length >= 2 && !/^\W/.test(head[0] ?? '');
    const path = head.every((part, k) => (k % 2 === 0 ? /^[\p{L}_"]/u.test(part) : part === '.'));
    const named = call
      ? item.tokens[head.includes('.') ? 2 : 0]
      : path
        ? item.tokens[head.length - 1]
        : undefined;
    return named === undefined ? '' : this.name(named);
  }

  /** The table's column that a plain item shows: `name` or `t.name`, with or without an alias. */
  private sourceOf(item: OutputItem, frame: Frame): { table: Table; column: Column } | undefined {
    const [first = -1, dot = -1, second = -1] = item.tokens;
    const qualified = this.statement.raw(dot) === '.';
    const behind = this.statement.raw(item.tokens[qualified ? 3 : 1] ?? -1);
    const rest = item.tokens.length - (qualified ? 3 : 1);
    if (rest > 2 || (rest === 2 && behind !== 'as') || (rest === 1 && !/^[\p{L}_"`[]/u.test(behind)))
      return undefined;
    const relations = qualified
      ? [resolveQualifier(this.name(first), frame)]
      : frame.relations.filter((r) => r.target !== 'insert');
    for (const relation of relations) {
      const found = relation && this.find(relation, this.statement.key(qualified ? second : first));
      if (found?.table && found.column) return { table: found.table, column: found.column };
    }
    return undefined;
  }

  /** The name in the spelling of the catalogue. */
  private name(i: number): string {
    const name = this.statement.name(i);
    return this.statement.isQuoted(i) ? name : catalogKey(name, this.statement.dialect);
  }
}

const constants = new Set(['true', 'false', 'null']);

/** Behind a star these words change its columns, or choose them by a pattern. */
const notPlainStar = new Set(['rename', 'columns', 'except', 'like', 'similar', 'ilike', 'glob']);

function tokenOf(item: OutputItem): { token?: number } {
  const token = item.tokens.at(-1);
  return item.name === '' || token === undefined ? {} : { token };
}

/** True when the schema tells all columns of the table. A view read from DDL may have more than its text tells. */
export function hasColumns(table: Table): boolean {
  return table.columns.length > 0 && table.columnsPending !== true;
}
