/**
 * What hovering a name shows: the table, column, alias or common table it stands for, as markdown.
 * Takes text, place and schema and returns plain values; LSP is the caller's.
 */
import type { Column, Dialect, Schema, Table } from '../schema/model';
import { nameKey, relationTable, SchemaNames } from '../schema/names';
import { frameAt, framesOutwards, resolveQualifier, visibleFrames } from '../sql/scope';
import { readShape, type Frame, type RelationInScope, type Shape } from '../sql/shape';
import { statementAt } from '../sql/statements';
import { identifierName } from '../sql/tokens';

export interface HoverContent {
  readonly markdown: string;
  /** Range of the name in the document. */
  readonly from: number;
  readonly to: number;
}

/** Rows of a table's columns, references and candidates that are shown; the rest is counted. */
const shownColumns = 40;
const shownReferences = 12;
const shownCandidates = 8;

/** What the name at `offset` of a document stands for; undefined where there is none or it is not known. */
export function hover(
  text: string,
  offset: number,
  schema: Schema,
  dialect: Dialect,
): HoverContent | undefined {
  const statement = statementAt(text, offset, dialect);
  const shape = readShape(text, statement, dialect);
  const i = nameAt(shape, offset);
  const token = shape.tokens[i];
  if (token === undefined) return undefined;
  const markdown = new Reader(text, shape, schema, dialect).describe(i);
  return markdown === undefined ? undefined : { markdown, from: token.from, to: token.to };
}

/** Index of the word or quoted name at the offset; the one that begins there wins over the one that ends there. */
function nameAt(shape: Shape, offset: number): number {
  const touches = shape.tokens.flatMap((token, i) =>
    (token.kind === 'word' || token.kind === 'quoted') && token.from <= offset && offset <= token.to
      ? [i]
      : [],
  );
  return touches.at(-1) ?? -1;
}

class Reader {
  private readonly names: SchemaNames;

  constructor(
    private readonly text: string,
    private readonly shape: Shape,
    private readonly schema: Schema,
    private readonly dialect: Dialect,
  ) {
    this.names = SchemaNames.of(schema);
  }

  describe(i: number): string | undefined {
    const token = this.shape.tokens[i];
    if (token === undefined) return undefined;
    const frame = this.shape.frames[i] ?? frameAt(this.shape.root, token.from);
    const role = this.shape.roles.get(i);
    if (role === 'relation-alias') return this.alias(i, frame);
    if (role === 'cte-name') return this.commonTable(i, frame);
    if (role === 'relation') return this.relation(i, frame);
    if (role === 'select-alias' || role === 'column-list') return undefined;
    if (this.raw(i - 1) === '.') return this.qualified(i, frame);
    if (this.raw(i + 1) === '.') return this.alias(i, frame) ?? this.tableNamed(this.key(i));
    if (this.raw(i + 1) === '(' && token.kind === 'word' && role === undefined) {
      // A function's name; in CREATE TABLE and INSERT a table's.
      return this.clauseIsDdl(frame) ? this.tableNamed(this.key(i)) : undefined;
    }
    return this.unqualified(i, frame) ?? this.alias(i, frame) ?? this.tableNamed(this.key(i));
  }

  private raw(i: number): string {
    const token = this.shape.tokens[i];
    return token === undefined ? '' : this.text.slice(token.from, token.to);
  }

  private key(i: number): string {
    const token = this.shape.tokens[i];
    return token === undefined
      ? ''
      : nameKey(identifierName(token, this.text), token.kind === 'quoted', this.dialect);
  }

  private clauseIsDdl(frame: Frame): boolean {
    return frame.marks.at(-1)?.clause === 'ddl';
  }

  private relation(i: number, frame: Frame): string | undefined {
    if (this.raw(i - 1) === '.') {
      const table = this.names.table(this.key(i), this.key(i - 2));
      return table === undefined ? undefined : describeTable(table, this.schema);
    }
    return this.commonTable(i, frame) ?? this.tableNamed(this.key(i));
  }

  private tableNamed(key: string): string | undefined {
    const table = this.names.table(key);
    return table === undefined ? undefined : describeTable(table, this.schema);
  }

