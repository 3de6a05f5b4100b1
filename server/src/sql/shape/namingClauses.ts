/**
 * Reads clauses that introduce names: RETURNING WITH, SELECT … INTO, UNPIVOT … INTO NAME, the row alias of INSERT. Each
 * function starts at a token and returns the index of the token to go on from. Part of readShape.ts's pass.
 */
import type { ReaderState } from './readerState';

/** Words between INTO and the name of the table that SELECT creates. */
const beforeMade = new Set(['temp', 'temporary', 'table', 'unlogged', 'local', 'global']);

/** RETURNING WITH (OLD AS o, NEW AS n): names for the rows before and after the change. */
export function rowNames(state: ReaderState, i: number): number {
  const { statement, roles, top } = state;
  if (statement.raw(i) !== 'with' || statement.raw(i + 1) !== '(') return i;
  const close = statement.closing(i + 1);
  for (let k = i + 2; k < close; k++) {
    if (!statement.isName(k)) continue;
    roles.set(k, 'declared');
    if (statement.raw(k - 1) === 'as') top.frame.rowNames.push(statement.name(k).toLowerCase());
  }
  return close + 1;
}

/** SELECT … INTO TEMP name: the table that it creates. In MySQL: variables. */
export function selectInto(state: ReaderState, i: number): number {
  const { statement, roles } = state;
  state.endItem();
  let k = i + 1;
  while (beforeMade.has(statement.raw(k))) k++;
  for (; statement.isName(k) && !statement.isKeyword(k); k += 2) {
    roles.set(k, 'declared');
    if (statement.raw(k + 1) !== '.' && statement.raw(k + 1) !== ',') return k + 1;
  }
  return k;
}

/** UNPIVOT … INTO NAME month VALUE amount: names of the new columns. */
export function unpivotNames(state: ReaderState, i: number): number {
  const { statement, roles } = state;
  let k = i;
  for (; statement.isName(k) || statement.raw(k) === ','; k++) {
    if (statement.isKeyword(k)) break;
    roles.set(k, 'declared');
  }
  return k;
}

/** MySQL's INSERT … VALUES (…) AS n (a, b): a name for the row that could not be inserted. */
export function insertedRow(state: ReaderState, i: number): number {
  const { statement, roles, top } = state;
  // Without a list of names its columns are the table's.
  if (!statement.isName(i + 1) || statement.raw(i + 2) !== '(') return i + 1;
  roles.set(i + 1, 'relation-alias');
  const close = statement.closing(i + 2);
  const names: string[] = [];
  for (let k = i + 3; k < close; k++) {
    if (!statement.isName(k)) continue;
    roles.set(k, 'column-list');
    names.push(statement.name(k));
  }
  top.frame.relations.push({
    kind: 'derived',
    from: statement.tokens[i]?.from ?? 0,
    to: statement.tokens[close]?.to ?? state.end,
    alias: statement.name(i + 1),
    aliasToken: i + 1,
    columns: names,
    columnNames: names,
    usingColumns: [],
  });
  return close + 1;
}
