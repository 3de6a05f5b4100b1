/**
 * Reads DDL text into the tables that the database would have after running it. Applies CREATE, ALTER, RENAME, DROP and
 * COMMENT in order, and statements that choose a namespace. Tolerant: it skips statements that it cannot read, and
 * applies the parts that it can. No IO.
 */
import { splitStatements, statementTokens } from '../../sql/statements/statements';
import type { Token } from '../../sql/tokens';
import type { Dialect, Table } from '../model';
import { applyAlter } from './alterTable';
import { createFunction, createSequence, createTable, createUniqueIndex, createView } from './create';
import { readColumn } from './createTable';
import { DdlCursor } from './cursor';
import { Drafts, type Locate, type ReadSchema } from './drafts';
import { changeColumn, dropFacts, findColumn, renameConstraint } from './draftTable';
import { split, statementsIn } from './pieces';
import { sqlOf } from './script';

export type { Locate, ReadSchema } from './drafts';
export { detectDialect } from '../detectDialect';

/** Tables in the order of their creation. Foreign keys without columns refer to primary keys. */
export function parseDdl(text: string, dialect: Dialect): Table[] {
  return readDdl(text, dialect).tables;
}

/** Tables as from `parseDdl`, each with the place of the statement that made it, and functions. */
export function readDdl(text: string, dialect: Dialect, locate: Locate = () => undefined): ReadSchema {
  const reader = new DdlReader(dialect);
  reader.read(text, locate);
  return reader.finish();
}

/** Reads files one after the other, each as a session of its own. */
export class DdlReader {
  private readonly drafts: Drafts;

  constructor(private readonly dialect: Dialect) {
    this.drafts = new Drafts(dialect);
  }

  read(text: string, locate: Locate): void {
    this.drafts.beginFile();
    const sql = sqlOf(text, this.dialect);
    for (const statement of splitStatements(sql, this.dialect)) {
      this.drafts.definition = locate(statement.from, statement.to);
      const tokens = statementTokens(sql, statement, this.dialect);
      applyTokens(sql, tokens, this.drafts, 0);
    }
  }

  finish(): ReadSchema {
    return this.drafts.finish();
  }
}

/** DDL may stand in strings of DDL to this depth. */
const deepest = 3;

/** Applies the statements in a string: SQLite's dumps, sp_executesql, the body of DO. */
function applyText(text: string, drafts: Drafts, depth: number): void {
  if (depth > deepest) return;
  for (const statement of splitStatements(text, drafts.dialect))
    applyTokens(text, statementTokens(text, statement, drafts.dialect), drafts, depth);
}

/** Applies one statement of the index, which may be several to the database. */
function applyTokens(text: string, tokens: readonly Token[], drafts: Drafts, depth: number): void {
  for (const piece of statementsIn(text, tokens, drafts.dialect))
    applyStatement(new DdlCursor(text, piece, drafts.dialect), drafts, depth);
}

function applyStatement(cursor: DdlCursor, drafts: Drafts, depth: number): void {
  const word = cursor.peek();
  cursor.at++;
  switch (word) {
    case 'create':
      create(cursor, drafts, depth);
      break;
    case 'alter':
      alter(cursor, drafts);
      break;
    case 'drop':
      drop(cursor, drafts);
      break;
    case 'rename':
      if (cursor.skip('table')) renameTables(cursor, drafts);
      break;
    case 'comment':
      if (cursor.skip('on')) applyComment(cursor, drafts);
      break;
    case 'use':
    case 'set':
    case 'reset':
    case 'select':
      chooseNamespace(word, cursor, drafts);
      break;
    case 'insert':
    case 'exec':
    case 'execute':
    case 'do':
      applyStrings(word, cursor, drafts, depth + 1);
      break;
  }
}

const beforeTable = new Set(
  'or replace global local temp temporary unlogged external virtual foreign transient'.split(' '),
);
const beforeName = new Set(
  'view table sequence function procedure schema database type domain rule index as ('.split(' '),
);

