/** Builds tables from the rows of a server's catalogue. No IO. */
import type { CheckedColumn } from '../ddl/checkValues';
import type { Column, ForeignKey, Table } from '../model';

/** A table whose columns and keys are still being added. */
export interface TableDraft {
  readonly namespace?: string;
  readonly name: string;
  readonly kind: Table['kind'];
  rowCount?: number;
  comment?: string;
  columns: Column[];
  hiddenColumns?: readonly Column[];
  readonly foreignKeys: ForeignKey[];
  readonly uniqueKeys: string[][];
}

export function draftTable(
  name: string,
  kind: Table['kind'],
  namespace: string | undefined,
  more: { readonly rowCount?: number | undefined; readonly comment?: string | undefined } = {},
): TableDraft {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    name,
    kind,
    columns: [],
    foreignKeys: [],
    uniqueKeys: [],
    ...(more.rowCount === undefined ? {} : { rowCount: more.rowCount }),
    ...(more.comment === undefined || more.comment === '' ? {} : { comment: more.comment }),
  };
}

/** The table with only its name, for the time until its columns are read. */
export function pendingTable(draft: TableDraft): Table {
  return { ...draft, columnsPending: true };
}

export function changeColumn(table: TableDraft, name: string, change: Partial<Column>): void {
  table.columns = table.columns.map((column) => (column.name === name ? { ...column, ...change } : column));
}

export function setPrimaryKey(table: TableDraft, names: readonly string[]): void {
  names.forEach((name, i) => changeColumn(table, name, { primaryKey: i + 1 }));
}

/** Puts the values of a CHECK on its column. An enum keeps its own values, which say more. */
export function applyCheck(table: TableDraft, checked: CheckedColumn | undefined): void {
  if (checked === undefined) return;
  const key = checked.column.toLowerCase();
  const column = table.columns.find(({ name }) => name.toLowerCase() === key);
  if (column !== undefined && column.values?.from !== 'enum') {
    changeColumn(table, column.name, { values: { list: checked.list, from: 'check' } });
  }
}
