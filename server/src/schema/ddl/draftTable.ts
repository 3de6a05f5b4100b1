/** A table while DDL statements are changing it, and the changes that several statements can make. No IO. */
import type { Column, Dialect, Table } from '../model';

/** A column, and the path of its type when the text may have made that type: `tide` or `harbour.tide`. */
export type DraftColumn = Column & { readonly typePath?: readonly string[] };

/** A key or constraint, under the name in the text or the one that the database would give it. */
export interface DraftKey {
  name: string | undefined;
  columns: readonly string[];
}

export interface DraftReference extends DraftKey {
  /** As written: one name, or namespace and name. */
  target: readonly string[];
  /** The namespaces in which an unqualified target is looked for, in order. Undefined stands for the default one. */
  readonly searched: readonly (string | undefined)[];
  /** Empty when the text names none: the primary key is meant. */
  referencedColumns: readonly string[];
}

export interface DraftTable {
  namespace: string | undefined;
  name: string;
  kind: Table['kind'];
  columns: DraftColumn[];
  /** Columns that can be named but are not in `*`. */
  hiddenColumns: DraftColumn[];
  references: DraftReference[];
  uniqueKeys: DraftKey[];
  /** CHECK constraints that list the values a column may have. */
  checks: DraftKey[];
  primaryKeyName: string | undefined;
  comment: string | undefined;
  definition: Table['definition'];
  /** Partitions and sequences can be named, but are not offered. */
  standing: 'listed' | 'partition' | 'sequence';
  /** The tables whose columns it shares (INHERITS, partitions): their changes apply to it too. */
  parents: DraftTable[];
  /** The tables that a view reads. Dropping one with CASCADE drops the view. */
  sources: readonly DraftTable[];
  /** Names of the tables in which a virtual table keeps its data. */
  shadows: readonly string[];
}

export function draftTable(
  namespace: string | undefined,
  name: string,
  kind: Table['kind'],
  definition: Table['definition'],
): DraftTable {
  return {
    namespace,
    name,
    kind,
    columns: [],
    hiddenColumns: [],
    references: [],
    uniqueKeys: [],
    checks: [],
    primaryKeyName: undefined,
    comment: undefined,
    definition,
    standing: 'listed',
    parents: [],
    sources: [],
    shadows: [],
  };
}

