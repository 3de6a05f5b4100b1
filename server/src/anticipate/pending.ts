/**
 * Names used before the table that has them: whether the FROM and the JOINs still to come can bring them, and how many
 * tables that takes. `SELECT p.title, city FROM …` needs a table with a title that may be called p, and one with a city
 * that keys connect with it.
 */
import { relationTable } from '../schema/names';
import type { Table } from '../schema/model';
import type { PendingName } from '../sql/identifiers';
import { framesOutwards } from '../sql/scope';
import type { Frame } from '../sql/shape';
import { distances } from './joins';
import type { Reading } from './reading';

/** More tables than this are not joined for names that stand there already. */
const mostTables = 4;

/** What a query's names still want. */
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
 * Whether the query begins its FROM with a table that lacks columns named before, though one table has all that are
 * named: a suggestion then takes that one.
 */
export function missesBetterTable(reading: Reading, wanted: Wanted): boolean {
  const { frame, qualified, bare } = wanted;
  if (qualified.size > 0 || bare.length === 0 || frame.relations.length !== 1) return false;
  if (missingTables(reading, wanted) === 0) return false;
  const all = [...bare, ...brought(reading, frame)];
  return reading.schema.tables.some((table) => hasColumns(table, all));
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

/** Tables that must still be joined for all names of a query; Infinity when no joins along keys can bring them. */
export function missingTables(reading: Reading, wanted: Wanted): number {
  const { schema, names } = reading;
  const { frame } = wanted;
  // What a common table has, its own text tells; here it may be anything.
  if (framesOutwards(frame).some(({ ctes }) => ctes.length > 0)) return 0;
  const present: Table[] = [];
  let growing: Table[] | undefined;
  for (const relation of frame.relations) {
    const table = relationTable(relation, names);
    const isGrowing =
      relation.alias === undefined &&
      relation.name !== undefined &&
      relation.from + relation.name.length === reading.to;
    if (isGrowing) {
      const beginning = relation.name.toLowerCase();
      growing = schema.tables.filter(({ name }) => name.toLowerCase().startsWith(beginning));
    } else if (table === undefined) return 0;
    else present.push(table);
  }
  const { qualified, bare } = wanted;
  // FROM may begin with any table that is wanted.
  const isWanted = (table: Table): boolean =>
    bare.some((column) => hasColumns(table, [column])) ||
    [...qualified.values()].some((columns) => hasColumns(table, columns));
  const starts = growing ?? (present.length === 0 ? schema.tables.filter(isWanted) : undefined);
  if (growing === undefined && qualified.size === 0 && starts?.some((table) => hasColumns(table, bare)))
    return 1;
  const counts = starts?.map((table) => {
    const extra = growing || present.length > 0 ? 0 : 1;
    return extra + countMissing(reading, wanted, [...present, table]);
  });
  const count = counts ? Math.min(...counts) : countMissing(reading, wanted, present);
  return count > mostTables ? Infinity : count;
}

function countMissing({ schema }: Reading, { qualified, bare }: Wanted, present: readonly Table[]): number {
  if (qualified.size === 0 && present.some((table) => hasColumns(table, bare))) return 0;
  const reachable = distances(
    schema,
    present.map(({ name }) => name),
    mostTables,
  );
  const isConnected = reachable.size > present.length;
  const distance = ({ name }: Table): number =>
    isConnected
      ? (reachable.get(name.toLowerCase()) ?? Infinity)
      : present.some((t) => t.name === name)
        ? 0
        : 1;
  let count = 0;
  const brought = [...present];
  for (const [qualifier, columns] of qualified) {
    const named = schema.tables.filter(({ name }) => name.toLowerCase() === qualifier);
    const fitting = (named.length > 0 ? named : schema.tables).filter((table) => hasColumns(table, columns));
    // A table that is there under another name must come once more.
    const best = leastOf(fitting, (table) => Math.max(1, distance(table)));
    if (best === undefined) return Infinity;
    count += best.cost;
    brought.push(best.table);
  }
  const left = bare.filter((column) => !brought.some((table) => hasColumns(table, [column])));
  if (left.length === 0) return count;
  const together = leastOf(
    schema.tables.filter((table) => hasColumns(table, left)),
    distance,
  );
  if (together !== undefined) return count + together.cost;
  for (const column of left) {
    if (brought.some((table) => hasColumns(table, [column]))) continue;
    const best = leastOf(
      schema.tables.filter((table) => hasColumns(table, [column])),
      distance,
    );
    if (best === undefined) return Infinity;
    count += best.cost;
    brought.push(best.table);
  }
  return count;
}

function leastOf(
  tables: readonly Table[],
  costOf: (table: Table) => number,
): { table: Table; cost: number } | undefined {
  let best: { table: Table; cost: number } | undefined;
  for (const table of tables) {
    const cost = costOf(table);
    if (cost < (best?.cost ?? Infinity)) best = { table, cost };
  }
  return best;
}
