/**
 * Whether a finished statement reads to its end, and where it stops reading else. A recognizer, wide rather than exact: it
 * knows the order of words in queries and in statements that change rows, no types and no names. Example: in
 * `SELECT a b c FROM t` the third name cannot stand where it does. Pure; total.
 */
import type { StatementText } from '../shape/statementText';
import { Cursor } from './cursor';
import { expression, expressions, member, orderBy } from './expressions';
import { from, items, query, relation, relationName, relations, row, withClause } from './queries';

/** `whole`; or `stuck` at the token of that index; or `unread`, a kind of statement that is not known here. */
export type Recognition =
  | { readonly state: 'unread' }
  /** With the ranges of tokens that were passed without being read. */
  | { readonly state: 'whole'; readonly unread: Cursor['unread'] }
  | { readonly state: 'stuck'; readonly at: number };

export function recognize(statement: StatementText): Recognition {
  // T-SQL has a grammar of its own.
  if (statement.dialect === 'tsql') return { state: 'unread' };
  const c = new Cursor(statement, statement.dialect, { query, writing });
  if (!prelude(c)) return { state: 'unread' };
  const isRead =
    statementOf(c) && c.maybe(() => c.takes(';')) && (c.isEnd || c.kind === 'command' || c.fail());
  if (c.isTooDeep) return { state: 'unread' };
  return isRead ? { state: 'whole', unread: c.unread } : { state: 'stuck', at: Math.max(c.farthest, c.at) };
}

