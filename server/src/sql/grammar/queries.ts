/** Queries of a finished statement: their clauses in order, relations and joins. Expressions are in expressions.ts. Pure. */
import type { Cursor } from './cursor';
import { beginsQuery, expression, expressions, member, orderBy, typeName, windowIn } from './expressions';

export function query(c: Cursor): boolean {
  return c.nested(() => wholeQuery(c));
}

function wholeQuery(c: Cursor): boolean {
  if (c.word === 'with' && !withClause(c)) return false;
  if (!part(c)) return false;
  while (c.takesOne(/^(?:union|except|intersect|minus)$/)) {
    c.maybe(() => c.takesOne(/^(?:all|distinct)$/));
    c.maybe(() => c.takes('by', 'name'));
    if (!part(c)) return false;
  }
  return tail(c);
}

export function withClause(c: Cursor): boolean {
  c.skip();
  c.maybe(() => c.takes('recursive'));
  return c.list(() => {
    if (!c.takesName()) return false;
    if (c.word === '(' && !c.names()) return false;
    if (c.takes('using', 'key') && !c.names()) return false;
    if (!c.takes('as')) return false;
    c.maybe(() => c.takes('not'));
    c.maybe(() => c.takes('materialized'));
    if (
      !c.brackets(() =>
        /^(?:insert|update|delete|merge|replace)$/.test(c.word) ? c.parts.writing(c) : query(c),
      )
    )
      return false;
    return searchOrCycle(c);
  });
}

function searchOrCycle(c: Cursor): boolean {
  if (
    c.takes('search') &&
    !(
      c.takesOne(/^(?:depth|breadth)$/) &&
      c.takes('first', 'by') &&
      c.list(() => c.takesName()) &&
      c.takes('set') &&
      c.takesName()
    )
  )
    return false;
  if (!c.takes('cycle')) return true;
  if (!(c.list(() => c.takesName()) && c.takes('set') && c.takesName())) return false;
  if (c.takes('to') && !(expression(c) && c.takes('default') && expression(c))) return false;
  return c.takes('using') && c.takesName();
}

function part(c: Cursor): boolean {
  if (c.word === '(') return c.brackets(() => query(c));
  if (c.word === 'values') return c.skip() && c.list(() => row(c));
  if (c.takes('table')) return relationName(c);
  if (/^(?:describe|summarize|show|pivot|unpivot)$/.test(c.word)) return unread(c);
  if (c.dialect === 'duckdb' && c.word === 'from') {
    if (!from(c)) return false;
    return c.statement.raw(c.at) === 'select' ? selectCore(c) : behindFrom(c);
  }
  return selectCore(c);
}

/** A row of VALUES; MySQL writes ROW before it. */
export function row(c: Cursor): boolean {
  c.maybe(() => c.takes('row'));
  return c.brackets(() => (c.dialect === 'mysql' && c.word === ')') || expressions(c));
}

/** Everything up to the end of the query: a grammar that is not read here. */
function unread(c: Cursor): true {
  const from = c.at;
  let depth = 0;
  for (; !c.isEnd && c.word !== ';'; c.skip()) {
    if (c.word === '(') depth++;
    else if (c.word === ')' && depth-- === 0) break;
  }
  c.unread.push({ from, to: c.at });
  return true;
}

const modifiers = /^(?:straight_join|sql_\w+|high_priority|sql_calc_found_rows|sql_no_cache|distinctrow)$/;

function selectCore(c: Cursor): boolean {
  if (!c.takes('select')) return false;
  while (modifiers.test(c.word)) c.skip();
  if (c.takes('distinct')) {
    if (c.takes('on') && !c.brackets(() => expressions(c))) return false;
  } else c.maybe(() => c.takes('all'));
  while (modifiers.test(c.word)) c.skip();
  if (!/^(?:from|\)|;)$/.test(c.word) || c.dialect !== 'postgres') if (!items(c)) return false;
  if (/^(?:postgres|mysql)$/.test(c.dialect) && c.takes('into') && !into(c)) return false;
  if (c.word === 'from' && !from(c)) return false;
  return behindFrom(c);
}

function into(c: Cursor): boolean {
  c.maybe(() => c.takesOne(/^(?:temp|temporary|unlogged|outfile|dumpfile|strict)$/));
  c.maybe(() => c.takes('table'));
  return c.list(() => c.takesKind('parameter', 'string') || relationName(c));
}

