/** The relations in scope at a place with what the schema or the text tells of their columns. */
import type { Column, Dialect, Schema, Table } from '../../schema/model';
import { defaultNamespaces, relationTable, SchemaNames } from '../../schema/names';
import { visibleFrames } from '../../sql/scope';
import type { Frame, RelationInScope } from '../../sql/shape';

export interface Relation {
  /** What qualifies its columns: the alias, else the name; empty for a derived table without an alias. */
  readonly qualifier: string;
  readonly hasAlias: boolean;
  /** The schema's table; undefined for queries and for unknown tables. */
  readonly table: Table | undefined;
  readonly columns: readonly { readonly name: string; readonly column?: Column }[];
  /** What a person calls where its columns come from. */
  readonly description: string;
  /** 0 for the innermost query, rising outwards. */
  readonly depth: number;
  readonly from: number;
}

/** Relations whose columns may be named in the query, innermost query first. */
export function relationsIn(frame: Frame, schema: Schema): Relation[] {
  const names = SchemaNames.of(schema);
  return visibleFrames(frame).flatMap((f, depth) =>
    f.relations.map((relation) => describe(relation, names, depth)),
  );
}

export function describe(relation: RelationInScope, names: SchemaNames, depth = 0): Relation {
  const table = relation.columns === undefined ? relationTable(relation, names) : undefined;
  const qualifier = relation.alias ?? relation.name ?? '';
  const columns =
    table === undefined
      ? (relation.columns ?? []).filter((name) => name !== '').map((name) => ({ name }))
      : table.columns.map((column) => ({ name: column.name, column }));
  return {
    qualifier,
    hasAlias: relation.alias !== undefined,
    table,
    columns,
    description: table === undefined ? qualifier : tableTitle(table, names.schema.dialect),
    depth,
    from: relation.from,
  };
}

/** Names of CTEs that a FROM at this place may use. */
export function commonTablesAt(
  frame: Frame,
): { readonly name: string; readonly columns?: readonly string[] }[] {
  const found = [];
  for (let f: Frame | undefined = frame; f !== undefined; f = f.parent) found.push(...f.ctes);
  return found;
}

/** Whether the table is found by its name alone. */
export function isUnqualified(table: Table, dialect: Dialect): boolean {
  return table.namespace === undefined || defaultNamespaces[dialect].includes(table.namespace.toLowerCase());
}

/** The table's name with its namespace where it needs one. */
export function tableTitle(table: Table, dialect: Dialect): string {
  return isUnqualified(table, dialect) ? table.name : `${table.namespace ?? ''}.${table.name}`;
}
