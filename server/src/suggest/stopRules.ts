/** How far a suggestion reaches, and at which texts the engine ends it. */
import type { CompleteOptions } from '../engine/engine';

/** What one suggestion reaches for: the rest of the line, or the whole statement under a question. */
export type Reach = 'line' | 'statement';

export function stopRules(reach: Reach, maxTokens: number): CompleteOptions {
  return reach === 'statement'
    ? { maxTokens: maxTokens * 3, stopBefore: ['\n\n'], stopAfter: [';'] }
    : { maxTokens, stopBefore: ['\n'], stopAfter: [';'] };
}