  private commonTable(i: number, frame: Frame): string | undefined {
    const wanted = this.key(i).toLowerCase();
    for (const f of framesOutwards(frame)) {
      const found = f.ctes.find((cte) => cte.name.toLowerCase() === wanted);
      if (found !== undefined) return describeQuery('common table', found.name, found.columns);
    }
    return undefined;
  }

  private alias(i: number, frame: Frame): string | undefined {
    const relation = resolveQualifier(this.key(i), frame);
    if (relation === undefined) return undefined;
    const table = relationTable(relation, this.names);
    const name = relation.alias ?? relation.name ?? '';
    if (table === undefined) {
      return describeQuery(relation.kind === 'cte' ? 'common table' : 'subquery', name, relation.columns);
    }
    const head = relation.alias === undefined ? '' : `${code(name)} is an alias of ${code(table.name)}\n\n`;
    return head + describeTable(table, this.schema);
  }

  private qualified(i: number, frame: Frame): string | undefined {
    const qualifier = this.key(i - 2);
    const relation = resolveQualifier(qualifier, frame);
    const table = relation === undefined ? this.names.table(qualifier) : relationTable(relation, this.names);
    if (table !== undefined) {
      const column = this.names.column(table, this.key(i));
      return column === undefined ? undefined : describeColumn(table, column);
    }
    if (relation !== undefined) return this.queryColumn(relation, i);
    // namespace.table
    const inNamespace = this.names.table(this.key(i), qualifier);
    return inNamespace === undefined ? undefined : describeTable(inNamespace, this.schema);
  }

  private queryColumn(relation: RelationInScope, i: number): string | undefined {
    const wanted = this.key(i).toLowerCase();
    const column = relation.columns?.find((name) => name.toLowerCase() === wanted);
    if (column === undefined) return undefined;
    const kind = relation.kind === 'cte' ? 'common table' : 'subquery';
    return `**${escape(column)}**: column of the ${kind} ${code(relation.alias ?? relation.name ?? '')}`;
  }

  /** A column by its name alone: in the innermost query that has it, else in all tables when there is no FROM. */
  private unqualified(i: number, frame: Frame): string | undefined {
    const key = this.key(i);
    let anyRelation = false;
    for (const f of visibleFrames(frame)) {
      anyRelation ||= f.relations.length > 0;
      const found = f.relations.flatMap((relation) => {
        const table = relationTable(relation, this.names);
        const column = table === undefined ? undefined : this.names.column(table, key);
        return table === undefined || column === undefined ? [] : [{ table, column }];
      });
      const candidates = found.filter((a, n) => found.findIndex((b) => b.table === a.table) === n);
      if (candidates.length > 0) return describeCandidates(candidates);
      for (const relation of f.relations) {
        const markdown = this.queryColumn(relation, i);
        if (markdown !== undefined) return markdown;
      }
    }
    if (anyRelation) return undefined;
    return describeCandidates(
      this.names.tablesWith(key).flatMap((table) => {
        const column = this.names.column(table, key);
        return column === undefined ? [] : [{ table, column }];
      }),
    );
  }
}

// Markdown

/** Text as markdown shows it literally, on one line. */
function escape(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()#+\-.!|<>~&]/g, (ch) => `\\${ch}`);
}

/** Text as a code span, whatever backticks it holds; bars are escaped for tables. */
function code(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  return `${fence}${pad}${line.replaceAll('|', '\\|')}${pad}${fence}`;
}

const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

function titleOf(table: Table): string {
  const name = table.namespace === undefined ? table.name : `${table.namespace}.${table.name}`;
  return `**${escape(clip(name, 120))}**`;
}

function rowsOf(table: Table): string {
  if (table.rowCount === undefined) return '';
  return table.rowCount === 1 ? ' · about 1 row' : ` · about ${table.rowCount.toLocaleString('en-US')} rows`;
}

function describeTable(table: Table, schema: Schema): string {
  const count = table.columns.length;
  const lines = [
    `${titleOf(table)} · ${table.kind}${rowsOf(table)} · ${count} ${count === 1 ? 'column' : 'columns'}`,
  ];
  if (table.comment !== undefined && table.comment !== '') lines.push('', escape(clip(table.comment, 400)));
  if (count > 0) {
    lines.push('', '| column | type | |', '| :-- | :-- | :-- |');
    for (const column of table.columns.slice(0, shownColumns)) {
      lines.push(
        `| ${escape(clip(column.name, 80))} | ${escape(clip(column.type, 40))} | ${marksOf(table, column)} |`,
      );
    }
    if (count > shownColumns) lines.push('', `… and ${count - shownColumns} more columns`);
  }
  const out = table.foreignKeys.map(
    (key) => `${list(key.columns)} → ${code(key.table)} (${list(key.referencedColumns)})`,
  );
  const into = referencesInto(table, schema);
  section(lines, 'References', out);
  section(lines, 'Referenced by', into);
  return lines.join('\n');
}

