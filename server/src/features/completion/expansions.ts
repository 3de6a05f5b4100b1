/** Completion items that write several names at once: the columns of `*`, and the column list of an INSERT. */
import type { Schema, Table } from '../../schema/model';
import { relationTable, SchemaNames } from '../../schema/names';
import { snippetText, type CompletionItem } from './item';
import type { Place } from './cursor';
import type { Relation } from './relations';
import type { Style } from './style';

/** Cuts a label so that it stays on one line of the list. */
const clip = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 59)}…`);

/**
 * The columns that a star stands for.
 * @param relations the star's relations: all of the query, or the one that qualifies the star
 * @returns undefined when the columns of one of them are not known
 */
function starColumns(relations: readonly Relation[], style: Style): string | undefined {
  const own = relations.filter(({ depth }) => depth === 0);
  if (own.length === 0 || own.some(({ columns }) => columns.length === 0)) return undefined;
  return own
    .flatMap(({ qualifier, columns, hasAlias }) =>
      columns.map(({ name }) =>
        (own.length > 1 || hasAlias) && qualifier !== ''
          ? `${style.name(qualifier)}.${style.name(name)}`
          : style.name(name),
      ),
    )
    .join(', ');
}

/** Behind a star: its columns, to be written in its place. */
export function starItems(
  place: Place,
  relations: readonly Relation[],
  style: Style,
): { readonly from: number; readonly items: CompletionItem[] } {
  const [qualifier] = place.path.slice(-1);
  const of =
    qualifier === undefined
      ? relations
      : relations.filter((relation) => relation.qualifier.toLowerCase() === qualifier.name.toLowerCase());
  const columns = starColumns(of, style);
  const { reading, index } = place;
  const star = reading.token(index);
  const first = reading.token(index - 2 * place.path.length);
  if (columns === undefined || star === undefined || first === undefined)
    return { from: place.from, items: [] };
  // The item replaces the qualifier too, because every column brings its own.
  const from = place.from - (star.from - first.from);
  const filter = reading.text.slice(first.from, star.to);
  return {
    from,
    items: [{ kind: 'text', label: clip(columns), insert: columns, filter, description: 'all columns' }],
  };
}

/** At the beginning of a select list whose FROM is written: all columns. */
export function allColumnsItem(
  { reading, index }: Place,
  relations: readonly Relation[],
  style: Style,
): CompletionItem[] {
  if (!['select', 'distinct', 'all'].includes(reading.raw(index - 1))) return [];
  const columns = starColumns(relations, style);
  if (columns === undefined || !columns.includes(',')) return [];
  return [{ kind: 'text', label: clip(columns), insert: columns, filter: '*', description: 'all columns' }];
}

/** The columns that a statement may write: not those that the database computes. */
export function writableColumns(table: Table): string[] {
  return table.columns.filter(({ generated }) => generated !== true).map(({ name }) => name);
}

/** The table that an INSERT, UPDATE or ALTER names. */
export function targetTable({ frame }: Place, schema: Schema): Table | undefined {
  const [relation] = frame.relations;
  return relation === undefined ? undefined : relationTable(relation, SchemaNames.of(schema));
}

/** Behind `INSERT INTO t`: its columns and VALUES. */
export function insertItems(table: Table, style: Style): CompletionItem[] {
  const all = writableColumns(table);
  const needed = table.columns
    .filter(
      ({ name, nullable, defaultValue, primaryKey }) =>
        all.includes(name) && !nullable && defaultValue === undefined && !isNumbered(table, primaryKey),
    )
    .map(({ name }) => name);
  const withoutKey = all.filter(
    (name) => !isNumbered(table, table.columns.find((column) => column.name === name)?.primaryKey ?? 0),
  );
  const lists = [withoutKey, all, needed]
    .filter((list) => list.length > 0)
    .map((list) => list.map((name) => style.name(name)));
  return [...new Set(lists.map((list) => `(${list.join(', ')}) ${style.keyword('VALUES')}`))].map((text) => ({
    kind: 'text',
    label: clip(text),
    insert: `${text} `,
    snippet: `${snippetText(text)} ($0)`,
    filter: text,
    description: 'columns',
  }));
}

/** True for a primary key of one number: usually the database counts it up by itself. */
function isNumbered(table: Table, primaryKey: number): boolean {
  const [key, second] = table.columns.filter((column) => column.primaryKey > 0);
  return primaryKey === 1 && second === undefined && /int|serial/i.test(key?.type ?? '');
}
