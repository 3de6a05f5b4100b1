/**
 * The question above a statement, with where its values stand behind it: `-- pets of Ann (owners.name = 'Ann')`. Only in
 * the prompt; the document stays as it is. Pure text.
 */
import type { Schema } from '../schema/model';
import { quoteIdentifier } from '../schema/render';
import { valuePlaces } from '../schema/valuePlaces';
import { tokenize, type Token } from '../sql/tokens';

/** Where the values that a question names stand, with a blank before it; empty where the schema does not tell. */
export function placesBehind(question: string, schema: Schema): string {
  const places = valuePlaces(question, schema);
  if (places.length === 0) return '';
  const write = (name: string): string => quoteIdentifier(name, schema.dialect);
  const texts = places.map(
    ({ table, column, value }) =>
      `${write(table.name)}.${write(column.name)} = '${value.replaceAll("'", "''")}'`,
  );
  return ` (${texts.join('; ').replace(/\s+/g, ' ')})`;
}

/**
 * A statement with the comments above it, as the prompt holds it. The same text gives the same text, so that a key
 * behind the comment changes nothing before the key. A comment that is still being typed stays as it is.
 */
export function withPlaces(statement: string, schema: Schema): string {
  if (!/^\s*(?:--|\/\*|#)/.test(statement)) return statement;
  const above: Token[] = [];
  for (const token of tokenize(statement, schema.dialect)) {
    if (token.kind === 'comment') above.push(token);
    else if (token.kind !== 'whitespace') break;
  }
  const last = above.at(-1);
  if (!last?.closed || last.to === statement.length) return statement;
  const text = (token: Token): string => statement.slice(token.from, token.to);
  const question = above.map((token) => text(token).replace(/^(?:--|#|\/\*)|\*\/$/g, ' ')).join(' ');
  const end = text(last).endsWith('*/') ? last.to - 2 : last.to;
  const head = statement.slice(0, end).trimEnd();
  return head + placesBehind(question, schema) + statement.slice(head.length);
}
