/**
 * The schema while DDL is being read: the tables, types and functions that the statements so far have made ("drafts"), and the
 * namespaces in which the session looks for names. Each ALTER changes a draft; finish() turns all of them into the schema.
 */
import type { Dialect, ForeignKey, SchemaFunction, Table } from '../model';
import { defaultNamespaces } from '../names';
import {
  draftTable,
  findColumn,
  renameColumn,
  without,
  type DraftColumn,
  type DraftReference,
  type DraftTable,
} from './draftTable';
import { UserTypes } from './userTypes';

/** Tells where offsets [from, to) of the text come from; undefined when the caller does not know. */
export type Locate = (from: number, to: number) => Table['definition'];

export interface ReadSchema {
  readonly tables: Table[];
  /** What can be named but is not offered: partitions, sequences, tables that hold the data of virtual ones. */
  readonly unlisted: Table[];
  readonly functions: SchemaFunction[];
  /** The namespaces in which the text says unqualified names are looked for. */
  readonly searchPath?: readonly string[];
}

export class Drafts {
  private readonly tables = new Map<string, DraftTable>();
  readonly types: UserTypes;
  /** Keys are names with arguments, in lower case. */
  readonly functions = new Map<string, SchemaFunction>();
  /** Where the statement that is being applied stands. */
  definition: Table['definition'];
  /** Where unqualified names are looked for since the last USE or SET search_path; undefined: the default. */
  private path: readonly string[] | undefined;
  /** Every search path that the texts set, by its text. */
  private readonly paths = new Map<string, readonly string[]>();

  constructor(readonly dialect: Dialect) {
    this.types = new UserTypes(this);
  }

  /** USE and SET search_path apply to the rest of their file. */
  beginFile(): void {
    this.path = undefined;
  }

  search(path: readonly string[] | undefined): void {
    this.path = path;
    if (path !== undefined && path.length > 0) this.paths.set(path.join('\n'), path);
  }

  /** Applies the statements inside CREATE SCHEMA: their unqualified names belong to that schema. */
  within(namespace: string, apply: () => void): void {
    const before = this.path;
    this.path = [namespace, ...(before ?? defaultNamespaces[this.dialect])];
    apply();
    this.path = before;
  }

  /** The namespaces in which unqualified names are looked for, in order. */
  searched(): readonly (string | undefined)[] {
    return (this.path ?? [undefined]).map((one) => this.own(one));
  }

  /** The namespace of something created under that name. */
  namespace(path: readonly string[]): string | undefined {
    return path.length > 1 ? this.own(path.at(-2)) : this.own(this.path?.[0]);
  }

  /** Undefined for the default namespace. */
  own(namespace: string | undefined): string | undefined {
    const isDefault =
      namespace === undefined ||
      namespace === '' ||
      defaultNamespaces[this.dialect].includes(namespace.toLowerCase());
    return isDefault ? undefined : namespace;
  }

  /** The key of a name. PostgreSQL's names are folded before, so they are compared as they are. */
  key(namespace: string | undefined, name: string): string {
    const fold = (text: string) => (this.dialect === 'postgres' ? text : text.toLowerCase());
    return `${fold(namespace ?? '')}\n${fold(name)}`;
  }

  /** The table that a CREATE with that name would make. */
  exactly(path: readonly string[]): DraftTable | undefined {
    return this.tables.get(this.key(this.namespace(path), path.at(-1) ?? ''));
  }

  find(path: readonly string[], searched = this.searched()): DraftTable | undefined {
    const name = path.at(-1);
    if (name === undefined) return undefined;
    if (path.length > 1) return this.exactly(path);
    for (const namespace of searched) {
      const found = this.tables.get(this.key(namespace, name));
      if (found !== undefined) return found;
    }
    // The text may rely on a search path that it does not set.
    const lower = name.toLowerCase();
    return [...this.tables.values()].find((table) => table.name.toLowerCase() === lower);
  }

  all(): readonly DraftTable[] {
    return [...this.tables.values()];
  }

