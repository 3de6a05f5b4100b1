/**
 * Writes a table as a CREATE statement for people, one column a line. It is made from the catalogue; it is not the
 * statement that was once run.
 */
import type { Column, Dialect, Schema, Table } from '../schema/model';
import { quoteIdentifier } from '../schema/render';

export interface TableDdl {
  readonly text: string;
  /** Zero-based line of each column, in the table's order. */
  readonly columnLines: readonly number[];
  /** Zero-based line that names the table. */
  readonly nameLine: number;
}

export function tableDdl(table: Table, { dialect, source }: Pick<Schema, 'dialect' | 'source'>): TableDdl {
  const quote = (name: string): string => quoteIdentifier(name, dialect);
  const name = [table.namespace, table.name]
    .filter((part) => part !== undefined)
    .map(quote)
    .join('.');
  const rows = table.rowCount === undefined ? '' : `, about ${table.rowCount.toLocaleString('en-US')} rows`;
  const head = [
    comment(`${table.kind} of ${source}${rows}; as the catalogue tells it, read-only`),
    ...(table.comment ? [comment(table.comment)] : []),
  ];
  const keys = keyLines(table, quote);
  const lines = table.columns.map((column, i) => {
    const isLast = i === table.columns.length - 1 && keys.length === 0;
    const remark = column.comment ? ` ${comment(column.comment)}` : '';
    return `  ${columnLine(column, table, dialect)}${isLast ? '' : ','}${remark}`;
  });
  const kind = table.kind.toUpperCase();
  const open =
    table.kind === 'table' ? `CREATE ${kind} ${name} (` : `CREATE ${kind} ${name} AS -- its columns:`;
  const body =
    table.kind === 'table'
      ? [...lines, ...keys.map((line, i) => `  ${line}${i === keys.length - 1 ? '' : ','}`), ');']
      : lines.map((line) => comment(line.trim().replace(/,$/, '')));
  return {
    text: `${[...head, open, ...body].join('\n')}\n`,
    columnLines: table.columns.map((_, i) => head.length + 1 + i),
    nameLine: head.length,
  };
}

const comment = (text: string): string => `-- ${text.replace(/\s+/g, ' ').trim()}`;

function columnLine(column: Column, { columns }: Table, dialect: Dialect): string {
  const isOnlyKey = column.primaryKey > 0 && columns.filter(({ primaryKey }) => primaryKey > 0).length === 1;
  return [
    quoteIdentifier(column.name, dialect),
    column.type.replace(/\s+/g, ' '),
    isOnlyKey ? 'PRIMARY KEY' : column.nullable ? '' : 'NOT NULL',
    column.generated === true
      ? 'GENERATED ALWAYS'
      : column.defaultValue === undefined
        ? ''
        : `DEFAULT ${column.defaultValue.replace(/\s+/g, ' ')}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function keyLines({ columns, uniqueKeys, foreignKeys }: Table, quote: (name: string) => string): string[] {
  const list = (names: readonly string[]): string => `(${names.map(quote).join(', ')})`;
  const primary = columns
    .filter(({ primaryKey }) => primaryKey > 0)
    .toSorted((a, b) => a.primaryKey - b.primaryKey)
    .map(({ name }) => name);
  return [
    ...(primary.length > 1 ? [`PRIMARY KEY ${list(primary)}`] : []),
    ...uniqueKeys.map((key) => `UNIQUE ${list(key)}`),
    ...foreignKeys.map((key) => {
      const target = [key.namespace, key.table]
        .filter((part) => part !== undefined)
        .map(quote)
        .join('.');
      const referenced = key.referencedColumns.length > 0 ? ` ${list(key.referencedColumns)}` : '';
      return `FOREIGN KEY ${list(key.columns)} REFERENCES ${target}${referenced}`;
    }),
  ];
}
