/**
 * Finds identifiers that neither the schema nor the text knows: what a model invented. Total over unfinished text. What a
 * name stands for is the resolver's word, as it is for diagnostics; here it reads a text that is still being written.
 */
import type { Dialect, Schema } from '../schema/model';
import { readShape } from '../sql/shape/readShape';
import type { Shape } from '../sql/shape/shape';
import { resolveNames } from './resolve';
import type { PendingName } from './unfinished';

export interface UnknownIdentifier {
  /** Range of the whole identifier; `from` may lie before the range asked about when the range begins inside it. */
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

export interface JudgedNames {
  readonly unknown: readonly UnknownIdentifier[];
  readonly pending: readonly PendingName[];
}

/**
 * Identifiers that begin before `to` and are unknown, in order of place, with those that wait for their table. An identifier that ends
 * at `to` may still be being written: it is unknown only when no known name starts with it.
 *
 * @param shape of one whole statement, suggestion included
 */
export function judgeNames(to: number, shape: Shape, schema: Schema): JudgedNames {
  if (schema.tables.length === 0) return { unknown: [], pending: [] };
  const { resolved, pending } = resolveNames(shape, schema, undefined, to);
  const isUnknown = ({ problem, doubtful }: (typeof resolved)[number]) =>
    doubtful === true || problem === 'unknown-table' || problem === 'unknown-column';
  return {
    unknown: resolved.filter(isUnknown).map(({ from, to: end, name }) => ({ from, to: end, name })),
    pending,
  };
}

/**
 * The unknown ones that touch [from, to).
 *
 * @param text one whole statement, suggestion included; offsets count from its start
 * @returns in order of place; empty for a schema without tables
 */
export function unknownIdentifiers(
  text: string,
  from: number,
  to: number,
  schema: Schema,
  dialect: Dialect,
): UnknownIdentifier[] {
  const shape = readShape(text, { from: 0, to: text.length }, dialect);
  return judgeNames(to, shape, schema).unknown.filter((one) => one.to > from);
}
