/** The style of a text: letter case of keywords and functions, quotes. Completion items are written in it. */
import type { Dialect, Schema } from '../../schema/model';
import { quoteIdentifier } from '../../schema/render';
import { quoteLiteral } from '../../sql/quoteLiteral';
import { functionsOf, keywordsOf } from '../../sql/keywords';
import type { Place } from './cursor';

export interface Style {
  keyword(text: string): string;
  functionName(text: string): string;
  /** A name as the dialect writes it: quoted when it must be, or when the word at the cursor begins with a quote. */
  name(name: string): string;
}

export function styleOf(place: Place, document: string): Style {
  const { reading, dialect } = place;
  let lowerKeywords: boolean | undefined;
  let upperFunctions: boolean | undefined;
  for (const [i, token] of reading.tokens.entries()) {
    if (token.kind !== 'word' || i === place.index) continue;
    const written = reading.written(i);
    const raw = reading.raw(i);
    if (functionsOf(dialect).has(raw) && reading.raw(i + 1) === '(') upperFunctions ??= written !== raw;
    else if (keywordsOf(dialect).has(raw)) lowerKeywords ??= written === raw;
  }
  // A new statement follows the style of the statements around it.
  lowerKeywords ??= /\b(?:SELECT|FROM|CREATE|INSERT)\b/.test(document)
    ? false
    : /\b(?:select|from|create|insert)\b/.test(document);
  return {
    keyword: (text) => (lowerKeywords ? text.toLowerCase() : text.toUpperCase()),
    functionName: (text) => (upperFunctions ? text.toUpperCase() : text),
    name: (name) =>
      place.quote === undefined || place.expects === 'value'
        ? quoteIdentifier(name, dialect)
        : quoted(name, place.quote, dialect),
  };
}

function quoted(name: string, quote: string, dialect: Dialect): string {
  // The person began with a quote that the dialect knows: keep it.
  if (quote !== '"' && quote !== '`' && quote !== '[') return quoteIdentifier(name, dialect);
  const close = quote === '[' ? ']' : quote;
  return `${quote}${name.replaceAll(close, close + close)}${close}`;
}

/** A value as SQL text. A number needs no quotes when the column's type is a number. */
export function literal(value: string, type: string, { dialect, backslash }: Schema): string {
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(value) && /int|num|dec|real|float|double|serial/i.test(type);
  return isNumber ? value : quoteLiteral(value, dialect, backslash);
}
