/**
 * Reads triggers: the table that a trigger is on, and what its body calls the rows before and after the change. For
 * resolver and completion list. The rows of upserts and OUTPUT are in features/completion/rows.ts.
 */
import type { Dialect, Schema, Table } from '../schema/model';
import { SchemaNames } from '../schema/names';
import { perSchema } from '../schema/perSchema';
import { splitStatements, statementTokens, type Statement } from '../sql/statements/statements';
import { identifierName, nameKey, type Token } from '../sql/tokens';

/** A name that stands for a row (in T-SQL for a table of rows) although the statement does not introduce it. */
export interface RowName {
  /** As people write it. */
  readonly name: string;
  readonly table: Table;
}

/**
 * The rows that the whole body of a trigger can name. For a PostgreSQL function that returns a trigger: those of the
 * trigger that calls it, when the text has one. None for other statements, and none when the table is unknown.
 */
export function triggerRows(
  text: string,
  statement: Statement,
  schema: Schema,
  dialect: Dialect,
): readonly RowName[] {
  const trigger = triggerOf(text, statement, dialect);
  const table = trigger && SchemaNames.of(schema).table(trigger.table, trigger.namespace);
  if (trigger === undefined || table === undefined) return [];
  if (dialect === 'tsql') return ['inserted', 'deleted'].map((name) => ({ name, table }));
  const { events } = trigger;
  const only = (event: string) => events.size === 1 && events.has(event);
  return [
    ...(only('delete') ? [] : [{ name: 'NEW', table }]),
    ...(only('insert') ? [] : [{ name: 'OLD', table }]),
  ];
}

/** The schema with T-SQL's tables of changed rows, which a trigger's queries read like any other table. */
export function schemaWithRows(schema: Schema, rows: readonly RowName[]): Schema {
  const [first] = rows;
  if (first === undefined || schema.dialect !== 'tsql') return schema;
  const known = extended(schema);
  const found = known.get(first.table);
  if (found !== undefined) return found;
  const added = rows.map(({ name, table: { namespace: _, ...table } }): Table => ({ ...table, name }));
  const made = { ...schema, tables: [...schema.tables, ...added] };
  known.set(first.table, made);
  return made;
}

const extended = perSchema(() => new Map<Table, Schema>());

interface Trigger {
  readonly table: string;
  readonly namespace: string | undefined;
  /** The events it fires on: insert, update, delete. */
  readonly events: ReadonlySet<string>;
  /** Key of the function that the trigger calls. */
  readonly calls: string | undefined;
}

const beginsDefinition = /^\s*(?:create|alter)\b/i;

function triggerOf(text: string, statement: Statement, dialect: Dialect): Trigger | undefined {
  const tokens = statementTokens(text, statement, dialect);
  const read = new Words(text, tokens, dialect);
  if (!['create', 'alter'].includes(read.word(0))) return undefined;
  const kind = read.find(1, ['trigger', 'function', 'procedure'], 12);
  if (read.word(kind) === 'trigger') return read.trigger(kind);
  if (read.word(kind) !== 'function' || dialect !== 'postgres') return undefined;
  const returns = read.find(kind, ['returns'], tokens.length);
  if (read.word(returns + 1) !== 'trigger') return undefined;
  const own = read.path(kind + 1).at(-1);
  for (const other of splitStatements(text, dialect)) {
    if (other.from === statement.from) continue;
    const written = text.slice(other.from, Math.min(other.to, other.from + 2_000));
    if (!beginsDefinition.test(withoutLeadingComments(written)) || !/\btrigger\b/i.test(written)) continue;
    const theirs = statementTokens(text, other, dialect);
    const reader = new Words(text, theirs, dialect);
    const at = reader.find(1, ['trigger', 'function', 'procedure'], 12);
    const trigger = reader.word(at) === 'trigger' ? reader.trigger(at) : undefined;
    if (trigger?.calls !== undefined && trigger.calls === own) return trigger;
  }
  return undefined;
}

const withoutLeadingComments = (text: string): string =>
  text.replace(/^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '');

class Words {
  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
    private readonly dialect: Dialect,
  ) {}

  /** In lower case; empty when the token is no word. */
  word(i: number): string {
    const token = this.tokens[i];
    return token?.kind === 'word'
      ? this.text.slice(token.from, Math.min(token.to, token.from + 32)).toLowerCase()
      : '';
  }

  /** The first of these words from i on. The number of tokens when there is none before `to`. */
  find(i: number, words: readonly string[], to: number): number {
    for (let k = i; k < Math.min(to, this.tokens.length); k++) if (words.includes(this.word(k))) return k;
    return this.tokens.length;
  }

  /** The keys of the names in the path that begins at i. */
  path(i: number): string[] {
    const keys: string[] = [];
    for (let k = i; ; k += 2) {
      const token = this.tokens[k];
      if (token?.kind !== 'word' && token?.kind !== 'quoted') return keys;
      keys.push(nameKey(identifierName(token, this.text), token.kind === 'quoted', this.dialect));
      const dot = this.tokens[k + 1];
      if (dot === undefined || this.text.slice(dot.from, dot.to) !== '.') return keys;
    }
  }

  trigger(kind: number): Trigger | undefined {
    const on = this.find(kind + 1, ['on'], this.tokens.length);
    const [table, namespace] = this.path(on + 1).reverse();
    if (table === undefined) return undefined;
    // T-SQL names the events behind the table.
    const [from, to] = this.dialect === 'tsql' ? [on, this.find(on, ['as'], this.tokens.length)] : [kind, on];
    const events = new Set<string>();
    for (let k = from; k < to; k++)
      if (['insert', 'update', 'delete'].includes(this.word(k))) events.add(this.word(k));
    const execute = this.find(on, ['execute'], this.tokens.length);
    return { table, namespace, events, calls: this.path(execute + 2).at(-1) };
  }
}
