/**
 * Knows the text of every token of the model, and finds tokens by text: which tokens can come next when the text to be
 * written is `customers`? `c`, `cust` and `customers`. Works on bytes, because a token may be only a part of a character.
 */
import type { Model } from '../../../../../native/types';

export type VocabularyModel = Pick<Model, 'vocabulary' | 'isEndOfGeneration'>;

export class Vocabulary {
  readonly #model: VocabularyModel;
  readonly #bytes: Uint8Array;
  readonly #ends: Int32Array;
  readonly #texts: (string | undefined)[] = [];
  readonly #endings = new Map<number, boolean>();
  /** Tokens by their first byte. */
  readonly #byFirstByte: number[][] = Array.from({ length: 256 }, () => []);
  #byBytes: Map<string, number[]> | undefined;
  #longest = 0;

  constructor(model: VocabularyModel) {
    this.#model = model;
    const { bytes, ends } = model.vocabulary();
    this.#bytes = bytes;
    this.#ends = ends;
    let start = 0;
    for (const [token, end] of ends.entries()) {
      if (end > start) this.#byFirstByte[bytes[start] ?? 0]?.push(token);
      start = end;
    }
  }

  get size(): number {
    return this.#ends.length;
  }

  /** A token's bytes; none for control tokens. */
  bytes(token: number): Uint8Array {
    return this.#bytes.subarray(token === 0 ? 0 : this.#ends[token - 1], this.#ends[token]);
  }

  /** A token's text; "" for control tokens, U+FFFD for a part of a character. */
  text(token: number): string {
    return (this.#texts[token] ??= Buffer.from(this.bytes(token)).toString());
  }

  isEnd(token: number): boolean {
    let end = this.#endings.get(token);
    if (end === undefined) this.#endings.set(token, (end = this.#model.isEndOfGeneration(token)));
    return end;
  }

  /** Tokens that are a beginning of the bytes, or go beyond them: for `cust` the tokens `c`, `cust` and `customers`. */
  through(wanted: Uint8Array): number[] {
    if (wanted.length === 0) return [];
    const tokens = this.#byFirstByte[wanted[0] ?? 0] ?? [];
    return tokens.filter((token) => {
      const from = token === 0 ? 0 : (this.#ends[token - 1] ?? 0);
      const length = Math.min((this.#ends[token] ?? 0) - from, wanted.length);
      for (let i = 1; i < length; i++) if (this.#bytes[from + i] !== wanted[i]) return false;
      return true;
    });
  }

  /** Tokens that are a beginning of at least one of the texts: for `cust` the tokens `c` and `cust`, not `customers`. */
  into(texts: readonly Buffer[]): number[] {
    const index = this.#index();
    const found = new Set<number>();
    for (const text of texts) {
      const bytes = text.toString('latin1');
      for (let length = 1; length <= Math.min(bytes.length, this.#longest); length++) {
        for (const token of index.get(bytes.slice(0, length)) ?? []) found.add(token);
      }
    }
    return [...found];
  }

  /** The token of exactly this text. */
  exact(text: string): number | undefined {
    const bytes = Buffer.from(text);
    return this.through(bytes).find((token) => this.bytes(token).length === bytes.length);
  }

  #index(): Map<string, number[]> {
    if (this.#byBytes) return this.#byBytes;
    const index = new Map<string, number[]>();
    for (let token = 0; token < this.size; token++) {
      const bytes = Buffer.from(this.bytes(token)).toString('latin1');
      if (bytes === '') continue;
      this.#longest = Math.max(this.#longest, bytes.length);
      const same = index.get(bytes);
      if (same) same.push(token);
      else index.set(bytes, [token]);
    }
    return (this.#byBytes = index);
  }
}
