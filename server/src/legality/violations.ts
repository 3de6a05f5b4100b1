/**
 * What must hold of a statement being generated beyond its names: brackets close, no alias twice, no item of a list
 * twice, clauses in their order, joins along keys, new names that look like names, and names used before FROM that a
 * FROM can still bring. Pure text and schema; total.
 */
import type { Schema } from '../schema/model';
import { perSchema } from '../schema/perSchema';
import { functionsOf, keywordsOf, typeNames } from '../sql/keywords';
import { clausesOutOfOrder } from './rules/clauseOrder';
import { repeatedConditions, stutteringStrings } from './rules/conditions';
import { brokenPairs, misplacedAggregates } from './rules/wordOrder';
import { brokenInsertLists } from './rules/insertList';
import { joinConditions } from './rules/joins';
import { joinable, keyPairs } from '../schema/keyJoins';
import type { Problem } from './legality';
import { mixedWords, oddNames } from './rules/newNames';
import { missesBetterTable, missingTables, wantedNames } from './rules/pendingNames';
import { Reading } from './reading';
import { repeatedSelectItems, ungroupedColumns } from './rules/selectList';
import { wrongLiterals } from './comparedColumns';
import { changingVerbs } from './rules/changingVerbs';

/**
 * A name that ends with the text may still grow, so it is not judged yet; end the text with a space to judge it. What
 * the statement does is whose it is: verbs are not judged.
 */
export function isSensible(text: string, schema: Schema): boolean {
  return violations(new Reading(text, text.length, schema)).every(({ problem }) =>
    problem.startsWith('verb '),
  );
}

/**
 * What does not hold, each with its place: what a person wrote before the cursor is theirs, and is told from what a
 * candidate would add by that.
 */
export function violations(reading: Reading): Problem[] {
  const problems = [
    ...openBrackets(reading),
    ...leftBrackets(reading),
    ...brokenInsertLists(reading),
    ...repeatedAliases(reading),
    ...repeatedItems(reading),
    ...repeatedSelectItems(reading),
    ...ungroupedColumns(reading),
    ...clausesOutOfOrder(reading, reading.to).map(({ mark }) => `clause ${String(mark.from)}`),
    ...misplacedWords(reading),
    ...brokenPairs(reading),
    ...repeatedConditions(reading),
    ...stutteringStrings(reading),
    ...misplacedAggregates(reading),
    ...wrongLiterals(reading),
    ...changingVerbs(reading),
    ...oddNames(reading),
    ...mixedWords(reading),
    ...unconnectedJoins(reading),
    ...joinConditions(reading),
    ...lostNames(reading),
  ];
  return problems.map((problem) => ({ problem, at: placeOf(problem) }));
}

/** Problems are named with the offset where they begin. */
const placeOf = (problem: string): number => Number(/\d+/.exec(problem)?.[0] ?? 0);

/** The schema's names as they are compared here; asked for with every candidate of every token. */
const lowerCaseNames = perSchema(({ tables }) => ({
  tables: new Set(tables.map(({ name }) => name.toLowerCase())),
  columns: new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name.toLowerCase()))),
}));

function openBrackets({ raw, length, shape }: Reading): string[] {
  let depth = 0;
  for (let i = 0; i < length; i++) {
    if (raw[i] === '(') depth++;
    else if ((raw[i] === ')' && --depth < 0) || (raw[i] === ';' && depth > 0))
      return [`bracket ${String(shape.tokens[i]?.from)}`];
  }
  return [];
}

/** Clauses of a query that begin before a bracket of the clause before is closed: `count(* FROM`. */
function leftBrackets(reading: Reading): string[] {
  const { raw, shape, length } = reading;
  const starts = new Map<number, number>();
  for (const { marks, from } of reading.frames)
    for (const { from: at, clause } of marks) if (clause !== 'select') starts.set(at, from);
  const found: string[] = [];
  const open: number[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    if (token === undefined || reading.isOpen(i)) continue;
    if (raw[i] === '(') open.push(token.from);
    else if (raw[i] === ')') open.pop();
    const query = starts.get(token.from);
    if (query !== undefined && open.some((at) => at >= query) && !isJoined(reading, i))
      found.push(`left ${String(token.from)}`);
  }
  return found;
}

/** FROM (a JOIN b ON …): the bracket holds relations. */
function isJoined({ raw }: Reading, i: number): boolean {
  return /^(?:join|on|using)$/.test(raw[i] ?? '');
}

