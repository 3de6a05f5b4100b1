/**
 * Whether words follow each other as they do in SQL: an operand where one is due, an operator between two, nothing
 * left dangling before a comma, a bracket or the next clause. Pairs of tokens only; no grammar of statements. Pure.
 */
import { besideTables, functionsOf, keywordsOf, typeNames } from '../../sql/keywords';
import { clauseAt } from '../../sql/shape/scope';
import type { Clause } from '../../sql/shape/shape';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Keywords that begin an operand. */
export const startsOperand = words(`
  case not null exists select cast distinct all true false any some current_date current_time current_timestamp
  interval array values with row default extract date time timestamp unbounded current`);
/** And those that stand first in a bracket: OVER (PARTITION BY, FILTER (WHERE. */
export const startsBracket = words('partition order rows range where');
/** Keywords that end one. */
const endsOperand = words('null true false end current_date current_time current_timestamp default');
/** Keywords and marks behind which an operand is due. */
export const wantsOperand = words(`
  select distinct where and or not on having when then else by between like ilike glob in is , ( = < > <= >= <> != == ||
  + - / % case escape limit offset`);
/** Places where a bracket, a comma or a semicolon leaves something unsaid. */
const dangles = words(`
  select where and or not on having when then else by between like ilike glob is , = < > <= >= <> != == || + - / % case
  from join as in escape limit offset inner left right full outer cross natural union except intersect with group order
  distinct using`);
const binary = words('= < > <= >= <> != == || / % and or like ilike glob between is in when then else end');
const clauseStarts = words('from where group having order limit union except intersect window join on');
/** Keywords that come behind an operand. */
export const followsOperand = words(`
  from where group having order limit union except intersect join inner left right full outer cross natural on using as
  and or not in is like ilike glob regexp rlike match between collate asc desc when then else end over filter window
  offset fetch for nulls returning escape similar div mod xor at within isnull notnull qualify rows range groups
  separator with preceding following first last row only set values do tablesample lateral pivot unpivot into straight_join`);
const judged: ReadonlySet<Clause> = new Set(['select', 'on', 'where', 'group by', 'having', 'order by']);

const beginsQuery = /^(?:select|with)$/;
const readsOn: ReadonlySet<Clause> = new Set([
  'select',
  'from',
  'join',
  'on',
  'where',
  'group by',
  'having',
  'order by',
  'limit',
]);

/** The clause that the token before the one at i stands in. */
function clauseBefore({ shape }: Reading, i: number): Clause {
  const before = shape.tokens[i - 1];
  return before === undefined ? 'none' : clauseAt(shape.frames[i - 1] ?? shape.root, before.from);
}

/** A name, a number or a string; no bracket. */
function isOperand(reading: Reading, i: number): boolean {
  return reading.raw[i] !== ')' && endsAnOperand(reading, i);
}

/** Places where two tokens cannot follow each other. */
export function brokenPairs(reading: Reading): Problem[] {
  const { shape, raw, length } = reading;
  const found: Problem[] = [];
  for (let i = 1; i < length; i++) {
    const token = shape.tokens[i];
    // A word that may still grow is judged when it has ended.
    if (token === undefined || (reading.isOpen(i) && token.kind === 'word')) continue;
    const frame = shape.frames[i] ?? shape.root;
    const clause = clauseAt(frame, token.from);
    const previous = raw[i - 1] ?? '';
    const word = raw[i] ?? '';
    const role = shape.roles.get(i - 1);
    if (word === '.' && (role === 'select-alias' || role === 'relation-alias')) {
      found.push({ kind: 'token-pair', at: token.from });
      continue;
    }
    if ((word === ')' || word === ',' || word === ';') && dangles.has(previous) && isWord(reading, i - 1)) {
      if (!(word === ')' && previous === '(')) found.push({ kind: 'token-pair', at: token.from });
      continue;
    }
    // A second SELECT needs a bracket or a set operation before it.
    if (
      word === 'select' &&
      beginsQuery.test(raw[0] ?? '') &&
      readsOn.has(clauseBefore(reading, i)) &&
      isOperand(reading, i - 1)
    ) {
      found.push({ kind: 'token-pair', at: token.from });
      continue;
    }
    if (dangles.has(previous) && clauseStarts.has(word) && !isExpected(previous, word)) {
      found.push({ kind: 'token-pair', at: token.from });
      continue;
    }
    if ((clause === 'from' || clause === 'join') && isNoRelation(reading, i)) {
      found.push({ kind: 'token-pair', at: token.from });
      continue;
    }
    if (!judged.has(clause) || shape.roles.has(i) || shape.roles.has(i - 1)) continue;
    if (isWrong(reading, i, previous, word)) found.push({ kind: 'token-pair', at: token.from });
  }
  return found;
}

