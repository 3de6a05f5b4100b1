/** Looks up a schema's names, compared as SQL compares them. Built once for each schema. */
import type { Column, Dialect, ForeignKey, Schema, Table } from './model';
import { perSchema } from './perSchema';

/** Schemas that are searched without being named. */
export const defaultNamespaces: Readonly<Record<Dialect, readonly string[]>> = {
  sqlite: ['main', 'temp'],
  postgres: ['public'],
  duckdb: ['main'],
  mysql: [],
  tsql: ['dbo'],
};

/** True when the table's name alone finds it: its namespace is searched, and no namespace before it has that name. */
export function isUnqualified(table: Table, schema: Schema): boolean {
  if (searchRank(table, schema) === undefined) return false;
  const found = SchemaNames.of(schema).table(catalogKey(table.name, schema.dialect));
  return found === undefined || found === table || searchRank(found, schema) === searchRank(table, schema);
}

/** The position of the table's namespace among those that are searched; undefined when it is not searched. */
function searchRank({ namespace }: Table, schema: Schema): number | undefined {
  const { dialect, searchPath = defaultNamespaces[dialect] } = schema;
  const home = namespace ?? defaultNamespaces[dialect][0] ?? searchPath[0];
  const at = searchPath.findIndex((one) => one.toLowerCase() === home?.toLowerCase());
  if (at >= 0) return at;
  // A table without a namespace is in the default one, whatever that is called.
  return namespace === undefined ? searchPath.length : undefined;
}

/** The key of a name that is spelled as in the catalogue. */
export function catalogKey(name: string, dialect: Dialect): string {
  return dialect === 'postgres' ? name : name.toLowerCase();
}

export class SchemaNames {
  private readonly tablesByName = new Map<string, Table[]>();
  private readonly unqualified = new Set<string>();
  private readonly namespaces = new Set<string>();
  private readonly columnsByTable = new Map<Table, Map<string, Column>>();
  private readonly tablesByColumn = new Map<string, Table[]>();

  static readonly of = perSchema((schema) => new SchemaNames(schema));

  private constructor(readonly schema: Schema) {
    const key = (name: string) => catalogKey(name, schema.dialect);
    for (const name of defaultNamespaces[schema.dialect]) this.namespaces.add(name);
    for (const table of [...schema.tables, ...(schema.unlisted ?? [])]) {
      append(this.tablesByName, key(table.name), table);
      if (schema.searchPath === undefined || searchRank(table, schema) !== undefined)
        this.unqualified.add(key(table.name));
      if (table.namespace !== undefined) this.namespaces.add(key(table.namespace));
      const columns = new Map<string, Column>();
      for (const column of [...table.columns, ...(table.hiddenColumns ?? [])])
        if (!columns.has(key(column.name))) columns.set(key(column.name), column);
      this.columnsByTable.set(table, columns);
    }
    for (const table of schema.tables)
      for (const name of new Set(table.columns.map((column) => key(column.name))))
        append(this.tablesByColumn, name, table);
    const rank = (table: Table) => searchRank(table, schema) ?? Infinity;
    for (const tables of this.tablesByName.values())
      if (tables.length > 1) tables.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
  }

  /** The table with that key: in the given namespace, or else in the first of the searched ones that has it. */
  table(key: string, namespaceKey?: string): Table | undefined {
    const found = this.tablesByName.get(key);
    if (namespaceKey === undefined) return found?.[0];
    return found?.find(({ namespace }) =>
      namespace === undefined
        ? this.isDefault(namespaceKey)
        : catalogKey(namespace, this.schema.dialect) === namespaceKey,
    );
  }

  /**
   * The table that a foreign key of `from` refers to. When the key names no namespace, the default one comes before the
   * table's own.
   */
  referencedTable(from: Table, { table, namespace }: ForeignKey): Table | undefined {
    const { dialect } = this.schema;
    const key = catalogKey(table, dialect);
    if (namespace !== undefined) return this.table(key, catalogKey(namespace, dialect));
    const found = this.tablesByName.get(key) ?? [];
    const own = (one: Table): boolean => one.namespace === from.namespace;
    return found.find((one) => one.namespace === undefined) ?? found.find(own) ?? found[0];
  }

  /** True when that key is the name of the default namespace. */
  private isDefault(namespaceKey: string): boolean {
    const { dialect, searchPath } = this.schema;
    if (dialect !== 'mysql') return defaultNamespaces[dialect].includes(namespaceKey);
    // Files with DDL do not say what their database is called: any name that is not another namespace may be it.
    if (searchPath === undefined) return !this.namespaces.has(namespaceKey);
    return searchPath.some((one) => catalogKey(one, dialect) === namespaceKey);
  }

  column(table: Table, key: string): Column | undefined {
    return this.columnsByTable.get(table)?.get(key);
  }

  /** The tables that have a column with that key, in catalogue order. */
  tablesWith(columnKey: string): readonly Table[] {
    return this.tablesByColumn.get(columnKey) ?? [];
  }

  isNamespace(key: string): boolean {
    return this.namespaces.has(key);
  }

  tableKeys(): Iterable<string> {
    return this.tablesByName.keys();
  }

  /**
   * Keys of the tables that are found without a namespace. All tables, when nothing tells which namespaces are
   * searched.
   */
  unqualifiedKeys(): ReadonlySet<string> {
    return this.unqualified;
  }

  namespaceKeys(): Iterable<string> {
    return this.namespaces;
  }

  /** Column keys of one table, or of all. */
  columnKeys(table?: Table): Iterable<string> {
    return table === undefined ? this.tablesByColumn.keys() : (this.columnsByTable.get(table)?.keys() ?? []);
  }
}

function append<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** The schema's table that a relation in a text stands for. Undefined for CTEs, derived tables and unknown tables. */
export function relationTable(
  relation: { readonly kind: string; readonly name?: string; readonly namespace?: string },
  names: SchemaNames,
): Table | undefined {
  const { name, namespace } = relation;
  if (relation.kind !== 'table' || name === undefined) return undefined;
  // The relation does not say whether its name was quoted: try it as written first, then folded.
  const exact = names.table(catalogKey(name, names.schema.dialect), namespace);
  return exact ?? names.table(name.toLowerCase(), namespace?.toLowerCase());
}

/** "sbTxCustId" → sb, tx, cust, id. */
export function partsOf(name: string): string[] {
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
}

/** A rough singular of an English noun. */
export function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  return word.length > 3 && word.endsWith('s') && !/(?:ss|us|is)$/.test(word) ? word.slice(0, -1) : word;
}
