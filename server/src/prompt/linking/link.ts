/**
 * Schema linking: finds which tables, columns and values a question means, and the joins that connect them. It compares words
 * and asks no model. It gives only the clearest few, in the order of the question. Pure.
 *
 *   question → values → tables → columns → the clearest of them, in order → joins between their tables
 */
import type { Column, Schema, Table } from '../../schema/model';
import type { ValuePlace } from '../../schema/valuePlaces';
import { columnsNamed } from './columns';
import { joinsBetween, type Join } from './keyPaths';
import { candidatesOf, QuestionWords } from './mentions';
import { SchemaIndex } from './schemaIndex';
import { namingColumn, tablesNamed } from './tables';

/** Something of the schema that a question means. */
export type Link =
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'column'; readonly table: Table; readonly column: Column }
  | ({ readonly kind: 'value' } & ValuePlace)
  | ({ readonly kind: 'join' } & Join);

/** Links of a question without its joins. */
const mostLinks = 8;
const mostJoins = 3;

interface Candidate {
  readonly link: Exclude<Link, { kind: 'join' }>;
  /** Where the question says it, in characters. */
  readonly at: number;
  readonly score: number;
  /** It alone says that the statement needs its table. */
  readonly needsTable: boolean;
}

/** @param values the values that the question names, as schema/valuePlaces.ts finds them */
export function linkQuestion(
  question: string,
  schema: Schema,
  values: readonly ValuePlace[],
): readonly Link[] {
  const index = SchemaIndex.of(schema);
  const located = values.map((place) => ({ place, ...locate(question, place.value) }));
  const taken = located.flatMap(({ at, length }) => (length > 0 ? [[at, at + length] as const] : []));
  const words = new QuestionWords(question, taken, index);
  const named = candidatesOf(words, index);
  const startOf = (at: readonly number[]): number => words.starts[at[0] ?? 0] ?? 0;

  const candidates: Candidate[] = located.map(({ place, at }) => ({
    link: { kind: 'value', ...place },
    at,
    score: 2,
    needsTable: true,
  }));
  const tables = tablesNamed(words, named);
  const columns = columnsNamed(words, named, tables, new Set(values.map(({ table }) => table)));
  const isValue = (table: Table, column: Column): boolean =>
    values.some((place) => place.table === table && place.column === column);
  for (const {
    named: { table, column },
    score,
    at,
  } of columns) {
    if (column && !isValue(table, column))
      candidates.push({
        link: { kind: 'column', table, column },
        at: startOf(at),
        score,
        needsTable: score >= 0.85,
      });
  }
  for (const { table, mention, isClear } of tables.shown(columns.flatMap(({ at }) => at))) {
    candidates.push({
      link: { kind: 'table', table },
      at: startOf(mention.at) - 0.5,
      score: isClear ? 1.2 + mention.score : 0.5 + 0.5 * mention.score,
      needsTable: isClear,
    });
    const column = isClear ? namingColumn(table, mention, words, columns) : undefined;
    if (column && !candidates.some(({ link }) => link.kind !== 'table' && link.column === column))
      candidates.push({
        link: { kind: 'column', table, column },
        at: startOf(mention.at) - 0.2,
        score: 0.62,
        needsTable: false,
      });
  }
  const best = candidates
    .sort((a, b) => b.score - a.score)
    .slice(0, mostLinks)
    .sort((a, b) => a.at - b.at);
  const needed = best.filter(({ needsTable }) => needsTable).map(({ link }) => link.table);
  const joins = joinsBetween(schema, needed, mostJoins).map((join) => ({ kind: 'join', ...join }) as const);
  return [...best.map(({ link }) => link), ...joins];
}

/** Where a question says a value; a length of 0 where it does not say it as it stands. */
function locate(question: string, value: string): { readonly at: number; readonly length: number } {
  const [text, wanted] = [question.toLowerCase(), value.toLowerCase()];
  for (let at = text.indexOf(wanted); at >= 0 && wanted !== ''; at = text.indexOf(wanted, at + 1)) {
    const [rest] = /^(?:e?s)?(?![\p{L}\p{N}_])|^/u.exec(
      text.slice(at + wanted.length, at + wanted.length + 3),
    ) ?? [''];
    const isWord =
      !/[\p{L}\p{N}_]$/u.test(text.slice(0, at)) &&
      !/^[\p{L}\p{N}_]/u.test(text.slice(at + wanted.length + rest.length));
    if (isWord) return { at, length: wanted.length + rest.length };
  }
  const about = text.indexOf(wanted.slice(0, 6));
  return { at: about >= 0 ? about : text.length, length: 0 };
}
