/**
 * Finds the places of a name that the text itself introduces: an alias, a common table, a column's new name. Names of
 * the schema cannot be renamed in a query. handlers/rename.ts makes the edits.
 */
import type { Dialect, Schema } from '../schema/model';
import { resolveStatement } from '../resolve/resolve';
import type { Resolved, ResolvedKind } from '../resolve/resolved';
import { statementAt } from '../sql/statements/statements';

/** A range in the document. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

export interface Occurrences {
  /** The place that was asked about. */
  readonly at: Place;
  readonly name: string;
  /** All places, in order. The first one usually introduces the name. */
  readonly places: readonly Place[];
  /** Other names that the statement introduces, in lower case: the new name must be none of them. */
  readonly taken: ReadonlySet<string>;
}

const ownKinds: ReadonlySet<ResolvedKind> = new Set(['alias', 'cte', 'select-alias']);

/** @returns undefined when the name is not one that the text introduces */
export function occurrences(
  text: string,
  offset: number,
  schema: Schema,
  dialect: Dialect,
): Occurrences | undefined {
  const resolved = resolveStatement(text, statementAt(text, offset, dialect), schema, dialect);
  const at = resolved.findLast(({ from, to }) => from <= offset && offset <= to);
  if (at === undefined) return undefined;
  const starts = new Map(resolved.map((name) => [name.from, name]));
  const root = introduced(at, starts);
  if (root.declares !== true || !ownKinds.has(root.kind)) return undefined;
  return {
    at: { from: at.from, to: at.to },
    name: at.name,
    places: resolved
      .filter((name) => introduced(name, starts) === root)
      .map(({ from, to }) => ({ from, to })),
    taken: new Set(
      resolved
        .filter((name) => name.declares && name !== root && ownKinds.has(name.kind))
        .map(({ name }) => name.toLowerCase()),
    ),
  };
}

/**
 * The name that introduces this one. A qualifier leads to its relation, and that to the common table which it names.
 */
function introduced(name: Resolved, starts: ReadonlyMap<number, Resolved>): Resolved {
  const before = name.origin === undefined ? undefined : starts.get(name.origin.from);
  return before === undefined || before === name || before.name.toLowerCase() !== name.name.toLowerCase()
    ? name
    : introduced(before, starts);
}
