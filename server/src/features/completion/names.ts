/** Completion items for tables, columns and their qualifiers. */
import type { Column, Schema, Table } from '../../schema/model';
import { catalogKey, isUnqualified, SchemaNames } from '../../schema/names';
import { resolveQualifier } from '../../sql/shape/scope';
import { selectAliasesIn } from '../../resolve/pseudoNames';
import type { CompletionItem } from './item';
import { neighbours, qualifiedName } from './joins';
import type { Place, Qualifier } from './cursor';
import { commonTablesAt, tableTitle, type Relation, type Relations } from './relations';
import type { Style } from './style';
import { unwrittenOf, type Unwritten } from './unwritten';

export function tableItem(table: Table, schema: Schema, style: Style): CompletionItem {
  const label = tableTitle(table, schema);
  return {
    kind: table.kind === 'table' ? 'table' : 'view',
    label,
    insert: qualifiedName(table, schema, style),
    // A table of another namespace is found by its own name too.
    ...(label === table.name ? {} : { filter: `${table.name} ${label}` }),
    description: table.kind,
    subject: {
      kind: 'table',
      name: table.name,
      ...(table.namespace === undefined ? {} : { namespace: table.namespace }),
    },
  };
}

export function columnItem(
  name: string,
  column: Column | undefined,
  of: { readonly description: string; readonly table?: Table | undefined; readonly qualifier?: string },
  style: Style,
): CompletionItem {
  const qualifier = of.qualifier === undefined ? '' : `${of.qualifier}.`;
  return {
    kind: 'column',
    label: `${qualifier}${name}`,
    insert: of.qualifier === undefined ? style.name(name) : `${style.name(of.qualifier)}.${style.name(name)}`,
    ...(qualifier === '' ? {} : { filter: name }),
    ...(column === undefined || column.type === '' ? {} : { detail: ` ${column.type}` }),
    description: of.description,
    ...(of.table === undefined || column === undefined
      ? {}
      : {
          subject: {
            kind: 'column' as const,
            table: of.table.name,
            name,
            ...(of.table.namespace === undefined ? {} : { namespace: of.table.namespace }),
          },
        }),
  };
}

/**
 * Tables for FROM and JOIN. First common tables, then tables that have the columns which the query names already, then
 * tables that a key connects with the query's, then the rest, those of other namespaces last.
 */
export function relationItems(
  place: Place,
  reader: Relations,
  relations: readonly Relation[],
  schema: Schema,
  style: Style,
): CompletionItem[] {
  const near = new Set<Table>();
  for (const { table, depth } of relations) {
    if (table !== undefined && depth === 0) for (const other of neighbours(table, schema)) near.add(other);
  }
  const wanted = namedColumns(place);
  const names = SchemaNames.of(schema);
  const rank = (table: Table): number => {
    const has = wanted.filter((key) => names.column(table, key) !== undefined).length;
    const score = near.has(table) ? 2 : isUnqualified(table, schema) ? 1 : 0;
    return has * 4 + score;
  };
  const ranked = schema.tables.map((table) => ({ table, rank: rank(table) }));
  const tables = ranked
    .toSorted((a, b) => b.rank - a.rank)
    .map(({ table }) => tableItem(table, schema, style));
  const common = commonTablesAt(place.frame).map((one): CompletionItem => {
    const columns = reader.columnsOf(one)?.map(({ name }) => name) ?? [];
    return {
      kind: 'relation',
      label: one.name,
      insert: style.name(one.name),
      description: 'common table',
      ...(columns.length === 0 ? {} : { detail: ` (${columns.join(', ')})` }),
    };
  });
  return [...common, ...tables, ...namespaceItems(schema, style)];
}

/** Keys of the columns that the query's select list names without a qualifier. */
function namedColumns({ frame, shape, reading, index }: Place): string[] {
  const select = frame.marks.findLast(({ clause }) => clause === 'select');
  if (select === undefined) return [];
  const keys = new Set<string>();
  for (let i = 0; i < index; i++) {
    const token = reading.token(i);
    if (token === undefined || token.from < select.to || !reading.isIdentifier(i)) continue;
    if (shape.roles.has(i) || reading.raw(i + 1) === '(' || reading.raw(i + 1) === '.') continue;
    if (reading.raw(i - 1) !== '.') keys.add(reading.key(i));
  }
  return [...keys];
}

export function namespaceItems(schema: Schema, style: Style): CompletionItem[] {
  const namespaces = new Set(
    schema.tables.flatMap((table) =>
      table.namespace === undefined || isUnqualified(table, schema) ? [] : [table.namespace],
    ),
  );
  return [...namespaces].map((name) => ({
    kind: 'namespace',
    label: name,
    insert: style.name(name),
    description: 'schema',
  }));
}

/** Statements may have rows of these names, so no alias is made of them. */
const rowNames: ReadonlySet<string> = new Set(['new', 'old', 'excluded', 'inserted', 'deleted']);

/**
 * What may follow `qualifier.`: the columns of the relation it names, or the tables of the namespace it names.
 * @param ofRow columns of a row that has no FROM, see rows.ts
 */
