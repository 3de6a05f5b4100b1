/**
 * Writes the Markdown of hovers and of completion's documentation: tables, columns, queries, functions. Names and
 * comments come from others: they are shown literally, and long ones are cut.
 */
import type { Column, Dialect, ForeignKey, Schema, SchemaFunction, Table } from '../../schema/model';
import { SchemaNames } from '../../schema/names';
import type { RelationColumn } from '../../resolve/relationColumns';
import { visible } from '../../plain';

/** Most columns, references, values and candidates that are shown; the others are only counted. */
const shownColumns = 40;
const shownReferences = 12;
const shownCandidates = 8;
const shownValues = 20;

/** Text on one line that Markdown shows literally. */
export function escape(text: string): string {
  return visible(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+\-.!|<>~&:@$=]/g, (ch) => `\\${ch}`);
}

/** Text on one line as a code span, even when it contains backticks. */
export function code(text: string): string {
  const line = visible(text).replace(/\s+/g, ' ');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

export const strong = (name: string): string => `**${escape(clip(name, 120))}**`;

const list = (names: readonly string[]): string => names.map((name) => code(clip(name, 80))).join(', ');

const countOf = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

const fullName = ({ namespace, name }: { readonly namespace?: string; readonly name: string }): string =>
  namespace === undefined ? name : `${namespace}.${name}`;

function rowsOf(table: Table): string {
  if (table.rowCount === undefined) return '';
  return table.rowCount === 1 ? ' · about 1 row' : ` · about ${table.rowCount.toLocaleString('en-US')} rows`;
}

function comment(text: string | undefined): string[] {
  return text === undefined || text.trim() === '' ? [] : ['', escape(clip(text.trim(), 400))];
}

/** A table or view with its columns, keys and references. While its columns are not read yet: its name. */
export function describeTable(table: Table, schema: Schema): string {
  const title = `${strong(fullName(table))} · ${table.kind}${rowsOf(table)}`;
  if (table.columnsPending === true) return [title, ...comment(table.comment)].join('\n');
  const lines = [`${title} · ${countOf(table.columns.length, 'column')}`, ...comment(table.comment)];
  columnRows(
    lines,
    table.columns.map((column) => ({ name: column.name, type: column.type, last: marksOf(table, column) })),
  );
  const primary = primaryKeyOf(table);
  if (primary.length > 1) lines.push('', `Primary key: ${list(primary)}`);
  const unique = table.uniqueKeys.filter((key) => key.length > 1);
  if (unique.length > 0)
    lines.push(
      '',
      `Unique: ${unique
        .slice(0, shownReferences)
        .map((key) => `(${list(key)})`)
        .join(', ')}`,
    );
  const out = table.foreignKeys.map((key) => `${list(key.columns)} → ${target(key)}`);
  const into = referencesInto(table, schema).map(
    ({ from, key }) => `${code(clip(fullName(from), 80))} (${list(key.columns)})`,
  );
  section(lines, 'References', out);
  section(lines, 'Referenced by', into);
  return lines.join('\n');
}

function columnRows(
  lines: string[],
  rows: readonly { readonly name: string; readonly type: string; readonly last: string }[],
): void {
  if (rows.length === 0) return;
  lines.push('', '| column | type | |', '| :-- | :-- | :-- |');
  for (const { name, type, last } of rows.slice(0, shownColumns))
    lines.push(`| ${escape(clip(name, 80))} | ${escape(clip(type, 40))} | ${last} |`);
  if (rows.length > shownColumns) lines.push('', `… and ${rows.length - shownColumns} more columns`);
}

function section(lines: string[], title: string, items: readonly string[]): void {
  if (items.length === 0) return;
  lines.push('', `${title}:`, '', ...items.slice(0, shownReferences).map((item) => `- ${item}`));
  if (items.length > shownReferences) lines.push(`- … and ${items.length - shownReferences} more`);
}

function target(key: ForeignKey): string {
  return `${code(clip(fullName({ ...key, name: key.table }), 80))} (${list(key.referencedColumns)})`;
}

function primaryKeyOf(table: Table): string[] {
  const columns = table.columns.filter((column) => column.primaryKey > 0);
  return columns.sort((a, b) => a.primaryKey - b.primaryKey).map((column) => column.name);
}

/** The foreign keys of other tables that refer to this table. */
function referencesInto(table: Table, schema: Schema): { from: Table; key: ForeignKey }[] {
  const names = SchemaNames.of(schema);
  return schema.tables.flatMap((from) =>
    from.foreignKeys
      .filter((key) => names.referencedTable(from, key) === table)
      .map((key) => ({ from, key })),
  );
}

const isUnique = (table: Table, column: Column): boolean =>
  table.uniqueKeys.some((key) => key.length === 1 && key[0] === column.name);

/** PK, FK and the like, for the last cell of a column's row. */
function marksOf(table: Table, column: Column): string {
  const marks: string[] = [];
  if (column.primaryKey > 0) marks.push('PK');
  if (table.foreignKeys.some((key) => key.columns.includes(column.name))) marks.push('FK');
  if (isUnique(table, column)) marks.push('unique');
  if (!column.nullable && column.primaryKey === 0) marks.push('not null');
  if (column.generated === true) marks.push('generated');
  return marks.join(', ');
}

/**
 * A column of a table.
 * @param via the name that the query gives the table, when it is another one
 */
export function describeColumn(table: Table, column: Column, schema: Schema, via?: string): string {
  const facts = [column.type === '' ? 'no declared type' : code(clip(column.type, 120))];
  const primary = primaryKeyOf(table);
  if (column.primaryKey > 0) facts.push(primary.length > 1 ? 'part of the primary key' : 'primary key');
  if (column.primaryKey === 0 && table.kind === 'table')
    facts.push(column.nullable ? 'nullable' : 'not null');
  if (isUnique(table, column)) facts.push('unique');
  if (column.generated === true) facts.push('generated');
  if (column.defaultValue !== undefined) facts.push(`default ${code(clip(column.defaultValue, 120))}`);
  const here = via === undefined ? '' : `, here ${code(clip(via, 80))}`;
  const lines = [
    `${strong(column.name)} ${facts.join(' · ')}`,
    '',
    `Column of ${strong(fullName(table))} (${table.kind})${here}`,
    ...comment(column.comment),
    ...valuesOf(column),
  ];
  for (const key of table.uniqueKeys) {
    const others = key.filter((name) => name !== column.name);
    if (others.length > 0 && others.length < key.length) lines.push('', `Unique with ${list(others)}`);
  }
  for (const key of table.foreignKeys) {
    if (!key.columns.includes(column.name)) continue;
    const whole = key.columns.length > 1 ? `, as part of (${list(key.columns)})` : '';
    lines.push('', `References ${target(key)}${whole}`);
  }
  const into = referencesInto(table, schema).filter(({ key }) => key.referencedColumns.includes(column.name));
  section(
    lines,
    'Referenced by',
    into.map(({ from, key }) => `${code(clip(fullName(from), 80))} (${list(key.columns)})`),
  );
  return lines.join('\n');
}

function valuesOf({ values }: Column): string[] {
  if (values === undefined || values.list.length === 0) return [];
  const title = values.from === 'sample' ? 'Values seen' : 'Allowed values';
  const more = values.list.length > shownValues ? `, … and ${values.list.length - shownValues} more` : '';
  return ['', `${title}: ${list(values.list.slice(0, shownValues))}${more}`];
}

/** A name that several tables have. */
export function describeCandidates(
  found: readonly { readonly table: Table; readonly column: Column }[],
  schema: Schema,
): string | undefined {
  const [only] = found;
  if (only === undefined) return undefined;
  if (found.length === 1) return describeColumn(only.table, only.column, schema);
  const lines = [`${strong(only.column.name)} is a column of ${found.length} tables:`, ''];
  for (const { table, column } of found.slice(0, shownCandidates)) {
    const type = column.type === '' ? '' : ` ${code(clip(column.type, 60))}`;
    const marks = marksOf(table, column);
    lines.push(`- ${strong(fullName(table))}${type}${marks === '' ? '' : ` · ${marks}`}`);
  }
  if (found.length > shownCandidates) lines.push(`- … and ${found.length - shownCandidates} more`);
  return lines.join('\n');
}

/** The columns of a query below a head line, each with the table's column that it shows. */
export function describeOutputs(head: string, columns: readonly RelationColumn[] | undefined): string {
  if (columns === undefined || columns.length === 0) return head;
  const lines = [`${head} · ${countOf(columns.length, 'column')}`];
  columnRows(
    lines,
    columns.map(({ name, table, column }) => ({
      name: name === '' ? '…' : name,
      type: column?.type ?? '',
      last: table && column ? escape(clip(`${fullName(table)}.${column.name}`, 120)) : '',
    })),
  );
  return lines.join('\n');
}

/** SQL from the text, cut to what a hover can show. */
export const sqlOf = (text: string): string => code(clip(text.replace(/\s+/g, ' ').trim(), 200));

const dialectNames: Readonly<Record<Dialect, string>> = {
  sqlite: 'SQLite',
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  duckdb: 'DuckDB',
  tsql: 'SQL Server',
};

export function describeDialectFunction(
  name: string,
  signature: string | undefined,
  dialect: Dialect,
): string {
  return `${code(`${clip(name, 80)}${signature ?? '(…)'}`)} · function of ${dialectNames[dialect]}`;
}

export function describeSchemaFunction(found: SchemaFunction): string {
  const call = `${clip(fullName(found), 120)}(${clip(found.arguments ?? '', 400)})`;
  const returns = found.returns === undefined ? '' : ` → ${code(clip(found.returns, 200))}`;
  return [`${code(call)}${returns} · function`, ...comment(found.comment)].join('\n');
}
