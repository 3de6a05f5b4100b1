/** Tells by the words before the cursor what is wanted there: a table, a column, a value. For alternatives and for learning. */

export const positionKinds = ['statement', 'table', 'column', 'condition', 'value', 'other'] as const;
export type PositionKind = (typeof positionKinds)[number];

const rules: readonly (readonly [RegExp, PositionKind])[] = [
  [/\b(?:from|join|into|update)\s+$/i, 'table'],
  [/\b(?:on|where|and|or|having|using)\s+\(?$/i, 'condition'],
  [/\b(?:select|distinct|by|set)\s+$/i, 'column'],
  [/[.,]\s*$/, 'column'],
  [/(?:[=<>(]|\blike|\bin)\s*'?$/i, 'value'],
  [/(?:^|;|\n\s*\n)\s*(?:--[^\n]*\n\s*|\/\*[\s\S]*?\*\/\s*)*$/, 'statement'],
];

/** @param before text up to the cursor; a half-typed word at its end does not count */
export function positionKind(before: string): PositionKind {
  const start = before.slice(-400).replace(/[\p{L}\p{N}_$]+$/u, '');
  return rules.find(([pattern]) => pattern.test(start))?.[1] ?? 'other';
}

/** True where several names are likely, so that alternatives are worth decoding. */
export function isChoicePoint(before: string): boolean {
  const kind = positionKind(before);
  return kind === 'table' || kind === 'column' || kind === 'condition';
}
