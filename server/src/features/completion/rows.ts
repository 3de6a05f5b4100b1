/**
 * Rows that can be named without a FROM: `excluded` of an upsert, `inserted` of OUTPUT. A trigger's rows are in
 * resolve/triggerRows.ts.
 */
import type { Schema, Table } from '../../schema/model';
import type { RowName } from '../../resolve/triggerRows';
import { targetTable } from './expansions';
import type { CompletionItem } from './item';
import { columnItem } from './names';
import type { Place, Qualifier } from './cursor';
import { tableTitle } from './relations';
import type { Style } from './style';

/** The rows of the statement at the place: `excluded` of an upsert, `inserted` and `deleted` of OUTPUT. */
export function writtenRows(place: Place, schema: Schema): readonly RowName[] {
  const { reading, index, dialect, frame } = place;
  const table = frame.relations.some(({ target }) => target !== undefined)
    ? targetTable(place, schema)
    : undefined;
  const words = Array.from({ length: index }, (_, i) => reading.raw(i));
  const verb = words.find((word) => ['insert', 'update', 'delete', 'merge', 'replace'].includes(word));
  const written = table ?? (verb === 'delete' ? targetTable(place, schema) : undefined);
  if (written === undefined) return [];
  const row = (name: string): RowName => ({ name, table: written });
  if (dialect === 'tsql') {
    if (!words.includes('output')) return [];
    return [...(verb === 'delete' ? [] : [row('inserted')]), ...(verb === 'insert' ? [] : [row('deleted')])];
  }
  if (dialect === 'mysql') {
    // INSERT … VALUES (…) AS name ON DUPLICATE KEY UPDATE
    const at = words.lastIndexOf('duplicate') - 1;
    return at > 0 && words[at - 2] === 'as' && reading.isIdentifier(at - 1)
      ? [row(reading.written(at - 1))]
      : [];
  }
  // PostgreSQL 18: the row before and after the change.
  if (dialect === 'postgres' && place.clause === 'returning') return [row('old'), row('new')];
  return words.includes('conflict') && verb === 'insert' ? [row('excluded')] : [];
}

/** The columns of the row with this name; undefined when there is none. */
export function rowMembers(
  qualifier: Qualifier,
  rows: readonly RowName[],
  schema: Schema,
  style: Style,
): CompletionItem[] | undefined {
  const table: Table | undefined = rows.find(
    ({ name }) => name.toLowerCase() === qualifier.key.toLowerCase(),
  )?.table;
  if (table === undefined) return undefined;
  const description = tableTitle(table, schema);
  return table.columns.map((column) => columnItem(column.name, column, { description, table }, style));
}

/** The names of the rows, to begin a column of one. */
export function rowItems(rows: readonly RowName[]): CompletionItem[] {
  return rows.map(({ name, table }) => ({
    kind: 'relation',
    label: name,
    insert: name,
    description: `row of ${table.name}`,
  }));
}
