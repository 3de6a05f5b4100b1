/** Applies ALTER TABLE to tables that were read from DDL: adds, drops, renames and changes columns and keys. */
import { addSystemVersioning, readColumn, readElement, readType } from './createTable';
import type { DdlCursor } from './cursor';
import type { Drafts } from './drafts';
import {
  changeColumn,
  dropColumn,
  dropConstraint,
  dropFacts,
  dropPrimaryKey,
  findColumn,
  renameConstraint,
  type DraftTable,
} from './draftTable';

/** The cursor is behind ALTER TABLE. A statement about an unknown table changes nothing. */
export function applyAlter(cursor: DdlCursor, drafts: Drafts): void {
  cursor.skip('if', 'exists');
  const isAlone = cursor.skip('only');
  const table = drafts.find(cursor.path());
  if (table === undefined) return;
  // PostgreSQL: a star stands for the table and those that inherit from it.
  cursor.skip('*');
  // T-SQL: WITH [NO]CHECK ADD CONSTRAINT …
  if (cursor.skip('with')) cursor.at++;
  let last = '';
  for (const action of cursor.split()) {
    let word = action.peek();
    // T-SQL writes ADD or DROP once for all items of a list.
    if (action.dialect === 'tsql' && (last === 'add' || last === 'drop') && !actions.has(word)) word = last;
    else action.at++;
    last = word;
    const { at } = action;
    for (const one of isAlone ? [table] : [table, ...heirs(table, drafts, action, word)]) {
      action.at = at;
      apply(word, action, one, drafts);
    }
  }
}

const actions = new Set(
  'add drop rename alter modify change set owner enable disable switch check'.split(' '),
);

/** The tables that the change also applies to: those that inherit columns, when it is about columns. */
function heirs(table: DraftTable, drafts: Drafts, action: DdlCursor, word: string): DraftTable[] {
  const isColumn =
    word === 'alter' || (['add', 'drop', 'rename'].includes(word) && !notAColumn.has(action.peek()));
  if (!isColumn || action.peek() === 'to') return [];
  const below = (parent: DraftTable, depth: number): DraftTable[] =>
    drafts
      .all()
      .filter(({ parents }) => parents.includes(parent))
      .flatMap((child) => [child, ...(depth > 20 ? [] : below(child, depth + 1))]);
  return below(table, 0);
}

function apply(word: string, action: DdlCursor, table: DraftTable, drafts: Drafts): void {
  switch (word) {
    case 'add':
      add(action, table, drafts);
      break;
    case 'drop':
      drop(action, table, drafts);
      break;
    case 'rename':
      rename(action, table, drafts);
      break;
    case 'modify':
      modify(action, table, drafts, undefined);
      break;
    case 'change':
      change(action, table, drafts);
      break;
    case 'alter':
      alterColumn(action, table, drafts);
      break;
    case 'set':
      setOfTable(action, table, drafts);
      break;
    case 'attach':
    case 'detach':
      partition(action, table, drafts, word === 'attach');
      break;
    case 'inherit':
      inherit(action, table, drafts);
      break;
    case 'no':
      if (action.skip('inherit')) {
        const parent = drafts.find(action.path());
        table.parents = table.parents.filter((one) => one !== parent);
      }
      break;
    case 'comment': {
      action.skip('=');
      const comment = action.strings();
      if (comment !== undefined) table.comment = comment === '' ? undefined : comment;
      break;
    }
  }
}

function add(action: DdlCursor, table: DraftTable, drafts: Drafts): void {
  if (action.skip('system', 'versioning')) {
    addSystemVersioning(table);
    return;
  }
  const isColumn = action.skip('column');
  const isOptional = action.skip('if', 'not', 'exists');
  if (action.peek() === '(') {
    for (const part of action.parts()) readElement(part, table, drafts);
    return;
  }
  const { at } = action;
  const name = action.name();
  action.at = at;
  if (isOptional && name !== undefined && findColumn(table, name) !== undefined) return;
  if (isColumn) readColumn(action, table, drafts);
  else readElement(action, table, drafts);
}

const notAColumn = new Set(
  'constraint primary foreign index key check partition fulltext spatial unique exclude system period'.split(
    ' ',
  ),
);

function drop(action: DdlCursor, table: DraftTable, drafts: Drafts): void {
  const isColumn = action.skip('column');
  const word = action.kind() === 'word' ? action.peek() : '';
  if (isColumn || !notAColumn.has(word)) {
    action.skip('if', 'exists');
    const name = action.name();
    const column = name === undefined ? undefined : findColumn(table, name);
    if (column === undefined) return;
    if (action.dialect === 'postgres') drafts.dropReferencesTo(table, column.name);
    dropColumn(table, column.name, action.dialect);
    return;
  }
  action.at++;
  if (word === 'primary') dropPrimaryKey(table);
  else if (word === 'foreign') action.skip('key');
  action.skip('if', 'exists');
  const name = action.name();
  if (name === undefined || word === 'primary') return;
  if (word === 'foreign') table.references = table.references.filter((key) => !isNamed(key, name));
  else if (word === 'index' || word === 'key')
    table.uniqueKeys = table.uniqueKeys.filter((key) => !isNamed(key, name));
  else if (word === 'constraint' || word === 'check') dropConstraint(table, name);
}

const isNamed = (key: { readonly name: string | undefined }, name: string) =>
  key.name?.toLowerCase() === name.toLowerCase();

