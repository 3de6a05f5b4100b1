/**
 * Recognizes words that belong to the grammar of one construct: `trim(TRAILING FROM a)`, `timestamp with time zone
 * '…'`, `JSON_VALUE(a, '$.b' RETURNING int ON EMPTY …)`. Elsewhere the same words may be names of columns.
 */
import { typeNames } from '../sql/keywords';
import type { StatementText } from '../sql/shape/statementText';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** More words of types that can stand before a literal. */
const typeWords = words(
  'with without time zone local varying precision character char national large object',
);

const jsonFunctions =
  words(`json_value json_query json_exists json_table json_object json_objectagg json_array
  json_arrayagg json_scalar json_serialize json columns xmltable xmlelement xmlparse xmlserialize xmlexists xmlroot xmlpi
  xmlforest xmlattributes xmlagg`);
const jsonWords =
  words(`returning on empty error null default passing by ref value key keys keep omit quotes scalar string
  array absent unique without with wrapper conditional unconditional path columns nested ordinality exists format json
  encoding utf8 utf16 utf32 object true false unknown document content name version standalone yes no indent preserve
  whitespace strip xmlattributes xmlnamespaces`);
/** Behind these words a JSON or XML function has a type or a name of its own. */
const beforeJsonNames = words('returning as name path');

/** MySQL's words between SELECT and its list. */
const selectWords =
  words(`distinctrow straight_join high_priority sql_calc_found_rows sql_cache sql_no_cache sql_small_result
  sql_big_result sql_buffer_result`);

const trimSides = words('leading trailing both');
const normalForms = words('nfc nfd nfkc nfkd');
const searchModes = words('natural language mode boolean query expansion with in');

/** True when token i is such a word. `called` is the function in whose parentheses it stands. */
export function isGrammarWord(statement: StatementText, i: number, called: string): boolean {
  const word = statement.raw(i);
  const previous = statement.raw(i - 1);
  const next = statement.raw(i + 1);
  const before = statement.raw(i - 2);
  if (trimSides.has(word) && previous === '(' && before === 'trim') return true;
  // extract(julian FROM a): the server may know any unit.
  if (next === 'from' && previous === '(' && before === 'extract') return true;
  if (normalForms.has(word) && (next === 'normalized' || called === 'normalize')) return true;
  if (word === 'normalized' && (previous === 'is' || previous === 'not' || normalForms.has(previous)))
    return true;
  if (called === 'against' && searchModes.has(word)) return true;
  if (jsonFunctions.has(called) && (jsonWords.has(word) || beforeJsonNames.has(previous))) return true;
  if (called === 'get_format' && previous === '(') return true;
  // TIMESTAMPDIFF(SQL_TSI_DAY, a, b): a unit always comes first.
  if (previous === '(' && (before === 'timestampdiff' || before === 'timestampadd')) return true;
  if (
    selectWords.has(word) &&
    statement.dialect === 'mysql' &&
    (previous === 'select' || selectWords.has(previous))
  )
    return true;
  return isPhrase(word, previous, next, before) || beginsLiteral(statement, i);
}

function isPhrase(word: string, previous: string, next: string, before: string): boolean {
  switch (word) {
    case 'value':
      // OVERRIDING SYSTEM VALUE, NEXT VALUE FOR s
      return before === 'overriding' || ((previous === 'next' || previous === 'previous') && next === 'for');
    case 'data':
      // CREATE TABLE … AS … WITH [NO] DATA
      return previous === 'with' || (previous === 'no' && before === 'with');
    case 'user':
      return previous === 'overriding';
    case 'cascaded':
    case 'local':
      return next === 'check';
    case 'respect':
    case 'ignore':
      return next === 'nulls' || previous === 'or';
    case 'keys':
      return previous === 'unique';
    case 'json':
      return previous === 'is' || (previous === 'not' && before === 'is');
    case 'bernoulli':
    case 'reservoir':
    case 'system':
      return previous === '(' || previous === 'overriding';
    case 'no':
      return next === 'others';
    default:
      return (
        // WHERE CURRENT OF cursor, NEXT VALUE FOR sequence, CHARACTER SET utf8mb4, INSERT OR IGNORE
        (previous === 'of' && before === 'current') ||
        (previous === 'for' && before === 'value') ||
        (previous === 'set' && before === 'character') ||
        previous === 'charset' ||
        (previous === 'or' && (before === 'insert' || before === 'update'))
      );
  }
}

/** True before a type whose literal follows: `timestamp(3) with time zone '2024-01-01'`. */
function beginsLiteral(statement: StatementText, i: number): boolean {
  const isTypeWord = (k: number): boolean =>
    typeNames.has(statement.raw(k)) || typeWords.has(statement.raw(k));
  if (!isTypeWord(i)) return false;
  let k = i + 1;
  for (; isTypeWord(k) || statement.raw(k) === '('; k++)
    if (statement.raw(k) === '(') k = statement.closing(k);
  return k > i + 1 && statement.token(k)?.kind === 'string';
}
