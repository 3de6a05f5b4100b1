/** The relations in scope at a place with what the schema or the text tells of their columns. */
import type { Column, Schema, Table } from '../../schema/model';
import { isUnqualified, SchemaNames } from '../../schema/names';
import { RelationColumns } from '../../resolve/relationColumns';
import { framesOutwards, visibleFrames } from '../../sql/shape/scope';
import type { CommonTable, Frame, RelationInScope } from '../../sql/shape/shape';
import type { Place } from './cursor';

export interface RelationColumn {
  readonly name: string;
  /** The schema's column that it shows, where it is one. */
  readonly column?: Column;
  readonly table?: Table;
}

export interface Relation {
  /** What qualifies its columns: the alias, else the name; empty for a derived table without an alias. */
  readonly qualifier: string;
  readonly hasAlias: boolean;
  /** The schema's table; undefined for queries and for unknown tables. */
  readonly table: Table | undefined;
  /** Empty where they are not known. */
  readonly columns: readonly RelationColumn[];
  /** What a person calls where its columns come from. */
  readonly description: string;
  /** 0 for the innermost query, rising outwards. */
  readonly depth: number;
  readonly from: number;
}

/** Reads relations of the statement at a place. */
export class Relations {
  readonly #columns: RelationColumns;

  constructor(
    private readonly place: Place,
    private readonly schema: Schema,
  ) {
    this.#columns = new RelationColumns(place.shape, SchemaNames.of(schema));
  }

  /** Those whose columns may be named at the place, innermost query first. */
  all(): Relation[] {
    return visibleFrames(this.place.frame).flatMap((frame, depth) =>
      frame.relations
        .filter((relation) => relation.target !== 'insert' || this.#seesTarget(frame))
        .map((relation) => this.describe(relation, depth)),
    );
  }

  describe(relation: RelationInScope, depth = 0): Relation {
    const table = this.#columns.tableOf(relation);
    const qualifier = relation.alias ?? relation.name ?? '';
    return {
      qualifier,
      hasAlias: relation.alias !== undefined,
      table,
      columns: (this.#columns.of(relation) ?? []).filter(({ name }) => name !== ''),
      description: table === undefined ? qualifier : tableTitle(table, this.schema),
      depth,
      from: relation.from,
    };
  }

  /** Columns of a common table; undefined where they are not known. */
  columnsOf(common: CommonTable): readonly RelationColumn[] | undefined {
    return (
      common.columnNames?.map((name) => ({ name })) ?? (common.body && this.#columns.ofQuery(common.body))
    );
  }

  /** What an INSERT writes to is not there for the query it reads from. */
  #seesTarget(frame: Frame): boolean {
    return (
      frame.marks.every(({ clause, to }) => clause !== 'select' || to > this.#at) || this.#isBehindQuery()
    );
  }
  get #at(): number {
    return this.place.reading.token(this.place.index)?.from ?? 0;
  }
  #isBehindQuery(): boolean {
    return ['returning', 'conflict', 'set'].includes(this.place.clause);
  }
}

/** Common tables that a FROM at this place may use. */
export function commonTablesAt(frame: Frame): readonly CommonTable[] {
  return framesOutwards(frame).flatMap(({ ctes }) => ctes);
}

/** The table's name with its namespace where it needs one. */
export function tableTitle(table: Table, schema: Schema): string {
  return isUnqualified(table, schema) ? table.name : `${table.namespace ?? ''}.${table.name}`;
}
