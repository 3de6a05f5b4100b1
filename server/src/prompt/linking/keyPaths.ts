/** Finds the joins that connect the tables a question names; when no key connects two of them, over tables in between. Pure. */
import { neighbours } from '../../schema/keyJoins';
import type { Schema, Table } from '../../schema/model';
import { perSchema } from '../../schema/perSchema';

export interface Join {
  readonly table: Table;
  readonly column: string;
  readonly otherTable: Table;
  readonly otherColumn: string;
}

/** Joins between two tables; a longer way means nothing. */
const longestPath = 3;
/** Tables looked at in search of one way. */
const mostVisited = 500;

/** As keyJoins.ts names tables. */
const tablesByKey = perSchema(
  ({ tables }) => new Map(tables.map((table) => [table.name.toLowerCase(), table])),
);

/** Joins in the order of the wanted tables; those that nothing connects get none. */
export function joinsBetween(schema: Schema, wanted: readonly Table[], most: number): readonly Join[] {
  const reached = new Set<string>();
  const joins: Join[] = [];
  for (const table of wanted) {
    const key = table.name.toLowerCase();
    if (reached.has(key)) continue;
    const path = reached.size === 0 ? [] : pathTo(schema, key, reached);
    reached.add(key);
    for (const join of path) {
      joins.push(join);
      reached.add(join.table.name.toLowerCase()).add(join.otherTable.name.toLowerCase());
    }
  }
  return joins.slice(0, most);
}

/** The shortest way from what was reached to a table. */
function pathTo(schema: Schema, to: string, reached: ReadonlySet<string>): readonly Join[] {
  /** The next table towards `to`. */
  const towards = new Map<string, string | undefined>([[to, undefined]]);
  let frontier = [to];
  for (let length = 1; length <= longestPath && frontier.length > 0; length++) {
    const next: string[] = [];
    for (const table of frontier)
      for (const other of neighbours(schema, table).keys()) {
        if (towards.has(other) || towards.size > mostVisited) continue;
        towards.set(other, table);
        if (reached.has(other)) return joinsAlong(schema, other, towards);
        next.push(other);
      }
    frontier = next;
  }
  return [];
}

function joinsAlong(schema: Schema, from: string, towards: ReadonlyMap<string, string | undefined>): Join[] {
  const tables = tablesByKey(schema);
  const joins: Join[] = [];
  for (let at = from, next = towards.get(at); next !== undefined; at = next, next = towards.get(at)) {
    const [pair] = neighbours(schema, at).get(next) ?? [];
    const [table, otherTable] = [tables.get(at), tables.get(next)];
    if (!pair || !table || !otherTable) return joins;
    joins.push({
      table,
      column: asSpelled(table, pair.left),
      otherTable,
      otherColumn: asSpelled(otherTable, pair.right),
    });
  }
  return joins;
}

const asSpelled = (table: Table, column: string): string =>
  table.columns.find(({ name }) => name.toLowerCase() === column)?.name ?? column;
