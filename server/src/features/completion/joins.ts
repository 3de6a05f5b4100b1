/**
 * Finds joins along foreign keys: the tables that a query can join next, and the conditions between two tables. A key
 * works in both directions; a key of several columns gives one condition with AND.
 */
import type { ForeignKey, Schema, Table } from '../../schema/model';
import { SchemaNames } from '../../schema/names';
import { perSchema } from '../../schema/perSchema';
import { neverAlias, keywordsOf } from '../../sql/keywords';
import type { CompletionItem } from './item';
import type { Place } from './cursor';
import { tableTitle, type Relation } from './relations';
import type { Style } from './style';

/**
 * Most joins that are offered. Some tables (a calendar, countries) are connected with more tables than a list can show.
 */
const mostJoins = 60;

/** One side of a condition: a table, and the name that the query gives it. */
interface Side {
  readonly table: Table;
  readonly qualifier: string;
}

/** A foreign key and both of its tables. */
interface Edge {
  readonly from: Table;
  readonly to: Table;
  readonly key: ForeignKey;
}

/** The keys of each table and the keys that refer to it. */
const edgesOf = perSchema((schema: Schema) => {
  const names = SchemaNames.of(schema);
  const append = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
    const list = map.get(key);
    if (list) list.push(value);
    else map.set(key, [value]);
  };
  const edges = new Map<Table, Edge[]>();
  for (const from of schema.tables) {
    for (const key of from.foreignKeys) {
      const to = names.referencedTable(from, key);
      const isWhole = key.columns.length > 0 && key.columns.length === key.referencedColumns.length;
      if (to === undefined || !isWhole) continue;
      append(edges, from, { from, to, key });
      if (to !== from) append(edges, to, { from, to, key });
    }
  }
  return edges;
});

/** The conditions that connect two tables, one for each key between them. The joined table's column comes first. */
function conditions(joined: Side, other: Side, schema: Schema, style: Style): string[] {
  const equal = (left: readonly string[], right: readonly string[]): string =>
    left
      .map((column, i) => `${member(joined, column, style)} = ${member(other, right[i] ?? '', style)}`)
      .join(` ${style.keyword('AND')} `);
  const edges = edgesOf(schema).get(joined.table) ?? [];
  const along = edges
    .filter(({ from, to }) => from === joined.table && to === other.table)
    .map(({ key }) => equal(key.columns, key.referencedColumns));
  const against = edges
    .filter(({ from, to }) => from === other.table && to === joined.table)
    .map(({ key }) => equal(key.referencedColumns, key.columns));
  const found = [...new Set([...along, ...against])];
  if (found.length > 0) return found;
  // Without a key: columns with the same telling name in both tables, such as `customer_id`; never a bare `id` or
  // `name`.
  const names = new Set(other.table.columns.map((column) => column.name.toLowerCase()));
  return joined.table.columns
    .filter(({ name }) => /.(?:_id|_code|_key|Id|ID)$/.test(name) && names.has(name.toLowerCase()))
    .map(({ name }) => equal([name], [name]));
}

function member(side: Side, column: string, style: Style): string {
  return `${style.name(side.qualifier)}.${style.name(column)}`;
}

const sidesOf = (relations: readonly Relation[]): Side[] =>
  relations.flatMap(({ table, qualifier }) => (table === undefined ? [] : [{ table, qualifier }]));

/** Behind ON: whole conditions between the table just joined and those before it. */
export function joinConditions(
  place: Place,
  relations: readonly Relation[],
  schema: Schema,
  style: Style,
): CompletionItem[] {
  const at = place.reading.token(place.index)?.from ?? 0;
  const sides = sidesOf(relations.filter((relation) => relation.depth === 0 && relation.from < at));
  const joined = sides.at(-1);
  if (joined === undefined) return [];
  const written = place.reading.text.toLowerCase().replace(/\s+/g, ' ');
  return sides
    .slice(0, -1)
    .toReversed()
    .flatMap((other) => conditions(joined, other, schema, style))
    .filter((condition) => !written.includes(condition.toLowerCase()))
    .map((condition) => ({ kind: 'join', label: condition, insert: condition, description: 'foreign key' }));
}

/**
 * Tables to join, each with its whole condition.
 * @param prefix what to write before the table: nothing behind JOIN, `JOIN ` where a clause may begin
 */
export function joinTables(
  place: Place,
  relations: readonly Relation[],
  schema: Schema,
  style: Style,
  prefix: string,
): CompletionItem[] {
  const here = relations.filter(({ depth }) => depth === 0);
  const useAliases = here.length === 0 || here.some(({ hasAlias }) => hasAlias);
  const taken = new Set(relations.map(({ qualifier }) => qualifier.toLowerCase()));
  const present = new Set(here.flatMap(({ table }) => (table === undefined ? [] : [table])));
  const items = new Map<string, CompletionItem & { readonly isNew: boolean }>();
  for (const other of sidesOf(here).toReversed()) {
    for (const table of neighbours(other.table, schema)) {
      const needsAlias = useAliases || taken.has(table.name.toLowerCase());
      const alias = needsAlias ? aliasFor(table.name, taken, place) : undefined;
      const name = qualifiedName(table, schema, style);
      for (const condition of conditions({ table, qualifier: alias ?? table.name }, other, schema, style)) {
        const source = alias === undefined ? name : `${name} ${style.name(alias)}`;
        const text = `${prefix}${source} ${style.keyword('ON')} ${condition}`;
        const isNew = !present.has(table);
        items.set(text, {
          kind: 'join',
          label: text,
          insert: text,
          filter: `${prefix}${table.name}`,
          description: 'foreign key',
          isNew,
        });
      }
    }
  }
  const all = [...items.values()];
  const ordered = [...all.filter(({ isNew }) => isNew), ...all.filter(({ isNew }) => !isNew)];
  return ordered.slice(0, mostJoins).map(({ isNew: _, ...item }) => item);
}

/**
 * The tables that a key connects with this one: those it refers to, then those that refer to it. There may be very
 * many.
 */
export function neighbours(table: Table, schema: Schema): Set<Table> {
  const edges = edgesOf(schema).get(table) ?? [];
  const own = edges.filter(({ from }) => from === table).map(({ to }) => to);
  return new Set([...own, ...edges.map(({ from }) => from).filter((from) => from !== table)]);
}

/** The name as a FROM clause writes it. */
export function qualifiedName(table: Table, schema: Schema, style: Style): string {
  const title = tableTitle(table, schema);
  return title === table.name
    ? style.name(table.name)
    : `${style.name(table.namespace ?? '')}.${style.name(table.name)}`;
}

/** A short free name for a table: the initials of its words, `order_items` → `oi`, with a number when that is taken. */
export function aliasFor(name: string, taken: ReadonlySet<string>, place: Place): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').split(/[^\p{L}\d]+/u);
  const initials = words
    .map((word) => /\p{L}/u.exec(word)?.[0] ?? '')
    .join('')
    .toLowerCase();
  const base = /^[a-z]/.test(initials) ? initials : 't';
  const isFree = (alias: string): boolean =>
    !taken.has(alias) && !neverAlias.has(alias) && !keywordsOf(place.dialect).has(alias);
  if (isFree(base)) return base;
  for (let n = 2; ; n++) if (isFree(`${base}${n}`)) return `${base}${n}`;
}
