/** Scores a suggestion at a cursor: whether it is right and legal, and how many keys it saves. Pure. */
import { SchemaNames } from '../../server/src/schema/names';
import type { Schema } from '../../server/src/schema/model';
import { unknownIdentifiers } from '../../server/src/resolve/unknownNames';
import { dateParts, functionsOf, keywordsOf, typeNames } from '../../server/src/sql/keywords';
import { statementAt } from '../../server/src/sql/statements/statements';
import { tokenize } from '../../server/src/sql/tokens';
import type { TypingPosition } from './data';

export interface TypingResult {
  readonly id: string;
  readonly kind: string;
  readonly shown: string | undefined;
  readonly exact: boolean;
  /** Characters of the suggestion that the person would have typed. */
  readonly saved: number;
  readonly identifiers: number;
  /** Names in the suggestion that nothing introduces; a name of the person's own that the suggestion makes wrong too. */
  readonly invalid: readonly string[];
  readonly ms: number;
}

export function scoreTyping(
  position: TypingPosition,
  shown: string | undefined,
  schema: Schema,
  ms: number,
): TypingResult {
  const text = shown ?? '';
  const right = [position.expected, ...position.alts].map(normalized);
  return {
    id: position.id,
    kind: position.kind,
    shown,
    exact: right.some((unit) => normalized(text).startsWith(unit)),
    saved: commonLength(text, position.rest),
    ...legality(position.prefix, text, schema),
    ms,
  };
}

/** Without identifier quotes, case and runs of white space. */
function normalized(text: string): string {
  return text
    .replace(/["`[\]]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

/** Characters of `suggested` that agree with `rest`, whatever the case and the white space. */
function commonLength(suggested: string, rest: string): number {
  const [a, b] = [suggested, rest].map((text) => text.replace(/\s+/g, ' ').trimStart().toLowerCase());
  let length = 0;
  while (a && b && length < a.length && a[length] === b[length]) length++;
  return length;
}

/** How many names the suggestion holds, and which are wrong in the statement as it stands with the suggestion. */
export function legality(
  prefix: string,
  suggestion: string,
  schema: Schema,
): { identifiers: number; invalid: string[] } {
  if (suggestion === '') return { identifiers: 0, invalid: [] };
  const whole = prefix + suggestion;
  const { from } = statementAt(prefix, prefix.length, schema.dialect);
  const names = tokenize(whole, schema.dialect).filter(
    ({ kind, to, from: start }) =>
      (kind === 'quoted' || (kind === 'word' && !isWord(whole.slice(start, to), schema))) &&
      to > prefix.length,
  );
  // The space ends the last name. What was wrong before is not the suggestion's fault.
  const wrong = (text: string): string[] =>
    unknownIdentifiers(`${text.slice(from)} `, 0, text.length - from + 1, schema, schema.dialect).map(
      ({ name }) => name,
    );
  const before = wrong(prefix.replace(/[\p{L}\p{N}_$]*$/u, ''));
  return { identifiers: names.length, invalid: wrong(whole).filter((name) => !before.includes(name)) };
}

/** True for a word of the language that is no name of the schema. */
function isWord(text: string, schema: Schema): boolean {
  const word = text.toLowerCase();
  const { dialect } = schema;
  const isName = SchemaNames.of(schema).table(word) !== undefined;
  const isOfTheLanguage =
    keywordsOf(dialect).has(word) ||
    functionsOf(dialect).has(word) ||
    typeNames.has(word) ||
    dateParts.has(word);
  return isOfTheLanguage && !isName;
}

export function summarizeTyping(results: readonly TypingResult[]) {
  const shown = results.filter(({ shown: text }) => text !== undefined);
  const kinds = Map.groupBy(results, ({ kind }) => kind);
  const sum = (of: (result: TypingResult) => number): number =>
    results.reduce((all, one) => all + of(one), 0);
  const times = results.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const percentile = (share: number): number =>
    rounded(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0, 1);
  const identifiers = sum((result) => result.identifiers);
  const invalid = sum((result) => Math.min(result.invalid.length, result.identifiers));
  return {
    n: results.length,
    exact: share(results.filter(({ exact }) => exact).length, results.length),
    exact_by_kind: Object.fromEntries(
      [...kinds].toSorted().map(([kind, all]) => [
        kind,
        {
          n: all.length,
          exact: share(all.filter(({ exact }) => exact).length, all.length),
          shown: share(all.filter(({ shown: text }) => text !== undefined).length, all.length),
        },
      ]),
    ),
    chars_saved: rounded(sum(({ saved }) => saved) / Math.max(1, results.length), 2),
    identifiers_valid: identifiers === 0 ? 1 : share(identifiers - invalid, identifiers),
    positions_with_invalid: results.filter(({ invalid: names }) => names.length > 0).length,
    shown_rate: share(shown.length, results.length),
    p50_ms: percentile(0.5),
    p95_ms: percentile(0.95),
  };
}

export const share = (part: number, all: number): number => rounded(part / Math.max(1, all), 4);
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
