/**
 * What a hover over a name shows, as Markdown: the table, column, alias, common table, star or function that the name
 * stands for. resolve/ finds what it stands for, and markdown.ts writes it down; handlers/hover.ts serves it.
 */
import type { Dialect, Schema } from '../../schema/model';
import { catalogKey, SchemaNames } from '../../schema/names';
import { nameKey } from '../../sql/tokens';
import { functionsOf } from '../../sql/keywords';
import { RelationColumns, type RelationColumn } from '../../resolve/relationColumns';
import { resolveParts } from '../../resolve/resolve';
import type { Resolved } from '../../resolve/resolved';
import { visibleFrames } from '../../sql/shape/scope';
import type { CommonTable, OutputItem, RelationInScope, Shape } from '../../sql/shape/shape';
import { signatureOf } from '../../sql/signatures';
import { statementAt } from '../../sql/statements/statements';
import { Visible } from '../../resolve/visible';
import {
  code,
  describeCandidates,
  describeColumn,
  describeDialectFunction,
  describeOutputs,
  describeSchemaFunction,
  describeTable,
  sqlOf,
  strong,
} from './markdown';

export interface HoverContent {
  readonly markdown: string;
  /** Range of the name in the document. */
  readonly from: number;
  readonly to: number;
}

/**
 * The hover for the name or star at `offset`. Undefined when there is none, or when nobody knows what it stands for.
 */
export function hover(
  text: string,
  offset: number,
  schema: Schema,
  dialect: Dialect,
): HoverContent | undefined {
  const touches = ({ from, to }: { from: number; to: number }) => from <= offset && offset <= to;
  for (const { shape, resolved } of resolveParts(text, statementAt(text, offset, dialect), schema, dialect)) {
    const reader = new Reader(text, shape, schema, dialect);
    // When two names touch at the place, the one that begins there is meant.
    const name = resolved.findLast(touches);
    const star = shape.tokens.findIndex((t) => touches(t) && text.slice(t.from, t.to) === '*');
    const range = name ?? shape.tokens[star];
    if (range === undefined) continue;
    const markdown = name === undefined ? reader.star(star) : reader.name(name);
    if (markdown !== undefined) return { markdown, from: range.from, to: range.to };
  }
  return undefined;
}

class Reader {
  private readonly names: SchemaNames;
  private readonly columns: RelationColumns;

  constructor(
    private readonly text: string,
    private readonly shape: Shape,
    private readonly schema: Schema,
    private readonly dialect: Dialect,
  ) {
    this.names = SchemaNames.of(schema);
    this.columns = new RelationColumns(shape, this.names);
  }

  name(name: Resolved): string | undefined {
    switch (name.kind) {
      case 'table':
        return name.table && describeTable(name.table, this.schema);
      case 'cte':
        return this.commonTable(name);
      case 'alias':
        return this.alias(name);
      case 'column':
        return name.declares === true ? undefined : this.column(name);
      case 'select-alias':
        return name.declares === true ? undefined : this.selectAlias(name);
      case 'function':
        return this.function(name);
      default:
        return undefined;
    }
  }

  /** The columns that a star in a select list or in RETURNING stands for. */
  star(i: number): string | undefined {
    const frame = this.shape.frames[i];
    const item = frame?.items.find((one) => one.kind === 'star' && one.tokens.includes(i));
    if (frame === undefined || item === undefined) return undefined;
    const columns = this.columns.star(frame, item.name);
    const head = code(item.name === '' ? '*' : `${item.name}.*`);
    return columns === undefined ? undefined : describeOutputs(head, columns);
  }

  // Relations

  private commonTable(name: Resolved): string | undefined {
    const at = name.origin?.from ?? name.from;
    const token = this.tokenAt(at);
    const found = this.shape.frames[token] && this.cteNamedBy(token);
    return found && this.cteOutputs(found);
  }

