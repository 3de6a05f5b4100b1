/**
 * Turns a prompt's text into tokens. It tokenizes each segment by itself and remembers the result; when a segment grew, only
 * the part from shortly before the change is tokenized again. Text that the model wrote keeps the tokens that it was written
 * with: other tokens for the same text would not be found in the cache after the person accepts it.
 */
import type { Model } from '../../../../../native/types';
import type { Prompt } from '../../engine';
import { commonPrefix } from '../cache/sequence';
import type { Vocabulary } from './vocabulary';

/** How many segments are remembered by their text; the one used longest ago is forgotten first. */
const rememberedSegments = 512;
/** A new segment is compared with so many of the latest ones, to find the one that it grew from. */
const recentSegments = 24;
/** A new segment must share this many characters with an old one; otherwise tokenizing all of it is as fast. */
const worthSeam = 64;
/** Tokenizing begins again this many tokens before the change, and the first few must come out the same as before. */
const overlap = 16;
const agreeing = 6;

export interface PromptTokens {
  readonly tokens: Int32Array;
  /**
   * The end of the text for which there are no tokens yet; generation has to begin with it. It is the blanks at the end,
   * because the next token is a word with its blank (` name`), or the typed half of a token that the model had generated.
   */
  readonly healed: string;
  /** How many leading tokens are the prompt's stable segments. */
  readonly schemaTokens: number;
}

interface Entry {
  readonly text: string;
  readonly tokens: Int32Array;
  /** Where each token ends in the text, in UTF-16 units; -1 within a character. */
  readonly ends: Int32Array;
  /** How many leading tokens the model generated; they stay as they are. */
  readonly fixed: number;
  /** Where the generated part of the text begins; at its end when nothing was generated. */
  readonly generatedFrom: number;
}

export class SegmentTokenizer {
  readonly #model: Pick<Model, 'tokenize' | 'info'>;
  readonly #vocabulary: Vocabulary;
  readonly #remembered = new Map<string, Int32Array>();
  /** Newest first. */
  #recent: Entry[] = [];

  constructor(model: Pick<Model, 'tokenize' | 'info'>, vocabulary: Vocabulary) {
    this.#model = model;
    this.#vocabulary = vocabulary;
  }

