/** Finds INSERT and REPLACE statements whose rows have more or fewer values than columns. */
import type { Dialect, Schema, Table } from '../../schema/model';
import { SchemaNames } from '../../schema/names';
import { hasColumns, RelationColumns } from '../../resolve/relationColumns';
import type { Frame, RelationInScope, Shape } from '../../sql/shape/shape';
import type { Diagnostic } from './diagnostic';

export function wrongValueCounts(
  text: string,
  shape: Shape,
  schema: Schema,
  dialect: Dialect,
  created: ReadonlySet<string>,
): Diagnostic[] {
  const columns = new RelationColumns(shape, SchemaNames.of(schema));
  const found: Diagnostic[] = [];
  for (const frame of new Set([shape.root, ...shape.frames])) {
    const target = frame.relations.find((r) => r.target === 'insert');
    if (target === undefined || frame.opaque || holdsPlaceholder(shape, frame)) continue;
    const table = columns.tableOf(target);
    const listed = listedColumns(text, shape, frame);
    const wanted = listed > 0 ? { count: listed, isLeast: true } : table && countOf(table, dialect);
    if (wanted === undefined || (listed === 0 && created.has(target.name?.toLowerCase() ?? ''))) continue;
    for (const row of [...rowsOf(text, shape, frame), ...queryRow(text, shape, frame, columns, target)]) {
      const isWrong = row.count > wanted.count || (wanted.isLeast && row.count < wanted.count);
      if (!isWrong) continue;
      const [values, names] = [plural(row.count, 'value'), plural(wanted.count, 'column')];
      const { from, to } = row;
      found.push({ from, to, code: 'value-count', message: `${values} for ${names}.`, fixes: [] });
    }
  }
  return found;
}

/** True when the frame has a placeholder, which may stand for any number of values. */
function holdsPlaceholder({ tokens, frames }: Shape, frame: Frame): boolean {
  return tokens.some(({ kind }, i) => kind === 'placeholder' && frames[i] === frame);
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

interface Row {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

function listedColumns(text: string, shape: Shape, frame: Frame): number {
  let count = 0;
  for (const [i, role] of shape.roles) {
    if (role !== 'insert-column' || shape.frames[i] !== frame) continue;
    // Of a path only the last part counts as a column.
    if (text.charAt(shape.tokens[i + 1]?.from ?? text.length) !== '.') count++;
  }
  return count;
}

/** How many values a row takes when the INSERT lists no columns; undefined when the schema does not tell. */
function countOf(table: Table, dialect: Dialect): { count: number; isLeast: boolean } | undefined {
  if (!hasColumns(table)) return undefined;
  const generated = table.columns.filter((column) => column.generated === true).length;
  const count = table.columns.length;
  switch (dialect) {
    case 'sqlite':
      return { count: count - generated, isLeast: true };
    case 'postgres':
      // Columns at the end may be left out.
      return { count, isLeast: false };
    case 'mysql':
      return { count, isLeast: true };
    default:
      return generated > 0 || dialect === 'tsql' ? undefined : { count, isLeast: true };
  }
}

/** The rows behind VALUES that have their closing parenthesis. */
function rowsOf(text: string, shape: Shape, frame: Frame): Row[] {
  const mark = frame.marks.find((m) => m.clause === 'values');
  if (mark === undefined) return [];
  const { tokens } = shape;
  const charAt = (i: number): string => {
    const token = tokens[i];
    return token?.kind === 'punctuation' ? text.charAt(token.from) : '';
  };
  const rows: Row[] = [];
  let i = tokens.findIndex((token) => token.from >= mark.to);
  while (i >= 0 && charAt(i) === '(') {
    const from = tokens[i]?.from ?? 0;
    let depth = 0;
    let commas = 0;
    const first = i;
    for (; i < tokens.length; i++) {
      const ch = charAt(i);
      if ('([{'.includes(ch) && ch !== '') depth++;
      else if (')]}'.includes(ch) && ch !== '') depth--;
      else if (ch === ',' && depth === 1) commas++;
      if (depth === 0) break;
    }
    const to = tokens[i]?.to;
    if (to === undefined) break;
    // NEW.* stands for any number of values.
    const isStar = (k: number): boolean =>
      shape.statement.raw(k) === '*' && shape.statement.raw(k - 1) === '.';
    const hasStar = tokens.some((_, k) => k > first && k < i && isStar(k));
    // An empty row takes the defaults in MySQL. In other dialects it is still being written.
    if (i > first + 1 && !hasStar) rows.push({ count: commas + 1, from, to });
    if (charAt(i + 1) !== ',') break;
    i += 2;
  }
  return rows;
}

/** The number of columns that an INSERT … SELECT reads, when it is known. */
function queryRow(
  text: string,
  shape: Shape,
  frame: Frame,
  columns: RelationColumns,
  target: RelationInScope,
): Row[] {
  const mark = frame.marks.find((m) => m.clause === 'select');
  const isByName = shape.tokens.some(
    (t, i) => t.kind === 'word' && /^name$/i.test(text.slice(t.from, t.to)) && isBy(text, shape, i - 1),
  );
  const [first, last] = [frame.items[0], frame.items.at(-1)];
  const isReturning = frame.marks.some((m) => m.clause === 'returning');
  if (mark === undefined || isReturning || isByName || mark.from < target.from) return [];
  const known = columns.ofQuery(frame);
  const from = shape.tokens[first?.tokens[0] ?? -1]?.from;
  const to = shape.tokens[last?.tokens.at(-1) ?? -1]?.to;
  if (known === undefined || from === undefined || to === undefined) return [];
  return [{ count: known.length, from, to }];
}

function isBy(text: string, shape: Shape, i: number): boolean {
  const token = shape.tokens[i];
  return token !== undefined && /^by$/i.test(text.slice(token.from, token.to));
}