function create(cursor: DdlCursor, drafts: Drafts, depth: number): void {
  const start = cursor.at;
  if (cursor.peek() === 'unique') {
    createUniqueIndex(cursor, drafts);
    return;
  }
  cursor.skipAny(beforeTable);
  if (cursor.skip('table')) {
    createTable(cursor, drafts);
    return;
  }
  cursor.at = start;
  while (!cursor.done && !beforeName.has(cursor.peek())) cursor.at++;
  const kind = cursor.peek();
  const isMaterialized = cursor.peek(-1) === 'materialized';
  cursor.at++;
  if (kind === 'view') createView(cursor, drafts, isMaterialized);
  else if (kind === 'function' || kind === 'procedure') createFunction(cursor, drafts);
  else if (kind === 'type') drafts.types.createType(cursor, (part, table) => readColumn(part, table, drafts));
  else if (kind === 'domain') drafts.types.createDomain(cursor);
  else if (kind === 'schema' || kind === 'database') createSchema(cursor, drafts, depth);
  else if (kind === 'sequence') {
    cursor.skip('if', 'not', 'exists');
    createSequence(cursor.path(), drafts);
  } else if (kind === 'rule' && cursor.name() === '_RETURN' && cursor.moveTo('to')) {
    // Older dumps write a view as a table first, then as its query.
    cursor.at++;
    const table = drafts.find(cursor.path());
    if (table !== undefined) table.kind = 'view';
  }
}

/** CREATE SCHEMA [IF NOT EXISTS] [name] [AUTHORIZATION role] CREATE TABLE … CREATE VIEW … GRANT … */
function createSchema(cursor: DdlCursor, drafts: Drafts, depth: number): void {
  cursor.skip('if', 'not', 'exists');
  let name = cursor.peek() === 'authorization' ? undefined : cursor.name();
  if (cursor.skip('authorization')) name ??= cursor.name();
  if (!cursor.moveTo('create') || name === undefined) return;
  const elements = split(cursor.text, cursor.tokens.slice(cursor.at), cursor.dialect);
  drafts.within(name, () => {
    for (const element of elements)
      applyStatement(new DdlCursor(cursor.text, element, cursor.dialect), drafts, depth);
  });
}

function alter(cursor: DdlCursor, drafts: Drafts): void {
  cursor.skip('online');
  cursor.skip('ignore');
  const isForeign = cursor.skip('foreign');
  if (cursor.skip('table') || cursor.skip('sequence')) applyAlter(cursor, drafts);
  else if (isForeign) return;
  else if (cursor.skip('type')) drafts.types.alterType(cursor);
  else if (cursor.skip('domain')) drafts.types.alterDomain(cursor);
  else if (cursor.skip('index')) alterIndex(cursor, drafts);
  else if (cursor.skip('schema')) {
    const before = cursor.name();
    const after = cursor.skip('rename', 'to') ? cursor.name() : undefined;
    if (before !== undefined && after !== undefined) drafts.renameNamespace(before, after);
    else if (cursor.skip('transfer') && before !== undefined) transfer(cursor, drafts, before);
  } else {
    while (!cursor.done && !beforeName.has(cursor.peek())) cursor.at++;
    const isMaterialized = cursor.peek(-1) === 'materialized';
    if (cursor.skip('view')) alterView(cursor, drafts, isMaterialized);
  }
}

/** ALTER VIEW v RENAME TO w and the like work as for tables. MySQL and T-SQL: ALTER VIEW v AS SELECT … */
function alterView(cursor: DdlCursor, drafts: Drafts, isMaterialized: boolean): void {
  const { at } = cursor;
  const isNew = cursor.part(at, cursor.to).moveTo('as');
  if (isNew) createView(cursor, drafts, isMaterialized);
  else applyAlter(cursor, drafts);
}

/** T-SQL: ALTER SCHEMA s TRANSFER [OBJECT::]other.t */
function transfer(cursor: DdlCursor, drafts: Drafts, namespace: string): void {
  if (cursor.peek(1) === '::') cursor.at += 2;
  const table = drafts.find(cursor.path());
  if (table !== undefined) drafts.move(table, drafts.own(namespace), table.name);
}

