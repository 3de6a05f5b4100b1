/**
 * The KV cache as text: which tokens each session has in its sequence, and how to bring them to a new prompt with
 * the least evaluation: longest common prefix, crop, extend. One caller at a time (see scheduler.ts).
 *
 * Invariant: a session's `tokens` are exactly what the KV cache holds for its sequence, positions 0..n-1.
 */
import type { Candidates, Context } from '../../../../native/types';
import { cancelled, errorCode, SqlAheadError } from '../../errors';
import type { EngineLine } from '../engine';
import { ChunkSize } from './chunkSize';

/** Candidates kept for each position that had logits: enough that a rare name's first piece is among them. */
const topK = 400;
/** Another session's prefix is taken over when it saves at least this many tokens. */
const worthSharing = 16;
/** How long a chunk that nobody wants any more may go on; chunks are sized to end within about as much. */
const abortGraceMs = 30;

export interface SequenceCacheOptions {
  readonly maxSequences: number;
  /** Most tokens submitted at once; fewer where they take long (chunkSize.ts). */
  readonly chunkTokens: number;
  /** Sizes the chunks; one of its own where it is not given. */
  readonly chunkSize?: ChunkSize;
  /** Tokens one sequence may hold. */
  readonly contextTokens: number;
}

export interface SyncResult {
  readonly reused: number;
  readonly cropped: number;
  readonly evaluated: number;
}

export interface CachedSession {
  readonly sequence: number;
  readonly tokens: number[];
  /** Best next tokens after position i, where logits were asked for. */
  readonly candidates: Map<number, Candidates>;
  /** Tokens evaluated since the session was opened. */
  evaluated: number;
}

export class SequenceCache {
  readonly #context: Context;
  readonly #options: SequenceCacheOptions;
  /** In order of use, least recently used first. */
  readonly #sessions = new Map<string, CachedSession>();
  readonly #freeSequences: number[];
  readonly #chunkSize: ChunkSize;

