/**
 * The relations in scope at a place, with the columns that the schema or the text knows of them. For the completion
 * list.
 */
import type { Column, Schema, Table } from '../../schema/model';
import { isUnqualified, SchemaNames } from '../../schema/names';
import { RelationColumns } from '../../resolve/relationColumns';
import { framesOutwards, visibleFrames } from '../../sql/shape/scope';
import type { CommonTable, Frame, RelationInScope } from '../../sql/shape/shape';
import type { Place } from './cursor';

export interface RelationColumn {
  readonly name: string;
  /** The schema's column that it shows, when it shows one. */
  readonly column?: Column;
  readonly table?: Table;
}

export interface Relation {
  /** What qualifies its columns: the alias, else the name. Empty for a derived table without an alias. */
  readonly qualifier: string;
  readonly hasAlias: boolean;
  /** The schema's table; undefined for queries and unknown tables. */
  readonly table: Table | undefined;
  /** Empty when they are not known. */
  readonly columns: readonly RelationColumn[];
  /** Where the columns come from, in words for a person. */
  readonly description: string;
  /** 0 for the innermost query, rising outwards. */
  readonly depth: number;
  readonly from: number;
}

/** Reads the relations of the statement at a place. */
export class Relations {
  readonly #columns: RelationColumns;

  constructor(
    private readonly place: Place,
    private readonly schema: Schema,
  ) {
    this.#columns = new RelationColumns(place.shape, SchemaNames.of(schema));
  }

  /** The relations whose columns may be named at the place, innermost query first. */
  all(): Relation[] {
    return visibleFrames(this.place.frame).flatMap((frame, depth) =>
      frame.relations
        .filter((relation) => relation.target !== 'insert' || this.#seesTarget(frame))
        // The right side of SEMI and ANTI JOIN is seen by its own condition only.
        .filter(({ semi }) => semi === undefined || /^(?:on|using|join)$/.test(this.place.clause))
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

  /** The columns of a common table; undefined when they are not known. */
  columnsOf(common: CommonTable): readonly RelationColumn[] | undefined {
    return (
      common.columnNames?.map((name) => ({ name })) ?? (common.body && this.#columns.ofQuery(common.body))
    );
  }

  /** The table that an INSERT writes to is not in scope for the query that it reads from. */
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

/** The common tables that a FROM at this place may use. */
export function commonTablesAt(frame: Frame): readonly CommonTable[] {
  return framesOutwards(frame).flatMap(({ ctes }) => ctes);
}

/** The table's name, with its namespace when it needs one. */
export function tableTitle(table: Table, schema: Schema): string {
  return isUnqualified(table, schema) ? table.name : `${table.namespace ?? ''}.${table.name}`;
}
