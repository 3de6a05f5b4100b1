/**
 * Prompt text to tokens. Segments are tokenized apart and remembered, so that a key re-tokenizes only the
 * statement it changes. No cache state here.
 */
import type { Model } from '../../../../native/types';
import type { Segment } from '../engine';

/** Segments remembered; the least recently used leaves first. */
const rememberedSegments = 512;

export class SegmentTokenizer {
  readonly #model: Pick<Model, 'tokenize' | 'info'>;
  readonly #remembered = new Map<string, Int32Array>();

  constructor(model: Pick<Model, 'tokenize' | 'info'>) {
    this.#model = model;
  }

  /** Token ids of the segments in a row, with the begin-of-sequence token where the model wants one. */
  tokens(segments: readonly Segment[]): Int32Array {
    const parts = segments.map((segment) =>
      typeof segment === 'string' ? this.#segment(segment) : this.#model.tokenize(segment.special, true),
    );
    const begin = this.#model.info.addsBeginOfSequence ? 1 : 0;
    const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, begin));
    if (begin) all[0] = this.#model.info.special.beginOfSequence;
    let offset = begin;
    for (const part of parts) {
      all.set(part, offset);
      offset += part.length;
    }
    return all;
  }

  #segment(text: string): Int32Array {
    const known = this.#remembered.get(text);
    if (known) {
      this.#remembered.delete(text);
      this.#remembered.set(text, known);
      return known;
    }
    // User text never becomes a special token: "<|endoftext|>" in a comment stays text.
    const tokens = this.#model.tokenize(text, false);
    this.#remembered.set(text, tokens);
    if (this.#remembered.size > rememberedSegments) {
      const oldest = this.#remembered.keys().next();
      if (!oldest.done) this.#remembered.delete(oldest.value);
    }
    return tokens;
  }
}
