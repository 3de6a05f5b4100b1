/**
 * Finds the names that a model invented: identifiers that neither the schema nor the text knows. Used for ghost text.
 * It asks the same resolver as diagnostics, but for a text that is still being written.
 */
import type { Dialect, Schema } from '../schema/model';
import { readShape } from '../sql/shape/readShape';
import type { Shape } from '../sql/shape/shape';
import { resolveNames } from './resolve';
import type { PendingName } from './unfinished';

export interface UnknownIdentifier {
  /**
   * Range of the whole identifier. `from` may lie before the range in question, when that begins inside the identifier.
   */
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

export interface JudgedNames {
  readonly unknown: readonly UnknownIdentifier[];
  readonly pending: readonly PendingName[];
}

/**
 * The unknown identifiers that begin before `to`, in order of place, and those that wait for their table. An identifier
 * that ends at `to` may still grow: it is unknown only when no known name starts with it.
 *
 * @param shape of one whole statement, with the suggestion in it
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
 * The unknown identifiers that touch [from, to).
 *
 * @param text one whole statement, with the suggestion in it; offsets count from its start
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
