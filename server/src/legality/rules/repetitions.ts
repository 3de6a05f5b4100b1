/** Finds names that are repeated where each may stand once: aliases of one query, items of one list. Pure. */
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** Two relations of one query that go by the same name. */
export function repeatedAliases(reading: Reading): Problem[] {
  const { length } = reading;
  const found: Problem[] = [];
  for (const frame of reading.frames) {
    const seen = new Set<string>();
    for (const relation of frame.relations) {
      // The query that an INSERT reads from does not see the table it writes to.
      if (relation.from >= reading.to || relation.target === 'insert') continue;
      const name = (relation.alias ?? relation.name)?.toLowerCase();
      if (name === undefined) continue;
      // The last one may go on: "a" becomes "a2".
      const growing =
        relation === frame.relations.at(-1) &&
        reading.isOpen(length - 1) &&
        reading.name(length - 1) === name;
      if (seen.has(name) && !growing)
        found.push({ kind: 'repeated-alias', at: relation.from, detail: `${String(relation.from)} ${name}` });
      seen.add(name);
    }
  }
  return found;
}

const listStart = /^(?:select|distinct|by|set)$/;

/** Comma-separated lists behind SELECT, BY, SET or a bracket that hold the same name twice. */
export function repeatedItems(reading: Reading): Problem[] {
  const { shape, length, to } = reading;
  const fresh = (simple: boolean) => ({ items: new Set<string>(), item: '', simple });
  const found: Problem[] = [];
  /** The lists that are open, innermost last. */
  const lists = [fresh(false)];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    const list = lists.at(-1);
    if (!list || !token) break;
    const word = reading.raw[i] ?? '';
    if (word === '(') {
      list.simple = false;
      lists.push(fresh(true));
    } else if (word === ')') {
      if (list.simple && list.items.has(list.item)) found.push({ kind: 'repeated-item', at: token.from });
      if (lists.length > 1) lists.pop();
    } else if (listStart.test(word)) {
      lists[lists.length - 1] = fresh(true);
    } else if (word === ',' || /^(?:from|desc|asc)$/.test(word)) {
      // Values may repeat; names, plain or qualified, may not.
      if (list.simple && list.item !== '' && list.items.has(list.item))
        found.push({ kind: 'repeated-item', at: token.from });
      if (list.simple) list.items.add(list.item);
      list.item = '';
      list.simple = true;
    } else {
      if (!reading.isName(i) && word !== '.') list.simple = false;
      if (!list.simple) continue;
      list.item += (list.item.endsWith('.') || word === '.' || list.item === '' ? '' : ' ') + reading.name(i);
      const closed = token.to < to && i === length - 1;
      if (closed && /[\p{L}\p{N}_]$/u.test(list.item) && list.items.has(list.item))
        found.push({ kind: 'repeated-item', at: token.from });
    }
  }
  return found;
}
