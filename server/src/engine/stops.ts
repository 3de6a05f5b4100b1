/** Cuts a generated text at a stop text, for example at `;`. Used by the engine host and for remote servers alike. Pure. */
import type { CompleteOptions } from './engine';

/** The text cut at the earliest stop behind its leading white space, or undefined when none is there. */
export function applyStops(
  text: string,
  options: Pick<CompleteOptions, 'stopBefore' | 'stopAfter'>,
): string | undefined {
  let end = Infinity;
  const start = text.search(/\S/);
  if (start < 0) return undefined;
  for (const stop of options.stopBefore) {
    const at = text.indexOf(stop, start);
    if (at >= 0) end = Math.min(end, at);
  }
  for (const stop of options.stopAfter) {
    const at = text.indexOf(stop, start);
    if (at >= 0) end = Math.min(end, at + stop.length);
  }
  return end === Infinity ? undefined : text.slice(0, end);
}
