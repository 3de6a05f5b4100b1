/**
 * Verbs that change data or schema (DELETE, DROP): no suggestion brings one in, whatever a comment asks for. A statement that
 * changes something begins with a word that the person typed. Pure.
 */
import type { Problem } from '../problem';
import type { Reading } from '../reading';

const changing = new Set(
  'insert update delete drop truncate alter create merge grant revoke rename attach detach vacuum copy call exec execute'.split(
    ' ',
  ),
);
/** Where UPDATE is no verb: FOR UPDATE, DO UPDATE, ON DUPLICATE KEY UPDATE. */
const inside = new Set(['for', 'do', 'key']);
/** Statements that consist of such words. */
const definitions = new Set(['create', 'alter', 'grant', 'revoke', 'merge']);

/** Verbs of the statement and of its common tables, with their places. */
export function changingVerbs({ shape, raw, length, names }: Reading): Problem[] {
  const found: Problem[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    const word = raw[i] ?? '';
    if (token?.kind !== 'word' || !changing.has(word)) continue;
    // A call of a function, or a name of the schema.
    if (raw[i + 1] === '(' || names.tablesWith(word).length > 0 || names.table(word) !== undefined) continue;
    if ((word === 'update' && inside.has(raw[i - 1] ?? '')) || (i > 0 && definitions.has(raw[0] ?? '')))
      continue;
    found.push({ kind: 'changing-verb', at: token.from });
  }
  return found;
}
