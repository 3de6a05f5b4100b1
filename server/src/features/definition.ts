/**
 * Finds where the name at a place is defined: in the text (aliases, common tables, columns of queries), or by a table
 * of the schema. Returns values; handlers/definition.ts finds files and documents.
 */
import type { Column, Dialect, Schema, Table } from '../schema/model';
import { catalogKey } from '../schema/names';
import { resolveStatement } from '../resolve/resolve';
import { statementAt } from '../sql/statements/statements';
import { identifierName, nameKey, significant, tokenize } from '../sql/tokens';

/** Offsets are document offsets. `from` and `to` are the range of the name that was asked about. */
export type Definition = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'text'; readonly target: { readonly from: number; readonly to: number } }
  | { readonly kind: 'table'; readonly table: Table; readonly column?: Column }
);

/** The definition of the name at `offset`. Undefined when there is no name, or nothing defines it. */
export function definition(
  text: string,
  offset: number,
  schema: Schema,
  dialect: Dialect,
): Definition | undefined {
  const resolved = resolveStatement(text, statementAt(text, offset, dialect), schema, dialect);
  // When two names touch at the place, the one that begins there is meant.
  const name = resolved.findLast(({ from, to }) => from <= offset && offset <= to);
  if (name === undefined) return undefined;
  const { from, to, origin, table, column } = name;
  const isItself = origin?.from === from;
  if (origin !== undefined && !isItself) return { kind: 'text', from, to, target: origin };
  if (table === undefined) return undefined;
  return { kind: 'table', from, to, table, ...(column === undefined ? {} : { column }) };
}

/**
 * Where the text of a CREATE statement names a column.
 * @returns offsets in `statement`; undefined when it is not there, because a later ALTER added the column
 */
export function columnInDdl(
  statement: string,
  column: string,
  dialect: Dialect,
): { readonly from: number; readonly to: number } | undefined {
  let depth = 0;
  let previous = '';
  for (const token of significant(tokenize(statement, dialect))) {
    const raw = statement.slice(token.from, token.to);
    if (raw === '(') depth++;
    else if (raw === ')') depth--;
    else if (depth === 1 && (previous === '(' || previous === ',')) {
      const key = nameKey(identifierName(token, statement), token.kind === 'quoted', dialect);
      if (key === catalogKey(column, dialect)) return { from: token.from, to: token.to };
    }
    previous = raw;
  }
  return undefined;
}