  add(path: readonly string[], kind: Table['kind']): DraftTable {
    const draft = draftTable(this.namespace(path), path.at(-1) ?? '', kind, this.definition);
    this.tables.set(this.key(draft.namespace, draft.name), draft);
    return draft;
  }

  /** @param cascades true when the views and keys that need the table are dropped with it */
  remove(table: DraftTable | undefined, cascades: boolean): void {
    if (table === undefined) return;
    // SQLite and MySQL keep foreign keys to a dropped table: they apply to the table that takes its name.
    if (cascades && this.dialect !== 'sqlite' && this.dialect !== 'mysql') {
      for (const [other, key] of this.referencesTo(table))
        other.references = other.references.filter((one) => one !== key);
    }
    this.tables.delete(this.key(table.namespace, table.name));
    for (const other of this.all()) {
      if (other.standing === 'partition' && other.parents.includes(table)) this.remove(other, true);
      else if (cascades && other.sources.includes(table)) this.remove(other, true);
    }
  }

  /** Gives the table another name or namespace. Foreign keys follow it. */
  move(table: DraftTable, namespace: string | undefined, name: string): void {
    const before = this.key(table.namespace, table.name);
    const references = this.referencesTo(table);
    table.namespace = namespace;
    table.name = name;
    for (const [, key] of references) key.target = namespace === undefined ? [name] : [namespace, name];
    // The map must keep the order of creation.
    const entries = [...this.tables];
    this.tables.clear();
    const after = this.key(namespace, name);
    for (const [key, value] of entries)
      if (key === before) this.tables.set(after, value);
      else if (key !== after) this.tables.set(key, value);
  }

  /** Renames a column, also in the foreign keys of other tables. */
  renameColumn(table: DraftTable, before: string, after: string): void {
    const name = findColumn(table, before)?.name ?? before;
    for (const [, key] of this.referencesTo(table)) {
      key.referencedColumns = key.referencedColumns.map((one) =>
        one.toLowerCase() === name.toLowerCase() ? after : one,
      );
    }
    renameColumn(table, before, after);
  }

  renameNamespace(before: string, after: string): void {
    for (const table of this.all())
      if (this.isIn(table, before)) this.move(table, this.own(after), table.name);
    this.types.renameNamespace(before, after);
  }

  dropNamespace(name: string): void {
    for (const table of this.all()) if (this.isIn(table, name)) this.remove(table, true);
    this.types.dropNamespace(name);
    const wanted = this.own(name)?.toLowerCase();
    for (const [key, { namespace }] of this.functions)
      if (namespace?.toLowerCase() === wanted) this.functions.delete(key);
  }

  /** Drops the foreign keys that refer to the column. */
  dropReferencesTo(table: DraftTable, column: string): void {
    for (const [other, key] of this.referencesTo(table)) {
      if (key.referencedColumns.some((one) => one.toLowerCase() === column.toLowerCase()))
        other.references = other.references.filter((one) => one !== key);
    }
  }

  dropFunction(path: readonly string[]): void {
    const wanted = path.join('.').toLowerCase();
    for (const key of this.functions.keys()) if (key.startsWith(`${wanted}(`)) this.functions.delete(key);
  }

  private isIn(table: DraftTable, namespace: string): boolean {
    return this.key(table.namespace, '') === this.key(this.own(namespace), '');
  }

  private referencesTo(table: DraftTable): [DraftTable, DraftReference][] {
    const name = table.name.toLowerCase();
    return this.all().flatMap((other) =>
      other.references
        .filter((key) => key.target.at(-1)?.toLowerCase() === name && this.target(key) === table)
        .map((key): [DraftTable, DraftReference] => [other, key]),
    );
  }

  private target(key: DraftReference): DraftTable | undefined {
    return this.find(key.target, key.searched);
  }