  /** Token ids of the segments in a row, with the begin-of-sequence token where the model wants one. */
  prompt({ segments, stable = 0 }: Prompt): PromptTokens {
    const parts: Int32Array[] = [];
    if (this.#model.info.addsBeginOfSequence)
      parts.push(Int32Array.of(this.#model.info.special.beginOfSequence));
    let schemaTokens = 0;
    let healed = '';
    for (const [i, segment] of segments.entries()) {
      if (typeof segment !== 'string') {
        parts.push(this.#model.tokenize(segment.special, true));
      } else if (i === segments.length - 1) {
        const last = this.#last(segment);
        parts.push(last.tokens);
        healed = last.healed;
      } else {
        parts.push(this.#segment(segment));
      }
      if (i < stable) schemaTokens = sumOfLengths(parts);
    }
    return { tokens: concatenate(parts), healed, schemaTokens };
  }

  /**
   * Remembers the tokens of a text that the model has generated.
   * @param tokens the prompt's and those generated behind them
   */
  generated(prompt: Prompt, tokens: ArrayLike<number>): void {
    const last = prompt.segments.at(-1);
    if (typeof last !== 'string') return;
    const before = this.prompt({ segments: [...prompt.segments.slice(0, -1), ''] }).tokens.length;
    const own = Int32Array.from(Array.prototype.slice.call(tokens, before) as number[]);
    const text = this.#textOf(own);
    // The generated text may end within the blanks or the word it was held to begin with.
    if (text.length <= last.length || !text.startsWith(last)) return;
    this.#keep({ text, tokens: own, ends: this.#ends(own), fixed: own.length, generatedFrom: last.length });
  }

  /** The last segment ends at the cursor, where the next characters may still change the last token: its text is `healed`. */
  #last(text: string): { tokens: Int32Array; healed: string } {
    for (const entry of this.#recent) {
      if (entry.generatedFrom >= text.length || !entry.text.startsWith(text)) continue;
      const count = countUpTo(entry.ends, text.length);
      const end = count > 0 ? (entry.ends[count - 1] ?? 0) : 0;
      return { tokens: entry.tokens.slice(0, count), healed: text.slice(end) };
    }
    const kept = text.replace(/[ \t]+$/, '');
    return { tokens: this.#segment(kept), healed: text.slice(kept.length) };
  }

  #segment(text: string): Int32Array {
    const known = this.#remembered.get(text);
    if (known) {
      this.#remembered.delete(text);
      this.#remembered.set(text, known);
      return known;
    }
    const tokens = this.#grown(text) ?? this.#whole(text);
    this.#remembered.set(text, tokens);
    if (this.#remembered.size > rememberedSegments) {
      const oldest = this.#remembered.keys().next();
      if (!oldest.done) this.#remembered.delete(oldest.value);
    }
    return tokens;
  }

  #whole(text: string): Int32Array {
    // User text never becomes a special token: "<|endoftext|>" in a comment stays text.
    const tokens = this.#model.tokenize(text, false);
    if (text.length >= worthSeam)
      this.#keep({ text, tokens, ends: this.#ends(tokens), fixed: 0, generatedFrom: text.length });
    return tokens;
  }

  /** The tokens of a text that begins like a recent one; undefined when none begins like it. */
  #grown(text: string): Int32Array | undefined {
    let base: Entry | undefined;
    let common = 0;
    for (const entry of this.#recent) {
      const length = commonText(entry.text, text);
      if (length > common) [base, common] = [entry, length];
    }
    if (!base || (common < worthSeam && base.fixed === 0)) return undefined;
    const usable = countUpTo(base.ends, common);
    const fixed = fixedTokens(base, Math.min(base.fixed, usable), text);
    for (let back = overlap; ; back *= 2) {
      let start = Math.max(fixed, usable - back);
      while (start > fixed && base.ends[start - 1] === -1) start--;
      const from = start > 0 ? (base.ends[start - 1] ?? 0) : 0;
      if (from < 0) return undefined;
      const tail = this.#model.tokenize(text.slice(from), false);
      const agreed = commonPrefix(tail, base.tokens.subarray(start, usable));
      // From within the text, the first tokens must come out as before; if not, we begin further back.
      if (start > fixed && agreed < Math.min(agreeing, usable - start)) continue;
      if (start === 0 && fixed === 0) return undefined;
      const tokens = concatenate([base.tokens.subarray(0, start), tail]);
      const ends = new Int32Array(tokens.length);
      ends.set(base.ends.subarray(0, start));
      ends.set(this.#ends(tail, from), start);
      this.#keep({ text, tokens, ends, fixed, generatedFrom: text.length });
      return tokens;
    }
  }

  #keep(entry: Entry): void {
    this.#recent = [entry, ...this.#recent.filter(({ text }) => text !== entry.text)].slice(
      0,
      recentSegments,
    );
    if (entry.fixed === entry.tokens.length) {
      this.#remembered.delete(entry.text);
      this.#remembered.set(entry.text, entry.tokens);
    }
  }

  #textOf(tokens: Int32Array): string {
    return Buffer.concat(Array.from(tokens, (token) => this.#vocabulary.bytes(token))).toString();
  }

  #ends(tokens: Int32Array, from = 0): Int32Array {
    const ends = new Int32Array(tokens.length);
    let length = from;
    for (let i = 0; i < tokens.length; i++) {
      // A character counts at its first byte; four bytes are two UTF-16 units.
      for (const byte of this.#vocabulary.bytes(tokens[i] ?? 0))
        if ((byte & 0xc0) !== 0x80) length += byte >= 0xf0 ? 2 : 1;
      const next = i + 1 < tokens.length ? this.#vocabulary.bytes(tokens[i + 1] ?? 0)[0] : undefined;
      ends[i] = next !== undefined && (next & 0xc0) === 0x80 ? -1 : length;
    }
    return ends;
  }
}

/** How many of the generated tokens stay when other text follows: those up to the last end of a word. */
function fixedTokens(base: Entry, fixed: number, text: string): number {
  while (fixed > 0) {
    const end = base.ends[fixed - 1] ?? -1;
    const word = /[\p{L}\p{N}_]/u;
    if (end >= 0 && !(word.test(text.charAt(end - 1)) && word.test(text.charAt(end)))) {
      // A blank belongs to the token of the word behind it, so the end is not put behind a blank.
      if (!/[ \t]/.test(text.charAt(end - 1))) return fixed;
    }
    fixed--;
  }
  return 0;
}

/** How many tokens end at or before `length`; the last of them does not end within a character. */
function countUpTo(ends: Int32Array, length: number): number {
  let count = ends.length;
  while (count > 0 && ((ends[count - 1] ?? 0) > length || ends[count - 1] === -1)) count--;
  return count;
}

/** Leading UTF-16 units two texts share. */
function commonText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return i;
}

function sumOfLengths(parts: readonly Int32Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function concatenate(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(sumOfLengths(parts));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
