/**
 * Writes a schema for the model's prompt: a dialect line, one compact CREATE TABLE a line, an empty line. The starter
 * model was trained on exactly this text, so it must not change without a new model.
 */
import type { Column, Dialect, Table } from './model';

const reserved = new Set(
  `select from where and or not in is null like ilike between group by having order asc desc limit offset
  join inner left right full outer cross on as distinct union all intersect except exists case when then else end with
  recursive over partition unbounded cast escape using natural set insert into update delete nulls create table interval
  index transaction check references match default key primary
  foreign column add to if user rank system character function language desc end window begin commit rollback alter drop
  unique constraint grant trigger returning nothing each explain`
    .trim()
    .split(/\s+/),
);

const plainName = /^[A-Za-z_][\p{L}\p{N}_]*$/u;

/**
 * Longest type, in characters, that is shown with its parenthesis: an ENUM with a hundred values would only take room.
 */
const longestType = 80;

/** Replaces control characters and line separators by spaces, because a table must stay on one line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** The identifier as SQL of the dialect, quoted only when it must be. */
export function quoteIdentifier(name: string, dialect: Dialect): string {
  if (plainName.test(name) && !reserved.has(name.toLowerCase())) {
    if (dialect !== 'postgres' || name === name.toLowerCase()) return name;
  }
  const inner = oneLine(name);
  if (dialect === 'mysql') return `\`${inner.replaceAll('`', '``')}\``;
  if (dialect === 'tsql') return `[${inner.replaceAll(']', ']]')}]`;
  return `"${inner.replaceAll('"', '""')}"`;
}

function renderType(type: string): string {
  const text = oneLine(type).replace(/\s+/g, ' ').trim();
  if (text === '') return 'TEXT';
  return text.length <= longestType
    ? text
    : text
        .slice(0, 40)
        .replace(/\s*\(.*$/, '')
        .trim();
}

/**
 * The reference of a column: that of the last foreign key with it. Keys of several columns are shown column by column.
 */
function referenceOf(table: Table, column: Column): { table: string; column: string } | undefined {
  for (const key of table.foreignKeys.toReversed()) {
    const at = key.columns.indexOf(column.name);
    const target = key.referencedColumns[at];
    if (at >= 0 && target !== undefined) return { table: key.table, column: target };
  }
  return undefined;
}

/** One table or view as a line of the prompt, without the line break. */
export function renderTable(table: Table, dialect: Dialect): string {
  const quote = (name: string) => quoteIdentifier(name, dialect);
  const keys = table.columns.filter((column) => column.primaryKey > 0);
  const parts = table.columns.map((column) => {
    let text = `${quote(column.name)} ${renderType(column.type)}`;
    if (column.primaryKey > 0 && keys.length === 1) text += ' PRIMARY KEY';
    else if (!column.nullable) text += ' NOT NULL';
    const reference = referenceOf(table, column);
    if (reference !== undefined) text += ` REFERENCES ${quote(reference.table)}(${quote(reference.column)})`;
    return text;
  });
  if (keys.length > 1) parts.push(`PRIMARY KEY (${keys.map((column) => quote(column.name)).join(', ')})`);
  const namespace = table.namespace === undefined ? '' : `${quote(table.namespace)}.`;
  return `CREATE TABLE ${namespace}${quote(table.name)} (${parts.join(', ')});`;
}

/** The first line of a prompt, with its line break. */
export function renderSchemaHead(dialect: Dialect): string {
  return `-- dialect: ${dialect}\n`;
}

/** The beginning of a prompt: dialect line, one line for each table, and an empty line. */
export function renderSchema(tables: readonly Table[], dialect: Dialect): string {
  return `${renderSchemaHead(dialect)}${tables.map((table) => `${renderTable(table, dialect)}\n`).join('')}\n`;
}
