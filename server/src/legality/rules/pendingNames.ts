/**
 * Names that stand before their table: can the FROM and the JOINs still to come bring them, and with how many tables?
 * Example: `SELECT p.title, city FROM …` needs a table with a title that may be called p, and a table with a city that keys
 * connect with it.
 */
import { relationTable } from '../../schema/names';
import type { Schema, Table } from '../../schema/model';
import { perSchema } from '../../schema/perSchema';
import type { PendingName } from '../../resolve/unfinished';
import { framesOutwards } from '../../sql/shape/scope';
import type { Frame } from '../../sql/shape/shape';
import { distances } from '../../schema/keyJoins';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** At most so many tables are joined to bring the names. */
const mostTables = 4;

/** Answers remembered for a schema: a candidate mostly asks what the one before it asked. */
const rememberedAnswers = 1024;

/** Answers about a schema that were found already, by the columns and tables in question. */
interface Known {
  /** By name in lower case; several schemas may have one of the same name. */
  readonly named: ReadonlyMap<string, readonly Table[]>;
  readonly tables: Map<string, readonly Table[]>;
  readonly missing: Map<string, number>;
}
const knownOf = perSchema<Known>(({ tables }) => ({
  named: Map.groupBy(tables, ({ name }) => name.toLowerCase()),
  tables: new Map(),
  missing: new Map(),
}));

/** The names of a query that still wait for a table. */
export interface Wanted {
  readonly frame: Frame;
  /** Columns by the alias or table they are asked of; the last of them may be a beginning only. */
  readonly qualified: ReadonlyMap<string, readonly WantedColumn[]>;
  readonly bare: readonly WantedColumn[];
}

export interface WantedColumn {
  readonly name: string;
  readonly isPartial: boolean;
}

/** Names used before FROM that no table can bring any more, however tables are joined along keys. */
export function lostNames(reading: Reading): Problem[] {
  return wantedNames(reading.judged.pending).flatMap((wanted): Problem[] => {
    const at = wanted.frame.from;
    if (missingTables(reading, wanted) === Infinity) return [{ kind: 'lost-names', at }];
    return missesBetterTable(reading, wanted) ? [{ kind: 'better-table', at }] : [];
  });
}

/** The names that wait for a table, by query. */
export function wantedNames(pending: readonly PendingName[]): Wanted[] {
  return [...Map.groupBy(pending, ({ frame }) => frame)].map(([frame, names]) => {
    const qualified = new Map<string, WantedColumn[]>();
    const bare: WantedColumn[] = [];
    for (const { qualifier, column, isPartial } of names) {
      // A qualifier that is still being written may become any name.
      if (qualifier !== undefined && column === undefined && isPartial) continue;
      const list = qualifier === undefined ? bare : (qualified.get(qualifier) ?? []);
      if (qualifier !== undefined) qualified.set(qualifier, list);
      if (column !== undefined) list.push({ name: column, isPartial });
    }
    return { frame, qualified, bare };
  });
}

/**
 * Whether the query begins its FROM with a table that lacks a column named before, although another table has all of them:
 * a suggestion takes that other table.
 */
export function missesBetterTable(reading: Reading, wanted: Wanted): boolean {
  const { frame, qualified, bare } = wanted;
  if (qualified.size > 0 || bare.length === 0 || frame.relations.length !== 1) return false;
  if (missingTables(reading, wanted) === 0) return false;
  return tablesWith(reading.schema, [...bare, ...brought(reading, frame)]).length > 0;
}

/** Whether a table that has all columns a query names so far may still be what the typed beginning becomes. */
export function mayBecomeBetter({ schema }: Reading, { bare }: Wanted, typed: string): boolean {
  const beginning = typed.toLowerCase();
  return schema.tables.some(
    (table) => table.name.toLowerCase().startsWith(beginning) && hasColumns(table, bare),
  );
}

/** Columns of the query's first relation that are named in the query. */
function brought(reading: Reading, frame: Frame): WantedColumn[] {
  const [relation] = frame.relations;
  const table = relation && relationTable(relation, reading.names);
  if (!table) return [];
  return reading.shape.tokens.flatMap((_, i) => {
    const column = { name: reading.name(i), isPartial: false };
    return reading.shape.frames[i] === frame && reading.isName(i) && hasColumns(table, [column])
      ? [column]
      : [];
  });
}

/** Whether the table has all the columns. */
export function hasColumns(table: Table, columns: readonly WantedColumn[]): boolean {
  return columns.every(({ name, isPartial }) =>
    table.columns.some((column) => {
      const known = column.name.toLowerCase();
      return known === name || (isPartial && known.startsWith(name));
    }),
  );
}

/** The tables that have all the columns, in the order of the schema. */
function tablesWith(schema: Schema, columns: readonly WantedColumn[]): readonly Table[] {
  return remembered(knownOf(schema).tables, keyOf(columns), () =>
    schema.tables.filter((table) => hasColumns(table, columns)),
  );
}

/** Names do not hold the control characters that the keys are put together with. */
const keyOf = (columns: readonly WantedColumn[]): string =>
  columns.map(({ name, isPartial }) => `${isPartial ? '~' : '='}${name}`).join('\u0002');

function remembered<T>(known: Map<string, T>, key: string, find: () => T): T {
  let value = known.get(key);
  if (value === undefined) {
    value = find();
    if (known.size >= rememberedAnswers) known.clear();
    known.set(key, value);
  }
  return value;
}