function alterIndex(cursor: DdlCursor, drafts: Drafts): void {
  cursor.skip('if', 'exists');
  const before = cursor.path().at(-1);
  const after = cursor.skip('rename', 'to') ? cursor.name() : undefined;
  if (before === undefined || after === undefined) return;
  for (const table of drafts.all()) renameConstraint(table, before, after);
}

function drop(cursor: DdlCursor, drafts: Drafts): void {
  cursor.skip('materialized');
  cursor.skip('foreign');
  cursor.skip('temporary');
  const kind = cursor.peek();
  cursor.at++;
  cursor.skip('concurrently');
  cursor.skip('if', 'exists');
  const cascades = cursor.peek(cursor.to - cursor.at - 1) === 'cascade';
  for (const part of cursor.split()) {
    const path = part.path();
    const name = path.at(-1);
    if (name === undefined) continue;
    if (kind === 'table' || kind === 'view' || kind === 'sequence')
      drafts.remove(drafts.find(path), cascades);
    else if (kind === 'schema' || kind === 'database') drafts.dropNamespace(name);
    else if (kind === 'type' || kind === 'domain') drafts.types.drop(path, cascades);
    else if (kind === 'index') dropIndex(part, path, drafts);
    else if (kind === 'function' || kind === 'procedure') drafts.dropFunction(path);
  }
}

/** DROP INDEX i; in MySQL and T-SQL i ON t; in older T-SQL t.i */
function dropIndex(cursor: DdlCursor, path: readonly string[], drafts: Drafts): void {
  const name = path.at(-1)?.toLowerCase();
  const only = cursor.skip('on') ? drafts.find(cursor.path()) : undefined;
  for (const table of only === undefined ? drafts.all() : [only])
    table.uniqueKeys = table.uniqueKeys.filter((key) => key.name?.toLowerCase() !== name);
}

function renameTables(cursor: DdlCursor, drafts: Drafts): void {
  for (const part of cursor.split()) {
    part.skip('if', 'exists');
    const table = drafts.find(part.path());
    const target = part.skip('to') ? part.path() : [];
    const name = target.at(-1);
    if (table === undefined || name === undefined) continue;
    drafts.move(table, target.length > 1 ? drafts.own(target.at(-2)) : table.namespace, name);
  }
}

function applyComment(cursor: DdlCursor, drafts: Drafts): void {
  const kind = cursor.peek();
  cursor.at++;
  if (kind === 'materialized') cursor.skip('view');
  if (kind === 'foreign') cursor.skip('table');
  const path = cursor.path();
  if (!cursor.skip('is')) return;
  const comment = cursor.strings();
  if (comment === undefined && !cursor.skip('null')) return;
  const text = comment === '' ? undefined : comment;
  if (kind === 'table' || kind === 'view' || kind === 'materialized' || kind === 'foreign') {
    const draft = drafts.find(path);
    if (draft !== undefined) draft.comment = text;
  } else if (kind === 'column') {
    const draft = drafts.find(path.slice(0, -1));
    const column = path.at(-1);
    if (draft !== undefined && column !== undefined) commentColumn(draft, column, text);
  }
}

type CommentedTable = Parameters<typeof changeColumn>[0];

function commentColumn(table: CommentedTable, column: string, comment: string | undefined): void {
  if (comment === undefined) dropFacts(table, column, 'comment');
  else changeColumn(table, column, { comment });
}

/**
 * USE (MySQL, DuckDB), SET search_path, SET SCHEMA, and pg_dump's call of set_config. T-SQL's USE chooses a database
 * and is ignored, because the model knows only one.
 */
