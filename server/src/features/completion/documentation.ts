/**
 * The documentation of a completion item: the same Markdown as a hover over its name. Made only for the item that is
 * selected.
 */
import type { Schema } from '../../schema/model';
import { quoteIdentifier } from '../../schema/render';
import { hover } from '../hover/hover';
import type { CompletionSubject } from './item';

/** Markdown, or undefined when nothing is known. */
export function documentation(subject: CompletionSubject, schema: Schema): string | undefined {
  const { kind, namespace, table, name } = subject;
  const quote = (text: string): string => quoteIdentifier(text, schema.dialect);
  const path = (...names: (string | undefined)[]): string =>
    names
      .filter((part) => part !== undefined)
      .map(quote)
      .join('.');
  const at = (before: string, after: string): string | undefined => {
    const text = before + quote(name);
    return hover(text + after, text.length - 1, schema, schema.dialect)?.markdown;
  };
  switch (kind) {
    case 'table':
      return at(`SELECT * FROM ${namespace === undefined ? '' : `${quote(namespace)}.`}`, '');
    case 'column':
      return at('SELECT of_it.', ` FROM ${path(namespace, table)} AS of_it`);
    case 'function':
      return at('SELECT ', '()');
  }
}
