/**
 * Reads sample values of text columns from the first rows of each table: all values when a column has few different
 * ones, else some. It reads rows, so it is left out for sensitive connections and when the setting forbids it. The
 * caller passes the function that sends queries.
 */
import { setImmediate } from 'node:timers/promises';
import type { Column, Dialect, Table } from '../model';

/** Rows to look at, and the most different values among them that count as few. */
const rowsLooked = 1_000;
const mostValues = 12;
/** With fewer rows than this for each value a column does not repeat itself: it holds names or texts. */
const leastRepeated = 3;
/** Longer values are texts. */
export const longestValue = 60;
/** Most tables to sample, most values for a column and for all, and milliseconds for all tables together. */
const mostTables = 200;
const mostSeen = 500;
const mostSeenOfAll = 50_000;
const longestTime = 1_000;

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * The tables, with `values` or `seen` when samples were found. A table that cannot be read stays as it is.
 *
 * @param mayRead false for tables whose rows are computed by code in the file
 */
export async function sampleColumns(
  tables: readonly Table[],
  dialect: Dialect,
  run: (sql: string) => Promise<Rows>,
  mayRead: (table: Table) => boolean = () => true,
): Promise<Table[]> {
  const started = performance.now();
  const sampled: Table[] = [];
  let seen = 0;
  for (const [index, table] of tables.entries()) {
    const columns = table.columns.filter(isSampled);
    const isWorth =
      table.kind === 'table' &&
      columns.length > 0 &&
      index < mostTables &&
      seen < mostSeenOfAll &&
      mayRead(table);
    if (!isWorth || performance.now() - started > longestTime) {
      sampled.push(table);
      continue;
    }
    const rows = await run(sampleQuery(table, columns, dialect)).catch(() => []);
    const now = { ...table, columns: table.columns.map((column) => withSamples(column, rows)) };
    for (const column of now.columns) seen += column.seen?.length ?? 0;
    sampled.push(now);
    // Let the process do other work between two synchronous reads.
    await setImmediate();
  }
  return sampled;
}

/** False for generated columns: reading one would run an expression of the schema. */
const isSampled = (column: Column): boolean =>
  column.values === undefined &&
  column.generated !== true &&
  /^(var)?char|^text|^string|^nvarchar/i.test(column.type);

export function sampleQuery(table: Table, columns: readonly Column[], dialect: Dialect): string {
  const mark = dialect === 'mysql' ? '`' : '"';
  const quote = (name: string) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
  const namespace = table.namespace === undefined ? '' : `${quote(table.namespace)}.`;
  // A DuckDB file may contain a macro of that name.
  const beginning = dialect === 'duckdb' ? 'system.main.substr' : 'SUBSTR';
  const beginnings = columns.map(
    ({ name }) => `${beginning}(${quote(name)}, 1, ${String(longestValue + 1)}) AS ${quote(name)}`,
  );
  return `SELECT ${beginnings.join(', ')} FROM ${namespace}${quote(table.name)} LIMIT ${String(rowsLooked)}`;
}

export function withSamples(column: Column, rows: Rows): Column {
  if (!isSampled(column)) return column;
  const counts = new Map<string, number>();
  let total = 0;
  for (const row of rows) {
    const value = row[column.name];
    if (value === null || value === undefined || value === '') continue;
    if (typeof value !== 'string' || value.length > longestValue) return column;
    counts.set(value, (counts.get(value) ?? 0) + 1);
    total++;
  }
  if (counts.size === 0) return column;
  if (counts.size > mostValues || total < counts.size * leastRepeated)
    return { ...column, seen: [...counts.keys()].slice(0, mostSeen) };
  const list = [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
  return { ...column, values: { list, from: 'sample' } };
}
