/**
 * Finds how tables are connected: by declared keys, and between two tables without one by columns whose names match.
 * Tells which tables a suggestion may join, and on which columns. A person may join anything, but a suggestion should
 * not guess.
 */
import type { Column, Schema, Table } from './model';
import { partsOf, singular } from './names';
import { perSchema } from './perSchema';

/** Columns of two tables that mean the same, in lower case. */
export interface ColumnPair {
  readonly left: string;
  readonly right: string;
}

interface Links {
  /** Pairs by table and other table, both in lower case. Each connection is stored under both tables. */
  readonly pairs: ReadonlyMap<string, ReadonlyMap<string, readonly ColumnPair[]>>;
  /** "a=b" for every pair of column names that connects two tables somewhere. */
  readonly columns: ReadonlySet<string>;
}

const linksOf = perSchema(findLinks);

/** The pairs of columns on which the two tables can be joined: declared keys, else columns with matching names. */
export function keyPairs(schema: Schema, left: string, right: string): readonly ColumnPair[] {
  return linksOf(schema).pairs.get(left.toLowerCase())?.get(right.toLowerCase()) ?? [];
}

/** The tables that are connected with this one (in lower case), and the pairs of columns that connect them. */
export function neighbours(schema: Schema, table: string): ReadonlyMap<string, readonly ColumnPair[]> {
  return linksOf(schema).pairs.get(table.toLowerCase()) ?? new Map<string, readonly ColumnPair[]>();
}

/**
 * True when columns with these names connect two tables somewhere in the schema, or their names say that they are one
 * key.
 */
export function areLinked(schema: Schema, left: string, right: string): boolean {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return (a === b && isKeyName(left)) || linksOf(schema).columns.has(`${a}=${b}`);
}

/**
 * Lower-case names of the tables that may be joined to `present`. Undefined when the schema does not tell: one of the
 * tables is unknown, or none of them is connected with any.
 */
export function joinable(schema: Schema, present: readonly string[]): ReadonlySet<string> | undefined {
  const { pairs } = linksOf(schema);
  const tables = new Set<string>();
  for (const name of present) {
    const found = pairs.get(name.toLowerCase());
    if (!found) return undefined;
    for (const neighbour of found.keys()) tables.add(neighbour);
  }
  return tables.size > 0 ? tables : undefined;
}

/** How many joins lead from the given tables to each other table. Tables that cannot be reached are left out. */
export function distances(schema: Schema, present: readonly string[], limit: number): Map<string, number> {
  const { pairs } = linksOf(schema);
  const found = new Map<string, number>(present.map((name) => [name.toLowerCase(), 0]));
  let frontier = [...found.keys()];
  // When columns connect every table with every other, all are found at the first step: the rest of the search would
  // add nothing.
  for (let distance = 1; distance <= limit && frontier.length > 0 && found.size < pairs.size; distance++) {
    const next: string[] = [];
    for (const name of frontier) {
      for (const neighbour of pairs.get(name)?.keys() ?? []) {
        if (found.has(neighbour)) continue;
        found.set(neighbour, distance);
        next.push(neighbour);
      }
    }
    frontier = next;
  }
  return found;
}

function findLinks(schema: Schema): Links {
  const pairs = new Map<string, Map<string, ColumnPair[]>>();
  const columns = new Set<string>();
  for (const table of schema.tables) pairs.set(table.name.toLowerCase(), new Map());
  const connect = (a: string, b: string, left: string, right: string): void => {
    for (const [from, to, mine, other] of [
      [a, b, left, right],
      [b, a, right, left],
    ] as const) {
      const [near, far] = [from.toLowerCase(), to.toLowerCase()];
      const pair = { left: mine.toLowerCase(), right: other.toLowerCase() };
      const list = pairs.get(near)?.get(far) ?? [];
      if (pairs.has(far) && !list.some((one) => one.left === pair.left && one.right === pair.right))
        pairs.get(near)?.set(far, [...list, pair]);
      columns.add(`${pair.left}=${pair.right}`);
    }
  };
  for (const table of schema.tables)
    for (const key of table.foreignKeys)
      key.columns.forEach((column, i) => {
        connect(table.name, key.table, column, key.referencedColumns[i] ?? column);
      });
  const isConnected = (a: Table, b: Table): boolean =>
    pairs.get(a.name.toLowerCase())?.has(b.name.toLowerCase()) ?? false;
  // Without declared keys names replace them: first names that look like keys, then any name that two tables share.
  for (const rule of [referenceByName, sharedKeyName]) {
    const found = pairsOfTables(schema.tables, rule, isConnected);
    for (const [a, b, left, right] of found) connect(a.name, b.name, left, right);
  }
  const lonely = schema.tables.filter((table) => pairs.get(table.name.toLowerCase())?.size === 0);
  const isLonely = new Set(lonely);
  const either = (a: Table, b: Table): boolean => !isLonely.has(a) && !isLonely.has(b);
  for (const [a, b, left, right] of pairsOfTables(schema.tables, sharedName, either))
    connect(a.name, b.name, left, right);
  return { pairs, columns };
}

