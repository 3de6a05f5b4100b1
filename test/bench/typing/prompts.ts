/**
 * The prompt for systems that make none themselves: schema, then document; with filling in the middle when the model
 * can.
 */
import type { EngineModel } from '../../../server/src/engine/engine';
import type { Place } from './system';

export function plainPrompt(schemaText: string, { text, cursor }: Place, fim: EngineModel['fim']): string {
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)];
  if (fim === undefined || after.trim() === '') return schemaText + before;
  return `${fim.prefix}${schemaText}${before}${fim.suffix}${after}${fim.middle}`;
}

/** What ends a suggestion of theirs, besides the number of tokens. */
export const stopText = '\n';
