/**
 * The last check before a suggestion is shown: with the suggestion put in, the text around the cursor must still mean the same.
 * So quotes and brackets must be as balanced as before, and the text behind the cursor must have the same tokens. Pure text.
 */
import { innermostStatementAt } from '../sql/statements/routines';
import { tokenize, type Token } from '../sql/tokens';
import type { Place } from './place';
import type { Suggestion } from './suggestion';

/** Whether the suggestion may be put in at the place. */
export function keepsIntact(place: Place, { text, replaced }: Suggestion): boolean {
  const { before, after, closers, dialect } = place;
  const whole = before + after;
  const { from, to } = innermostStatementAt(whole, before.length, dialect);
  const start = before.slice(from);
  const rest = closers + whole.slice(before.length, Math.max(before.length, to));
  const kept = rest.slice(replaced);
  const now = tokenize(start + text + kept, dialect);
  const behind = now.filter((token) => token.from >= start.length + text.length);
  // Behind a quote that the suggestion leaves open, the rest would become a string.
  if (!isSameText(behind, start.length + text.length, tokenize(kept, dialect))) return false;
  if (now.some(({ kind, closed }) => !closed && kind !== 'comment')) return false;
  const earlier = balance(tokenize(start + rest, dialect), start + rest);
  const later = balance(now, start + text + kept);
  return later.unopened <= earlier.unopened && later.unclosed <= earlier.unclosed;
}

function isSameText(tokens: readonly Token[], offset: number, expected: readonly Token[]): boolean {
  return (
    tokens.length === expected.length &&
    tokens.every((token, i) => {
      const other = expected[i];
      return (
        other?.kind === token.kind && other.from === token.from - offset && other.to === token.to - offset
      );
    })
  );
}

/** Brackets that close nothing, and those that nothing closes. */
function balance(
  tokens: readonly Token[],
  text: string,
): { readonly unopened: number; readonly unclosed: number } {
  let unopened = 0;
  let unclosed = 0;
  for (const { kind, from } of tokens) {
    if (kind !== 'punctuation') continue;
    const mark = text.charAt(from);
    if (mark === '(' || mark === '[') unclosed++;
    else if (mark !== ')' && mark !== ']') continue;
    else if (unclosed > 0) unclosed--;
    else unopened++;
  }
  return { unopened, unclosed };
}
