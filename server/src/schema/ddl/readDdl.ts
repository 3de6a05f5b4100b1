/**
 * Tables from DDL text: CREATE TABLE, CREATE VIEW, CREATE UNIQUE INDEX, ALTER TABLE, COMMENT ON and DROP, in order.
 * Tolerant: a statement it cannot read is skipped, one it can read in part counts for that part. No IO.
 */
import { readShape } from '../../sql/shape/shape';
import { splitStatements, statementTokens, type Statement } from '../../sql/statements/statements';
import { applyAlter } from './alterTable';
import { DdlCursor } from './cursor';
import { changeColumn, findColumn, readElement, type DraftTable } from './createTable';
import type { Column, Dialect, ForeignKey, SchemaFunction, Table } from '../model';
import { defaultNamespaces } from '../names';

export { detectDialect } from '../detectDialect';

/** Tables in the order they are created in; references without columns are resolved to primary keys. */
export function parseDdl(text: string, dialect: Dialect): Table[] {
  return readDdl(text, dialect).tables;
}

/** Where offsets [from, to) of the text come from; undefined where the caller does not know. */
export type Locate = (from: number, to: number) => Table['definition'];

/** Tables as `parseDdl` gives them, each with the place of the statement that made it, and functions. */
export function readDdl(
  text: string,
  dialect: Dialect,
  locate: Locate = () => undefined,
): { readonly tables: Table[]; readonly functions: SchemaFunction[] } {
  const drafts = new Drafts(dialect, locate);
  for (const statement of splitStatements(text, dialect)) {
    const tokens = statementTokens(text, statement, dialect);
    const cursor = new DdlCursor(text, tokens, dialect);
    // "//" and the like: a custom DELIMITER before the statement.
    while (cursor.kind() === 'operator') cursor.at++;
    applyStatement(cursor, statement, drafts);
  }
  return { tables: drafts.finish(), functions: [...drafts.functions.values()] };
}

/** The tables while statements are being applied, by name. */
export class Drafts {
  private readonly tables = new Map<string, DraftTable>();
  /** Labels of enum types by lower-case name. */
  readonly enums = new Map<string, readonly string[]>();
  /** By lower-case name and arguments. */
  readonly functions = new Map<string, SchemaFunction>();

  constructor(
    private readonly dialect: Dialect,
    private readonly locate: Locate = () => undefined,
  ) {}

  find(path: readonly string[]): DraftTable | undefined {
    const exact = this.tables.get(this.key(path));
    if (exact !== undefined || path.length > 1) return exact;
    // Unqualified, and the tables are in a namespace of their own (search_path, USE).
    const name = path.at(-1)?.toLowerCase();
    return [...this.tables.values()].find((table) => table.name.toLowerCase() === name);
  }

  add(path: readonly string[], kind: Table['kind'], statement: Statement): DraftTable {
    const namespace = this.namespace(path);
    const definition = this.locate(statement.from, statement.to);
    const draft: DraftTable = {
      ...(namespace === undefined ? {} : { namespace }),
      name: path.at(-1) ?? '',
      kind,
      columns: [],
      foreignKeys: [],
      uniqueKeys: [],
      enums: this.enums,
      ...(definition === undefined ? {} : { definition }),
    };
    this.tables.set(this.key(path), draft);
    return draft;
  }

  changeEnum(name: string, labels: readonly string[]): void {
    for (const table of this.tables.values()) {
      table.columns = table.columns.map((column) =>
        column.type.toLowerCase() === name ? { ...column, values: { list: labels, from: 'enum' } } : column,
      );
    }
  }

  remove(path: readonly string[]): void {
    const table = this.find(path);
    for (const [key, value] of this.tables) if (value === table) this.tables.delete(key);
  }

  rename(path: readonly string[], name: string): void {
    const table = this.find(path);
    if (table === undefined) return;
    const before = table.name.toLowerCase();
    for (const other of this.tables.values()) {
      other.foreignKeys = other.foreignKeys.map((key) =>
        key.table.toLowerCase() === before ? { ...key, table: name } : key,
      );
    }
    const entries = [...this.tables];
    table.name = name;
    // The map keeps the order of creation.
    this.tables.clear();
    const namespace = table.namespace === undefined ? [] : [table.namespace];
    for (const [key, value] of entries)
      this.tables.set(value === table ? this.key([...namespace, name]) : key, value);
  }

  finish(): Table[] {
    const drafts = [...this.tables.values()];
    return drafts.map(({ enums, ...draft }) => ({
      ...draft,
      foreignKeys: draft.foreignKeys.flatMap((key) => this.resolve(key)),
    }));
  }

  namespace(path: readonly string[]): string | undefined {
    const namespace = path.at(-2);
    if (namespace === undefined || defaultNamespaces[this.dialect].includes(namespace.toLowerCase()))
      return undefined;
    return namespace;
  }

  private key(path: readonly string[]): string {
    return `${this.namespace(path)?.toLowerCase() ?? ''}.${path.at(-1)?.toLowerCase() ?? ''}`;
  }