/** Two relations of one query that go by the same name. */
function repeatedAliases(reading: Reading): string[] {
  const { length } = reading;
  const found: string[] = [];
  for (const frame of reading.frames) {
    const seen = new Set<string>();
    for (const relation of frame.relations) {
      if (relation.from >= reading.to) continue;
      const name = (relation.alias ?? relation.name)?.toLowerCase();
      if (name === undefined) continue;
      // The last one may go on: "a" becomes "a2".
      const growing =
        relation === frame.relations.at(-1) &&
        reading.isOpen(length - 1) &&
        reading.name(length - 1) === name;
      if (seen.has(name) && !growing) found.push(`alias ${String(relation.from)} ${name}`);
      seen.add(name);
    }
  }
  return found;
}

const listStart = /^(?:select|distinct|by|set)$/;

/** Comma-separated lists behind SELECT, BY, SET or a bracket that hold the same name twice. */
function repeatedItems(reading: Reading): string[] {
  const { shape, length, to } = reading;
  const fresh = (simple: boolean) => ({ items: new Set<string>(), item: '', simple });
  const found: string[] = [];
  /** The lists that are open, innermost last. */
  const lists = [fresh(false)];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    const list = lists.at(-1);
    if (!list || !token) break;
    const word = reading.raw[i] ?? '';
    if (word === '(') {
      list.simple = false;
      lists.push(fresh(true));
    } else if (word === ')') {
      if (list.simple && list.items.has(list.item)) found.push(`item ${String(token.from)}`);
      if (lists.length > 1) lists.pop();
    } else if (listStart.test(word)) {
      lists[lists.length - 1] = fresh(true);
    } else if (word === ',' || /^(?:from|desc|asc)$/.test(word)) {
      // Values may repeat; names, plain or qualified, may not.
      if (list.simple && list.item !== '' && list.items.has(list.item))
        found.push(`item ${String(token.from)}`);
      if (list.simple) list.items.add(list.item);
      list.item = '';
      list.simple = true;
    } else {
      if (!reading.isName(i) && word !== '.') list.simple = false;
      if (!list.simple) continue;
      list.item += (list.item.endsWith('.') || word === '.' || list.item === '' ? '' : ' ') + reading.name(i);
      const closed = token.to < to && i === length - 1;
      if (closed && /[\p{L}\p{N}_]$/u.test(list.item) && list.items.has(list.item))
        found.push(`item ${String(token.from)}`);
    }
  }
  return found;
}

/** Functions the dialect does not have, and tables where a column must stand. */
function misplacedWords(reading: Reading): string[] {
  const { shape, raw, schema, length, to } = reading;
  if (schema.tables.length === 0) return [];
  const { dialect } = schema;
  const [keywords, functions] = [keywordsOf(dialect), functionsOf(dialect)];
  const { tables, columns } = lowerCaseNames(schema);
  // PostgreSQL and DuckDB let a table's name stand for its whole row.
  const rowsAreValues = dialect === 'postgres' || dialect === 'duckdb';
  const found: string[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    const word = raw[i] ?? '';
    if (token?.kind !== 'word' || token.to === to || shape.roles.has(i)) continue;
    if (keywords.has(word) || typeNames.has(word) || raw[i - 1] === '.' || raw[i + 1] === '.') continue;
    const isCall = raw[i + 1] === '(';
    if (isCall ? !functions.has(word) : !rowsAreValues && tables.has(word) && !columns.has(word))
      found.push(`word ${String(token.from)}`);
  }
  return found;
}

/** Joined tables that no key connects with one before them, as far as the schema tells. */
function unconnectedJoins(reading: Reading): string[] {
  const { schema, to } = reading;
  const found: string[] = [];
  for (const { relations } of reading.frames) {
    const present = new Set<string>();
    for (const relation of relations) {
      // What a CTE or a derived table can be joined with, the schema does not know.
      if (relation.kind !== 'table' || relation.name === undefined || relation.from >= to) break;
      const name = relation.name.toLowerCase();
      const allowed = present.size > 0 ? joinable(schema, [...present]) : undefined;
      const growing = relation.from + relation.name.length === to;
      const fits = (table: string): boolean =>
        (growing ? table.startsWith(name) : table === name) &&
        // The same table again only where a key says that its rows belong to each other.
        (!present.has(table) || keyPairs(schema, table, table).length > 0);
      if (allowed && ![...allowed].some(fits)) found.push(`join ${String(relation.from)}`);
      present.add(name);
    }
  }
  return found;
}

/** Names used before FROM that no tables joined along keys can bring any more. */
function lostNames(reading: Reading): string[] {
  return wantedNames(reading.judged.pending).flatMap((wanted) => {
    const at = String(wanted.frame.from);
    if (missingTables(reading, wanted) === Infinity) return [`lost ${at}`];
    return missesBetterTable(reading, wanted) ? [`better ${at}`] : [];
  });
}
