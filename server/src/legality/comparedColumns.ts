/**
 * Which column a literal is compared with, by =, <>, != or IN. Pure.
 */
import { relationTable } from '../schema/names';
import type { Column } from '../schema/model';
import { resolveQualifier, visibleFrames } from '../sql/shape/scope';
import type { Reading } from './reading';

/** The column of the schema that the literal at token i is compared with. */
export function comparedColumn(reading: Reading, i: number): Column | undefined {
  const { raw, shape } = reading;
  let at = i - 1;
  if (raw[at] === '(' || raw[at] === ',') {
    // IN ('a', 'b'
    while (at > 0 && (raw[at] === ',' || shape.tokens[at]?.kind === 'string')) at--;
    if (raw[at] !== '(' || raw[at - 1] !== 'in') return undefined;
    at -= 1;
    if (raw[at - 1] === 'not') at -= 1;
  } else if (!/^(?:=|==|<>|!=)$/.test(raw[at] ?? '')) return undefined;
  return columnAt(reading, at - 1);
}

/** The column of the schema that the name at token i stands for. */
export function columnAt(reading: Reading, name: number): Column | undefined {
  const { raw, shape, names } = reading;
  if (!reading.isName(name) || shape.roles.has(name)) return undefined;
  const frame = shape.frames[name] ?? shape.root;
  const relations =
    raw[name - 1] === '.'
      ? [resolveQualifier(reading.name(name - 2), frame)]
      : visibleFrames(frame).flatMap((one) => one.relations);
  for (const relation of relations) {
    const table = relation && relationTable(relation, names);
    const column = table?.columns.find((one) => one.name.toLowerCase() === reading.name(name));
    if (column !== undefined) return column;
  }
  return undefined;
}

/** Whether a declared type holds text; undefined where it does not tell. */
export function isTextType(type: string): boolean | undefined {
  if (/char|text|clob|string|date|time|enum/i.test(type)) return true;
  return /int|real|float|double|numeric|decimal|number|serial|money/i.test(type) ? false : undefined;
}

/** True for the name at i, or the qualified one that ends there, behind SUM( or AVG(. */
export function isSummed({ raw }: Reading, i: number): boolean {
  const opens = raw[i - 1] === '.' ? i - 3 : i - 1;
  return raw[opens] === '(' && /^(?:sum|avg)$/.test(raw[opens - 1] ?? '');
}