/** Functions of a group of rows. */
export const aggregates = words('count sum avg total group_concat string_agg array_agg');
const withoutAggregates: ReadonlySet<Clause> = new Set(['where', 'on', 'group by']);

/** Aggregates where there are no groups yet. */
export function misplacedAggregates(reading: Reading): Problem[] {
  const { shape, raw, length, names } = reading;
  const found: Problem[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    const word = raw[i] ?? '';
    const isAggregate = aggregates.has(word) || word === 'min' || word === 'max';
    if (token?.kind !== 'word' || !isAggregate || raw[i - 1] === '.' || shape.roles.has(i)) continue;
    // Without its bracket it may still become a column's name.
    if (raw[i + 1] !== '(' && (!reading.isOpen(i) || beginsOne(names.columnKeys(), word))) continue;
    if (withoutAggregates.has(clauseAt(shape.frames[i] ?? shape.root, token.from)))
      found.push({ kind: 'misplaced-aggregate', at: token.from });
  }
  return found;
}

function beginsOne(names: Iterable<string>, word: string): boolean {
  for (const name of names) if (name.startsWith(word)) return true;
  return false;
}

/** Whether the text would be left hanging if it ended at `to`: an operator without its right side, a string half. */
export function isDangling(reading: Reading): boolean {
  const { shape, raw, length } = reading;
  const last = length - 1;
  const token = shape.tokens[last];
  if (token === undefined) return false;
  if (!token.closed) return true;
  const word = raw[last] ?? '';
  return word === '.' || word === '(' || (dangles.has(word) && isWord(reading, last));
}

function isWord(reading: Reading, i: number): boolean {
  return reading.raw[i - 1] !== '.' && !reading.shape.roles.has(i);
}

const besidesRelations = words(
  'as join left right full inner outer cross natural lateral only on using where group by having order limit window union except intersect fetch offset for returning set values tablesample with indexed not straight_join pivot unpivot apply asof anti semi positional qualify partition',
);

/** A literal, an operator or a stray keyword among the relations behind FROM or JOIN. */
function isNoRelation(reading: Reading, i: number): boolean {
  const { shape, raw, schema } = reading;
  const token = shape.tokens[i];
  const word = raw[i] ?? '';
  if (token === undefined || shape.roles.has(i)) return false;
  // A call where a table is due: only of what returns rows.
  if (word === '(' && reading.isName(i - 1) && !shape.roles.has(i - 1))
    return !isRowFunction(raw[i - 1] ?? '');
  if (raw[i - 1] === '.') return false;
  if (token.kind === 'word') {
    if (!keywordsOf(schema.dialect).has(word)) return false;
    const isDue = raw[i - 1] === 'from' || raw[i - 1] === 'join';
    return isDue ? !besideTables.has(word) : !besidesRelations.has(word);
  }
  return token.kind === 'number' || token.kind === 'string' || token.kind === 'operator';
}

const isRowFunction = (word: string): boolean => besideTables.has(word) || word.startsWith('pragma_');

/** Keywords that do follow one that leaves something unsaid. */
function isExpected(previous: string, word: string): boolean {
  if (word === 'join') return /^(?:inner|left|right|full|outer|cross|natural)$/.test(previous);
  if (word === 'on') return previous === 'distinct';
  return word === 'from' && previous === 'distinct';
}