const heads = /^(?:select|with|values|insert|replace|update|delete|merge|from|table|\()$/;

const explains = /^(?:analy[sz]e|verbose|query|plan|extended|partitions|format|=|json|traditional|tree)$/;

/** What stands before the query of EXPLAIN and CREATE VIEW. False for statements that hold none. */
function prelude(c: Cursor): boolean {
  if (c.takes('explain')) {
    while (explains.test(c.word)) c.skip();
    if (c.word === '(' && c.next !== 'select') c.anythingInBrackets();
  }
  if (c.statement.raw(0) === 'create') {
    while (!c.isEnd && !/^(?:view|table|\(|as|;)$/.test(c.word)) c.skip();
    if (!c.takesOne(/^(?:view|table)$/)) return false;
    c.maybe(() => c.takes('if', 'not', 'exists'));
    if (!relationName(c)) return false;
    if (c.word === '(') c.anythingInBrackets();
    if (!c.takes('as')) return false;
  }
  return heads.test(c.word);
}

function statementOf(c: Cursor): boolean {
  if (c.word === 'with') {
    const isWriting = c.tries(
      () => withClause(c) && /^(?:insert|update|delete|merge|replace)$/.test(c.word) && writing(c),
    );
    if (isWriting) return true;
    const { at } = c;
    if (withClause(c) && /^(?:insert|update|delete|merge|replace)$/.test(c.word)) return writing(c);
    c.at = at;
  }
  if (/^(?:insert|replace|update|delete|merge)$/.test(c.word)) return writing(c);
  return query(c) && checkOption(c);
}

function checkOption(c: Cursor): boolean {
  if (!c.takes('with')) return true;
  if (c.takes('no', 'data') || c.takes('data')) return true;
  c.maybe(() => c.takesOne(/^(?:local|cascaded)$/));
  return c.takes('check', 'option');
}

function writing(c: Cursor): boolean {
  switch (c.word) {
    case 'insert':
    case 'replace':
      return insert(c);
    case 'update':
      return update(c);
    case 'delete':
      return deletes(c);
    default:
      return merge(c);
  }
}

const priorities = /^(?:low_priority|high_priority|delayed|ignore|overwrite|quick)$/;

function insert(c: Cursor): boolean {
  c.skip();
  if (c.takes('or') && !c.takesOne(/^(?:abort|fail|ignore|replace|rollback)$/)) return false;
  while (c.dialect === 'mysql' && priorities.test(c.word)) c.skip();
  const isMysql = c.dialect === 'mysql';
  if (!c.takes('into') && !isMysql) return false;
  if (!relationName(c)) return false;
  if (c.takes('partition') && !c.anythingInBrackets()) return false;
  if (c.takes('as') && !c.takesName()) return false;
  // A query in brackets is no list of columns.
  if (c.word === '(' && !/^(?:select|with|values|\()$/.test(c.next) && !columnList(c)) return false;
  if (c.takes('by') && !c.takesOne(/^(?:name|position)$/)) return false;
  if (c.takes('overriding') && !(c.takesOne(/^(?:system|user)$/) && c.takes('value'))) return false;
  if (!source(c)) return false;
  if (isMysql && c.takes('as') && !(c.takesName() && (c.word !== '(' || c.names()))) return false;
  while (c.takes('on'))
    if (!(c.takes('duplicate', 'key', 'update') ? assignments(c) : conflict(c))) return false;
  return returning(c);
}

function columnList(c: Cursor): boolean {
  // MySQL: `INSERT INTO t () VALUES ()` is a row of defaults.
  if (c.dialect === 'mysql' && c.takes('(', ')')) return true;
  return c.brackets(() => c.list(() => c.takesName() && partsOfColumn(c)));
}

/** `home.city`, `past[1].city` */
function partsOfColumn(c: Cursor): boolean {
  while (c.word === '.' || c.word === '[')
    if (!(c.word === '[' ? c.anythingInBrackets() : c.skip() && member(c))) return false;
  return true;
}

function source(c: Cursor): boolean {
  if (c.takes('default', 'values')) return true;
  if (c.word === 'set') return c.skip() && assignments(c);
  if (c.word === 'values' || c.word === 'value') return c.skip() && c.list(() => row(c));
  return query(c);
}

function conflict(c: Cursor): boolean {
  if (!c.takes('conflict')) return false;
  if (c.takes('on', 'constraint')) {
    if (!c.takesName()) return false;
  } else if (c.word === '(') {
    if (!c.brackets(() => expressions(c))) return false;
    if (c.takes('where') && !expression(c)) return false;
  }
  if (!c.takes('do')) return false;
  if (c.takes('nothing')) return true;
  return c.takes('update', 'set') && assignments(c) && where(c);
}

const where = (c: Cursor): boolean =>
  !c.takes('where') || (c.takes('current', 'of') ? c.takesName() : expression(c));

function assignments(c: Cursor): boolean {
  return c.list(() => {
    if (c.word === '(') {
      if (!c.names()) return false;
    } else {
      if (!(c.takesName() && partsOfColumn(c))) return false;
    }
    if (!c.takes('=') && !c.takes(':=')) return false;
    return expression(c);
  });
}

function returning(c: Cursor): boolean {
  if (!c.takes('returning')) return true;
  if (c.takes('with') && !c.anythingInBrackets()) return false;
  return items(c) && c.maybe(() => c.takes('into') && c.list(() => c.takesName()));
}

function update(c: Cursor): boolean {
  c.skip();
  if (c.takes('or') && !c.takesOne(/^(?:abort|fail|ignore|replace|rollback)$/)) return false;
  while (c.dialect === 'mysql' && priorities.test(c.word)) c.skip();
  if (!(c.dialect === 'mysql' ? relations(c) : relation(c))) return false;
  if (!(c.takes('set') && assignments(c))) return false;
  if (c.word === 'from' && !from(c)) return false;
  return where(c) && orderAndLimit(c) && returning(c);
}

function orderAndLimit(c: Cursor): boolean {
  if (c.word === 'order' && !orderBy(c)) return false;
  return !c.takes('limit') || (expression(c) && (!c.takes('offset') || expression(c)));
}

function deletes(c: Cursor): boolean {
  c.skip();
  while (c.dialect === 'mysql' && priorities.test(c.word)) c.skip();
  if (c.dialect === 'mysql' && c.word !== 'from' && !c.list(() => target(c))) return false;
  if (!c.takes('from')) return false;
  if (c.dialect === 'mysql' && c.tries(() => c.list(() => target(c)) && c.word === 'using')) {
    // DELETE FROM a, b USING …
  } else if (!(c.dialect === 'mysql' ? relations(c) : relation(c))) return false;
  if (c.takes('using') && !relations(c)) return false;
  return where(c) && orderAndLimit(c) && returning(c);
}

/** `o`, `shop.o`, `o.*` */
function target(c: Cursor): boolean {
  if (!c.takesName()) return false;
  while (c.word === '.' && c.next !== '*') if (!(c.skip() && member(c))) return false;
  return c.maybe(() => c.takes('.', '*'));
}

function merge(c: Cursor): boolean {
  if (!(c.takes('merge') && c.maybe(() => c.takes('into')) && relation(c))) return false;
  if (!(c.takes('using') && relation(c))) return false;
  if (!(c.takes('on') ? expression(c) : c.takes('using') && c.names())) return false;
  if (c.word !== 'when') return c.fail();
  while (c.takes('when')) {
    c.maybe(() => c.takes('not'));
    if (!c.takes('matched')) return false;
    if (c.takes('by') && !c.takesOne(/^(?:source|target)$/)) return false;
    if (c.takes('and') && !expression(c)) return false;
    if (!(c.takes('then') && action(c))) return false;
  }
  return returning(c);
}

function action(c: Cursor): boolean {
  if (c.takes('delete') || c.takes('do', 'nothing') || c.takes('error')) return true;
  if (c.takes('update')) return !c.takes('set') || c.takes('*') || assignments(c);
  if (!c.takes('insert')) return false;
  if (c.takes('*')) return true;
  c.maybe(() => c.takes('by') && c.takesOne(/^(?:name|position)$/));
  if (c.word === '(' && !columnList(c)) return false;
  if (c.takes('overriding') && !(c.takesOne(/^(?:system|user)$/) && c.takes('value'))) return false;
  if (c.takes('default', 'values')) return true;
  return !c.takes('values') || row(c);
}
