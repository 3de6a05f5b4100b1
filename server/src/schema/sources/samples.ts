/**
 * Sample values of text columns that hold few different ones, from the first rows of a table. Reads rows, so that it is
 * left out for connections marked sensitive and wherever the setting says so. Sends queries through what it is given.
 */
import type { Column, Dialect, Table } from '../model';

/** Rows looked at, and the most values a column may have among them. */
const rowsLooked = 1_000;
const mostValues = 12;
/** Fewer rows than this per value: the column does not repeat itself, it is a name or a text. */
const leastRepeated = 3;
/** Longer values are texts. */
const longest = 60;
/** Tables that are sampled, and milliseconds all of them may take together. */
const mostTables = 200;
const longestTime = 2_000;

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The tables with `values` where samples were found; a table that cannot be read stays as it is. */
export async function sampleColumns(
  tables: readonly Table[],
  dialect: Dialect,
  run: (sql: string) => Promise<Rows>,
): Promise<Table[]> {
  const started = performance.now();
  const sampled: Table[] = [];
  for (const [index, table] of tables.entries()) {
    const columns = table.columns.filter(isSampled);
    const isWorth = table.kind === 'table' && columns.length > 0 && index < mostTables;
    if (!isWorth || performance.now() - started > longestTime) {
      sampled.push(table);
      continue;
    }
    const rows = await run(sampleQuery(table, columns, dialect)).catch(() => []);
    sampled.push({ ...table, columns: table.columns.map((column) => withSamples(column, rows)) });
  }
  return sampled;
}

const isSampled = (column: Column): boolean =>
  column.values === undefined && /^(var)?char|^text|^string|^nvarchar/i.test(column.type);

export function sampleQuery(table: Table, columns: readonly Column[], dialect: Dialect): string {
  const mark = dialect === 'mysql' ? '`' : '"';
  const quote = (name: string) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
  const namespace = table.namespace === undefined ? '' : `${quote(table.namespace)}.`;
  const names = columns.map(({ name }) => quote(name)).join(', ');
  return `SELECT ${names} FROM ${namespace}${quote(table.name)} LIMIT ${String(rowsLooked)}`;
}

export function withSamples(column: Column, rows: Rows): Column {
  if (!isSampled(column)) return column;
  const counts = new Map<string, number>();
  let total = 0;
  for (const row of rows) {
    const value = row[column.name];
    if (value === null || value === undefined) continue;
    if (typeof value !== 'string' || value.length > longest) return column;
    counts.set(value, (counts.get(value) ?? 0) + 1);
    total++;
    if (counts.size > mostValues) return column;
  }
  if (counts.size === 0 || total < counts.size * leastRepeated) return column;
  const list = [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
  return { ...column, values: { list, from: 'sample' } };
}
