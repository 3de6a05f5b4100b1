/**
 * Which names and values are likely at one place, each with a score: tables that the question mentions or that have the
 * columns named before FROM, aliases used before, columns in scope, values of the compared column. Pure.
 */
import { partsOf, relationTable } from '../schema/names';
import type { Column } from '../schema/model';
import { quoteLiteral } from '../sql/quoteLiteral';
import { clauseAt, resolveQualifier, visibleFrames } from '../sql/shape/scope';
import type { Frame, RelationInScope } from '../sql/shape/shape';
import { hasColumns, missingTables, wantedNames, without } from '../legality/rules/pendingNames';
import type { Question } from './question';
import { Reading } from '../legality/reading';
import { comparedColumn, isSummed, isTextType } from '../legality/comparedColumns';

/** How much each reason counts, in natural logarithms of probability. */
export const weights = { column: 2.5, table: 3, join: 6, alias: 8, group: 3, value: 3, place: 5, summed: 3 };
/** A text that may stand at a place, and how much speaks for it, in natural logarithms. */
export interface Target {
  readonly text: string;
  readonly score: number;
}
export type Targets = readonly Target[];

export function tableTargets(reading: Reading, frame: Frame, wordFrom: number, question: Question): Targets {
  const { schema, text } = reading;
  const present = frame.relations.map(({ name }) => name?.toLowerCase());
  // Read the statement once up to the table: the names that wait there show what a table would bring.
  const head = `${text.slice(0, wordFrom).trimEnd()} `;
  const before = reading.judged.pending.length > 0 ? new Reading(head, head.length, schema) : undefined;
  const wanted = before ? wantedNames(before.judged.pending) : [];
  // Values of the question that no table of the query holds yet.
  const tables = frame.relations.map((relation) => relationTable(relation, reading.names));
  const held = question.places.filter(({ table }) => tables.includes(table)).map(({ value }) => value);
  const open = question.places.filter(({ value }) => !held.includes(value));
  return schema.tables.map((table) => {
    const name = table.name.toLowerCase();
    const holdsValue = open.some((place) => place.table === table);
    let score = Math.max(weights.table * question.mentions(table.name), holdsValue ? weights.place : 0);
    // A table that the query has already cannot be the missing one.
    if (present.includes(name)) score -= weights.table;
    for (const one of wanted) {
      if (!before) break;
      const isBrought = one.frame.from === frame.from;
      const left = isBrought ? without(one, table) : one;
      const missing = missingTables(before, left, isBrought ? table : undefined);
      score -= weights.join * Math.min(missing, 3);
      for (const [alias, columns] of left.qualified)
        if (alias !== name && hasColumns(table, columns)) score += weights.join + aliasFit(alias, table.name);
    }
    return { text: table.name, score };
  });
}

/** How well an alias stands for a table: its initials, or its beginning. */
function aliasFit(alias: string, table: string): number {
  const letters = alias.replace(/\d+$/, '');
  const initials = partsOf(table)
    .map((part) => part.charAt(0))
    .join('');
  if (letters === initials) return 2;
  return table.toLowerCase().startsWith(letters) ? 1 : 0;
}

/** Aliases that were used before FROM and that fit the relation just named. */
export function aliasTargets(probe: Reading, frame: Frame): Targets {
  const relation = frame.relations.at(-1);
  const table = relation && relationTable(relation, probe.names);
  if (table === undefined) return [];
  const wanted = wantedNames(probe.judged.pending).find((one) => one.frame === frame);
  const fitting = [...(wanted?.qualified ?? [])].filter(([, columns]) => hasColumns(table, columns));
  if (fitting.length === 0) return [];
  return fitting.map(([text]) => ({ text, score: weights.alias + aliasFit(text, table.name) }));
}