function behindFrom(c: Cursor): boolean {
  if (c.takes('where') && !(c.takes('current', 'of') ? c.takesName() : expression(c))) return false;
  if (c.takes('group', 'by')) {
    c.maybe(() => c.takesOne(/^(?:all|distinct)$/));
    if (c.isEnd || /^(?:having|order|limit|\)|;|qualify|union|window)$/.test(c.word)) {
      if (c.statement.raw(c.at - 1) !== 'all') return c.fail();
    } else if (!c.list(() => grouping(c))) return false;
    c.maybe(() => c.takes('with', 'rollup'));
  }
  if (c.takes('having') && !expression(c)) return false;
  if (c.takes('window') && !c.list(() => c.takesName() && c.takes('as') && windowIn(c))) return false;
  if (c.takes('qualify') && !expression(c)) return false;
  if (c.takes('using', 'sample')) sample(c);
  if (c.takes('into') && !into(c)) return false;
  return true;
}

function sample(c: Cursor): void {
  const from = c.at;
  while (!c.isEnd && !/^(?:;|\)|order|limit|where|union)$/.test(c.word)) {
    if (c.word === '(') c.anythingInBrackets();
    else c.skip();
  }
  c.unread.push({ from, to: c.at });
}

function grouping(c: Cursor): boolean {
  return c.nested(() => oneGrouping(c));
}

function oneGrouping(c: Cursor): boolean {
  if (c.takes('grouping', 'sets') || ((c.word === 'rollup' || c.word === 'cube') && c.skip()))
    return c.brackets(() => c.list(() => grouping(c)));
  if (c.word === '(' && c.next === ')') return c.takes('(', ')');
  return expression(c) && c.maybe(() => c.takesOne(/^(?:asc|desc)$/));
}

export function items(c: Cursor): boolean {
  return c.list(() => {
    // DuckDB allows a comma at the end.
    if (
      c.dialect === 'duckdb' &&
      c.statement.raw(c.at - 1) === ',' &&
      (c.isEnd || /^(?:from|\)|;)$/.test(c.word))
    )
      return true;
    return item(c);
  });
}

function item(c: Cursor): boolean {
  if (c.tries(() => star(c))) {
    while (c.takesOne(/^(?:exclude|except|replace|rename|like|ilike|glob|similar)$/)) {
      c.maybe(() => c.takes('to'));
      const isExclusion = c.statement.raw(c.at - 1) === 'exclude';
      if (
        c.word === '('
          ? !(isExclusion ? c.brackets(() => c.list(() => relationName(c))) : c.anythingInBrackets())
          : !(c.takesKind('string') || c.takesName())
      )
        return false;
    }
    return true;
  }
  if (c.dialect === 'duckdb' && c.statement.isName(c.at) && c.next === ':') c.at += 2;
  if (!expression(c)) return false;
  // `(profile).*`
  if (c.takes('.', '*')) return true;
  if (c.takes('as')) return c.takesKind('string') || member(c);
  if (c.kind === 'string' && c.dialect !== 'postgres' && c.dialect !== 'duckdb') return c.skip();
  return c.maybe(() => c.takesAlias());
}

function star(c: Cursor): boolean {
  // MySQL takes the star alone first in the list.
  if (c.dialect === 'mysql' && c.word === '*' && c.statement.raw(c.at - 1) === ',') return c.fail();
  if (c.takes('*')) return true;
  if (!member(c)) return false;
  while (c.takes('.')) {
    if (c.takes('*')) return true;
    if (!member(c)) return false;
  }
  return false;
}

export function from(c: Cursor): boolean {
  return c.takes('from') && relations(c);
}

export const relations = (c: Cursor): boolean => c.list(() => joined(c));

const joinWords = /^(?:natural|asof|positional|cross|semi|anti|inner|left|right|full|outer)$/;

function joined(c: Cursor): boolean {
  if (!relation(c)) return false;
  for (;;) {
    const from = c.at;
    let isFree = false;
    for (; joinWords.test(c.word); c.skip()) isFree ||= /^(?:natural|cross|positional)$/.test(c.word);
    const isPlain = c.at === from;
    if (!c.takesOne(/^(?:join|straight_join)$/)) return isPlain ? pivoted(c) : false;
    if (!relation(c)) return false;
    if (c.takes('on')) {
      if (!expression(c)) return false;
    } else if (c.takes('using')) {
      if (!c.names() || (c.takes('as') && !c.takesName())) return false;
    } else if (
      isPlain &&
      /^(?:postgres|duckdb)$/.test(c.dialect) &&
      !joinWords.test(c.word) &&
      c.word !== 'join'
    )
      return c.fail();
  }
}

function pivoted(c: Cursor): boolean {
  while (c.takesOne(/^(?:pivot|unpivot)$/)) {
    c.maybe(() => c.takesOne(/^(?:include|exclude)$/) && c.takes('nulls'));
    if (!c.anythingInBrackets() || !alias(c)) return false;
  }
  return true;
}

export function relationName(c: Cursor): boolean {
  if (!c.takesName()) return false;
  while (c.takes('.')) if (!member(c)) return false;
  return true;
}

export function relation(c: Cursor): boolean {
  return c.nested(() => oneRelation(c));
}