export function findColumn(table: DraftTable, name: string): DraftColumn | undefined {
  const exact = table.columns.find((column) => column.name === name);
  return exact ?? table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

export function changeColumn(table: DraftTable, name: string, change: Partial<DraftColumn>): void {
  const column = findColumn(table, name);
  table.columns = table.columns.map((c) => (c === column ? { ...c, ...change } : c));
}

/** The column without the given properties. */
export function without(column: DraftColumn, ...facts: readonly (keyof DraftColumn)[]): DraftColumn {
  return Object.fromEntries(
    Object.entries(column).filter(([fact]) => !facts.includes(fact as keyof DraftColumn)),
  ) as unknown as DraftColumn;
}

export function dropFacts(table: DraftTable, name: string, ...facts: readonly (keyof DraftColumn)[]): void {
  const column = findColumn(table, name);
  table.columns = table.columns.map((c) => (c === column ? without(c, ...facts) : c));
}

/** The names in the spelling of the table's own columns. */
export function spelt(table: DraftTable, names: readonly string[]): string[] {
  return names.map((name) => findColumn(table, name)?.name ?? name);
}

/**
 * Sets the primary key. Its columns become NOT NULL; in SQLite only an INTEGER PRIMARY KEY does, which is the row's
 * number.
 */
export function setPrimaryKey(
  table: DraftTable,
  names: readonly string[],
  dialect: Dialect,
  name?: string,
): void {
  table.primaryKeyName = name ?? (dialect === 'postgres' ? `${table.name}_pkey` : undefined);
  names.forEach((column, i) => {
    const type = findColumn(table, column)?.type.toUpperCase();
    const isNeverNull = dialect !== 'sqlite' || (names.length === 1 && type === 'INTEGER');
    changeColumn(table, column, { primaryKey: i + 1, ...(isNeverNull ? { nullable: false } : {}) });
  });
}

/** The name that the database gives a constraint without one, when later statements may use it. */
export function constraintName(
  table: DraftTable,
  kind: 'fkey' | 'key' | 'check',
  columns: readonly string[],
  dialect: Dialect,
): string | undefined {
  if (dialect === 'mysql') {
    if (kind === 'fkey') return `${table.name}_ibfk_${String(table.references.length + 1)}`;
    if (kind === 'check') return undefined;
  } else if (dialect !== 'postgres') return undefined;
  const [first = ''] = columns;
  const base = dialect === 'mysql' ? first : [table.name, ...columns, kind].join('_');
  const taken = new Set(
    [...table.references, ...table.uniqueKeys, ...table.checks].map((one) => one.name?.toLowerCase()),
  );
  if (!taken.has(base.toLowerCase())) return base;
  const numbered = (n: number) => (dialect === 'mysql' ? `${base}_${String(n + 1)}` : `${base}${String(n)}`);
  let n = 1;
  while (taken.has(numbered(n).toLowerCase())) n++;
  return numbered(n);
}

/** Drops the constraint with that name, whatever its kind. */
export function dropConstraint(table: DraftTable, name: string): void {
  const isIt = (one: { readonly name: string | undefined }) => one.name?.toLowerCase() === name.toLowerCase();
  if (isIt({ name: table.primaryKeyName })) dropPrimaryKey(table);
  table.references = table.references.filter((key) => !isIt(key));
  table.uniqueKeys = table.uniqueKeys.filter((key) => !isIt(key));
  for (const { columns } of table.checks.filter(isIt)) {
    for (const column of columns)
      if (findColumn(table, column)?.values?.from === 'check') dropFacts(table, column, 'values');
  }
  table.checks = table.checks.filter((check) => !isIt(check));
}

export function dropPrimaryKey(table: DraftTable): void {
  table.primaryKeyName = undefined;
  table.columns = table.columns.map((column) => ({ ...column, primaryKey: 0 }));
}

export function renameConstraint(table: DraftTable, before: string, after: string): void {
  const isIt = (name: string | undefined) => name?.toLowerCase() === before.toLowerCase();
  if (isIt(table.primaryKeyName)) table.primaryKeyName = after;
  for (const key of [...table.references, ...table.uniqueKeys, ...table.checks])
    if (isIt(key.name)) key.name = after;
}

/** Drops the column, and the keys and checks that need it. */
export function dropColumn(table: DraftTable, name: string, dialect: Dialect): void {
  const column = findColumn(table, name);
  if (column === undefined) return;
  table.columns = table.columns.filter((c) => c !== column);
  // MySQL removes the column from the key; other databases drop the key.
  if (column.primaryKey > 0 && dialect !== 'mysql') dropPrimaryKey(table);
  const holdsIt = (key: DraftKey) => key.columns.includes(column.name);
  table.references = table.references.filter((key) => !holdsIt(key));
  table.uniqueKeys =
    dialect === 'mysql'
      ? table.uniqueKeys
          .map((key) => ({ ...key, columns: key.columns.filter((one) => one !== column.name) }))
          .filter((key) => key.columns.length > 0)
      : table.uniqueKeys.filter((key) => !holdsIt(key));
  table.checks = table.checks.filter((key) => !holdsIt(key));
}

export function renameColumn(table: DraftTable, before: string, after: string): void {
  const name = findColumn(table, before)?.name;
  if (name === undefined) return;
  changeColumn(table, name, { name: after });
  for (const key of [...table.references, ...table.uniqueKeys, ...table.checks])
    key.columns = key.columns.map((column) => (column === name ? after : column));
}

/** Moves the column behind another one, or to the first place. */
export function moveColumn(table: DraftTable, name: string, behind: string | undefined): void {
  const column = findColumn(table, name);
  if (column === undefined) return;
  const others = table.columns.filter((c) => c !== column);
  const before = behind === undefined ? undefined : findColumn(table, behind);
  const at = behind === undefined ? 0 : before === undefined ? others.length : others.indexOf(before) + 1;
  table.columns = others.toSpliced(at, 0, column);
}
