/** Applies ALTER TABLE to tables read from DDL: columns and keys added, dropped, renamed, changed. */
import type { Drafts } from './readDdl';
import type { DdlCursor } from './cursor';
import { changeColumn, findColumn, readColumn, readElement, type DraftTable } from './createTable';

/** The cursor stands behind ALTER TABLE; tables that are not known are left alone. */
export function applyAlter(cursor: DdlCursor, drafts: Drafts): void {
  cursor.skip('if', 'exists');
  cursor.skip('only');
  const path = cursor.path();
  const table = drafts.find(path);
  if (table === undefined) return;
  // tsql: WITH CHECK ADD CONSTRAINT …
  if (cursor.skip('with')) cursor.at++;
  let adding = false;
  for (const action of cursor.split()) {
    if (action.skip('add')) adding = true;
    else if (!adding || actions.has(action.peek())) adding = false;
    if (adding) add(action, table);
    else change(action, table, path, drafts);
  }
}

const actions = new Set(['drop', 'rename', 'alter', 'modify', 'change', 'set', 'owner', 'enable', 'disable']);

function add(action: DdlCursor, table: DraftTable): void {
  if (action.skip('column')) {
    action.skip('if', 'not', 'exists');
    if (action.peek() !== '(') {
      readColumn(action, table);
      return;
    }
  }
  action.skip('if', 'not', 'exists');
  if (action.peek() === '(') for (const part of action.parts()) readElement(part, table);
  else readElement(action, table);
}

function change(action: DdlCursor, table: DraftTable, path: readonly string[], drafts: Drafts): void {
  if (action.skip('drop')) drop(action, table);
  else if (action.skip('rename')) rename(action, table, path, drafts);
  else if (action.skip('modify')) {
    action.skip('column');
    readColumn(action, table);
  } else if (action.skip('change')) {
    action.skip('column');
    const before = action.name();
    const after = action.peek() === '' && !action.isName() ? undefined : nameAhead(action);
    if (before === undefined || after === undefined) return;
    renameColumn(table, before, after);
    readColumn(action, table);
  } else if (action.skip('alter')) alterColumn(action, table);
}

function nameAhead(action: DdlCursor): string | undefined {
  const { at } = action;
  const name = action.name();
  action.at = at;
  return name;
}

const notAColumn = new Set(['constraint', 'primary', 'foreign', 'index', 'key', 'check', 'partition']);

function drop(action: DdlCursor, table: DraftTable): void {
  const explicit = action.skip('column');
  if (!explicit && notAColumn.has(action.peek())) {
    if (action.skip('primary', 'key')) table.columns = table.columns.map((c) => ({ ...c, primaryKey: 0 }));
    return;
  }
  action.skip('if', 'exists');
  const name = action.name();
  const column = name === undefined ? undefined : findColumn(table, name);
  if (column === undefined) return;
  table.columns = table.columns.filter((c) => c !== column);
  table.foreignKeys = table.foreignKeys.filter((key) => !key.columns.includes(column.name));
  table.uniqueKeys = table.uniqueKeys.filter((key) => !key.includes(column.name));
}

function rename(action: DdlCursor, table: DraftTable, path: readonly string[], drafts: Drafts): void {
  if (action.skip('to') || action.skip('as')) {
    const name = action.path().at(-1);
    if (name !== undefined) drafts.rename(path, name);
    return;
  }
  if (['constraint', 'index', 'key'].includes(action.peek()) && action.peek(1) !== 'to') return;
  action.skip('column');
  const before = action.name();
  const after = action.skip('to') ? action.name() : undefined;
  if (before !== undefined && after !== undefined) renameColumn(table, before, after);
}

function renameColumn(table: DraftTable, before: string, after: string): void {
  const name = findColumn(table, before)?.name;
  if (name === undefined) return;
  changeColumn(table, name, { name: after });
  const renamed = (columns: readonly string[]) => columns.map((column) => (column === name ? after : column));
  table.foreignKeys = table.foreignKeys.map((key) => ({ ...key, columns: renamed(key.columns) }));
  table.uniqueKeys = table.uniqueKeys.map(renamed);
}

/** ALTER [COLUMN] c SET NOT NULL | DROP NOT NULL | [SET DATA] TYPE t | SET DEFAULT v | (tsql) t [NOT NULL] */
function alterColumn(action: DdlCursor, table: DraftTable): void {
  action.skip('column');
  const name = action.name();
  if (name === undefined || findColumn(table, name) === undefined) return;
  if (action.skip('set', 'not', 'null')) {
    changeColumn(table, name, { nullable: false });
    return;
  }
  if (action.skip('drop', 'not', 'null')) {
    changeColumn(table, name, { nullable: true });
    return;
  }
  if (action.skip('set', 'default')) {
    changeColumn(table, name, { defaultValue: action.slice(action.at, action.to) });
    return;
  }
  if (action.skip('set', 'data', 'type') || action.skip('type')) {
    const from = action.at;
    while (!action.done && !['using', 'collate'].includes(action.peek())) action.next();
    changeColumn(table, name, { type: action.slice(from, action.at) });
    return;
  }
  if (table.columns.length > 0 && action.dialect === 'tsql') {
    const from = action.at;
    while (!action.done && !['not', 'null'].includes(action.peek())) action.next();
    changeColumn(table, name, { type: action.slice(from, action.at), nullable: !action.skip('not', 'null') });
  }
}