  constructor(context: Context, options: SequenceCacheOptions) {
    this.#context = context;
    this.#options = options;
    this.#chunkSize = options.chunkSize ?? new ChunkSize(options.chunkTokens);
    this.#freeSequences = Array.from(
      { length: options.maxSequences },
      (_, i) => options.maxSequences - 1 - i,
    );
  }

  /** The session with that name, opened if need be, and marked as used last. */
  async open(name: string): Promise<CachedSession> {
    let session = this.#sessions.get(name);
    if (!session) {
      if (this.#freeSequences.length === 0) await this.#evictOldest(name);
      const sequence = this.#freeSequences.pop();
      if (sequence === undefined)
        throw new SqlAheadError('ERR_CONTEXT_FULL', 'Close some SQL files: every cache line is in use.');
      session = { sequence, tokens: [], candidates: new Map(), evaluated: 0 };
    }
    this.#sessions.delete(name);
    this.#sessions.set(name, session);
    return session;
  }

  async close(name: string): Promise<void> {
    const session = this.#sessions.get(name);
    if (!session) return;
    this.#sessions.delete(name);
    await this.#context.crop(session.sequence, 0, -1);
    this.#freeSequences.push(session.sequence);
  }

  /**
   * Makes the session's sequence start with the prompt and hold candidates after its last token. Tokens beyond the
   * prompt stay while they continue it: text decoded ahead costs nothing when it is typed or accepted.
   * @throws SqlAheadError ERR_CANCELLED (what was evaluated stays), ERR_PROMPT_TOO_LONG, ERR_CONTEXT_FULL
   */
  async sync(name: string, prompt: Int32Array, signal: AbortSignal): Promise<SyncResult> {
    if (prompt.length === 0) throw new SqlAheadError('ERR_PROMPT_TOO_LONG', 'The prompt is empty.');
    if (prompt.length >= this.#options.contextTokens) {
      throw new SqlAheadError(
        'ERR_PROMPT_TOO_LONG',
        `The prompt has ${prompt.length.toString()} tokens and the model takes ${this.#options.contextTokens.toString()}; shorten the text before the cursor or raise sqlAhead.engine.contextTokens.`,
      );
    }
    const session = await this.open(name);
    let common = commonPrefix(session.tokens, prompt);
    const donor = this.#bestDonor(name, prompt, common + worthSharing);
    const before = session.tokens.length;
    let cropped = 0;
    if (donor) {
      cropped = before - common;
      await this.#share(donor.session, session, donor.common);
      common = donor.common;
    }
    // A whole hit still needs the candidates after the last token: evaluate that one again where they are gone.
    if (common === prompt.length && !session.candidates.has(prompt.length - 1)) common--;
    if (common < prompt.length && session.tokens.length > common) {
      if (!donor) cropped = session.tokens.length - common;
      await this.#crop(session, common);
    }
    const start = common;
    if (common < prompt.length) await this.#extend(name, session, prompt, signal);
    return { reused: start, cropped, evaluated: prompt.length - start };
  }

  /**
   * Appends one token at `position` and returns the candidates after it; costs nothing when it stands there already.
   * `evaluated` tells which.
   */
  async append(
    name: string,
    position: number,
    token: number,
    signal: AbortSignal,
  ): Promise<{ candidates: Candidates; evaluated: boolean }> {
    const session = await this.open(name);
    if (session.tokens[position] === token) {
      const known = session.candidates.get(position);
      if (known) return { candidates: known, evaluated: false };
    }
    if (position > session.tokens.length) throw new RangeError('append would leave a gap in the sequence');
    if (position >= this.#options.contextTokens)
      throw new SqlAheadError('ERR_CONTEXT_FULL', 'The context is full.');
    if (session.tokens.length > position) await this.#crop(session, position);
    await this.#evaluate(name, session, Int32Array.of(token), true, signal);
    const candidates = session.candidates.get(position);
    if (!candidates) throw new Error('the evaluated position has no candidates');
    return { candidates, evaluated: true };
  }

  /** Every line in the cache, least recently used first. */
  lines(): EngineLine[] {
    return [...this.#sessions.values()].map(({ tokens }) => ({ kind: 'session', tokens: tokens.length }));
  }

  /** Positions the KV cache itself reports; for the inspector. */
  async positions(name: string): Promise<{ min: number; max: number }> {
    return this.#context.positionRange((await this.open(name)).sequence);
  }

  async #extend(
    name: string,
    session: CachedSession,
    prompt: Int32Array,
    signal: AbortSignal,
  ): Promise<void> {
    while (session.tokens.length < prompt.length) {
      const from = session.tokens.length;
      const chunk = prompt.subarray(from, from + this.#chunkSize.tokens);
      await this.#evaluate(name, session, chunk, from + chunk.length === prompt.length, signal);
    }
  }

  /** Evaluates tokens behind the session's last one. */
  async #evaluate(
    name: string,
    session: CachedSession,
    tokens: Int32Array,
    wantLogits: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) throw cancelled();
    const from = session.tokens.length;
    const logits = new Uint8Array(tokens.length);
    if (wantLogits) logits[tokens.length - 1] = 1;
    // A chunk that is about to end is let end: what it evaluated stays, and fast typing cannot starve a long prefill.
    let grace: NodeJS.Timeout | undefined;
    const abort = (): void => {
      grace = setTimeout(() => this.#context.abort(), abortGraceMs);
    };
    signal.addEventListener('abort', abort);
    try {
      const result = await this.#context.decode(
        {
          tokens,
          positions: Int32Array.from(tokens, (_, i) => from + i),
          sequences: new Int32Array(tokens.length).fill(session.sequence),
          logits,
        },
        topK,
      );
      session.tokens.push(...tokens);
      session.evaluated += tokens.length;
      this.#chunkSize.learn(tokens.length, result.milliseconds);
      const candidates = result.candidates[0];
      if (wantLogits && candidates) session.candidates.set(from + tokens.length - 1, candidates);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ERR_ABORTED') {
        await this.#adoptWhatStayed(session, tokens);
        throw cancelled();
      }
      if (code === 'ERR_CONTEXT_FULL') {
        await this.#adoptWhatStayed(session, tokens);
        if (!(await this.#evictOldest(name))) {
          throw new SqlAheadError(
            'ERR_CONTEXT_FULL',
            'The cache is full; lower sqlAhead.engine.contextTokens or close some SQL files.',
          );
        }
        const done = session.tokens.length - from;
        await this.#evaluate(name, session, tokens.subarray(done), wantLogits, signal);
        return;
      }
      throw error;
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', abort);
    }
  }

  /** After an interrupted decode: finished micro-batches count, the rest is removed, so that the invariant holds. */
  async #adoptWhatStayed(session: CachedSession, tokens: Int32Array): Promise<void> {
    const from = session.tokens.length;
    const { max } = await this.#context.positionRange(session.sequence);
    // The last token is given back even if it stayed: its logits did not come.
    const stayed = Math.max(0, Math.min(max + 1 - from, tokens.length - 1));
    await this.#context.crop(session.sequence, from + stayed, -1);
    session.tokens.push(...tokens.subarray(0, stayed));
    session.evaluated += stayed;
  }

  async #crop(session: CachedSession, length: number): Promise<void> {
    await this.#context.crop(session.sequence, length, -1);
    session.tokens.length = length;
    for (const position of session.candidates.keys())
      if (position >= length) session.candidates.delete(position);
  }

  async #share(donor: CachedSession, session: CachedSession, length: number): Promise<void> {
    await this.#context.share(donor.sequence, session.sequence, 0, length);
    session.tokens.length = 0;
    session.tokens.push(...donor.tokens.slice(0, length));
    session.candidates.clear();
    for (const [position, candidates] of donor.candidates) {
      if (position < length) session.candidates.set(position, candidates);
    }
  }

  /** The other session with the longest prefix in common with the prompt, if that is at least `atLeast` tokens. */
  #bestDonor(
    name: string,
    prompt: Int32Array,
    atLeast: number,
  ): { session: CachedSession; common: number } | undefined {
    let best: { session: CachedSession; common: number } | undefined;
    for (const [other, session] of this.#sessions) {
      if (other === name) continue;
      const common = commonPrefix(session.tokens, prompt);
      if (common >= Math.max(atLeast, (best?.common ?? 0) + 1)) best = { session, common };
    }
    return best;
  }

  /** Frees the least recently used session other than `keep`. False when there is none. */
  async #evictOldest(keep: string): Promise<boolean> {
    for (const name of this.#sessions.keys()) {
      if (name === keep) continue;
      await this.close(name);
      return true;
    }
    return false;
  }
}

/** Number of leading tokens two token lists share. */
export function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a[i] === b[i]) i++;
  return i;
}
