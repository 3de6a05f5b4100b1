/**
 * Whether a statement being generated still makes sense beyond its names: brackets close, no alias twice, no item of a
 * list twice, joined tables are connected, and every alias used before its FROM can still become a table. Pure text and
 * schema; total.
 */
import type { Dialect, Schema } from '../schema/model';
import { perSchema } from '../schema/perSchema';
import { functionsOf, keywordsOf, typeNames } from '../sql/keywords';
import { readShape, type Frame, type Shape } from '../sql/shape';
import { identifierName, type Token } from '../sql/tokens';
import { joinable } from './joins';

/** A name that ends with the text may still grow, so it is not judged yet; end the text with a space to judge it. */
export function isSensible(text: string, schema: Schema, dialect: Dialect): boolean {
  const shape = readShape(text, { from: 0, to: text.length }, dialect);
  const { tokens } = shape;
  return (
    bracketsClose(tokens, text) &&
    aliasesDiffer(shape, text) &&
    itemsDiffer(tokens, text) &&
    aliasesCanBecomeTables(shape, text, schema) &&
    wordsFitTheirPlaces(shape, text, schema, dialect) &&
    joinsConnect(shape, text, schema)
  );
}

/** The schema's names as they are compared here; asked for with every candidate of every token. */
const lowerCaseNames = perSchema(({ tables }) => {
  const columnsByTable = tables.map(({ columns }) => columns.map(({ name }) => name.toLowerCase()));
  return {
    tables: new Set(tables.map(({ name }) => name.toLowerCase())),
    columns: new Set(columnsByTable.flat()),
    columnsByTable,
  };
});

/** Every query of the statement, once. */
function framesOf(shape: Shape): Iterable<Frame> {
  return new Set([shape.root, ...shape.frames]);
}

function bracketsClose(tokens: readonly Token[], text: string): boolean {
  let depth = 0;
  for (const token of tokens) {
    const mark = text.slice(token.from, token.to);
    if (mark === '(') depth++;
    else if (mark === ')' && --depth < 0) return false;
    else if (mark === ';' && depth > 0) return false;
  }
  return true;
}

/** No two relations of one query go by the same name. */
function aliasesDiffer(shape: Shape, text: string): boolean {
  for (const frame of framesOf(shape)) {
    const seen = new Set<string>();
    for (const relation of frame.relations) {
      const name = (relation.alias ?? relation.name)?.toLowerCase();
      if (name === undefined) continue;
      // The last one may go on: "a" becomes "a2".
      const last = shape.tokens.at(-1);
      const growing =
        relation === frame.relations.at(-1) &&
        last?.to === text.length &&
        identifierName(last, text).toLowerCase() === name;
      if (seen.has(name) && !growing) return false;
      seen.add(name);
    }
  }
  return true;
}

const listStart = /^(?:select|distinct|by|set)$/i;

/** No comma-separated list that begins behind SELECT, BY, SET or a bracket holds the same name twice. */
function itemsDiffer(tokens: readonly Token[], text: string): boolean {
  const fresh = (simple: boolean): { items: Set<string>; item: string; simple: boolean } => ({
    items: new Set(),
    item: '',
    simple,
  });
  /** The lists that are open, innermost last. */
  const lists = [fresh(false)];
  for (const [i, token] of tokens.entries()) {
    const list = lists.at(-1);
    if (!list) return true;
    const word = text.slice(token.from, token.to);
    if (word === '(') {
      list.simple = false;
      lists.push(fresh(true));
    } else if (word === ')') {
      if (list.simple && list.items.has(list.item)) return false;
      if (lists.length > 1) lists.pop();
    } else if (token.kind === 'word' && listStart.test(word)) {
      lists[lists.length - 1] = fresh(true);
    } else if (word === ',' || /^(?:from|desc|asc)$/i.test(word)) {
      // Values may repeat; names, plain or qualified, may not.
      if (list.simple && list.item !== '' && list.items.has(list.item)) return false;
      if (list.simple) list.items.add(list.item);
      list.item = '';
      list.simple = true;
    } else {
      if (token.kind !== 'word' && token.kind !== 'quoted' && word !== '.') list.simple = false;
      list.item +=
        (list.item.endsWith('.') || word === '.' || list.item === '' ? '' : ' ') + word.toLowerCase();
      const closed = token.to < text.length && i === tokens.length - 1;
      if (closed && list.simple && /[\p{L}\p{N}_]$/u.test(list.item) && list.items.has(list.item))
        return false;
    }
  }
  return true;
}

