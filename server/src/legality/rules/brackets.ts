/** Finds round brackets that close nothing, and clauses that begin before a bracket of the last clause is closed. Pure. */
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** A bracket that closes nothing, or one that is still open where the statement ends. */
export function openBrackets({ raw, length, shape }: Reading): Problem[] {
  let depth = 0;
  for (let i = 0; i < length; i++) {
    if (raw[i] === '(') depth++;
    else if ((raw[i] === ')' && --depth < 0) || (raw[i] === ';' && depth > 0))
      return [{ kind: 'bracket', at: shape.tokens[i]?.from ?? 0 }];
  }
  return [];
}

/** Clauses of a query that begin before a bracket of the clause before is closed: `count(* FROM`. */
export function leftBrackets(reading: Reading): Problem[] {
  const { raw, shape, length } = reading;
  const starts = new Map<number, number>();
  for (const { marks, from } of reading.frames)
    for (const { from: at, clause } of marks) if (clause !== 'select') starts.set(at, from);
  const found: Problem[] = [];
  const open: number[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    if (token === undefined || reading.isOpen(i)) continue;
    if (raw[i] === '(') open.push(token.from);
    else if (raw[i] === ')') open.pop();
    const query = starts.get(token.from);
    if (query !== undefined && open.some((at) => at >= query) && !isJoined(reading, i))
      found.push({ kind: 'open-bracket', at: token.from });
  }
  return found;
}

/** FROM (a JOIN b ON …): the bracket holds relations. */
function isJoined({ raw }: Reading, i: number): boolean {
  return /^(?:join|on|using)$/.test(raw[i] ?? '');
}