  private cteNamedBy(token: number): CommonTable | undefined {
    for (const frame of new Set(this.shape.frames)) {
      const found = frame.ctes.find((cte) => cte.nameToken === token);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private cteOutputs(cte: CommonTable): string {
    const { name, from } = cte;
    const relation: RelationInScope = { kind: 'cte', name, from, commonTable: cte, to: 0, usingColumns: [] };
    return describeOutputs(`${strong(cte.name)} · common table`, this.outputs(relation));
  }

  /** The columns of a relation. When not all are known, those that the text names. */
  private outputs(relation: RelationInScope): readonly RelationColumn[] | undefined {
    const named = relation.columns ?? relation.commonTable?.columns;
    return this.columns.of(relation) ?? named?.map((name) => ({ name }));
  }

  private alias({ name, relation, table }: Resolved): string | undefined {
    if (table !== undefined) {
      const pseudo = rowNames[name.toLowerCase()];
      const head =
        relation === undefined && pseudo !== undefined
          ? `${code(name)} is ${pseudo} of ${code(table.name)}\n\n`
          : relation?.alias === undefined
            ? ''
            : `${code(relation.alias)} is an alias of ${code(table.name)}\n\n`;
      return head + describeTable(table, this.schema);
    }
    if (relation === undefined || relation.kind === 'table') return undefined;
    const { commonTable, alias } = relation;
    if (commonTable === undefined)
      return describeOutputs(`${strong(alias ?? '')} · subquery`, this.outputs(relation));
    const head = alias === undefined ? '' : `${code(alias)} is an alias of ${code(commonTable.name)}\n\n`;
    return head + this.cteOutputs(commonTable);
  }

  // Columns

  private column(name: Resolved): string | undefined {
    if (name.problem === 'ambiguous-column') return this.ambiguous(name);
    const { relation, table, column } = name;
    if (relation === undefined || relation.kind === 'table') {
      if (table === undefined || column === undefined) return this.anywhere(name);
      return describeColumn(table, column, this.schema, relation?.alias);
    }
    const key = this.keyOf(name);
    const found = this.columns.find(relation, key);
    if (found === undefined && column === undefined) return undefined;
    const kind = relation.commonTable === undefined && relation.kind !== 'cte' ? 'subquery' : 'common table';
    const of = relation.alias ?? relation.name ?? '';
    const own = relation.commonTable?.name;
    const head = `${strong(found?.name ?? name.name)}: column of the ${kind} ${code(own ?? of)}`;
    const here = own === undefined || relation.alias === undefined ? '' : `, here ${code(relation.alias)}`;
    return [head + here, ...this.source(name)].join('\n\n');
  }

  /** What a column of a query shows: the table's column behind it, or its expression. */
  private source({ table, column, origin }: Pick<Resolved, 'table' | 'column' | 'origin'>): string[] {
    if (table !== undefined && column !== undefined)
      return [`From ${code(`${table.name}.${column.name}`)}`, describeColumn(table, column, this.schema)];
    const expression = origin && this.expressionNamedBy(this.tokenAt(origin.from));
    return expression === undefined ? [] : [`Is ${sqlOf(expression)}`];
  }

  private selectAlias(name: Resolved): string | undefined {
    const { origin } = name;
    if (origin === undefined) return undefined;
    const token = this.tokenAt(origin.from);
    const frame = this.shape.frames[token];
    const expression = this.expressionNamedBy(token);
    const output = frame && this.columns.ofQuery(frame)?.find((column) => column.token === token);
    const head = `${strong(name.name)}: column of the select list`;
    const is = expression === undefined ? [] : [`Is ${sqlOf(expression)}`];
    const rest =
      output?.table && output.column ? [describeColumn(output.table, output.column, this.schema)] : [];
    return [head, ...is, ...rest].join('\n\n');
  }

  private ambiguous(name: Resolved): string | undefined {
    const i = this.tokenAt(name.from);
    const frame = this.shape.frames[i];
    if (frame === undefined) return undefined;
    const found = new Visible(this.shape, this.names).find(this.keyOf(name), i, frame);
    if (found.kind !== 'several') return undefined;
    const columns = found.relations.flatMap((relation) => {
      const { table, column } = this.columns.find(relation, this.keyOf(name)) ?? {};
      return table && column ? [{ table, column }] : [];
    });
    return describeCandidates(distinctTables(columns), this.schema);
  }

  /** In a query without a FROM a name may belong to any table. */
  private anywhere(name: Resolved): string | undefined {
    const i = this.tokenAt(name.from);
    const frame = this.shape.frames[i];
    const isMember = this.text.charAt((this.shape.tokens[i - 1]?.to ?? 0) - 1) === '.' && i > 0;
    if (frame === undefined || isMember || visibleFrames(frame).some((f) => f.relations.length > 0))
      return undefined;
    const key = this.keyOf(name);
    const found = this.names.tablesWith(key).flatMap((table) => {
      const column = this.names.column(table, key);
      return column === undefined ? [] : [{ table, column }];
    });
    const table = this.names.table(key);
    return describeCandidates(found, this.schema) ?? (table && describeTable(table, this.schema));
  }

  // Functions

  private function(name: Resolved): string | undefined {
    const key = this.keyOf(name);
    const own = (this.schema.functions ?? []).filter((f) => catalogKey(f.name, this.dialect) === key);
    const lower = name.name.toLowerCase();
    const signature = signatureOf(lower, this.dialect);
    const parts = own.slice(0, shownOverloads).map(describeSchemaFunction);
    if (signature !== undefined || functionsOf(this.dialect).has(lower))
      parts.push(describeDialectFunction(name.name, signature, this.dialect));
    return parts.length === 0 ? undefined : parts.join('\n\n');
  }

  // Text

  private tokenAt(from: number): number {
    return this.shape.tokens.findIndex((token) => token.from === from);
  }

  private keyOf({ name, from }: Resolved): string {
    const isQuoted = this.shape.tokens[this.tokenAt(from)]?.kind === 'quoted';
    return nameKey(name, isQuoted, this.dialect);
  }

  /** The expression that the token names: what stands before it in its item of the select list. */
  private expressionNamedBy(token: number): string | undefined {
    const item = this.shape.frames[token]?.items.find((one) => one.tokens.at(-1) === token);
    if (item === undefined || item.tokens.length < 2) return undefined;
    const from = this.itemStart(item);
    const before = this.shape.tokens[token - 1];
    const isAs = before !== undefined && /^as$/i.test(this.text.slice(before.from, before.to));
    const to = this.shape.tokens[token - (isAs ? 2 : 1)]?.to ?? from;
    const isPath = before !== undefined && this.text.slice(before.from, before.to) === '.';
    return isPath || to <= from ? undefined : this.text.slice(from, to);
  }

  /** Offset of the item's first token. Of a parenthesis only the closing token counts as part of the item. */
  private itemStart(item: OutputItem): number {
    let i = item.tokens[0] ?? 0;
    const raw = (k: number) => {
      const token = this.shape.tokens[k];
      return token === undefined ? '' : this.text.slice(token.from, token.to);
    };
    if (raw(i) === ')') {
      for (let depth = 1; i > 0 && depth > 0;) {
        i--;
        depth += raw(i) === ')' ? 1 : raw(i) === '(' ? -1 : 0;
      }
    }
    return this.shape.tokens[i]?.from ?? 0;
  }
}

/** Most overloads of a function that a hover shows. */
const shownOverloads = 8;

/** The rows that a trigger sees. */
const rowNames: Readonly<Record<string, string | undefined>> = {
  new: 'the new row',
  old: 'the old row',
};

function distinctTables<T extends { readonly table: unknown }>(found: readonly T[]): readonly T[] {
  return found.filter((a, n) => found.findIndex((b) => b.table === a.table) === n);
}
