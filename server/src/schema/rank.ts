/**
 * Chooses which tables a prompt shows when a schema is too large for it, and in which order. The KV cache holds the
 * prompt's beginning, so a choice only grows at its end until it no longer fits. No IO and no tokens: the caller tells
 * what a table costs.
 */
import { SchemaNames } from './names';
import { nameKey } from '../sql/tokens';
import type { Schema, Table } from './model';
import { tokenize, identifierName } from '../sql/tokens';

export interface ChooseTablesOptions {
  /** The most that the chosen tables may cost together, in the unit of `cost`. */
  readonly budget: number;
  /** Cost of showing a table, at least 0. */
  readonly cost: (table: Table) => number;
  /** Tables that this text names come first: the statement being written, or the document. */
  readonly mentionedText: string;
  /** Tables that count as if the text named them. */
  readonly mentioned?: readonly Table[];
  /** The choice before, in its order: each table's tableKey, or its name alone. */
  readonly previous?: readonly string[];
}

/** An entry of `previous`: a table's name, with its namespace when it has one. */
export function tableKey(table: Table): string {
  return table.namespace === undefined ? table.name : `${table.namespace}.${table.name}`;
}

/** Part of the budget that a new choice leaves free, so that tables named later can be appended. */
const reserve = 1 / 8;

/**
 * The tables to show, in the order to show them. When all fit: all, in catalogue order. Otherwise the previous choice
 * in its order, and behind it the tables that the text newly names with their foreign-key neighbours. When there is no
 * previous choice, or these do not fit together, a new one: named tables, neighbours, then the others in catalogue
 * order as far as the budget goes. Left out are tables that exceed the budget alone, and tables without known columns,
 * which would show nothing.
 */
export function chooseTables(schema: Schema, options: ChooseTablesOptions): readonly Table[] {
  const tables = schema.tables.filter((table) => table.columns.length > 0);
  const cost = new Map(tables.map((table) => [table, Math.max(0, options.cost(table))]));
  const costOf = (table: Table) => cost.get(table) ?? Infinity;
  const sum = (list: readonly Table[]) => list.reduce((total, table) => total + costOf(table), 0);
  if (sum(tables) <= options.budget) return tables;

  const byKey = new Map([...tables.map(byName), ...tables.map((table) => [tableKey(table), table] as const)]);
  const previous = [...new Set(options.previous ?? [])]
    .map((key) => byKey.get(key))
    .filter((table) => table !== undefined);
  const shown = new Set(previous);
  const named = mentionedTables(schema, options.mentionedText);
  const mentioned = [...new Set([...(options.mentioned ?? []), ...named])].filter(
    (table) => costOf(table) <= options.budget,
  );
  const added = mentioned.filter((table) => !shown.has(table));
  const kept = [...previous, ...added];
  if (previous.length > 0 && sum(kept) <= options.budget) {
    if (added.length === 0) return previous;
    return fill([...kept, ...neighbours(schema, added)], options.budget, costOf);
  }
  const wanted = fill([...mentioned, ...neighbours(schema, mentioned)], options.budget, costOf);
  const rest = fill([...wanted, ...tables], options.budget * (1 - reserve), costOf);
  return sum(wanted) > options.budget * (1 - reserve) ? wanted : rest;
}

const byName = (table: Table) => [table.name, table] as const;

function fill(candidates: readonly Table[], budget: number, costOf: (table: Table) => number): Table[] {
  const chosen = new Set<Table>();
  let left = budget;
  for (const table of candidates) {
    if (chosen.has(table) || costOf(table) > left) continue;
    chosen.add(table);
    left -= costOf(table);
  }
  return [...chosen];
}

/** Tables whose names the text contains as identifiers or as words of a comment, in catalogue order. */
export function mentionedTables(schema: Schema, text: string): Table[] {
  const names = SchemaNames.of(schema);
  const found = new Set<Table>();
  const mention = (key: string) => {
    const table = names.table(key);
    if (table !== undefined) found.add(table);
  };
  for (const token of tokenize(text, schema.dialect)) {
    if (token.kind === 'word' || token.kind === 'quoted') {
      mention(nameKey(identifierName(token, text), token.kind === 'quoted', schema.dialect));
    } else if (token.kind === 'comment') {
      for (const [word] of text.slice(token.from, token.to).matchAll(/[\p{L}_][\p{L}\p{N}_$]*/gu)) {
        const key = word.toLowerCase();
        for (const form of [key, `${key}s`, key.replace(/y$/, 'ies'), key.replace(/s$/, '')]) mention(form);
      }
    }
  }
  return schema.tables.filter((table) => found.has(table));
}

/** Tables that one foreign key connects with the given ones, in either direction, in catalogue order. */
function neighbours(schema: Schema, tables: readonly Table[]): Table[] {
  const own = new Set(tables);
  const referenced = new Set(
    tables.flatMap((table) => table.foreignKeys.map((key) => key.table.toLowerCase())),
  );
  const ownNames = new Set(tables.map((table) => table.name.toLowerCase()));
  return schema.tables.filter(
    (table) =>
      !own.has(table) &&
      (referenced.has(table.name.toLowerCase()) ||
        table.foreignKeys.some((key) => ownNames.has(key.table.toLowerCase()))),
  );
}