export function memberItems(
  place: Place,
  relations: Relations,
  schema: Schema,
  style: Style,
  ofRow: (qualifier: Qualifier) => CompletionItem[] | undefined,
): CompletionItem[] {
  const names = SchemaNames.of(schema);
  const [first, second] = place.path.slice(-2);
  const last = second ?? first;
  if (first === undefined || last === undefined) return [];
  // The namespace is written already.
  const tables =
    second === undefined
      ? schema.tables
          .filter((table) => names.table(catalogKey(table.name, schema.dialect), first.key) === table)
          .map((table) => {
            const { filter: _, ...item } = tableItem(table, schema, style);
            return { ...item, label: table.name, insert: style.name(table.name) };
          })
      : [];
  const role = place.shape.roles.get(place.index);
  if (role === 'relation' || role === 'namespace') return tables;
  const relation = second === undefined ? resolveQualifier(first.name, place.frame) : undefined;
  if (relation !== undefined) {
    const { description, table, columns } = relations.describe(relation);
    return columns.map((column) =>
      columnItem(column.name, column.column, { description, table: column.table ?? table }, style),
    );
  }
  const members = second === undefined ? ofRow(first) : undefined;
  if (members !== undefined) return members;
  const table = names.table(last.key, second === undefined ? undefined : first.key);
  if (table === undefined) {
    if (tables.length > 0 || second !== undefined || rowNames.has(first.name.toLowerCase())) return tables;
    const guessed = unwrittenItems(unwrittenOf(first.name, place, schema, relations), style);
    const isOpen = guessed.length === 0 && relations.all().every(({ depth }) => depth > 0);
    return isOpen ? anyColumnItems(schema, style, () => true) : guessed;
  }
  const description = tableTitle(table, schema);
  return table.columns.map((column) => columnItem(column.name, column, { description, table }, style));
}

/** Columns of relations that a later FROM may bring; one item for each name. */
export function unwrittenItems(unwritten: readonly Unwritten[], style: Style): CompletionItem[] {
  const seen = new Set<string>();
  return unwritten.flatMap(({ columns, description, table }) =>
    columns.flatMap(({ name, column, table: origin }) => {
      if (seen.has(name.toLowerCase())) return [];
      seen.add(name.toLowerCase());
      return [columnItem(name, column, { description, table: origin ?? table }, style)];
    }),
  );
}

/** Columns of the relations in scope. A name that several of them have is qualified. */
export function columnItems(place: Place, relations: readonly Relation[], style: Style): CompletionItem[] {
  const merged = mergedColumns(place);
  const holders = new Map<string, number>();
  for (const relation of relations) {
    for (const { name } of relation.columns) {
      const key = name.toLowerCase();
      holders.set(key, (holders.get(key) ?? 0) + 1);
    }
  }
  const seen = new Set<string>();
  return relations.flatMap((relation) =>
    relation.columns.flatMap(({ name, column, table: origin }) => {
      const key = name.toLowerCase();
      const isShared = (holders.get(key) ?? 0) > 1 && !merged.has(key) && relation.qualifier !== '';
      if (!isShared && seen.has(key)) return [];
      seen.add(key);
      const { description, qualifier } = relation;
      const table = origin ?? relation.table;
      return [columnItem(name, column, { description, table, ...(isShared ? { qualifier } : {}) }, style)];
    }),
  );
}

/** Lower-case names of the columns that USING merges. */
function mergedColumns({ shape, reading, frame }: Place): Set<string> {
  const merged = new Set<string>();
  for (const [i, role] of shape.roles) {
    const token = reading.token(i);
    if (role === 'using-column' && token !== undefined && token.from >= frame.from && token.to <= frame.to)
      merged.add(reading.name(i).toLowerCase());
  }
  return merged;
}

/** Columns of any table, for a query without a FROM yet; one item for each name. */
export function anyColumnItems(
  schema: Schema,
  style: Style,
  matches: (name: string) => boolean,
): CompletionItem[] {
  const found = new Map<string, { readonly item: CompletionItem; count: number }>();
  for (const table of schema.tables) {
    for (const column of table.columns) {
      const key = column.name.toLowerCase();
      const known = found.get(key);
      if (known !== undefined) known.count++;
      else if (matches(column.name)) {
        const description = tableTitle(table, schema);
        found.set(key, { item: columnItem(column.name, column, { description, table }, style), count: 1 });
      }
    }
  }
  return [...found.values()].map(({ item, count }) => {
    if (count === 1) return item;
    const { subject: _, detail: __, ...shared } = item;
    return { ...shared, description: `${count} tables` };
  });
}

/** Aliases and names of the relations in scope, to begin a qualified column. */
export function qualifierItems(relations: readonly Relation[], style: Style): CompletionItem[] {
  return relations
    .filter(({ qualifier }) => qualifier !== '')
    .map(({ qualifier, description }) => ({
      kind: 'relation',
      label: qualifier,
      insert: style.name(qualifier),
      description: description === qualifier ? 'table' : description,
    }));
}

/** Names that the select list introduces, when the dialect lets this clause use them. */
export function selectAliasItems({ clause, frame, dialect }: Place, style: Style): CompletionItem[] {
  if (selectAliasesIn(clause, dialect) === 'never') return [];
  return frame.selectAliases.map((name) => ({
    kind: 'column',
    label: name,
    insert: style.name(name),
    description: 'select list',
  }));
}

/** The column that the name at token i means: by its qualifier, or in the innermost relation that has it. */
export function columnAt(
  place: Place,
  i: number,
  relations: readonly Relation[],
): { readonly table: Table; readonly column: Column } | undefined {
  const { reading } = place;
  if (!reading.isName(i)) return undefined;
  const key = reading.name(i).toLowerCase();
  const qualifier = reading.raw(i - 1) === '.' ? reading.name(i - 2).toLowerCase() : undefined;
  for (const { columns, qualifier: own } of relations) {
    if (qualifier !== undefined && own.toLowerCase() !== qualifier) continue;
    const found = columns.find(({ name }) => name.toLowerCase() === key);
    if (found?.table !== undefined && found.column !== undefined)
      return { table: found.table, column: found.column };
  }
  return undefined;
}
