/**
 * Whether one token may follow another, whatever the clause: an operand where one is due, an operator or a clause behind one,
 * the second half of a phrase only behind its first (`GROUP BY`). Stricter than the rules, which judge a text that is still
 * being written: what is not known to follow does not. Pure.
 */
import { dateParts, functionsOf, keywordsOf, typeNames } from '../sql/keywords';
import type { Reading } from './reading';
import { followsOperand, isOrdered, startsBracket, startsOperand, wantsOperand } from './rules/wordOrder';

const constants =
  /^(?:null|true|false|end|current_date|current_time|current_timestamp|localtime|localtimestamp|default|unknown|row)$/;
const closes = /^[)\]}]$/;
const unary = /^(?:[-+~!@*?$]|\|\/)$/;
/** Words behind which a relation is named. */
const wantsRelation = /^(?:from|join|into|update|table|only|lateral|straight_join)$/;
/** Words that come behind a relation and not behind any operand. */
const followsRelation =
  /^(?:as|select|values|default|set|where|when|pivot|unpivot|tablesample|indexed|not|force|use|ignore|partition|output|with|on|using|table|overriding|by|asof|positional|semi|anti)$/;
const phrases = new Set(
  `group by|order by|partition by|inner join|left join|right join|full join|outer join|cross join|natural join|left outer
  right outer|full outer|natural left|natural inner|natural right|natural full|asof join|semi join|anti join|left semi
  left anti|is not|is null|is true|is false|is unknown|is distinct|not null|not true|not false|not in|not like|not ilike
  not between|not exists|not similar|not glob|not regexp|not rlike|not distinct|distinct from|union all|union select|union distinct
  except all|except select|intersect all|intersect select|all select|insert into|replace into|delete from|nulls first
  nulls last|on conflict|do update|do nothing|update set|distinct on|for update|for share|with recursive|current row
  unbounded preceding|unbounded following|row preceding|row and|preceding and|following and|between unbounded|and unbounded
  between current|and current|asc nulls|desc nulls|fetch first|fetch next|first row|first rows|next row|next rows|within group
  at time|time zone|as materialized|default values|on duplicate|duplicate key|key update|similar to|select all|select distinct
  select top|case when|rows between|range between|groups between|rows unbounded|range unbounded|rows current|range current
  if exists|if not|on delete|on update|with time|without time|with ties|rows only|row only`
    .split(/[|\n]/)
    .map((phrase) => phrase.trim()),
);

/** Whether the token at i may stand behind the one before it. */
export function followsOn(reading: Reading, i: number): boolean {
  const { raw, shape } = reading;
  const token = shape.tokens[i];
  const before = shape.tokens[i - 1];
  if (token === undefined || before === undefined) return true;
  const [previous, word] = [raw[i - 1] ?? '', raw[i] ?? ''];
  if (token.kind === 'placeholder' || before.kind === 'placeholder') return true;
  if (previous === '.') return token.from === before.to && (reading.isName(i) || word === '*');
  if (word === '.') return isQualifier(reading, i - 1);
  if (word === '(') return mayOpen(reading, i - 1);
  if (endsOperand(reading, i - 1)) return maybeBehindOperand(reading, i);
  if (phrases.has(`${previous} ${word}`)) return true;
  if (wantsRelation.test(previous) && raw[i - 2] !== 'distinct')
    return startsName(reading, i) || wantsRelation.test(word) || word === 'values' || word === 'set';
  // `count(` and `)`, an empty list.
  if (previous === '(' || previous === '[' || previous === '{')
    return closes.test(word) || startsBracket.has(word) || startsOne(reading, i);
  if (
    wantsOperand.has(previous) ||
    before.kind === 'operator' ||
    previous === ',' ||
    isClauseOfOperands(previous)
  )
    return startsOne(reading, i);
  if (
    previous === 'as' ||
    previous === 'with' ||
    previous === 'recursive' ||
    previous === 'over' ||
    previous === 'using'
  )
    return startsName(reading, i) || typeNames.has(word);
  // A function without its bracket, a half phrase: nothing is known to follow it.
  return false;
}

const isClauseOfOperands = (word: string): boolean =>
  word === 'by' || word === 'returning' || word === 'set' || word === 'qualify' || word === 'all';

/** Whether an expression or a name ends with the token. */
function endsOperand(reading: Reading, i: number): boolean {
  const { raw, shape, schema } = reading;
  const { statement } = shape;
  const word = raw[i] ?? '';
  if (closes.test(word) || statement.isStar(i) || raw[i - 1] === '.') return true;
  if (['quoted', 'string', 'number', 'parameter'].includes(shape.tokens[i]?.kind ?? '')) return true;
  if (shape.tokens[i]?.kind !== 'word') return false;
  if (constants.test(word) || shape.roles.has(i)) return true;
  if (/^(?:asc|desc|first|last|preceding|following|ties|nothing|values)$/.test(word))
    return word !== 'values';
  if (keywordsOf(schema.dialect).has(word)) return isColumn(reading, i);
  return isColumn(reading, i) || !functionsOf(schema.dialect).has(word);
}

