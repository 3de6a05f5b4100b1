/** Links as the prompt shows them behind a question: ` (singer.age; concert; concert.stadium_id = stadium.id)`. Pure. */
import type { Dialect, Table } from '../../schema/model';
import { quoteIdentifier } from '../../schema/render';
import { quoteLiteral, type Backslash } from '../../sql/quoteLiteral';
import type { Link } from './link';

/** With a blank before it; empty without links. One line, whatever the names and values are. */
export function linksText(links: readonly Link[], dialect: Dialect, backslash?: Backslash): string {
  const texts = new Set(links.map((link) => textOf(link, dialect, backslash)));
  if (texts.size === 0) return '';
  return ` (${[...texts].join('; ').replace(/[\s\p{Cc}]+/gu, ' ')})`;
}

function textOf(link: Link, dialect: Dialect, backslash: Backslash): string {
  const write = (name: string): string => quoteIdentifier(name, dialect);
  const columnOf = ({ name }: Table, column: string): string => `${write(name)}.${write(column)}`;
  switch (link.kind) {
    case 'table':
      return write(link.table.name);
    case 'column':
      return columnOf(link.table, link.column.name);
    case 'value':
      return `${columnOf(link.table, link.column.name)} = ${quoteLiteral(link.value, dialect, backslash)}`;
    case 'join':
      return `${columnOf(link.table, link.column)} = ${columnOf(link.otherTable, link.otherColumn)}`;
  }
}