  private resolve(key: ForeignKey): ForeignKey[] {
    const target = this.find([key.table]);
    if (target === undefined) return key.referencedColumns.length === key.columns.length ? [key] : [];
    const primary = target.columns
      .filter((column) => column.primaryKey > 0)
      .sort((a, b) => a.primaryKey - b.primaryKey)
      .map((column) => column.name);
    const named = key.referencedColumns.length > 0 ? key.referencedColumns : primary;
    if (named.length !== key.columns.length) return [];
    const spelt = named.map((name) => findColumn(target, name)?.name ?? name);
    return [{ columns: key.columns, table: target.name, referencedColumns: spelt }];
  }
}

const beforeTable = new Set(
  'or replace global local temp temporary unlogged external virtual foreign transient'.split(' '),
);

function applyStatement(cursor: DdlCursor, statement: Statement, drafts: Drafts): void {
  if (cursor.skip('create')) {
    const start = cursor.at;
    if (cursor.peek() === 'unique') {
      applyUniqueIndex(cursor, drafts);
      return;
    }
    cursor.skipAny(beforeTable);
    if (cursor.skip('table')) {
      createTable(cursor, statement, drafts);
      return;
    }
    cursor.at = start;
    if (cursor.skip('type')) {
      createType(cursor, drafts);
      return;
    }
    while (!cursor.done && !beforeName.has(cursor.peek())) cursor.at++;
    if (cursor.skip('view')) createView(cursor, statement, drafts, cursor.peek(-2) === 'materialized');
    else if (cursor.skip('function') || cursor.skip('procedure')) createFunction(cursor, drafts);
  } else if (cursor.skip('alter', 'table')) {
    applyAlter(cursor, drafts);
  } else if (cursor.skip('rename', 'table')) {
    for (const part of cursor.split()) {
      const path = part.path();
      const target = part.skip('to') ? part.path().at(-1) : undefined;
      if (target !== undefined) drafts.rename(path, target);
    }
  } else if (
    cursor.skip('drop', 'table') ||
    cursor.skip('drop', 'view') ||
    cursor.skip('drop', 'materialized', 'view')
  ) {
    cursor.skip('if', 'exists');
    for (const part of cursor.split()) drafts.remove(part.path());
  } else if (cursor.skip('alter', 'type')) {
    addLabel(cursor, drafts);
  } else if (cursor.skip('comment', 'on')) {
    applyComment(cursor, drafts);
  }
}

const beforeName = new Set(['view', 'table', 'function', 'procedure', 'as', '(']);

/** CREATE TYPE name AS ENUM ('a', 'b') */
function createType(cursor: DdlCursor, drafts: Drafts): void {
  const name = cursor.path().at(-1);
  if (name === undefined || !cursor.skip('as', 'enum')) return;
  const labels = cursor.parts().flatMap((part) => part.string() ?? []);
  drafts.enums.set(name.toLowerCase(), labels);
}

/** ALTER TYPE name ADD VALUE ['if not exists'] 'c' [BEFORE | AFTER 'b'], of an enum */
function addLabel(cursor: DdlCursor, drafts: Drafts): void {
  const name = cursor.path().at(-1)?.toLowerCase() ?? '';
  const before = drafts.enums.get(name);
  if (before === undefined || !cursor.skip('add', 'value')) return;
  cursor.skip('if', 'not', 'exists');
  const label = cursor.string();
  if (label === undefined || before.includes(label)) return;
  cursor.at++;
  const isBefore = cursor.skip('before');
  if (!isBefore) cursor.skip('after');
  const beside = before.indexOf(cursor.string() ?? '');
  const at = beside < 0 ? before.length : beside + (isBefore ? 0 : 1);
  const labels = before.toSpliced(at, 0, label);
  drafts.enums.set(name, labels);
  drafts.changeEnum(name, labels);
}

/** CREATE FUNCTION name (arguments) RETURNS type …; triggers' functions cannot be called. */
function createFunction(cursor: DdlCursor, drafts: Drafts): void {
  const path = cursor.path();
  const name = path.at(-1);
  if (name === undefined || cursor.peek() !== '(') return;
  const from = cursor.at;
  cursor.next();
  const written = cursor.slice(from + 1, cursor.at - 1);
  let returns = '';
  if (cursor.skip('returns')) {
    const typeFrom = cursor.at;
    while (!cursor.done && !afterReturns.has(cursor.peek()) && cursor.kind() !== 'string') cursor.next();
    returns = cursor.slice(typeFrom, cursor.at);
  }
  if (returns.toLowerCase() === 'trigger') return;
  const namespace = drafts.namespace(path);
  drafts.functions.set(`${path.join('.')}(${written})`.toLowerCase(), {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(written === '' ? {} : { arguments: written }),
    ...(returns === '' ? {} : { returns }),
  });
}

const afterReturns = new Set(
  'as language deterministic not begin return reads contains modifies sql immutable stable volatile comment strict'.split(
    ' ',
  ),
);