interface Rule {
  /** True when the rule takes the two columns for the same. */
  readonly holds: (a: Table, column: Column, b: Table, other: Column) => boolean;
  /** True when exactly one of the two columns must identify the rows of its table. */
  readonly toKey: boolean;
}

/** A name that more tables than this have, such as "tenant_id", does not tell which two of them belong together. */
const mostSharing = 50;

/** The pairs of columns that match by the rule. Only tables that share a word are compared with each other. */
function* pairsOfTables(
  tables: readonly Table[],
  rule: Rule,
  skip: (a: Table, b: Table) => boolean,
): Iterable<[Table, Table, string, string]> {
  const found: [Table, Table, string, string][] = [];
  const byLastParts = new Map<string, { table: Table; column: Column; isKey: boolean }[]>();
  const sharing = Map.groupBy(
    tables.flatMap(({ columns }) => columns),
    ({ name }) => name.toLowerCase(),
  );
  for (const table of tables) {
    const rowKey = keyColumn(table);
    for (const column of table.columns) {
      const isKey = column === rowKey;
      if (!rule.toKey && (sharing.get(column.name.toLowerCase())?.length ?? 0) > mostSharing) continue;
      for (const key of lookups(table, column)) {
        const holders = byLastParts.get(key) ?? [];
        byLastParts.set(key, holders);
        for (const { table: other, column: theirs, isKey: isTheirKey } of holders) {
          if ((rule.toKey && isKey === isTheirKey) || other === table || skip(table, other)) continue;
          if (rule.holds(table, column, other, theirs) || rule.holds(other, theirs, table, column))
            found.push([table, other, column.name, theirs.name]);
        }
        holders.push({ table, column, isKey });
      }
    }
  }
  yield* found;
}

/** Words of which two columns must share one before they are compared. */
function lookups(table: Table, column: Column): string[] {
  const parts = partsOf(column.name);
  const keys = [parts.slice(-2).join('_'), parts.join('_')];
  if (parts.length === 1 && column.primaryKey > 0)
    keys.push(`${singular(partsOf(table.name).at(-1) ?? '')}_${parts[0] ?? ''}`);
  return [...new Set(keys)];
}

/** `orders.customer_id` and `customers.id`; `transaction.txCustId` and the key `customer.custId`. */
const referenceByName: Rule = {
  toKey: true,
  holds: (a, column, b, other) => {
    const key = keyColumn(b);
    if (key !== other) return false;
    const [mine, theirs] = [partsOf(column.name), partsOf(other.name)];
    if (mine.length < 2 || !keyEnding.test(mine.at(-1) ?? '')) return false;
    if (theirs.length === 1)
      return (
        theirs[0] === mine.at(-1) &&
        singular(partsOf(b.name).at(-1) ?? '') === singular(mine.at(-2) ?? '') &&
        keyColumn(a) !== column
      );
    return theirs.slice(-2).join('_') === mine.slice(-2).join('_') && keyColumn(a) !== column;
  },
};

/** The same name, when it looks like a key's or is a key's. */
const sharedKeyName: Rule = {
  toKey: false,
  holds: (_, column, __, other) =>
    column.name.toLowerCase() === other.name.toLowerCase() &&
    (isKeyName(column.name) || ((column.primaryKey > 0 || other.primaryKey > 0) && !isPlain(column.name))),
};

/** The same telling name, for tables that nothing else connects. */
const sharedName: Rule = {
  toKey: false,
  holds: (_, column, __, other) =>
    column.name.toLowerCase() === other.name.toLowerCase() && !isPlain(column.name),
};

const keyEnding = /^(?:id|code|key|no|number)$/;

/** "customer_id", "CustomerID", "country_code", "aid": names that mean the same in two tables. Not a bare "id". */
function isKeyName(name: string): boolean {
  return /^.+(?:_id|_code|_key|Id|ID)$/.test(name) || /^[a-z]{1,2}id$/i.test(name);
}

/** Names that say nothing about what they belong to. */
function isPlain(name: string): boolean {
  return /^(?:id|name|title|description|details|type|status|date|year|month|day|code|number|value|comment|notes?|url|homepage|address|email|phone|city|country|state|age|first_?name|last_?name|created_at|updated_at|start_?\w*|end_?\w*)$/i.test(
    name,
  );
}

/** The one column that identifies a row: the primary key, or a column whose place and name look like one. */
function keyColumn(table: Table): Column | undefined {
  const keys = table.columns.filter(({ primaryKey }) => primaryKey > 0);
  if (keys.length > 0) return keys.length === 1 ? keys[0] : undefined;
  const [first] = table.columns;
  return first && keyEnding.test(partsOf(first.name).at(-1) ?? '') ? first : undefined;
}
