/**
 * Measures how well a statement fits its question. The links (prompt/linking/) say which tables, columns and values the
 * question means; this file counts which of them the statement leaves out, and what it uses that no link names. Pure.
 */
import { columnAt } from '../legality/comparedColumns';
import type { Reading } from '../legality/reading';
import type { Link } from '../prompt/linking/link';
import { relationTable } from '../schema/names';
import type { Column, Table } from '../schema/model';
import { quoteLiteral } from '../sql/quoteLiteral';

export interface LinkFit {
  /** Tables, columns and values that the links name and the statement does not use. Joins are no matter of their own. */
  readonly missed: number;
  /** Tables and columns that the statement uses and no link names; columns of join conditions do not count. */
  readonly unnamed: number;
}

/** What a column is called that names a row. */
const naming = /(?:name|title)$/i;

export function linkFit(reading: Reading, links: readonly Link[]): LinkFit {
  const { dialect, backslash } = reading.schema;
  const inQuotes = (value: string): string => quoteLiteral(value, dialect, backslash).slice(1, -1);
  const used = usedBy(reading);
  const isUsed = (column: Column): boolean => used.columns.has(column) || used.joined.has(column);
  const [tables, namedTables, columns] = [new Set<Table>(), new Set<Table>(), new Set<Column>()];
  let missedValues = 0;
  for (const link of links) {
    tables.add(link.table);
    if (link.kind === 'join') tables.add(link.otherTable);
    else if (link.kind === 'table') namedTables.add(link.table);
    else columns.add(link.column);
    // Compared by case, as in the database: 'bergen' finds nothing when the column holds 'Bergen'.
    if (link.kind === 'value' && !reading.text.includes(inQuotes(link.value))) missedValues++;
  }
  // Who asks for customers wants to see who they are.
  const isNameOfNamed = (column: Column): boolean =>
    naming.test(column.name) && [...namedTables].some((table) => table.columns.includes(column));
  return {
    missed:
      missedValues +
      count(namedTables, (table) => !used.tables.has(table)) +
      count(columns, (column) => !isUsed(column)),
    unnamed:
      count(used.tables, (table) => !tables.has(table)) +
      count(used.columns, (column) => !columns.has(column) && !isNameOfNamed(column)),
  };
}

function usedBy(reading: Reading): {
  readonly tables: ReadonlySet<Table>;
  readonly columns: ReadonlySet<Column>;
  readonly joined: ReadonlySet<Column>;
} {
  const [tables, columns, joined] = [new Set<Table>(), new Set<Column>(), new Set<Column>()];
  for (const { relations } of reading.frames)
    for (const relation of relations) {
      const table = relationTable(relation, reading.names);
      if (table) tables.add(table);
    }
  for (const i of reading.shape.tokens.keys()) {
    const column = columnAt(reading, i);
    if (column) (isJoined(reading, i) ? joined : columns).add(column);
  }
  return { tables, columns, joined };
}

/** One side of `a.x = b.y`. */
function isJoined({ raw, shape }: Reading, i: number): boolean {
  const from = raw[i - 1] === '.' ? i - 2 : i;
  const isName = (at: number): boolean => /^(?:word|quoted)$/.test(shape.tokens[at]?.kind ?? '');
  return (
    (raw[i + 1] === '=' && isName(i + 2) && raw[i + 3] === '.') ||
    (raw[from - 1] === '=' && raw[from - 3] === '.' && isName(from - 2))
  );
}

function count<T>(all: ReadonlySet<T>, is: (one: T) => boolean): number {
  return [...all].filter(is).length;
}