function list(names: readonly string[]): string {
  return names.map((name) => code(clip(name, 80))).join(', ');
}

function section(lines: string[], title: string, items: readonly string[]): void {
  if (items.length === 0) return;
  lines.push('', `${title}:`, '', ...items.slice(0, shownReferences).map((item) => `- ${item}`));
  if (items.length > shownReferences) lines.push(`- … and ${items.length - shownReferences} more`);
}

function referencesInto(table: Table, schema: Schema): string[] {
  const wanted = table.name.toLowerCase();
  return schema.tables.flatMap((other) =>
    other.foreignKeys
      .filter((key) => key.table.toLowerCase() === wanted)
      .map((key) => `${code(other.name)} (${list(key.columns)})`),
  );
}

/** PK, FK and the like, for the last cell of a column's row. */
function marksOf(table: Table, column: Column): string {
  const marks: string[] = [];
  if (column.primaryKey > 0) marks.push('PK');
  if (table.foreignKeys.some((key) => key.columns.includes(column.name))) marks.push('FK');
  if (table.uniqueKeys.some((key) => key.length === 1 && key[0] === column.name)) marks.push('unique');
  if (!column.nullable && column.primaryKey === 0) marks.push('not null');
  if (column.generated === true) marks.push('generated');
  return marks.join(', ');
}

function describeColumn(table: Table, column: Column): string {
  const facts = [column.type === '' ? 'no declared type' : code(clip(column.type, 120))];
  if (column.primaryKey > 0) facts.push('primary key');
  if (column.primaryKey === 0 && table.kind === 'table')
    facts.push(column.nullable ? 'nullable' : 'not null');
  if (table.uniqueKeys.some((key) => key.length === 1 && key[0] === column.name)) facts.push('unique');
  if (column.generated === true) facts.push('generated');
  if (column.defaultValue !== undefined) facts.push(`default ${code(clip(column.defaultValue, 120))}`);
  const lines = [
    `**${escape(clip(column.name, 120))}** ${facts.join(' · ')}`,
    '',
    `Column of ${titleOf(table)} (${table.kind})`,
  ];
  if (column.comment !== undefined && column.comment !== '')
    lines.push('', escape(clip(column.comment, 400)));
  for (const key of table.foreignKeys) {
    const at = key.columns.indexOf(column.name);
    const target = key.referencedColumns[at];
    if (at >= 0) lines.push('', `References ${code(key.table)} (${code(target ?? '')})`);
  }
  return lines.join('\n');
}

function describeCandidates(found: readonly { table: Table; column: Column }[]): string | undefined {
  const [only] = found;
  if (only === undefined) return undefined;
  if (found.length === 1) return describeColumn(only.table, only.column);
  const lines = [`**${escape(clip(only.column.name, 120))}** is a column of ${found.length} tables:`, ''];
  for (const { table, column } of found.slice(0, shownCandidates)) {
    const type = column.type === '' ? '' : ` ${code(clip(column.type, 60))}`;
    const marks = marksOf(table, column);
    lines.push(`- ${titleOf(table)}${type}${marks === '' ? '' : ` · ${marks}`}`);
  }
  if (found.length > shownCandidates) lines.push(`- … and ${found.length - shownCandidates} more`);
  return lines.join('\n');
}

function describeQuery(kind: string, name: string, columns: readonly string[] | undefined): string {
  const head = `**${escape(name)}** · ${kind}`;
  if (columns === undefined || columns.length === 0) return head;
  const shown = columns
    .slice(0, shownColumns)
    .map((column) => (column === '' ? '…' : code(clip(column, 80))));
  const more = columns.length > shownColumns ? `, … and ${columns.length - shownColumns} more` : '';
  return `${head}\n\nColumns: ${shown.join(', ')}${more}`;
}
