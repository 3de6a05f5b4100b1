/**
 * Whether a suggestion in the middle of a statement leads to the rest behind the cursor. It may not end the statement, begin
 * a clause that the rest has too, or begin one that must come later than those of the rest. Example: nothing with LIMIT may
 * stand before `ORDER BY id`. Pure.
 */
import { clausesOutOfOrder } from './rules/clauseOrder';
import type { Problem } from './problem';
import type { Reading } from './reading';

/** Words that begin another statement, which may follow without a semicolon. */
const beginsStatement =
  /^(?:select|with|insert|update|delete|merge|replace|create|alter|drop|truncate|explain|pragma|begin|values)$/;

/** @param whole the statement with its rest; the suggestion ends where the rest begins */
export function deadEnds(whole: Reading): Problem[] {
  const { shape, raw, to, length, text } = whole;
  const rest = raw.findIndex((word, i) => i >= length && word !== ';');
  if (rest < 0 || beginsStatement.test(raw[rest] ?? '')) return [];
  const end = raw.findIndex((word, i) => i < length && word === ';');
  if (end >= 0) return [{ kind: 'end-before-rest', at: shape.tokens[end]?.from ?? to, detail: '' }];
  return clausesOutOfOrder(whole, text.length).flatMap(({ mark, frame }) => {
    const last = frame.marks.findLast(({ from }) => from < to);
    // A keyword at the end may still grow into a name.
    if (mark.from < to || last === undefined || last.to === to) return [];
    // Counted from the end of the text, because the text before it grows.
    return [{ kind: 'clause-before-rest', at: last.from, detail: String(text.length - mark.from) }];
  });
}