function isColumn(reading: Reading, i: number): boolean {
  return reading.names.tablesWith(reading.raw[i] ?? '').length > 0;
}

function maybeBehindOperand(reading: Reading, i: number): boolean {
  const { raw, shape, schema } = reading;
  const token = shape.tokens[i];
  const [previous, word] = [raw[i - 1] ?? '', raw[i] ?? ''];
  if (token?.kind === 'operator' || token?.kind === 'command') return true;
  if (token?.kind === 'punctuation') return true;
  const role = shape.roles.get(i);
  const roleBefore = shape.roles.get(i - 1);
  if (role === 'relation-alias') return roleBefore === 'relation' || closes.test(previous);
  if (role === 'select-alias' || role === 'window-name') return false;
  if (role !== undefined) return false;
  if (token?.kind === 'string') return typeNames.has(previous) || /^(?:_\w+|[nbxeu])$/.test(previous);
  if (token?.kind !== 'word') return false;
  if (/^(?:number|string)$/.test(shape.tokens[i - 1]?.kind ?? '') && dateParts.has(word)) return true;
  if (!keywordsOf(schema.dialect).has(word) && !followsOperand.has(word)) return false;
  if (/^(?:asc|desc)$/.test(word)) return isOrdered(reading, i);
  if (/^(?:asc|desc)$/.test(previous))
    return /^(?:nulls|limit|offset|fetch|for|rows|range|groups|union|except|intersect|on|returning)$/.test(
      word,
    );
  if (/^(?:preceding|following|first|last|row)$/.test(previous))
    return followsOperand.has(word) || word === 'and';
  const isRelation = roleBefore === 'relation' || roleBefore === 'relation-alias';
  return followsOperand.has(word) || (isRelation && followsRelation.test(word));
}

function startsOne(reading: Reading, i: number): boolean {
  const { raw, shape, schema } = reading;
  const token = shape.tokens[i];
  const word = raw[i] ?? '';
  if (token === undefined) return false;
  if (['quoted', 'string', 'number', 'parameter'].includes(token.kind)) return true;
  if (token.kind !== 'word') return /^[([{]$/.test(word) || (token.kind === 'operator' && unary.test(word));
  if (startsOperand.has(word) || shape.roles.has(i)) return true;
  if (!keywordsOf(schema.dialect).has(word) || isColumn(reading, i)) return true;
  return functionsOf(schema.dialect).has(word) && raw[i + 1] === '(';
}

function startsName(reading: Reading, i: number): boolean {
  const { shape, schema } = reading;
  if (/^[([]$/.test(reading.raw[i] ?? '')) return true;
  if (!reading.isName(i)) return shape.tokens[i]?.kind === 'string' && schema.dialect === 'duckdb';
  return (
    shape.tokens[i]?.kind === 'quoted' ||
    shape.roles.has(i) ||
    !keywordsOf(schema.dialect).has(reading.raw[i] ?? '')
  );
}

/** A dot stands behind a name, and behind a second one only where the first names a schema. */
function isQualifier(reading: Reading, i: number): boolean {
  const { raw, names, shape, schema } = reading;
  if (closes.test(raw[i] ?? '')) return true;
  if (!reading.isName(i)) return false;
  if (raw[i - 1] === '.') return names.isNamespace(reading.name(i - 2));
  if (raw[i] !== '' && keywordsOf(schema.dialect).has(raw[i] ?? ''))
    return shape.roles.has(i) || names.table(raw[i] ?? '') !== undefined;
  return shape.roles.get(i) !== 'select-alias' && shape.roles.get(i) !== 'relation-alias';
}

/** A bracket stands behind a function, a keyword, a mark, or a relation whose columns it lists. */
function mayOpen(reading: Reading, i: number): boolean {
  const { raw, shape, schema } = reading;
  const word = raw[i] ?? '';
  const token = shape.tokens[i];
  if (token === undefined || token.kind === 'operator') return true;
  if (token.kind === 'punctuation') return !closes.test(word);
  if (token.kind !== 'word') return token.kind === 'quoted' && shape.roles.has(i);
  if (functionsOf(schema.dialect).has(word) || typeNames.has(word) || shape.roles.has(i)) return true;
  return keywordsOf(schema.dialect).has(word) && !constants.test(word) && !isColumn(reading, i);
}
