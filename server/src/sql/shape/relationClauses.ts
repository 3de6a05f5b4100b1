/**
 * Reads what may follow a relation or a common table without introducing a relation: index hints, partitions,
 * snapshots, SEARCH and CYCLE. Each function starts at a token and returns the index of the token to go on from. Part
 * of readShape.ts's pass.
 */
import type { ReaderState } from './readerState';

/** MySQL's `PARTITION (p0, p1)` behind the name of a table. */
export function skipPartitions(state: ReaderState, i: number): number {
  const isList =
    state.statement.dialect === 'mysql' && state.raw(i) === 'partition' && state.raw(i + 1) === '(';
  return isList ? declareList(state, i + 1) : i;
}

/** MySQL's `USE INDEX FOR JOIN (a, b), IGNORE KEY (c)` and DuckDB's `AT (VERSION => 3)`. */
export function skipHints(state: ReaderState, i: number): number {
  const { statement } = state;
  let next = i;
  if (statement.dialect === 'duckdb' && isSnapshot(state, next)) next = statement.closing(next + 1) + 1;
  if (statement.dialect !== 'mysql') return next;
  for (;;) {
    const at = state.raw(next) === ',' ? next + 1 : next;
    const isHint =
      ['use', 'force', 'ignore'].includes(state.raw(at)) && ['index', 'key'].includes(state.raw(at + 1));
    if (!isHint) return next;
    let list = at + 2;
    if (state.raw(list) === 'for') list += state.raw(list + 1) === 'join' ? 2 : 3;
    if (state.raw(list) !== '(') return list;
    next = declareList(state, list);
  }
}

export function isSnapshot(state: ReaderState, i: number): boolean {
  return state.statement.dialect === 'duckdb' && state.raw(i) === 'at' && state.raw(i + 1) === '(';
}

/** The names in the parentheses at i are indexes or partitions, not columns. */
function declareList(state: ReaderState, i: number): number {
  const close = state.statement.closing(i);
  for (let k = i + 1; k < close; k++) if (state.statement.isName(k)) state.roles.set(k, 'declared');
  return close + 1;
}

/**
 * PostgreSQL's `SEARCH DEPTH FIRST BY a, b SET c` and `CYCLE a SET b TO 1 DEFAULT 0 USING c`. Returns the columns that
 * they add.
 */
export function recursionColumns(state: ReaderState, i: number): { names: string[]; next: number } {
  const { statement, roles } = state;
  const names: string[] = [];
  let k = i;
  const take = (added: boolean): void => {
    if (!statement.isName(k)) return;
    roles.set(k, 'declared');
    if (added) names.push(statement.name(k));
    k++;
  };
  const takeList = (): void => {
    take(false);
    while (statement.raw(k) === ',') {
      k++;
      take(false);
    }
  };
  const skip = (words: readonly string[]): void => {
    while (words.includes(statement.raw(k))) k++;
  };
  if (statement.raw(k) === 'search') {
    skip(['search', 'depth', 'breadth', 'first', 'by']);
    takeList();
    skip(['set']);
    take(true);
  }
  if (statement.raw(k) === 'cycle') {
    skip(['cycle']);
    takeList();
    skip(['set']);
    take(true);
    while (['to', 'default'].includes(statement.raw(k))) k += 2;
    if (statement.raw(k) === 'using') {
      k++;
      take(true);
    }
  }
  return { names, next: k };
}