/** `c.name, c.city` before FROM: some table must have all these columns, or `c` can never be introduced. */
function aliasesCanBecomeTables(shape: Shape, text: string, schema: Schema): boolean {
  if (schema.tables.length === 0) return true;
  const used = new Map<object, Map<string, { columns: string[]; prefix: string | undefined }>>();
  const { tokens, frames } = shape;
  for (let i = 0; i + 2 < tokens.length; i++) {
    const [qualifier, dot, column] = [tokens[i], tokens[i + 1], tokens[i + 2]];
    const frame = frames[i];
    if (!qualifier || !dot || !column || !frame || text.slice(dot.from, dot.to) !== '.') continue;
    if (!isName(qualifier) || !isName(column) || frame.relations.length > 0) continue;
    const qualifiers =
      used.get(frame) ?? new Map<string, { columns: string[]; prefix: string | undefined }>();
    used.set(frame, qualifiers);
    const key = identifierName(qualifier, text).toLowerCase();
    const entry = qualifiers.get(key) ?? { columns: [], prefix: undefined };
    qualifiers.set(key, entry);
    const name = identifierName(column, text).toLowerCase();
    if (column.to === text.length) entry.prefix = name;
    else entry.columns.push(name);
  }
  for (const qualifiers of used.values()) {
    for (const { columns, prefix } of qualifiers.values()) {
      const possible = lowerCaseNames(schema).columnsByTable.some(
        (names) =>
          columns.every((name) => names.includes(name)) &&
          (prefix === undefined || names.some((name) => name.startsWith(prefix))),
      );
      if (!possible) return false;
    }
  }
  return true;
}

/** Every table joined can be connected with one before it, as far as the schema tells. */
function joinsConnect(shape: Shape, text: string, schema: Schema): boolean {
  for (const { relations } of framesOf(shape)) {
    const present: string[] = [];
    for (const relation of relations) {
      // What a CTE or a derived table can be joined with, the schema does not know.
      if (relation.kind !== 'table' || relation.name === undefined) break;
      const name = relation.name.toLowerCase();
      const allowed = present.length > 0 ? joinable(schema, present) : undefined;
      const growing = relation.from + relation.name.length === text.length;
      const fits = (table: string): boolean => (growing ? table.startsWith(name) : table === name);
      if (allowed && ![...allowed].some(fits)) return false;
      present.push(name);
    }
  }
  return true;
}

/** Only functions of the dialect are called, and no table stands where a column must. */
function wordsFitTheirPlaces(shape: Shape, text: string, schema: Schema, dialect: Dialect): boolean {
  const { tokens, roles } = shape;
  if (schema.tables.length === 0) return true;
  const [keywords, functions] = [keywordsOf(dialect), functionsOf(dialect)];
  const raw = (i: number): string => {
    const token = tokens[i];
    return token ? text.slice(token.from, token.to).toLowerCase() : '';
  };
  const { tables, columns } = lowerCaseNames(schema);
  // PostgreSQL and DuckDB let a table's name stand for its whole row.
  const rowsAreValues = dialect === 'postgres' || dialect === 'duckdb';
  for (const [i, token] of tokens.entries()) {
    const word = raw(i);
    if (token.kind !== 'word' || token.to === text.length || roles.has(i)) continue;
    if (keywords.has(word) || typeNames.has(word) || raw(i - 1) === '.' || raw(i + 1) === '.') continue;
    if (raw(i + 1) === '(') {
      if (!functions.has(word)) return false;
    } else if (!rowsAreValues && tables.has(word) && !columns.has(word)) return false;
  }
  return true;
}

function isName(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'quoted';
}
