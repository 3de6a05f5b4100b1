/**
 * Expressions of a finished statement: operands and operators in turn, one comparison between AND and OR, calls with what
 * may stand in their brackets. What dialects share; types and functions are not judged. Pure.
 */
import { dateParts, functionsOf, typeNames } from '../keywords';
import type { Cursor } from './cursor';

const comparisons = /^(?:=|==|<|>|<=|>=|<>|!=|<=>)$/;
const likes =
  /^(?:like|ilike|glob|regexp|rlike|match|in|between|similar|is|isnull|notnull|overlaps|member|sounds)$/;
const prefixes = /^(?:[-+~!@]|\|\/|\|\|\/|!!|@-@|#|@@)$/;
const bare =
  /^(?:null|true|false|default|unknown|current_date|current_time|current_timestamp|localtime|localtimestamp|current_user|session_user|user|current_role|current_catalog|current_schema|utc_date|utc_time|utc_timestamp|excluded|row|value)$/;
/** Calls whose brackets hold a grammar of their own. */
const ownGrammar =
  /^(?:json\w*|xml\w*|extract|trim|substring|substr|position|overlay|convert|char|group_concat|string_agg|array_agg|listagg|cast|try_cast|get_format|weight_string|normalize|timestampadd|timestampdiff|raise|match|list|first|last|any_value|count|grouping|columns|struct_pack|map|treat|adddate|subdate|date_add|date_sub)$/;

export function expression(c: Cursor): boolean {
  return c.nested(() => {
    if (!conjunction(c)) return false;
    while (c.takesOne(/^(?:or|xor)$/)) if (!conjunction(c)) return false;
    return true;
  });
}

export const expressions = (c: Cursor): boolean => c.list(() => expression(c));

function conjunction(c: Cursor): boolean {
  if (!condition(c)) return false;
  while (c.takesOne(/^(?:and|&&)$/)) {
    const from = c.at;
    if (!condition(c)) return false;
    // A value alone is no condition.
    if (
      c.at === from + 1 &&
      c.dialect !== 'mysql' &&
      /^(?:string|number)$/.test(c.statement.token(from)?.kind ?? '')
    ) {
      c.at = from;
      return c.fail();
    }
  }
  return true;
}

function condition(c: Cursor): boolean {
  while (c.word === 'not' && c.next !== '.') c.skip();
  if (!operation(c)) return false;
  let compared = false;
  for (;;) {
    if (comparisons.test(c.word)) {
      if (compared) return c.fail();
      compared = true;
      c.skip();
      if (/^(?:any|all|some)$/.test(c.word) && c.next === '(') {
        c.skip();
        if (!c.brackets(() => queryOrList(c))) return false;
      } else if (!operation(c)) return false;
    } else if (likes.test(c.word) || (c.word === 'not' && likes.test(c.next))) {
      if (!likeness(c)) return false;
    } else return true;
  }
}

function likeness(c: Cursor): boolean {
  c.maybe(() => c.takes('not'));
  const { word } = c;
  c.skip();
  if (word === 'isnull' || word === 'notnull') return true;
  if (word === 'is') {
    c.maybe(() => c.takes('not'));
    if (c.takes('distinct', 'from')) return operation(c);
    if (c.takesOne(/^(?:document|json|normalized)$/))
      return c.maybe(() => c.takesOne(/^(?:object|array|scalar|value)$/));
    return operation(c);
  }
  if (word === 'in') {
    if (c.takes('(')) return (c.dialect === 'sqlite' && c.takes(')')) || (queryOrList(c) && c.takes(')'));
    const takesName = /^(?:sqlite|duckdb)$/.test(c.dialect) || c.kind === 'parameter';
    return takesName || c.statement.raw(c.statement.opening(c.at) - 1) === 'position'
      ? operation(c)
      : c.fail();
  }
  if (word === 'between') {
    c.maybe(() => c.takesOne(/^(?:a?symmetric)$/));
    return operation(c) && c.takes('and') && operation(c);
  }
  if (word === 'similar' && !c.takes('to')) return false;
  if (word === 'member' && !c.takes('of')) return false;
  if (word === 'sounds' && !c.takes('like')) return false;
  c.maybe(() => c.takesOne(/^(?:any|all|binary)$/));
  return operation(c) && c.maybe(() => c.takes('escape') && operation(c));
}

function operation(c: Cursor): boolean {
  if (!operand(c)) return false;
  for (;;) {
    if (
      c.kind === 'operator' &&
      !comparisons.test(c.word) &&
      c.word !== '&&' &&
      !/^(?:::|:|=>)$/.test(c.word) &&
      (c.word !== ':=' || c.dialect === 'mysql')
    ) {
      c.skip();
      if (/^(?:any|all|some)$/.test(c.word)) c.skip();
      if (!operand(c)) return false;
    } else if (c.kind === 'operator' && c.word === '&&' && c.dialect === 'postgres') {
      c.skip();
      if (!operand(c)) return false;
    } else if (c.word === '*' || /^(?:div|mod)$/.test(c.word)) {
      c.skip();
      if (!operand(c)) return false;
    } else if (c.takes('at', 'time', 'zone')) {
      if (!operand(c)) return false;
    } else if (c.takes('collate')) {
      if (!(c.takesKind('string') || c.takesName())) return false;
      while (c.takes('.')) if (!c.takesName()) return false;
    } else if (c.takes('operator')) {
      if (!c.anythingInBrackets() || !operand(c)) return false;
    } else return true;
  }
}

function operand(c: Cursor): boolean {
  while (prefixes.test(c.word) || (c.word === 'binary' && c.next !== '(') || c.word === 'prior') c.skip();
  const isName = (c.statement.isName(c.at) && c.next !== '(') || c.kind === 'parameter';
  const isOpen = /^[([{]$/.test(c.word);
  if (!primary(c)) return false;
  for (;;) {
    if (c.word === '.' && !isName && !isOpen && c.dialect !== 'duckdb') return c.fail();
    if (c.word === '.' && /^(?:string|number)$/.test(c.statement.token(c.at - 1)?.kind ?? ''))
      return c.fail();
    if (c.takes('::')) {
      if (!typeName(c)) return false;
    } else if (c.word === '[') {
      if (!subscript(c)) return false;
    } else if (c.statement.raw(c.at + 2) === ')' && c.takes('.', '*')) {
      return true;
    } else if (c.word === '.' && c.next !== '*' && c.next !== '.*') {
      c.skip();
      if (!member(c)) return false;
      if (c.statement.raw(c.at) === '(' && !call(c, '')) return false;
    } else return true;
  }
}

/** Behind a dot any word is a name. */
export function member(c: Cursor): boolean {
  if (c.kind === 'placeholder' || c.statement.isName(c.at)) return c.skip();
  return c.fail();
}

function subscript(c: Cursor): boolean {
  if (!c.takes('[')) return false;
  for (let parts = 0; parts < 3; parts++) {
    if (!/^[\]:]$/.test(c.word) && !(c.takes('-') && /^[\]:]$/.test(c.word)) && !expression(c)) return false;
    if (!c.takes(':')) break;
  }
  return c.takes(']');
}

function isContinued({ statement, at, dialect }: Cursor): boolean {
  if (dialect === 'mysql') return true;
  const [from, to] = [statement.token(at - 1)?.to, statement.token(at)?.from];
  return dialect === 'postgres' && statement.text.slice(from, to).includes('\n');
}

function primary(c: Cursor): boolean {
  const { word, next, kind } = c;
  if (kind === 'string') {
    c.skip();
    // Strings that stand side by side are one, where a line ends between them.
    while (c.kind === 'string' && isContinued(c)) c.skip();
    return true;
  }
  if (kind === 'number' || kind === 'parameter' || kind === 'placeholder') return c.skip();
  if (word === '(') return c.skip() && queryOrList(c) && c.takes(')');
  if (word === '[') return c.skip() && (c.takes(']') || (listOrComprehension(c) && c.takes(']')));
  if (word === '{') return c.anythingInBrackets();
  if (word === 'case') return caseOf(c);
  if (word === 'exists' && next === '(') return c.skip() && c.brackets(() => c.parts.query(c));
  if (word === 'array' && (next === '[' || next === '(')) return c.skip() && primary(c);
  if (word === 'map' && next === '{') return c.skip() && c.anythingInBrackets();
  if (word === 'lambda') return c.skip() && c.list(() => c.takesName()) && c.takes(':') && expression(c);
  if (word === 'interval' && next === '(' && c.dialect === 'postgres')
    return c.skip() && c.anythingInBrackets() && c.takesKind('string');
  if (word === 'interval' && next !== '.' && (next !== '(' || c.dialect !== 'postgres')) return interval(c);
  if (kind === 'quoted') return c.skip() && (c.word !== '(' || call(c, ''));
  if (kind !== 'word') return c.fail();
  if (c.statement.token(c.at + 1)?.kind === 'string' && (typeNames.has(word) || word.startsWith('_')))
    return c.skip() && c.skip();
  // A type before its literal: `time with time zone '10:00'`, `double precision '1.5'`, `time(3) '10:00'`.
  if ((typeNames.has(word) || word === 'national') && c.tries(() => typeName(c) && c.takesKind('string')))
    return true;
  if (next === '(') {
    if (word === 'values' && c.dialect !== 'mysql') return c.fail();
    if (
      c.isKeyword() &&
      !functionsOf(c.dialect).has(word) &&
      !typeNames.has(word) &&
      !bare.test(word) &&
      !callable.test(word)
    )
      return c.fail();
    return c.skip() && call(c, word);
  }
  if (bare.test(word)) return c.skip();
  return c.isReserved() && next !== '.' ? c.fail() : c.takesName();
}

/** Keywords that are functions where a bracket follows. */
const callable =
  /^(?:if|left|right|replace|values|insert|glob|match|any|all|some|row|set|mod|columns|list|map|sets|cube|rollup|grouping|exists|date|apply|merge_action|generate_series|range|within|of|range|natural)$/;

/** MySQL's units of two parts, such as DAY_HOUR. */
const unitOfTwo = /^(?:year|day|hour|minute|second)_(?:month|hour|minute|second|microsecond)$/;

function interval(c: Cursor): boolean {
  c.skip();
  if (c.dialect === 'postgres') {
    if (!c.takesKind('string', 'parameter')) return false;
  } else if (c.word === 'interval' || !operation(c)) return c.fail();
  const hasUnit = (dateParts.has(c.word) || unitOfTwo.test(c.word)) && c.skip();
  if (!hasUnit && c.dialect === 'mysql') return c.fail();
  return c.maybe(() => c.takes('to') && c.skip());
}

function caseOf(c: Cursor): boolean {
  c.skip();
  if (c.word !== 'when' && !expression(c)) return false;
  if (c.word !== 'when') return c.fail();
  while (c.takes('when')) if (!(expression(c) && c.takes('then') && expression(c))) return false;
  if (c.takes('else') && !expression(c)) return false;
  return c.takes('end');
}

/** `[1, 2]`, `[x * 2 FOR x IN list IF x > 1]` */
function listOrComprehension(c: Cursor): boolean {
  if (!expression(c)) return false;
  if (c.takes('for')) {
    if (!(c.list(() => c.takesName()) && c.takes('in') && expression(c))) return false;
    return !c.takes('if') || expression(c);
  }
  return !c.takes(',') || expressions(c);
}

const startsQuery = /^(?:select|with|values|from|table|pivot|unpivot|describe|summarize|show)$/;

export const beginsQuery = (c: Cursor): boolean =>
  startsQuery.test(c.word) && c.next !== '(' && c.next !== '.';

/** Whether a query stands in the innermost of the brackets that open here. */
function opensQuery({ statement, at }: Cursor): boolean {
  let i = at;
  while (statement.raw(i) === '(') i++;
  return startsQuery.test(statement.raw(i));
}

/** A query, also one in brackets of its own, or expressions. */
function queryOrList(c: Cursor): boolean {
  if (beginsQuery(c) || (c.word === 'values' && c.next === '(')) return c.parts.query(c);
  if (c.word === '(' && opensQuery(c) && c.tries(() => c.parts.query(c) && c.word === ')')) return true;
  return expressions(c);
}

function call(c: Cursor, name: string): boolean {
  if (ownGrammar.test(name)) {
    if (!ownCall(c)) return false;
  } else {
    if (!c.takes('(')) return false;
    if (!c.takes(')') && !(argumentsOf(c) && c.takes(')'))) return false;
  }
  return behindCall(c);
}

function argumentsOf(c: Cursor): boolean {
  c.maybe(() => c.takesOne(/^(?:distinct|all|variadic)$/));
  if (c.word === '*' && /^[),]$/.test(c.next)) c.skip();
  else if (!c.list(() => argument(c))) return false;
  while (c.takes(',')) if (!argument(c)) return false;
  c.maybe(() => c.takesOne(/^(?:ignore|respect)$/) && c.takes('nulls'));
  return c.maybe(() => orderBy(c));
}

function argument(c: Cursor): boolean {
  if (c.statement.isName(c.at) && /^(?::=|=>)$/.test(c.next)) c.at += 2;
  // DuckDB: `coalesce(*COLUMNS(…))` gives the columns as arguments.
  if (c.dialect === 'duckdb' && c.word === '*' && c.next === 'columns') c.skip();
  return expression(c);
}

/** Words that stand between the operands of such calls. */
const separators =
  /^(?:from|for|in|using|as|separator|placing|returning|on|both|leading|trailing|order|by|limit|null|absent|with|without|format|passing|columns|path|error|empty|default|wrapper|keep|omit|quotes|strict|unique|keys|value|values|against|boolean|mode|natural|language|query|expansion|escape|,|nested|ordinality|exists|distinct|all|ignore|respect|nulls|asc|desc|exclude|replace|rename|character|set|charset|double|precision|varying|time|zone|first|last|unsigned|signed|integer|array)$/;

/** Operands with such words between them; no two operands side by side. */
function ownCall(c: Cursor): boolean {
  const from = c.at;
  if (!c.takes('(')) return false;
  // `xmlelement(name person, …)`
  if (c.word === 'name' && /^xml(?:element|pi)$/.test(c.statement.raw(from - 1))) c.skip();
  let wasOperand = false;
  let ordered = false;
  for (;;) {
    if (c.takes(')')) {
      c.unread.push({ from: from + 1, to: c.at });
      return true;
    }
    if (
      c.word === '*' &&
      /^(?:\(|distinct)$/.test(c.statement.raw(c.at - 1)) &&
      (/^[),]$/.test(c.next) || /^(?:exclude|replace|rename)$/.test(c.next))
    ) {
      if (wasOperand) return c.fail();
      wasOperand = c.skip();
      while (c.takesOne(/^(?:exclude|replace|rename)$/)) if (!c.anythingInBrackets()) return false;
    } else if (
      c.word === ',' ||
      (c.word !== 'order' && separators.test(c.word) && c.next !== '(' && c.next !== '.')
    ) {
      if (c.word === ',' && !wasOperand && c.statement.raw(c.at - 1) === '(') return c.fail();
      wasOperand = /^(?:null|first|last|asc|desc)$/.test(c.word);
      c.skip();
    } else {
      if (wasOperand && c.word !== 'order') return c.fail();
      if (c.word === 'order') {
        if (ordered || !orderBy(c)) return c.fail();
        ordered = true;
      } else if (!c.tries(() => argument(c)) && !typeName(c)) return false;
      wasOperand = true;
    }
  }
}

function behindCall(c: Cursor): boolean {
  if (c.takes('within', 'group') && !c.brackets(() => orderBy(c))) return false;
  if (c.takes('filter') && !c.brackets(() => c.maybe(() => c.takes('where')) && expression(c))) return false;
  c.maybe(() => c.takesOne(/^(?:ignore|respect)$/) && c.takes('nulls'));
  if (c.word === 'against' && c.next === '(') return c.skip() && c.anythingInBrackets();
  if (!c.takes('over')) return true;
  return c.word === '(' ? windowIn(c) : c.takesAlias();
}

export function windowIn(c: Cursor): boolean {
  return c.brackets(() => {
    if (!/^(?:partition|order|rows|range|groups|\))$/.test(c.word) && !c.takesAlias()) return false;
    if (c.takes('partition', 'by') && !expressions(c)) return false;
    if (c.word === 'order' && !orderBy(c)) return false;
    if (!c.takesOne(/^(?:rows|range|groups)$/)) return true;
    if (c.takes('between') ? !(bound(c) && c.takes('and') && bound(c)) : !bound(c)) return false;
    return c.maybe(
      () =>
        c.takes('exclude') &&
        c.takesOne(/^(?:current|group|ties|no)$/) &&
        c.maybe(() => c.takesOne(/^(?:row|others)$/)),
    );
  });
}