function rename(action: DdlCursor, table: DraftTable, drafts: Drafts): void {
  const isTable = action.skip('to') || action.skip('as');
  // MySQL allows to leave TO out.
  if (isTable || isLastName(action)) {
    const path = action.path();
    const name = path.at(-1);
    const namespace = path.length > 1 ? drafts.own(path.at(-2)) : table.namespace;
    if (name !== undefined) drafts.move(table, namespace, name);
    return;
  }
  const kind = action.peek();
  if (['constraint', 'index', 'key'].includes(kind) && action.peek(1) !== 'to') {
    action.at++;
    const before = action.name();
    const after = action.skip('to') ? action.name() : undefined;
    if (before !== undefined && after !== undefined) renameConstraint(table, before, after);
    return;
  }
  action.skip('column');
  action.skip('if', 'exists');
  const before = action.name();
  const after = action.skip('to') ? action.name() : undefined;
  if (before !== undefined && after !== undefined) drafts.renameColumn(table, before, after);
}

/** True when only a name (a or a.b) is left. */
function isLastName(action: DdlCursor): boolean {
  const rest = action.part(action.at, action.to);
  return rest.path().length > 0 && rest.done;
}

/** MODIFY and CHANGE define the whole column again; its keys stay. */
function modify(action: DdlCursor, table: DraftTable, drafts: Drafts, before: string | undefined): void {
  if (before === undefined) {
    action.skip('column');
    action.skip('if', 'exists');
  }
  const { at } = action;
  const written = action.name();
  const column = written === undefined ? undefined : findColumn(table, before ?? written);
  if (written === undefined || column === undefined) return;
  // readColumn replaces the column with exactly that name.
  if (column.name !== written) drafts.renameColumn(table, column.name, written);
  action.at = at;
  readColumn(action, table, drafts);
}

function change(action: DdlCursor, table: DraftTable, drafts: Drafts): void {
  action.skip('column');
  action.skip('if', 'exists');
  const before = action.name();
  if (before !== undefined) modify(action, table, drafts, before);
}

/**
 * ALTER [COLUMN] c SET NOT NULL | DROP NOT NULL | [SET DATA] TYPE t | SET DEFAULT v | DROP DEFAULT | ADD GENERATED … AS
 * IDENTITY | DROP IDENTITY | DROP EXPRESSION | (tsql) t [NOT NULL]
 */
function alterColumn(action: DdlCursor, table: DraftTable, drafts: Drafts): void {
  const { dialect } = action;
  const isColumn = action.skip('column');
  if (!isColumn && ['constraint', 'index', 'check'].includes(action.peek()) && action.isName(1)) return;
  action.skip('if', 'exists');
  const name = action.name();
  const column = name === undefined ? undefined : findColumn(table, name);
  if (name === undefined || column === undefined) return;
  if (action.skip('set', 'not', 'null')) changeColumn(table, name, { nullable: false });
  else if (action.skip('drop', 'not', 'null')) changeColumn(table, name, { nullable: true });
  else if (action.skip('set', 'default')) {
    const value = action.slice(action.at, action.to);
    if (/^\(?null\)?$/i.test(value)) dropFacts(table, name, 'defaultValue');
    else changeColumn(table, name, { defaultValue: value });
  } else if (action.skip('drop', 'default') || action.skip('drop', 'identity')) {
    dropFacts(table, name, 'defaultValue');
  } else if (action.skip('drop', 'expression')) dropFacts(table, name, 'generated');
  else if (action.skip('add', 'generated'))
    changeColumn(table, name, { nullable: false, defaultValue: 'GENERATED AS IDENTITY' });
  else if (action.skip('set', 'data', 'type') || action.skip('type')) {
    const from = action.at;
    action.moveTo('using', 'collate', 'set');
    setType(action.part(from, action.at), table, name, drafts);
  } else if (dialect === 'tsql' && action.isName()) {
    const from = action.at;
    action.moveTo('not', 'null', 'collate');
    setType(action.part(from, action.at), table, name, drafts);
    if (action.skip('collate')) action.at++;
    changeColumn(table, name, { nullable: !action.skip('not', 'null') });
  }
}

function setType(type: DdlCursor, table: DraftTable, name: string, drafts: Drafts): void {
  if (findColumn(table, name)?.values?.from === 'enum') dropFacts(table, name, 'values');
  dropFacts(table, name, 'typePath');
  changeColumn(table, name, readType(type, drafts));
}

/** SET SCHEMA s (PostgreSQL). SET (fillfactor = 70) and the like change nothing here. */
function setOfTable(action: DdlCursor, table: DraftTable, drafts: Drafts): void {
  if (!action.skip('schema')) return;
  const namespace = action.name();
  if (namespace !== undefined) drafts.move(table, drafts.own(namespace), table.name);
}

/** ATTACH PARTITION p FOR VALUES …, DETACH PARTITION p */
function partition(action: DdlCursor, table: DraftTable, drafts: Drafts, isAttached: boolean): void {
  if (!action.skip('partition')) return;
  const part = drafts.find(action.path());
  if (part === undefined || part === table) return;
  part.standing = isAttached ? 'partition' : 'listed';
  part.parents = isAttached ? [table] : [];
}

function inherit(action: DdlCursor, table: DraftTable, drafts: Drafts): void {
  const parent = drafts.find(action.path());
  if (parent !== undefined && parent !== table) table.parents.push(parent);
}