/** The names still wanted once a table is there, without those qualified by that table's name. */
export function without(wanted: Wanted, { name }: Table): Wanted {
  const qualified = new Map(wanted.qualified);
  qualified.delete(name.toLowerCase());
  return { ...wanted, qualified };
}

/**
 * Tables that must still be joined for all names of a query; Infinity when no joins along keys can bring them.
 * @param next a table that is taken for there, behind those that are written
 */
export function missingTables(reading: Reading, wanted: Wanted, next?: Table): number {
  const { schema, names } = reading;
  const { frame } = wanted;
  // What a common table has, its own text tells; here it may be anything.
  if (framesOutwards(frame).some(({ ctes }) => ctes.length > 0)) return 0;
  const present: Table[] = [];
  let growing: string | undefined;
  for (const relation of frame.relations) {
    const table = relationTable(relation, names);
    const isGrowing =
      relation.alias === undefined &&
      relation.name !== undefined &&
      relation.from + relation.name.length === reading.to;
    if (isGrowing) growing = relation.name.toLowerCase();
    else if (table === undefined) return 0;
    else present.push(table);
  }
  if (next) present.push(next);
  const { qualified, bare } = wanted;
  const find = (): number => {
    const count = fewestMissing(schema, wanted, present, growing);
    return count > mostTables ? Infinity : count;
  };
  // A hypothetical table is asked for once.
  if (next) return find();
  const key = [
    present.map(({ name }) => name).join('\u0002'),
    growing === undefined ? '' : `\u0001${growing}`,
    ...[...qualified].map(([qualifier, columns]) => `${qualifier}\u0004${keyOf(columns)}`),
    keyOf(bare),
  ].join('\u0003');
  return remembered(knownOf(schema).missing, key, find);
}

/** @param growing beginning of the name of a table that is being written behind those that are there */
function fewestMissing(
  schema: Schema,
  wanted: Wanted,
  present: readonly Table[],
  growing: string | undefined,
): number {
  const { qualified, bare } = wanted;
  let starts: readonly Table[] | undefined;
  if (growing !== undefined) {
    starts = schema.tables.filter(({ name }) => name.toLowerCase().startsWith(growing));
  } else if (present.length === 0) {
    // FROM may begin with any table that is wanted.
    const wantedTables = new Set([
      ...bare.flatMap((column) => tablesWith(schema, [column])),
      ...[...qualified.values()].flatMap((columns) => tablesWith(schema, columns)),
    ]);
    starts = schema.tables.filter((table) => wantedTables.has(table));
    if (qualified.size === 0 && starts.some((table) => hasColumns(table, bare))) return 1;
  }
  if (!starts) return countMissing(schema, wanted, present);
  const extra = growing === undefined && present.length === 0 ? 1 : 0;
  // Each alias needs a table of its own; names that no single table has need a further one.
  const covered = [...present, ...starts].some((table) => hasColumns(table, bare));
  const least = extra + (qualified.size === 0 && !covered ? 1 : qualified.size);
  let fewest = Infinity;
  for (const table of starts) {
    fewest = Math.min(fewest, extra + countMissing(schema, wanted, [...present, table]));
    if (fewest <= least) break;
  }
  return fewest;
}

function countMissing(schema: Schema, { qualified, bare }: Wanted, present: readonly Table[]): number {
  if (qualified.size === 0 && present.some((table) => hasColumns(table, bare))) return 0;
  const names = present.map(({ name }) => name);
  let reachable: ReadonlyMap<string, number> | undefined;
  const distance = (table: Table): number => {
    reachable ??= distances(schema, names, mostTables);
    if (reachable.size > present.length) return reachable.get(table.name.toLowerCase()) ?? Infinity;
    return names.includes(table.name) ? 0 : 1;
  };
  let count = 0;
  const brought = [...present];
  for (const [qualifier, columns] of qualified) {
    const named = knownOf(schema).named.get(qualifier);
    const fitting = named?.filter((table) => hasColumns(table, columns)) ?? tablesWith(schema, columns);
    // A table that is there under another name must come once more.
    const best = leastOf(fitting, (table) => Math.max(1, distance(table)), 1);
    if (best === undefined) return Infinity;
    count += best.cost;
    brought.push(best.table);
  }
  const left = bare.filter((column) => !brought.some((table) => hasColumns(table, [column])));
  if (left.length === 0) return count;
  const together = leastOf(tablesWith(schema, left), distance, 0);
  if (together !== undefined) return count + together.cost;
  for (const column of left) {
    if (brought.some((table) => hasColumns(table, [column]))) continue;
    const best = leastOf(tablesWith(schema, [column]), distance, 0);
    if (best === undefined) return Infinity;
    count += best.cost;
    brought.push(best.table);
  }
  return count;
}

/** The first of the tables that cost least. @param least no table costs less: the search ends there */
function leastOf(
  tables: readonly Table[],
  costOf: (table: Table) => number,
  least: number,
): { table: Table; cost: number } | undefined {
  let best: { table: Table; cost: number } | undefined;
  for (const table of tables) {
    if (best && best.cost <= least) break;
    const cost = costOf(table);
    if (cost < (best?.cost ?? Infinity)) best = { table, cost };
  }
  return best;
}