function chooseNamespace(word: string, cursor: DdlCursor, drafts: Drafts): void {
  const { dialect } = cursor;
  if (dialect === 'sqlite' || dialect === 'tsql') return;
  if (word === 'use') {
    const name = cursor.path().at(-1);
    if (dialect !== 'postgres' && name !== undefined) drafts.search([name]);
    return;
  }
  if (dialect === 'mysql') return;
  if (word === 'reset') {
    if (cursor.skip('search_path')) drafts.search(undefined);
    return;
  }
  if (word === 'select') {
    if (cursor.path().at(-1) !== 'set_config') return;
    const [name, value] = cursor.parts();
    if (name?.string() === 'search_path') drafts.search(namesOf(value?.string() ?? ''));
    return;
  }
  if (!cursor.skip('local')) cursor.skip('session');
  const isPath = cursor.skip('search_path');
  if (!isPath && !cursor.skip('schema')) return;
  if (!cursor.skip('=')) cursor.skip('to');
  if (cursor.peek() === 'default') {
    drafts.search(undefined);
    return;
  }
  const names = cursor.split().flatMap((part) => part.strings() ?? part.name() ?? []);
  // DuckDB writes the whole path in one string.
  drafts.search(
    names.length === 1 && dialect === 'duckdb' ? namesOf(names[0] ?? '') : names.filter(isSearched),
  );
}

/** False for namespaces without tables of the text: "$user" is the user's own, pg_catalog the system's. */
const isSearched = (name: string): boolean => name !== '' && name !== '$user' && name !== 'pg_catalog';

const namesOf = (list: string): string[] =>
  list
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter(isSearched);

/** Applies DDL in strings: rows of sqlite_schema in a dump, sp_executesql, sp_rename, comments of SQL Server, DO. */
function applyStrings(word: string, cursor: DdlCursor, drafts: Drafts, depth: number): void {
  if (word === 'insert') {
    if (drafts.dialect !== 'sqlite' || !cursor.skip('into')) return;
    if (!['sqlite_schema', 'sqlite_master'].includes(cursor.name()?.toLowerCase() ?? '')) return;
    if (!cursor.moveTo('values')) return;
    cursor.at++;
    const sql = cursor.parts()[4]?.string();
    if (sql !== undefined) applyText(sql, drafts, depth);
    return;
  }
  if (word === 'do') {
    if (drafts.dialect !== 'postgres') return;
    while (!cursor.done && cursor.kind() !== 'string') cursor.at++;
    applyText(cursor.string() ?? '', drafts, depth);
    return;
  }
  if (drafts.dialect !== 'tsql') return;
  const procedure = cursor.peek() === '(' ? '' : cursor.path().at(-1)?.toLowerCase();
  const strings: string[] = [];
  for (; !cursor.done; cursor.at++) {
    const one = cursor.string();
    if (one !== undefined) strings.push(one);
  }
  if (procedure === '' || procedure === 'sp_executesql') {
    if (strings.length === 1) applyText(strings[0] ?? '', drafts, depth);
  } else if (procedure === 'sp_rename') renameByProcedure(strings, drafts);
  else if (procedure === 'sp_addextendedproperty') describe(strings, drafts);
}

/** sp_rename 'dbo.t.c', 'new', 'COLUMN' */
function renameByProcedure([before = '', after, kind]: readonly string[], drafts: Drafts): void {
  const path = before.split('.').map((name) => name.replace(/^\[(.*)\]$/, '$1'));
  if (after === undefined) return;
  if (kind?.toUpperCase() === 'COLUMN') {
    const table = drafts.find(path.slice(0, -1));
    if (table !== undefined) drafts.renameColumn(table, path.at(-1) ?? '', after);
  } else if (kind === undefined || kind.toUpperCase() === 'OBJECT') {
    const table = drafts.find(path);
    if (table !== undefined) drafts.move(table, table.namespace, after);
  }
}

/** sp_addextendedproperty 'MS_Description', text, 'SCHEMA', s, 'TABLE', t [, 'COLUMN', c] */
function describe(strings: readonly string[], drafts: Drafts): void {
  const [property, text = '', , namespace = '', , name = '', kind, column] = strings;
  if (property !== 'MS_Description') return;
  const table = drafts.find([namespace, name]);
  if (table === undefined) return;
  if (kind === undefined) table.comment = text;
  else if (kind.toUpperCase() === 'COLUMN' && column !== undefined && findColumn(table, column) !== undefined)
    commentColumn(table, column, text);
}
