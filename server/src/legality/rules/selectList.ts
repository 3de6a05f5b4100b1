/** Checks a select list: no item stands there twice, and a column beside an aggregate is in GROUP BY. Pure. */
import { keywordsOf } from '../../sql/keywords';
import type { Frame } from '../../sql/shape/shape';
import { aggregates } from './wordOrder';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** One item: its tokens by index without a trailing alias, and whether it has come to its end. */
interface Item {
  readonly tokens: number[];
  ended: boolean;
}

/** Select items that say the same thing twice, calls and aliases and all: `count(*), count(*)`, `name, name AS n`. */
export function repeatedSelectItems(reading: Reading): Problem[] {
  const found: Problem[] = [];
  for (const frame of reading.frames) {
    const seen = new Set<string>();
    for (const { tokens, ended } of itemsOf(reading, frame)) {
      const text = tokens.map((i) => reading.name(i)).join(' ');
      const first = reading.shape.tokens[tokens[0] ?? -1];
      if (ended && first !== undefined && /\p{L}/u.test(text) && seen.has(text))
        found.push({ kind: 'repeated-item', at: first.from });
      if (ended) seen.add(text);
    }
  }
  return found;
}

/** A query that ends, or goes on to where it cannot be grouped any more, with columns beside aggregates. */
export function ungroupedColumns(reading: Reading): Problem[] {
  const found: Problem[] = [];
  for (const frame of reading.frames) {
    const written = frame.marks.filter(({ to }) => to < reading.to).map(({ clause }) => clause);
    if (!written.includes('from') || written.includes('group by')) continue;
    const isOver = frame.to < reading.to || reading.raw[reading.length - 1] === ';';
    if (
      !isOver &&
      !written.some((clause) => clause === 'having' || clause === 'order by' || clause === 'limit')
    )
      continue;
    const items = itemsOf(reading, frame).map(({ tokens }) => tokens);
    if (items.some((item) => isAggregate(reading, item)) && items.some((item) => isColumn(reading, item)))
      found.push({ kind: 'ungrouped-column', at: frame.from });
  }
  return found;
}

function itemsOf(reading: Reading, frame: Frame): Item[] {
  const { shape, raw, length } = reading;
  const select = frame.marks.find(({ clause }) => clause === 'select');
  const items: Item[] = [];
  if (select === undefined) return items;
  let item: Item = { tokens: [], ended: false };
  let depth = 0;
  for (let i = shape.tokens.findIndex(({ from }) => from >= select.to); i >= 0 && i < length; i++) {
    const token = shape.tokens[i];
    const word = raw[i] ?? '';
    if (token === undefined || token.from >= frame.to) break;
    if (depth === 0 && (word === ',' || word === 'from' || word === ';')) {
      item.ended = true;
      items.push(item);
      item = { tokens: [], ended: false };
      if (word !== ',') return items;
      continue;
    }
    if (word === '(') depth++;
    else if (word === ')') depth--;
    if (depth === 0 && (word === 'as' || shape.roles.get(i) === 'select-alias')) item.ended = true;
    // A call that has closed says what it says, though an operator may follow.
    else if (!item.ended && !(item.tokens.length === 0 && (word === 'distinct' || word === 'all')))
      item.tokens.push(i);
  }
  const last = item.tokens.at(-1) ?? -1;
  if (depth === 0 && raw[last] === ')') item.ended = true;
  items.push(item);
  return items;
}

/** A call of an aggregate at the top of an item, not over a window. */
function isAggregate({ raw }: Reading, item: readonly number[]): boolean {
  const first = item[0] ?? -1;
  return aggregates.has(raw[first] ?? '') && raw[first + 1] === '(' && !item.some((i) => raw[i] === 'over');
}

/** A column alone, qualified or not. */
function isColumn(reading: Reading, item: readonly number[]): boolean {
  const [first = -1, dot = -1, last = -1] = item;
  const isName = (i: number): boolean =>
    reading.isName(i) && !keywordsOf(reading.schema.dialect).has(reading.raw[i] ?? '');
  if (item.length === 1) return isName(first);
  return item.length === 3 && isName(first) && reading.raw[dot] === '.' && reading.isName(last);
}
