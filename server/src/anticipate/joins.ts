/**
 * Which tables a suggestion may join: those that a foreign key connects with a table already there, in either
 * direction, or that share a key column with one. A person may join anything; a suggestion should not guess.
 */
import type { Schema, Table } from '../schema/model';
import { perSchema } from '../schema/perSchema';

/** Neighbours of every table, by lower-case name. */
const neighboursOf = perSchema(findNeighbours);

/**
 * Lower-case names of the tables that may be joined to `present`, or undefined when the schema does not tell: a
 * table is unknown, or none of them has any neighbour.
 */
export function joinable(schema: Schema, present: readonly string[]): ReadonlySet<string> | undefined {
  const neighbours = neighboursOf(schema);
  const tables = new Set<string>();
  for (const name of present) {
    const found = neighbours.get(name.toLowerCase());
    if (!found) return undefined;
    for (const neighbour of found) tables.add(neighbour);
  }
  return tables.size > 0 ? tables : undefined;
}

function findNeighbours(schema: Schema): ReadonlyMap<string, ReadonlySet<string>> {
  const neighbours = new Map<string, Set<string>>();
  for (const table of schema.tables) neighbours.set(table.name.toLowerCase(), new Set());
  const connect = (a: string, b: string): void => {
    neighbours.get(a.toLowerCase())?.add(b.toLowerCase());
    neighbours.get(b.toLowerCase())?.add(a.toLowerCase());
  };
  const holders = new Map<string, Table[]>();
  for (const table of schema.tables) {
    for (const key of table.foreignKeys) connect(table.name, key.table);
    for (const column of table.columns) {
      if (!isKeyName(column.name)) continue;
      const name = column.name.toLowerCase();
      holders.set(name, [...(holders.get(name) ?? []), table]);
    }
  }
  for (const tables of holders.values()) {
    for (const [i, one] of tables.entries()) {
      for (const other of tables.slice(i + 1)) connect(one.name, other.name);
    }
  }
  return neighbours;
}

/** "customer_id", "CustomerID", "country_code": names that mean the same thing in two tables. Not a bare "id". */
function isKeyName(name: string): boolean {
  return /^.+(?:_id|_code|_key|Id|ID)$/.test(name);
}
