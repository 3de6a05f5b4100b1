/**
 * Joins follow the keys: a joined table is one that a key connects with a table before it, and where there are such keys
 * the first condition behind ON is one of them, qualified on both sides. What follows an AND is free. Pure.
 */
import { relationTable } from '../../schema/names';
import type { RelationInScope } from '../../sql/shape/shape';
import { RelationColumns } from '../../resolve/relationColumns';
import { areLinked, joinable, keyPairs } from '../../schema/keyJoins';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** ON clauses up to `to` whose first condition is not, and cannot become, one of the keys. */
export function joinConditions(reading: Reading): Problem[] {
  const { shape, to } = reading;
  const found: Problem[] = [];
  for (const frame of reading.frames) {
    for (const mark of frame.marks) {
      if (mark.clause !== 'on' || mark.to >= to) continue;
      const before = frame.relations.filter(({ from }) => from < mark.from);
      const joined = before.pop();
      if (joined === undefined) continue;
      const wanted = before.flatMap((other) => conditions(reading, joined, other));
      if (wanted.length === 0) continue;
      const first = shape.tokens.findIndex(({ from }) => from >= mark.to);
      if (first >= 0 && !wanted.some((condition) => agrees(reading, first, condition)))
        found.push({ kind: 'join-condition', at: mark.from });
    }
  }
  return found;
}

/** Joined tables that no key connects with one before them, as far as the schema tells. */
export function unconnectedJoins(reading: Reading): Problem[] {
  const { schema, to } = reading;
  const found: Problem[] = [];
  for (const { relations } of reading.frames) {
    const present = new Set<string>();
    for (const relation of relations) {
      // The query that an INSERT reads from does not see the table it writes to.
      if (relation.target === 'insert') continue;
      // The schema does not know what a CTE or a derived table can be joined with.
      if (relation.kind !== 'table' || relation.name === undefined || relation.from >= to) break;
      const name = relation.name.toLowerCase();
      const allowed = present.size > 0 ? joinable(schema, [...present]) : undefined;
      const growing = relation.from + relation.name.length === to;
      const fits = (table: string): boolean =>
        (growing ? table.startsWith(name) : table === name) &&
        // A table is joined with itself only when a key connects its rows.
        (!present.has(table) || keyPairs(schema, table, table).length > 0);
      if (allowed && ![...allowed].some(fits)) found.push({ kind: 'unconnected-join', at: relation.from });
      present.add(name);
    }
  }
  return found;
}

/** `a.x = b.y` and the other way round for each key between two relations, as seven names and marks. */
export function conditions(reading: Reading, one: RelationInScope, other: RelationInScope): string[][] {
  const [mine, theirs] = [one, other].map((relation) => (relation.alias ?? relation.name)?.toLowerCase());
  if (mine === undefined || theirs === undefined || mine === theirs) return [];
  return pairsOf(reading, one, other).flatMap(([left, right]) => [
    [mine, '.', left, '=', theirs, '.', right],
    [theirs, '.', right, '=', mine, '.', left],
  ]);
}

function pairsOf(reading: Reading, one: RelationInScope, other: RelationInScope): [string, string][] {
  const { schema, names } = reading;
  const [a, b] = [relationTable(one, names), relationTable(other, names)];
  if (a !== undefined && b !== undefined)
    return keyPairs(schema, a.name, b.name).map(({ left, right }) => [left, right]);
  const [mine, theirs] = [columnsOf(reading, one), columnsOf(reading, other)];
  return mine.flatMap((left) =>
    theirs.filter((right) => areLinked(schema, left, right)).map((right): [string, string] => [left, right]),
  );
}

function columnsOf(reading: Reading, relation: RelationInScope): string[] {
  const columns = new RelationColumns(reading.shape, reading.names).of(relation) ?? [];
  return columns.map(({ name }) => name.toLowerCase()).filter((name) => name !== '');
}

/** Whether the tokens from `first` on are the condition, or a beginning of it. */
function agrees(reading: Reading, first: number, condition: readonly string[]): boolean {
  for (const [k, wanted] of condition.entries()) {
    const i = first + k;
    if (i >= reading.length) return true;
    if (!reading.mayBe(i, wanted)) return false;
  }
  return true;
}
