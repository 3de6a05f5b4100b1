/** Finds clauses in the wrong order (`WHERE` behind `ORDER BY`) and clauses that a query has twice. Pure. */
import type { Clause, Frame, Mark } from '../../sql/shape/shape';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

const order: Partial<Record<Clause, number>> = {
  select: 1,
  from: 2,
  join: 2,
  on: 2,
  using: 2,
  where: 3,
  'group by': 4,
  having: 5,
  window: 6,
  'order by': 7,
  limit: 8,
};
/** Clauses that a query has once. OFFSET counts as LIMIT here; its word tells the two apart. */
const once: ReadonlySet<Clause> = new Set([
  'select',
  'from',
  'where',
  'group by',
  'having',
  'order by',
  'limit',
]);

export function misorderedClauses(reading: Reading): Problem[] {
  return clausesOutOfOrder(reading, reading.to).map(({ mark }) => ({ kind: 'clause-order', at: mark.from }));
}

/**
 * WHERE behind GROUP BY, a second FROM, a join before FROM.
 * @param to only clauses whose keyword ends before it
 */
export function clausesOutOfOrder(
  { frames, text }: Reading,
  to: number,
): { readonly mark: Mark; readonly frame: Frame }[] {
  const found = [];
  for (const frame of frames) {
    if (frame.marks[0]?.clause !== 'select') continue;
    let last = 0;
    const seen = new Set<string>();
    for (const mark of frame.marks) {
      const { clause } = mark;
      if (mark.to >= to) break;
      const rank = order[clause];
      if (rank === undefined) continue;
      const isJoin = clause === 'join' || clause === 'on' || clause === 'using';
      const name = clause === 'limit' ? text.slice(mark.from, mark.to).toLowerCase() : clause;
      if (rank < last || (once.has(clause) && seen.has(name)) || (isJoin && !seen.has('from')))
        found.push({ mark, frame });
      seen.add(name);
      last = Math.max(last, rank);
    }
  }
  return found;
}