  finish(): ReadSchema {
    const all = this.all();
    const shadows = new Set(all.flatMap((table) => table.shadows.map((name) => name.toLowerCase())));
    const isShadow = ({ name, shadows: own }: DraftTable) =>
      own.length === 0 && shadows.has(name.toLowerCase());
    const { isOwn, searchPath } = this.session(all);
    const named = (namespace: string | undefined) =>
      namespace === undefined || isOwn(namespace) ? {} : { namespace };
    const finished = (table: DraftTable): Table => ({
      ...named(table.namespace),
      name: table.name,
      kind: table.kind,
      columns: table.columns.map((column) => this.finishColumn(column)),
      ...(table.hiddenColumns.length === 0
        ? {}
        : { hiddenColumns: table.hiddenColumns.map((column) => this.finishColumn(column)) }),
      foreignKeys: table.references.flatMap((key) => {
        const done = this.finishReference(key);
        if (done === undefined) return [];
        const { namespace, ...rest } = done;
        return [{ ...rest, ...named(namespace) }];
      }),
      uniqueKeys: table.uniqueKeys.map((key) => key.columns),
      ...(table.comment === undefined ? {} : { comment: table.comment }),
      ...(table.definition === undefined ? {} : { definition: table.definition }),
    });
    const isListed = (table: DraftTable) => table.standing === 'listed' && !isShadow(table);
    const tables = all.filter(isListed).map(finished);
    const unlisted = all.filter((table) => !isListed(table)).map(finished);
    const functions = [...this.functions.values()].map(({ namespace, ...rest }) => ({
      ...rest,
      ...named(namespace),
    }));
    return { tables, unlisted, functions, ...(searchPath === undefined ? {} : { searchPath }) };
  }

  /**
   * What the texts say about the session in which queries will run. When all of them name one namespace and nothing is
   * outside of it, that one is searched. A MySQL connection names the tables of its own database without it.
   */
  private session(all: readonly DraftTable[]): {
    isOwn: (namespace: string) => boolean;
    searchPath?: readonly string[];
  } {
    const none = { isOwn: () => false };
    const [path] = this.paths.values();
    if (path === undefined || this.paths.size > 1 || this.dialect === 'tsql') return none;
    const searched = path.map((one) => this.own(one));
    if (all.some(({ namespace }) => namespace === undefined && !searched.includes(undefined))) return none;
    const [first = ''] = path;
    if (this.dialect !== 'mysql') return { isOwn: () => false, searchPath: path };
    return { isOwn: (one) => one.toLowerCase() === first.toLowerCase(), searchPath: [first] };
  }

  private finishColumn(column: DraftColumn): Table['columns'][number] {
    const plain = without(column, 'typePath');
    if (column.typePath === undefined) return plain;
    const type = this.types.find(column.typePath);
    if (type === undefined) return plain;
    const values = this.types.values(type);
    return {
      ...plain,
      nullable: plain.nullable && !this.types.isNeverNull(type),
      ...(values === undefined || (values.from === 'check' && plain.values !== undefined) ? {} : { values }),
    };
  }

  private finishReference(key: DraftReference): ForeignKey | undefined {
    const target = this.target(key);
    const { columns, referencedColumns } = key;
    if (target === undefined) return this.unknownReference(key);
    const primary = target.columns
      .filter((column) => column.primaryKey > 0)
      .sort((a, b) => a.primaryKey - b.primaryKey)
      .map((column) => column.name);
    const named = referencedColumns.length > 0 ? referencedColumns : primary;
    if (named.length !== columns.length) return undefined;
    return {
      columns,
      table: target.name,
      ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
      referencedColumns: named.map((name) => findColumn(target, name)?.name ?? name),
    };
  }

  /**
   * A foreign key to a table that the text does not create. Without columns it refers to that table's primary key,
   * usually `id`.
   */
  private unknownReference({ columns, target, referencedColumns }: DraftReference): ForeignKey | undefined {
    const isNamed = referencedColumns.length > 0;
    if (isNamed ? referencedColumns.length !== columns.length : columns.length > 1) return undefined;
    const namespace = target.length > 1 ? this.own(target.at(-2)) : undefined;
    return {
      columns,
      table: target.at(-1) ?? '',
      ...(namespace === undefined ? {} : { namespace }),
      referencedColumns: isNamed ? referencedColumns : ['id'],
    };
  }
}
