/**
 * Measures how text becomes tokens when somebody types at the end of a 1 MB file, the way prompts do it: a window, in
 * segments, only what changed.
 */
import type { Model } from '../../../native/types';
import { SegmentTokenizer } from '../../../server/src/engine/host/decode/tokenizer';
import { Vocabulary } from '../../../server/src/engine/host/decode/vocabulary';
import { completionPrompt, documentBudget, shareContext } from '../../../server/src/prompt/layout';
import { spread, type Spread } from '../figures';

export interface Tokenizing {
  /** Milliseconds a key from the text to its prompt, and from the prompt to its tokens. */
  readonly prompt_ms: Spread;
  readonly tokens_ms: Spread;
  readonly tokens: number;
}

const contextTokens = 8192;
const warmUp = 20;

export function measureTokenizing(model: Model): Tokenizing {
  const line = "SELECT e.name, 'it''s' FROM entity_1 e WHERE e.amount > 2;\n";
  let text = line.repeat(Math.ceil((1 << 20) / line.length));
  const tokenizer = new SegmentTokenizer(model, new Vocabulary(model));
  const budget = documentBudget(shareContext(contextTokens).document);
  const [prompts, tokens]: [number[], number[]] = [[], []];
  let count = 0;
  for (const key of 'SELECT e.name, e.amount FROM entity_3 e WHERE e.parent_id = 7 ORDER BY e.name;\n'.repeat(
    3,
  )) {
    text += key;
    const started = performance.now();
    const prompt = completionPrompt({ segments: [] }, text, text.length, 'sqlite', budget);
    const made = performance.now();
    count = tokenizer.prompt(prompt).tokens.length;
    tokens.push(performance.now() - made);
    prompts.push(made - started);
  }
  return {
    prompt_ms: spread(prompts.slice(warmUp)),
    tokens_ms: spread(tokens.slice(warmUp)),
    tokens: count,
  };
}