function oneRelation(c: Cursor): boolean {
  // LATERAL takes a query or a call.
  if (
    c.takes('lateral') &&
    c.word !== '(' &&
    c.next !== '(' &&
    c.statement.raw(c.at + 3) !== '(' &&
    c.word !== 'rows'
  )
    return c.fail();
  c.maybe(() => c.takes('only'));
  if (c.dialect === 'duckdb' && c.statement.isName(c.at) && c.next === ':') c.at += 2;
  if (c.word === '(') {
    const isQuery = c.tries(() => c.brackets(() => (beginsQuery(c) || c.word === '(') && query(c)));
    if (!isQuery && !c.brackets(() => relations(c))) return false;
  } else if (c.takes('rows', 'from')) {
    if (!c.anythingInBrackets()) return false;
  } else if (c.kind === 'string' || c.kind === 'parameter') {
    c.skip();
  } else if (c.word === 'values') {
    if (!(c.skip() && c.list(() => row(c)))) return false;
  } else if (
    /^(?:unnest|generate_series|range|glob|left|right|replace|columns|query|query_table)$/.test(c.word) &&
    c.next === '('
  ) {
    if (!expression(c)) return false;
  } else {
    if (!relationName(c)) return false;
    if (c.word === '*' && c.dialect === 'postgres') c.skip();
    if (c.word === '(' && !c.anythingInBrackets()) return false;
  }
  c.maybe(() => c.takes('with', 'ordinality'));
  if (c.takes('partition') && !c.anythingInBrackets()) return false;
  if (c.takes('for', 'system_time')) systemTime(c);
  if (c.takes('at') && !c.anythingInBrackets()) return false;
  if (!alias(c)) return false;
  if (c.takes('indexed', 'by') && !c.takesName()) return false;
  c.maybe(() => c.takes('not', 'indexed'));
  while (/^(?:use|force|ignore)$/.test(c.word) && /^(?:index|key)$/.test(c.next)) {
    c.at += 2;
    if (c.takes('for')) while (/^(?:join|order|group|by)$/.test(c.word)) c.skip();
    if (c.word === '(' && c.next === ')' ? !c.takes('(', ')') : !c.names()) return false;
  }
  if (c.takes('tablesample')) sample(c);
  return true;
}

function systemTime(c: Cursor): void {
  if (c.takes('all')) return;
  if (c.takes('as', 'of')) {
    c.maybe(() => expression(c));
    return;
  }
  c.maybe(
    () =>
      c.takesOne(/^(?:between|from)$/) &&
      expression(c) &&
      c.maybe(() => c.takesOne(/^(?:to|and)$/) && expression(c)),
  );
}

/** `AS t (a, b)`, `AS t (a int, b text)`, `t`. */
export function alias(c: Cursor): boolean {
  if (c.takes('as')) {
    if (c.word === '(' ? false : !(c.takesKind('string') || c.takesName())) return false;
  } else if (!c.tries(() => c.takesAlias())) return true;
  if (c.word !== '(') return true;
  const untyped = c.tries(() => c.brackets(() => c.list(() => c.takesName())));
  return untyped || c.brackets(() => c.list(() => c.takesName() && typeName(c)));
}

function tail(c: Cursor): boolean {
  if (c.word === 'order' && !orderBy(c)) return false;
  for (;;) {
    if (c.takes('limit')) {
      // DuckDB: LIMIT 10%
      if (c.dialect === 'duckdb' && c.kind === 'number' && /^(?:%|percent)$/.test(c.next)) c.at += 2;
      else if (
        c.dialect === 'mysql'
          ? !c.takesKind('number', 'parameter', 'placeholder', 'word')
          : !(c.takes('all') || expression(c))
      )
        return false;
      if (c.takes(',') && !expression(c)) return false;
    } else if (c.takes('offset')) {
      if (!expression(c)) return false;
      c.maybe(() => c.takesOne(/^rows?$/));
    } else if (c.takes('fetch')) {
      if (!c.takesOne(/^(?:first|next)$/)) return false;
      if (!/^rows?$/.test(c.word) && !expression(c)) return false;
      if (!(c.takesOne(/^rows?$/) && (c.takes('only') || c.takes('with', 'ties')))) return false;
    } else if (c.word === 'for' && /^(?:update|share|no|key)$/.test(c.next)) {
      c.skip();
      while (/^(?:no|key|update|share)$/.test(c.word)) c.skip();
      if (c.takes('of') && !c.list(() => relationName(c))) return false;
      if (!c.takes('nowait')) c.maybe(() => c.takes('skip', 'locked'));
    } else if (c.takes('lock', 'in', 'share', 'mode')) {
      // Said.
    } else if (c.takes('into')) {
      if (!into(c)) return false;
    } else if (c.takes('using', 'sample')) sample(c);
    else return true;
  }
}