function bound(c: Cursor): boolean {
  if (c.takes('current', 'row')) return true;
  if (!c.takes('unbounded') && !operation(c)) return false;
  return c.takesOne(/^(?:preceding|following)$/);
}

export function orderBy(c: Cursor): boolean {
  if (!c.takes('order', 'by')) return false;
  if (c.takes('all')) return c.maybe(() => c.takesOne(/^(?:asc|desc)$/));
  return c.list(() => {
    if (!expression(c)) return false;
    if (c.takes('using') && !c.takesKind('operator')) return false;
    c.maybe(() => c.takesOne(/^(?:asc|desc)$/));
    return c.maybe(() => c.takes('nulls') && c.takesOne(/^(?:first|last)$/));
  });
}

const typeWords =
  /^(?:precision|varying|unsigned|signed|zerofill|with|without|time|zone|local|character|set|charset|array|binary|year|month|day|hour|minute|second|to|integer|int)$/;

export function typeName(c: Cursor): boolean {
  c.maybe(() => c.takes('setof'));
  if (
    !c.statement.isName(c.at) ||
    (c.kind === 'word' && /^(?:select|from|where|and|or|as|order|group|case|when|null|not)$/.test(c.word))
  )
    return c.fail();
  c.skip();
  while (c.takes('.')) if (!member(c)) return false;
  for (;;) {
    if (c.word === '(') {
      if (!c.anythingInBrackets()) return false;
    } else if (c.word === '[') {
      if (!(c.takes('[') && c.maybe(() => c.takesKind('number')) && c.takes(']'))) return false;
    } else if (typeWords.test(c.word)) {
      const isCharset = /^(?:set|charset)$/.test(c.word);
      c.skip();
      if (isCharset) c.skip();
    } else return true;
  }
}
