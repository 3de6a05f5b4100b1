/**
 * Verbs that change things: a suggestion never brings them in, whatever a comment asks for. A statement that changes
 * something begins with the person's own word. Pure.
 */
import type { Reading } from './reading';

const changing = new Set(
  'insert update delete drop truncate alter create replace merge grant revoke rename attach detach vacuum copy call exec execute set'.split(
    ' ',
  ),
);
/** Where the same words are no verbs: FOR UPDATE, ON DELETE, DO UPDATE, WHEN MATCHED THEN UPDATE, UPDATE … SET. */
const before = new Set(['for', 'on', 'do', 'or', 'before', 'after', 'then', 'of', 'and']);

/** Verbs of the statement and of its common tables, with their places. */
export function changingVerbs({ shape, raw, length }: Reading): string[] {
  const found: string[] = [];
  for (let i = 0; i < length; i++) {
    const token = shape.tokens[i];
    const word = raw[i] ?? '';
    const previous = raw[i - 1] ?? '';
    if (token?.kind !== 'word' || !changing.has(word) || raw[i + 1] === '.' || shape.roles.has(i)) continue;
    const isVerb = i === 0 || ((previous === '(' || previous === ')') && raw[i + 1] !== '(');
    if (isVerb && !before.has(previous)) found.push(`verb ${String(token.from)}`);
  }
  return found;
}