const operandFollows =
  /^(?:select|distinct|all|,|\(|by|where|and|or|not|on|having|when|then|else|=|<|>|<=|>=|<>|!=|\+|-|\*|\/|\|\||between|in|like|case)$/;

type NamedColumn = Pick<Column, 'name' | 'type'>;

export function columnTargets(probe: Reading, at: number, frame: Frame, question: Question): Targets {
  const offset = probe.shape.tokens[at]?.from ?? 0;
  const clause = clauseAt(frame, offset);
  const isQualified = probe.raw[at - 1] === '.';
  const operator = probe.raw[at - (isQualified ? 3 : 1)] ?? '';
  if (!operandFollows.test(operator)) return [];
  const relations = isQualified
    ? [resolveQualifier(probe.name(at - 2), frame)].filter((one) => one !== undefined)
    : visibleFrames(frame).flatMap((one) => one.relations);
  const { dialect, backslash } = probe.schema;
  const listed = selectedColumns(probe, frame);
  const isCondition = clause === 'where' || clause === 'having' || clause === 'on';
  const tables = relations.map((relation) => relationTable(relation, probe.names));
  // Columns that hold a value of the question for which there is no literal yet.
  const holding = isCondition
    ? question.places.filter(
        ({ table, value }) =>
          tables.includes(table) && !probe.text.includes(quoteLiteral(value, dialect, backslash)),
      )
    : [];
  const summed = isSummed(probe, at);
  const score = ({ name: column, type }: NamedColumn): number => {
    const name = column.toLowerCase();
    const isHolding = holding.some((place) => place.column.name === column);
    const mentioned = Math.max(weights.column * question.mentions(column), isHolding ? weights.place : 0);
    if (clause === 'group by') return mentioned + (listed.has(name) ? weights.group : 0);
    // Only numbers are summed.
    if (summed) return mentioned + (isTextType(type) === false ? weights.summed : 0);
    // A column of the select list seldom stands in a condition, too.
    return clause === 'where' && listed.has(name) ? mentioned / 2 : mentioned;
  };
  const columns = columnsOf(probe, relations, isQualified);
  const scores = new Map<string, number>();
  for (const column of columns)
    scores.set(column.name, Math.max(scores.get(column.name) ?? 0, score(column)));
  const targets = [...scores].map(([text, best]) => ({ text, score: best }));
  if (isQualified) return targets;
  // A qualifier gets the score of its best column.
  const qualifiers = relations.flatMap((relation) => {
    const name = relation.alias ?? relation.name;
    const best = Math.max(0, ...columnsOf(probe, [relation], true).map(score));
    return name === undefined ? [] : [{ text: name, score: best }];
  });
  const aliases = clause === 'order by' ? frame.selectAliases : [];
  return [...targets, ...qualifiers, ...aliases.map((text) => ({ text, score: weights.column / 2 }))];
}

function columnsOf(
  { schema, names }: Reading,
  relations: readonly RelationInScope[],
  isQualified: boolean,
): readonly NamedColumn[] {
  if (relations.length === 0) return schema.tables.flatMap(({ columns }) => columns);
  const found = relations.flatMap((relation) => relationTable(relation, names)?.columns ?? []);
  return found.length > 0 || isQualified ? found : [];
}

/** Columns of the query's select list outside functions. */
function selectedColumns(probe: Reading, frame: Frame): ReadonlySet<string> {
  const select = frame.marks.find(({ clause }) => clause === 'select');
  const end = frame.marks.find(({ clause, from }) => clause !== 'select' && from > (select?.from ?? 0))?.from;
  const found = new Set<string>();
  if (select === undefined || end === undefined) return found;
  let depth = 0;
  for (const [i, token] of probe.shape.tokens.entries()) {
    if (token.from < select.to || token.to > end) continue;
    if (probe.raw[i] === '(') depth++;
    else if (probe.raw[i] === ')') depth--;
    else if (depth === 0 && probe.isName(i) && probe.raw[i + 1] !== '.' && !probe.shape.roles.has(i))
      found.add(probe.name(i));
  }
  return found;
}

/** Values of the column, and words of the question that are quoted or capital and that no other column holds. */
export function valueTargets(reading: Reading, at: number, question: Question): Targets {
  const column = comparedColumn(reading, at);
  const said = question.text.toLowerCase();
  const known = (column?.values?.list ?? []).map((text) => ({
    text,
    score: text !== '' && said.includes(text.toLowerCase()) ? 2 * weights.value : weights.value,
  }));
  const here = question.places.filter((place) => place.column === column);
  const elsewhere = question.places.filter((place) => place.column !== column);
  const isElsewhere = (text: string): boolean =>
    column !== undefined && elsewhere.some(({ value }) => value.toLowerCase() === text.toLowerCase());
  const written = (texts: readonly string[], weight: number): Targets =>
    texts.filter((text) => !isElsewhere(text)).map((text) => ({ text, score: weight }));
  return [
    ...here.map(({ value }) => ({ text: value, score: 2 * weights.value })),
    ...known,
    ...written(question.quoted, 1.5 * weights.value),
    ...written(question.capitals, weights.value),
  ];
}
