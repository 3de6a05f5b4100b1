/**
 * Completion items for the values that the catalogue knows of a column: in `= '…'`, in IN lists, in SET and in VALUES.
 */
import type { Column, Schema, Table } from '../../schema/model';
import { targetTable, writableColumns } from './expansions';
import type { CompletionItem } from './item';
import { columnAt } from './names';
import type { Place } from './cursor';
import type { Relation } from './relations';
import { quoteWithin } from '../../sql/quoteLiteral';
import { literal } from './style';

const comparisons = new Set(['=', '<>', '!=', '==', 'like', 'ilike', '<', '>', '<=', '>=', 'is']);

/** The column that the value at the place is compared with or assigned to. */
export function comparedColumn(
  place: Place,
  relations: readonly Relation[],
  schema: Schema,
): { readonly table: Table; readonly column: Column } | undefined {
  const { shape, reading, index, parenthesis } = place;
  if (comparisons.has(reading.raw(index - 1))) {
    // In `x NOT LIKE` the column is one word further away.
    const before = reading.raw(index - 2) === 'not' ? index - 3 : index - 2;
    return columnAt(place, before, relations);
  }
  if (parenthesis < 0) return undefined;
  if (reading.raw(parenthesis - 1) === 'in') {
    const before = reading.raw(parenthesis - 2) === 'not' ? parenthesis - 3 : parenthesis - 2;
    return columnAt(place, before, relations);
  }
  if (place.clause !== 'values') return undefined;
  const table = targetTable(place, schema);
  if (table === undefined) return undefined;
  const listed = [...shape.roles].filter(([, role]) => role === 'insert-column');
  const names = listed.length > 0 ? listed.map(([i]) => reading.name(i)) : writableColumns(table);
  const name = names[commasBetween(place, parenthesis)]?.toLowerCase();
  const column = table.columns.find((candidate) => candidate.name.toLowerCase() === name);
  return column === undefined ? undefined : { table, column };
}

function commasBetween({ reading, index }: Place, parenthesis: number): number {
  let count = 0;
  let depth = 0;
  for (let i = parenthesis + 1; i < index; i++) {
    const raw = reading.raw(i);
    if (raw === '(') depth++;
    else if (raw === ')') depth--;
    else if (raw === ',' && depth === 0) count++;
  }
  return count;
}

/** The column's values as literals; without quotes when the cursor is inside a string. */
export function valueItems(
  place: Place,
  { table, column }: { readonly table: Table; readonly column: Column },
  schema: Schema,
): CompletionItem[] {
  const opening = place.expects === 'value' ? openingOf(place) : undefined;
  return (column.values?.list ?? []).flatMap((value) => {
    const written = literal(value, column.type, schema);
    const insert =
      opening === undefined ? written : quoteWithin(value, opening, schema.dialect, schema.backslash);
    if (insert === undefined) return [];
    return {
      kind: 'value',
      label: opening === undefined ? written : value,
      insert,
      // The person may type the value with or without its quote.
      filter: opening !== undefined || written === value ? value : `${value} ${written}`,
      description: `${table.name}.${column.name}`,
    };
  });
}

/** How the string around the place begins: its prefix and its quote. */
function openingOf({ reading, index }: Place): string {
  return /^[^'"]*['"]/.exec(reading.written(index))?.[0] ?? "'";
}
