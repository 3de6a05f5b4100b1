/**
 * Sample values of text columns from the first rows of a table: all of them where the column holds few different ones,
 * else what was seen. Reads rows, so that it is left out for connections marked sensitive and wherever the setting says
 * so. Sends queries through what it is given.
 */
import { setImmediate } from 'node:timers/promises';
import type { Column, Dialect, Table } from '../model';

/** Rows looked at, and the most values a column may have among them to be one of few. */
const rowsLooked = 1_000;
const mostValues = 12;
/** Fewer rows than this per value: the column does not repeat itself, it is a name or a text. */
const leastRepeated = 3;
/** Longer values are texts. */
export const longestValue = 60;
/** Tables that are sampled, texts of a column and of all, and milliseconds all of them may take together. */
const mostTables = 200;
const mostSeen = 500;
const mostSeenOfAll = 50_000;
const longestTime = 1_000;

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * The tables with `values` or `seen` where samples were found; a table that cannot be read stays as it is.
 *
 * @param mayRead false for tables whose rows are computed by what a file brings along
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
    // What is read synchronously must not keep the editor waiting.
    await setImmediate();
  }
  return sampled;
}

/** A generated column is computed by what its schema says, which is not run. */
const isSampled = (column: Column): boolean =>
  column.values === undefined &&
  column.generated !== true &&
  /^(var)?char|^text|^string|^nvarchar/i.test(column.type);

export function sampleQuery(table: Table, columns: readonly Column[], dialect: Dialect): string {
  const mark = dialect === 'mysql' ? '`' : '"';
  const quote = (name: string) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
  const namespace = table.namespace === undefined ? '' : `${quote(table.namespace)}.`;
  // A DuckDB file may bring a macro of that name.
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