function isWrong(reading: Reading, i: number, previous: string, word: string): boolean {
  const { shape } = reading;
  const token = shape.tokens[i];
  if (token === undefined) return false;
  const isOperandBefore = endsAnOperand(reading, i - 1);
  const isKeyword = token.kind === 'word' && isKeywordAt(reading, i);
  // A keyword is no qualifier.
  if (word === '.' && isKeywordBefore(reading, i - 1)) return true;
  if (isOperandBefore) {
    // Behind an operand: an operator, a keyword, a mark; not another operand.
    if (word === '.' || word === '(') return false;
    if (isKeyword && !followsOperand.has(word)) return true;
    if (isKeyword && /^(?:asc|desc)$/.test(word) && !isOrdered(reading, i)) return true;
    const startsOne = token.kind === 'number' || token.kind === 'string' || (reading.isName(i) && !isKeyword);
    return startsOne && previous !== '.' && !isTyped(reading, i - 1);
  }
  if (!wantsOperand.has(previous) || !isWord(reading, i - 1)) return false;
  const functions = functionsOf(reading.schema.dialect);
  // A function without its bracket, where no column has its name.
  if (token.kind === 'word' && !isKeyword && functions.has(word) && isUncalled(reading, i)) return true;
  if (isKeyword) {
    if (previous === 'is') return !/^(?:not|null|true|false|distinct)$/.test(word);
    if (previous === 'not')
      return !/^(?:null|in|like|ilike|glob|between|exists|case|distinct|true|false)$/.test(word);
    if (previous === 'case') return !/^(?:when|not|cast|case)$/.test(word);
    if (previous === '(' && startsBracket.has(word)) return false;
    return !startsOperand.has(word) && !functions.has(word);
  }
  return binary.has(word) && token.kind !== 'word';
}

/** Whether the token at i stands behind BY, within the brackets it is in. */
export function isOrdered({ raw }: Reading, i: number): boolean {
  for (let at = i - 1, depth = 0; at >= 0; at--) {
    if (raw[at] === ')') depth++;
    else if (raw[at] === '(' && --depth < 0) return false;
    else if (depth === 0 && raw[at] === 'by') return true;
    else if (depth === 0 && /^(?:select|from|where|having|on)$/.test(raw[at] ?? '')) return false;
  }
  return false;
}

function isKeywordBefore({ raw, schema, shape, names }: Reading, i: number): boolean {
  const word = raw[i] ?? '';
  if (shape.tokens[i]?.kind !== 'word' || !keywordsOf(schema.dialect).has(word)) return false;
  if (names.table(word) !== undefined || names.isNamespace(word)) return false;
  return shape.frames[i]?.relations.every(({ alias }) => alias?.toLowerCase() !== word) ?? true;
}

function isKeywordAt(reading: Reading, i: number): boolean {
  const word = reading.raw[i] ?? '';
  const { schema, names } = reading;
  if (reading.raw[i - 1] === '.' || reading.raw[i + 1] === '.') return false;
  return keywordsOf(schema.dialect).has(word) && names.tablesWith(word).length === 0;
}

function isUncalled({ raw, names }: Reading, i: number): boolean {
  const word = raw[i] ?? '';
  if (raw[i + 1] === '(' || raw[i + 1] === '.' || names.tablesWith(word).length > 0) return false;
  return !typeNames.has(word);
}

function endsAnOperand(reading: Reading, i: number): boolean {
  const { shape, raw, schema } = reading;
  const token = shape.tokens[i];
  const word = raw[i] ?? '';
  if (token === undefined) return false;
  if (word === ')') return true;
  if (token.kind === 'number' || token.kind === 'string' || token.kind === 'quoted') return true;
  if (token.kind !== 'word') return false;
  if (raw[i - 1] === '.') return true;
  if (endsOperand.has(word)) return true;
  return (
    !keywordsOf(schema.dialect).has(word) && !(functionsOf(schema.dialect).has(word) && raw[i + 1] === '(')
  );
}

/** `DATE '2024-01-01'`, `INTERVAL '1 day'`, `1 day`. */
function isTyped(reading: Reading, i: number): boolean {
  return typeNames.has(reading.raw[i] ?? '') || reading.shape.tokens[i]?.kind === 'number';
}
