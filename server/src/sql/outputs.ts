/**
 * The columns of derived tables and common tables whose text does not list them because of a star: read from the
 * relations inside, and those from the schema. Total; where something is unknown the columns are.
 */
import { relationTable, type SchemaNames } from '../schema/names';
import { mostColumns } from '../resolve/relationColumns';
import { framesOutwards, resolveQualifier } from './shape/scope';
import type { Frame, RelationInScope, Shape } from './shape/shape';
import { identifierName } from './tokens';

/** Stars within stars are followed this far. */
const deepest = 8;

export class QueryOutputs {
  readonly #known = new Map<Frame, readonly string[] | undefined>();

  constructor(
    private readonly text: string,
    private readonly shape: Shape,
    private readonly names: SchemaNames,
  ) {}

  /** Column names of a relation that is no table, as seen from a query; undefined where they cannot be told. */
  columnsOf(relation: RelationInScope, from: Frame | undefined, depth = 0): readonly string[] | undefined {
    if (relation.columns !== undefined) return relation.columns;
    if (relation.kind === 'table' || from === undefined) return undefined;
    const body = relation.kind === 'derived' ? this.#derived(relation, from) : this.#common(relation, from);
    return body && this.#outputs(body, depth);
  }

  #derived(relation: RelationInScope, from: Frame): Frame | undefined {
    // Its query begins behind its parenthesis.
    const holders = framesOutwards(from);
    return holders.flatMap((frame) => frame.children).find((child) => child.from === relation.from + 1);
  }

  #common(relation: RelationInScope, from: Frame): Frame | undefined {
    const wanted = relation.name?.toLowerCase();
    for (const frame of framesOutwards(from)) {
      const cte = frame.ctes.find(({ name }) => name.toLowerCase() === wanted);
      if (cte === undefined) continue;
      return frame.children.filter((child) => child.from > cte.from).sort((a, b) => a.from - b.from)[0];
    }
    return undefined;
  }

  #outputs(frame: Frame, depth: number): readonly string[] | undefined {
    if (depth > deepest) return undefined;
    if (!this.#known.has(frame)) {
      // Whatever asks for it meanwhile is part of it: a recursive common table.
      this.#known.set(frame, undefined);
      this.#known.set(frame, this.#read(frame, depth));
    }
    return this.#known.get(frame);
  }

  #read(frame: Frame, depth: number): readonly string[] | undefined {
    const columns: string[] = [...frame.selectAliases];
    for (const item of this.#items(frame)) {
      const raw = item.map((i) => this.#raw(i));
      if (raw.at(-1) === '*' && (raw.length === 1 || raw.at(-2) === '.')) {
        const qualifier = raw.length === 1 ? undefined : raw.at(-3);
        const relation = qualifier === undefined ? undefined : resolveQualifier(qualifier, frame);
        if (qualifier !== undefined && relation === undefined) return undefined;
        for (const one of relation ? [relation] : frame.relations) {
          const inner = this.#relationColumns(one, frame, depth);
          if (inner === undefined || columns.length + inner.length > mostColumns) return undefined;
          columns.push(...inner);
        }
      } else if (raw.length === 1 || (raw.length === 3 && raw[1] === '.')) columns.push(raw.at(-1) ?? '');
    }
    return columns;
  }

  #relationColumns(relation: RelationInScope, frame: Frame, depth: number): readonly string[] | undefined {
    const table = relationTable(relation, this.names);
    if (table === undefined) return this.columnsOf(relation, frame, depth + 1);
    return table.columns.length === 0 ? undefined : table.columns.map(({ name }) => name);
  }

  /** Token indexes of each item of the select list. */
  #items(frame: Frame): number[][] {
    const { tokens, frames } = this.shape;
    const at = frame.marks.findIndex(({ clause }) => clause === 'select');
    const select = frame.marks[at];
    if (select === undefined) return [];
    const end = frame.marks[at + 1]?.from ?? frame.to;
    const items: number[][] = [[]];
    let depth = 0;
    for (const [i, token] of tokens.entries()) {
      if (token.from < select.to || token.to > end) continue;
      const raw = this.#raw(i);
      if (raw === '(') depth++;
      if (raw === ')') depth--;
      if (raw === ',' && depth === 0) items.push([]);
      else if (frames[i] === frame && raw !== 'distinct' && raw !== 'all') items.at(-1)?.push(i);
    }
    return items;
  }

  #raw(i: number): string {
    const token = this.shape.tokens[i];
    return token === undefined ? '' : identifierName(token, this.text).toLowerCase();
  }
}
