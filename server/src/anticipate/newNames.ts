/**
 * Names that a suggestion introduces: aliases of tables and columns, common tables. They are free, but a word that
 * begins with a keyword is a keyword with its blank forgotten, and in a select list an alias wants its AS. Pure.
 */
import { keywordsOf, neverAlias } from '../sql/keywords';
import type { Reading } from './reading';

/** Letters an invented name may have. */
const longest = 40;
/** Keywords this short begin ordinary words: "as", "in", "on", "order_count" is told apart by its underscore. */
const shortestKeyword = 4;

export function oddNames(reading: Reading): string[] {
  const { shape, raw, length } = reading;
  const found: string[] = [];
  for (const [i, role] of shape.roles) {
    if (i >= length) continue;
    const token = shape.tokens[i];
    if (token === undefined) continue;
    const hasAs = raw[i - 1] === 'as';
    const isAlias = role === 'relation-alias' || role === 'select-alias';
    // In a select list it is nearly always a comma forgotten; what is still open may become FROM.
    const isImplicit = role === 'select-alias' && !hasAs && !(reading.isOpen(i) && beginsKeyword(reading, i));
    if (isImplicit) found.push(`name ${String(token.from)}`);
    else if ((isAlias || role === 'cte-name') && isOdd(reading, i, hasAs))
      found.push(`name ${String(token.from)}`);
  }
  return found;
}

function isOdd(reading: Reading, i: number, hasAs: boolean): boolean {
  const { names, schema } = reading;
  const token = reading.shape.tokens[i];
  const name = reading.name(i);
  if (token === undefined || token.kind === 'quoted') return false;
  if (name.length > longest) return true;
  const isKnown = names.table(name) !== undefined || names.tablesWith(name).length > 0;
  if (isKnown) return false;
  // A word that is a keyword itself has been taken for a name only behind AS.
  if (neverAlias.has(name)) return !reading.isOpen(i);
  if (hasAs) return false;
  if (name.length > 12 && !reading.isOpen(i)) return true;
  for (const keyword of keywordsOf(schema.dialect))
    if (keyword.length >= shortestKeyword && neverAlias.has(keyword) && startsGlued(name, keyword))
      return true;
  return false;
}

function beginsKeyword(reading: Reading, i: number): boolean {
  const name = reading.name(i);
  return [...keywordsOf(reading.schema.dialect)].some((keyword) => keyword.startsWith(name));
}

/** "wheredid", but not "order_total". */
function startsGlued(name: string, keyword: string): boolean {
  return (
    name.length > keyword.length && name.startsWith(keyword) && /^\p{L}/u.test(name.slice(keyword.length))
  );
}
