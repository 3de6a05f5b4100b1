/**
 * Operands with a grammar of their own: a number behind LIMIT, a type behind `::` and in CAST, no blank behind a dot, no
 * condition behind NATURAL and CROSS JOIN, as many values as an INSERT has columns. Pure.
 */
import type { Schema } from '../../schema/model';
import { relationTable } from '../../schema/names';
import { perSchema } from '../../schema/perSchema';
import { typeNames } from '../../sql/keywords';
import { clauseAt } from '../../sql/shape/scope';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** LIMIT and OFFSET take a number, a parameter or a bracket; columns are not in scope there. */
export function limitOperands(reading: Reading): Problem[] {
  const { shape, raw, schema, length } = reading;
  const found: Problem[] = [];
  for (let i = 1; i < length; i++) {
    if (raw[i - 1] !== 'limit' && raw[i - 1] !== 'offset') continue;
    const token = shape.tokens[i];
    if (token === undefined || clauseAt(shape.frames[i] ?? shape.root, token.from) !== 'limit') continue;
    const isName = reading.isName(i) && !/^(?:all|null)$/.test(raw[i] ?? '');
    if ((isName && !schema.variables?.includes(reading.name(i))) || token.kind === 'string')
      found.push({ kind: 'limit-operand', at: token.from });
  }
  return found;
}

/** First words of the types that the schema's columns have, beside those of the dialects. */
const typesOf = perSchema((schema: Schema) => {
  const words = new Set<string>(typeNames);
  for (const { columns } of schema.tables)
    for (const { type } of columns) {
      const word = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(type)?.[0].toLowerCase();
      if (word !== undefined) words.add(word);
    }
  return words;
});

/** Behind `::` and behind the AS of CAST stands a type. */
export function typePositions(reading: Reading): Problem[] {
  const { shape, raw, schema, length } = reading;
  const found: Problem[] = [];
  for (let i = 1; i < length; i++) {
    if (raw[i - 1] !== '::' && !(raw[i - 1] === 'as' && isCast(raw, i - 1))) continue;
    const token = shape.tokens[i];
    if (token === undefined || token.kind === 'quoted') continue;
    const word = raw[i] ?? '';
    const types = typesOf(schema);
    const fits = reading.isOpen(i)
      ? [...types].some((type) => type.startsWith(word))
      : types.has(word) && token.kind === 'word';
    if (!fits) found.push({ kind: 'type-position', at: token.from });
  }
  return found;
}

/** Whether the AS at `at` belongs to CAST( and stands at its own level. */
function isCast(raw: readonly string[], at: number): boolean {
  for (let i = at - 1, depth = 0; i >= 0; i--) {
    if (raw[i] === ')') depth++;
    else if (raw[i] === '(' && --depth < 0) return /^(?:cast|try_cast|safe_cast)$/.test(raw[i - 1] ?? '');
  }
  return false;
}

/** `p. name`: a blank behind a dot is no way to write a name. */
export function blanksBehindDots({ shape, raw, length }: Reading): Problem[] {
  const found: Problem[] = [];
  for (let i = 1; i < length; i++) {
    const [dot, token] = [shape.tokens[i - 1], shape.tokens[i]];
    if (raw[i - 1] === '.' && dot !== undefined && token !== undefined && token.from > dot.to)
      found.push({ kind: 'blank-behind-dot', at: token.from });
  }
  return found;
}

/** NATURAL JOIN and CROSS JOIN take no ON and no USING. */
export function needlessConditions({ shape, raw, frames, to }: Reading): Problem[] {
  const found: Problem[] = [];
  for (const { marks } of frames) {
    for (const [k, mark] of marks.entries()) {
      const join = marks[k - 1];
      if ((mark.clause !== 'on' && mark.clause !== 'using') || mark.to >= to || join?.clause !== 'join')
        continue;
      const token = shape.tokens.findIndex(({ to: end }) => end === join.to);
      if (raw.slice(Math.max(0, token - 3), token).some((word) => word === 'natural' || word === 'cross'))
        found.push({ kind: 'join-condition', at: mark.from });
    }
  }
  return found;
}

/** INSERT … VALUES: as many values in a row as there are columns. */
export function valueCounts(reading: Reading): Problem[] {
  const { shape, raw, length } = reading;
  const found: Problem[] = [];
  if (!/^(?:insert|replace)$/.test(raw[0] ?? '')) return found;
  const wanted = wantedValues(reading);
  const values = raw.indexOf('values');
  if (wanted === undefined || values < 0) return found;
  let depth = 0;
  let count = 1;
  for (let i = values + 1; i < length; i++) {
    const word = raw[i];
    // Behind the rows: ON CONFLICT, RETURNING.
    if (depth === 0 && word !== '(' && word !== ',') break;
    if (word === '(' && ++depth === 1) count = 1;
    const isEnd = word === ')' && depth === 1;
    if (word === ')') depth--;
    if (depth === 1 && word === ',') count++;
    // One row of DEFAULT VALUES, or a star, is what the person makes of it.
    const isWrong =
      count > wanted ? depth === 1 && word === ',' : isEnd && count < wanted && raw[i - 1] !== '(';
    if (isWrong) found.push({ kind: 'value-count', at: shape.tokens[i]?.from ?? 0 });
  }
  return found;
}

/** Columns that the INSERT names, else those of its table; undefined where the text does not tell. */
function wantedValues({ shape, names, to }: Reading): number | undefined {
  const listed = [...shape.roles].filter(
    ([i, role]) => role === 'insert-column' && (shape.tokens[i]?.from ?? to) < to,
  ).length;
  if (listed > 0) return listed;
  const [target] = shape.root.relations;
  const table = target && relationTable(target, names);
  return table?.columns.filter(({ generated }) => !generated).length;
}