function createTable(cursor: DdlCursor, statement: Statement, drafts: Drafts): void {
  const ifNotExists = cursor.skip('if', 'not', 'exists');
  const path = cursor.path();
  if (path.length === 0 || cursor.skip('partition', 'of')) return;
  if (ifNotExists && drafts.find(path) !== undefined) return;
  const draft = drafts.add(path, 'table', statement);
  if (cursor.skip('like')) copyColumns(cursor, draft, drafts);
  if (cursor.skip('using')) cursor.name();
  for (const part of cursor.parts()) {
    if (part.peek() === 'like' && part.isName(1) && cursor.dialect !== 'sqlite') {
      part.at++;
      copyColumns(part, draft, drafts);
    } else if (part.peek(1) !== '=') readElement(part, draft);
  }
  while (!cursor.done) {
    if (cursor.skip('inherits')) {
      for (const part of cursor.parts()) copyColumns(part, draft, drafts, true);
    } else if (cursor.peek() === 'select' && draft.columns.length === 0) {
      draft.columns = queryColumns(cursor, statement, drafts);
      return;
    } else if (cursor.skip('comment')) {
      cursor.skip('=');
      const comment = cursor.string();
      if (comment !== undefined) draft.comment = comment;
    } else cursor.next();
  }
}

function copyColumns(cursor: DdlCursor, draft: DraftTable, drafts: Drafts, first = false): void {
  const columns = drafts.find(cursor.path())?.columns ?? [];
  draft.columns = first ? [...columns, ...draft.columns] : [...draft.columns, ...columns];
}

function createView(cursor: DdlCursor, statement: Statement, drafts: Drafts, isMaterialized: boolean): void {
  cursor.skip('if', 'not', 'exists');
  const path = cursor.path();
  if (path.length === 0) return;
  const named = cursor.nameList();
  while (!cursor.done && cursor.peek() !== 'as') cursor.next();
  cursor.at++;
  const derived = queryColumns(cursor, statement, drafts);
  const draft = drafts.add(path, isMaterialized ? 'materialized view' : 'view', statement);
  const types = derived.length === named.length ? derived.map((column) => column.type) : [];
  draft.columns = named.length === 0 ? derived : named.map((name, i) => viewColumn(name, types[i]));
}

const viewColumn = (name: string, type = ''): Column => ({ name, type, nullable: true, primaryKey: 0 });

/** Columns of the query at the cursor, with types where a column of that name comes straight from a table. */
function queryColumns(cursor: DdlCursor, statement: Statement, drafts: Drafts): Column[] {
  const from = cursor.tokens[cursor.at]?.from;
  if (from === undefined) return [];
  const { root } = readShape(cursor.text, { from, to: statement.to }, cursor.dialect);
  const frame = root.marks.some((mark) => mark.clause === 'select') ? root : (root.children[0] ?? root);
  const sources = frame.relations.flatMap((relation) => {
    const found = relation.kind === 'table' ? drafts.find([relation.name ?? '']) : undefined;
    return found === undefined ? [] : [found];
  });
  const isStar =
    cursor.peek() === 'select' && cursor.peek(1) === '*' && ['from', ''].includes(cursor.peek(2));
  if (frame.output === undefined) {
    if (!isStar || sources.length !== frame.relations.length) return [];
    return sources.flatMap((table) => table.columns.map((column) => viewColumn(column.name, column.type)));
  }
  const fold = (name: string) =>
    cursor.dialect === 'postgres' && /^\w+$/.test(name) ? name.toLowerCase() : name;
  return frame.output.flatMap((written) => {
    if (written === '') return [];
    const types = new Set(sources.flatMap((table) => findColumn(table, written)?.type ?? []));
    const [type] = types;
    return [viewColumn(fold(written), types.size === 1 ? type : '')];
  });
}

function applyUniqueIndex(cursor: DdlCursor, drafts: Drafts): void {
  while (!cursor.done && cursor.peek() !== 'on') cursor.next();
  cursor.skip('on');
  cursor.skip('only');
  const draft = drafts.find(cursor.path());
  if (cursor.skip('using')) cursor.at++;
  const parts = cursor.parts();
  const names = parts.flatMap((part) => (part.isName() && part.peek(1) !== '(' ? [part.name() ?? ''] : []));
  while (!cursor.done && cursor.peek() !== 'where') cursor.next();
  const isPartial = !cursor.done;
  if (draft !== undefined && !isPartial && names.length > 0 && names.length === parts.length) {
    draft.uniqueKeys.push(names.map((name) => findColumn(draft, name)?.name ?? name));
  }
}

function applyComment(cursor: DdlCursor, drafts: Drafts): void {
  const kind = cursor.peek();
  cursor.at++;
  if (kind === 'materialized') cursor.skip('view');
  const path = cursor.path();
  if (!cursor.skip('is')) return;
  const comment = cursor.string();
  if (comment === undefined) return;
  if (kind === 'table' || kind === 'view' || kind === 'materialized') {
    const draft = drafts.find(path);
    if (draft !== undefined) draft.comment = comment;
  } else if (kind === 'column') {
    const draft = drafts.find(path.slice(0, -1));
    const column = path.at(-1);
    if (draft !== undefined && column !== undefined) changeColumn(draft, column, { comment });
  }
}
