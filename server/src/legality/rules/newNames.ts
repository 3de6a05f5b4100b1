/**
 * Names that a suggestion introduces: aliases and common tables. Any name will do, with two exceptions: a word like
 * `fromorders` is a keyword without its blank, and in a select list an alias needs AS. Pure.
 */
import { relationTable } from '../../schema/names';
import { functionsOf, keywordsOf, neverAlias } from '../../sql/keywords';
import { clauseAt, visibleFrames } from '../../sql/shape/scope';
import type { Problem } from '../problem';
import type { Reading } from '../reading';

/** Letters an invented name may have. */
const longest = 40;

export function oddNames(reading: Reading): Problem[] {
  const { shape, raw, length } = reading;
  const found: Problem[] = [];
  for (const [i, role] of shape.roles) {
    if (i >= length) continue;
    const token = shape.tokens[i];
    if (token === undefined) continue;
    const hasAs = raw[i - 1] === 'as';
    const isAlias = role === 'relation-alias' || role === 'select-alias';
    // In a select list it is nearly always a forgotten comma. A word that is still open may become FROM.
    const isImplicit = role === 'select-alias' && !hasAs && !(reading.isOpen(i) && beginsKeyword(reading, i));
    if (isImplicit) found.push({ kind: 'odd-name', at: token.from });
    else if ((isAlias || role === 'cte-name') && isOdd(reading, i, hasAs))
      found.push({ kind: 'odd-name', at: token.from });
  }
  return found;
}

function isOdd(reading: Reading, i: number, hasAs: boolean): boolean {
  const { names } = reading;
  const token = reading.shape.tokens[i];
  const name = reading.name(i);
  if (token === undefined || token.kind === 'quoted') return false;
  if (name.length > longest) return true;
  const isKnown = names.table(name) !== undefined || names.tablesWith(name).length > 0;
  if (isKnown) return false;
  // A keyword was read as a name only because it stands behind AS.
  if (neverAlias.has(name)) return !reading.isOpen(i);
  if (hasAs) return false;
  if (reading.shape.roles.get(i) !== 'relation-alias') return name.length > 12 && !reading.isOpen(i);
  if (reading.isOpen(i) && beginsKeyword(reading, i)) return false;
  return !standsFor(reading, i, name);
}

/** An alias without AS: short, or one used before, or made of the table's letters in their order. */
function standsFor(reading: Reading, i: number, name: string): boolean {
  const letters = name.replace(/_?\d*$/, '');
  // A derived table has no name that the alias could shorten.
  if (letters.length <= 2 || (reading.raw[i - 1] === ')' && name.length <= 12)) return true;
  if (reading.judged.pending.some(({ qualifier }) => qualifier === name)) return true;
  let at = 0;
  const table = reading.name(i - 1);
  for (const letter of table) if (letter === letters.charAt(at)) at++;
  return at === letters.length;
}

function beginsKeyword(reading: Reading, i: number): boolean {
  const name = reading.name(i);
  return [...keywordsOf(reading.schema.dialect)].some((keyword) => keyword.startsWith(name));
}

/**
 * Words of the language in mixed case, such as "Dense_rank": the model was on the way to a column that does not exist. A
 * person may write them so, a suggestion does not.
 */
export function mixedWords(reading: Reading): Problem[] {
  const { shape, raw, text, schema, names, length } = reading;
  const found: Problem[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    if (token?.kind !== 'word' || shape.roles.has(i) || raw[i - 1] === '.' || raw[i + 1] === '.') continue;
    const written = text.slice(token.from, token.to);
    if (!/\p{Ll}/u.test(written) || !/\p{Lu}/u.test(written)) continue;
    const word = raw[i] ?? '';
    const isOpen = reading.isOpen(i);
    const isOf = (known: Iterable<string>): boolean => {
      for (const one of known) if (isOpen ? one.startsWith(word) : one === word) return true;
      return false;
    };
    const { dialect } = schema;
    if (!isOf(keywordsOf(dialect)) && !isOf(functionsOf(dialect))) continue;
    const introduced = [...reading.frames].flatMap(({ relations, selectAliases, ctes }) => [
      ...relations.flatMap(({ alias, name }) => [alias ?? '', name ?? '']),
      ...selectAliases,
      ...ctes.map(({ name }) => name),
    ]);
    if (isOf(introduced.map((name) => name.toLowerCase()))) continue;
    const frame = shape.frames[i] ?? shape.root;
    const relations = visibleFrames(frame).flatMap((one) => one.relations);
    const inScope = relations.map((relation) => relationTable(relation, names));
    // Without a table in scope any column may be meant. A table without known columns tells nothing.
    const columns = inScope.length === 0 ? [undefined] : inScope;
    if (columns.some((table) => isOf(names.columnKeys(table)))) continue;
    if (clauseAt(frame, token.from) === 'from' && isOf(names.tableKeys())) continue;
    found.push({ kind: 'mixed-case-word', at: token.from });
  }
  return found;
}
