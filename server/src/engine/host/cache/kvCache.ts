/**
 * Brings a session to a new prompt with as little evaluation as possible. Among all sequences in the cache it takes the one
 * that begins most like the prompt, cuts off what differs, and evaluates the rest. That may be the session's own sequence,
 * another document's (they begin with the same schema), a text from before an undo (a "tail"), or a schema saved on disk.
 * One caller at a time; scheduler.ts sees to that.
 *
 * Invariant: a sequence's `tokens` are exactly what the KV cache holds for it, positions 0..n-1.
 */
import type { Candidates, Context } from '../../../../../native/types';
import { cancelled, errorCode, SqlAheadError } from '../../../errors';
import type { EngineSequence } from '../../engine';
import { ChunkSize } from './chunkSize';
import { Evaluator, type Extension } from './evaluate';
import { Room } from './room';
import { commonPrefix, sharedCells, type CachedSequence } from './sequence';

/** A schema is read from disk when that saves evaluating at least this many tokens. */
const worthRestoring = 32;
/** How many schemas have a sequence of their own, so that they stay when their documents are closed. */
const schemaSequences = 4;

export interface KvCacheOptions {
  readonly maxSequences: number;
  /** Most tokens submitted at once; fewer where they take long (chunkSize.ts). */
  readonly chunkTokens: number;
  /** Decides how large chunks are; by default a new one. */
  readonly chunkSize?: ChunkSize;
  /** Tokens one sequence may hold. */
  readonly contextTokens: number;
  /** Finds a saved sequence that has more than `atLeast` tokens in common with the schema's. */
  readonly restore?: (schema: Int32Array, atLeast: number) => Promise<SavedSequence | undefined>;
}

/** A sequence as saved, e.g. on disk. */
export interface SavedSequence {
  readonly tokens: Int32Array;
  readonly state: Uint8Array;
  /** Deletes it; called when the addon refuses the state. */
  drop(): void;
}

export interface SyncResult {
  readonly reused: number;
  readonly cropped: number;
  readonly evaluated: number;
  /** Of the reused ones, those that came from a saved sequence. */
  readonly restored: number;
}

interface Session {
  sequence: CachedSequence | undefined;
  /** Tokens evaluated since the session was opened. */
  evaluated: number;
}

export class KvCache {
  readonly #context: Context;
  readonly #options: KvCacheOptions;
  readonly #chunkSize: ChunkSize;
  readonly #room: Room;
  readonly #evaluator: Evaluator;
  readonly #sessions = new Map<string, Session>();

  constructor(context: Context, options: KvCacheOptions) {
    this.#context = context;
    this.#options = options;
    this.#chunkSize = options.chunkSize ?? new ChunkSize(options.chunkTokens);
    this.#room = new Room(context, options.maxSequences, (gone) => {
      for (const session of this.#sessions.values())
        if (session.sequence === gone) session.sequence = undefined;
    });
    this.#evaluator = new Evaluator(context, this.#chunkSize, this.#room);
  }

  /** The session's sequence, empty at first. */
  async open(name: string): Promise<CachedSequence> {
    const session = this.#session(name);
    session.sequence ??= await this.#room.create('session');
    return session.sequence;
  }

  async close(name: string): Promise<void> {
    const sequence = this.#sessions.get(name)?.sequence;
    this.#sessions.delete(name);
    // The person may open the document again, so its tokens stay until their room is needed.
    if (sequence) await this.leave(sequence);
  }

  /** Tokens evaluated for a session since it was opened. */
  evaluated(name: string): number {
    return this.#session(name).evaluated;
  }

  /** Candidates after the first `length` tokens of a session's sequence, where they are known. */
  candidatesAfter(name: string, length: number): Candidates | undefined {
    return this.#evaluator.candidatesBehind(this.#sessions.get(name)?.sequence?.cells[length - 1]);
  }

  /** Every sequence in the cache, least recently used first. */
  sequences(): EngineSequence[] {
    return [...this.#room.all].map(({ kind, tokens }) => ({ kind, tokens: tokens.length }));
  }

  /** Cells taken by all sequences, shared ones counted once. */
  usedCells(): number {
    return this.#room.usedCells();
  }

  /** The sequence kept for this schema, if there is one. */
  schemaSequence(schema: Int32Array): CachedSequence | undefined {
    return this.#room
      .ofKind('schema')
      .find((sequence) => commonPrefix(sequence.tokens, schema) >= schema.length);
  }

  /**
   * Makes the session's sequence begin with the prompt, and knows the candidates behind its last token afterwards. When the
   * sequence goes on behind the prompt (a decode did), those tokens stay. Tokens that differ from the prompt are moved to a
   * sequence of their own, a tail: an undo may bring them back.
   * @param schemaTokens how many leading tokens are the schema
   * @throws SqlAheadError ERR_CANCELLED (what was evaluated stays), ERR_PROMPT_TOO_LONG, ERR_CONTEXT_FULL
   */
  async sync(name: string, prompt: Int32Array, signal: AbortSignal, schemaTokens = 0): Promise<SyncResult> {
    if (prompt.length === 0) throw new SqlAheadError('ERR_PROMPT_TOO_LONG', 'The prompt is empty.');
    if (prompt.length >= this.#options.contextTokens) {
      throw new SqlAheadError(
        'ERR_PROMPT_TOO_LONG',
        `The prompt has ${prompt.length.toString()} tokens and the model takes ${this.#options.contextTokens.toString()}; shorten the text before the cursor or raise sqlAhead.engine.contextTokens.`,
      );
    }
    if (signal.aborted) throw cancelled();
    const session = this.#session(name);
    const known = this.#longest(prompt, session.sequence).common;
    const restored = await this.#restore(prompt.subarray(0, schemaTokens), known);
    const before = session.sequence?.tokens ?? [];
    const [length, kept] = [before.length, commonPrefix(before, prompt)];
    const { sequence: best, common: found } = this.#longest(prompt, session.sequence);
    const sequence = await this.#take(session, best, found);
    let common = found;
    sequence.chosen = Math.max(sequence.chosen, common);
    // When the cache holds the whole prompt but its last candidates are forgotten, the last token is evaluated again.
    if (common === prompt.length && !this.#evaluator.candidatesBehind(sequence.cells[common - 1])) common--;
    const cropped = kept < prompt.length || common < prompt.length ? length - Math.min(kept, common) : 0;
    if (common < prompt.length) await this.#cut(sequence, common);
    while (sequence.tokens.length < prompt.length) {
      const from = sequence.tokens.length;
      const tokens = prompt.subarray(from, from + this.#chunkSize.tokens);
      const wanted = from + tokens.length === prompt.length ? 'last' : 'none';
      await this.#evaluate([{ sequence, tokens, wanted }], signal, session);
    }
    if (schemaTokens > 0) await this.#keepSchema(sequence, schemaTokens);
    return {
      reused: common,
      cropped,
      evaluated: prompt.length - common,
      restored: Math.min(common, restored),
    };
  }

  /**
   * Puts a token at `position`, and the guessed tokens of `draft` behind it in the same batch. When the token stands there
   * already, nothing is evaluated. `evaluated` counts the tokens that were.
   */
  async append(
    name: string,
    position: number,
    token: number,
    signal: AbortSignal,
    draft: Int32Array = new Int32Array(),
  ): Promise<{ candidates: Candidates; evaluated: number; milliseconds: number }> {
    const sequence = await this.open(name);
    const known = sequence.tokens[position] === token ? this.candidatesAfter(name, position + 1) : undefined;
    if (known) {
      sequence.chosen = Math.max(sequence.chosen, position + 1);
      return { candidates: known, evaluated: 0, milliseconds: 0 };
    }
    if (position > sequence.tokens.length) throw new RangeError('append would leave a gap in the sequence');
    if (position >= this.#options.contextTokens)
      throw new SqlAheadError('ERR_CONTEXT_FULL', 'The context is full.');
    await this.#cut(sequence, position);
    const room = this.#options.contextTokens - position - 1;
    const tokens = Int32Array.of(token, ...draft.subarray(0, Math.max(0, room)));
    const milliseconds = await this.#evaluate(
      [{ sequence, tokens, wanted: 'all' }],
      signal,
      this.#session(name),
    );
    sequence.chosen = position + 1;
    const candidates = this.candidatesAfter(name, position + 1);
    if (!candidates) throw new Error('the evaluated position has no candidates');
    return { candidates, evaluated: tokens.length, milliseconds };
  }

  /** Makes `count` sequences that begin with the first `length` tokens of the session's; each continues in its own way. */
  async fork(name: string, length: number, count: number): Promise<CachedSequence[]> {
    const own = await this.open(name);
    const forks: CachedSequence[] = [];
    for (let i = 0; i < count; i++) {
      const fork = await this.#room.create('tail', [own, ...forks]);
      await this.#share(own, fork, length);
      forks.push(fork);
    }
    return forks;
  }

  /** Evaluates extensions of several sequences in one batch. @returns the candidates after the last token of each */
  async extend(name: string, extensions: readonly Extension[], signal: AbortSignal): Promise<Candidates[]> {
    await this.#evaluate(extensions, signal, this.#session(name));
    return extensions.map(({ sequence }) => {
      const candidates = this.#evaluator.candidatesBehind(sequence.cells.at(-1));
      if (!candidates) throw new Error('the evaluated position has no candidates');
      return candidates;
    });
  }

  /** Gives the session this sequence instead of its own, which becomes a tail. */
  async adopt(name: string, sequence: CachedSequence): Promise<void> {
    const session = this.#session(name);
    const own = session.sequence;
    session.sequence = sequence;
    sequence.kind = 'session';
    if (own && own !== sequence) await this.leave(own);
  }

  /** Gives up a sequence that nobody wants any more. */
  release(sequence: CachedSequence): Promise<void> {
    return this.#room.release(sequence);
  }

  /** Positions the KV cache itself reports; for the inspector. */
  async positions(name: string): Promise<{ min: number; max: number }> {
    return this.#context.positionRange((await this.open(name)).id);
  }

  /** Evaluates the token at the end of the first `length` again, because the addon no longer keeps its logits. */
  async again(name: string, length: number, signal: AbortSignal): Promise<Candidates> {
    const sequence = await this.open(name);
    const token = sequence.tokens[length - 1];
    if (token === undefined) throw new RangeError('no such position');
    await this.#cut(sequence, length - 1);
    return (await this.append(name, length - 1, token, signal)).candidates;
  }

  /** The sequence with the longest beginning of the prompt; the session's own among equals. */
  #longest(
    prompt: Int32Array,
    own: CachedSequence | undefined,
  ): { sequence: CachedSequence | undefined; common: number } {
    let sequence = own;
    let common = own ? commonPrefix(own.tokens, prompt) : 0;
    for (const other of this.#room.all) {
      if (common === prompt.length || other === own) continue;
      // Tokens that it shares with the best one so far need not be compared again.
      const start = sequence ? Math.min(sharedCells(sequence, other), common) : 0;
      const length = commonPrefix(other.tokens, prompt, start);
      if (length > common) [sequence, common] = [other, length];
    }
    return { sequence, common };
  }

  /** Gives the session a sequence that begins with the first `common` tokens of `best`. */
  async #take(session: Session, best: CachedSequence | undefined, common: number): Promise<CachedSequence> {
    const own = session.sequence;
    if (own && (best === own || common === 0)) {
      this.#room.use(own);
      return own;
    }
    let sequence = best;
    if (sequence?.kind !== 'tail') {
      sequence = await this.#room.create('session', best && own ? [best, own] : best ? [best] : []);
      if (best) await this.#share(best, sequence, common);
    }
    sequence.kind = 'session';
    session.sequence = sequence;
    this.#room.use(sequence);
    if (own) await this.leave(own);
    return sequence;
  }

  /** A sequence that no session uses any more becomes a tail; when another sequence holds all of it, it is released. */
  async leave(sequence: CachedSequence): Promise<void> {
    await this.#cropTo(sequence, Math.min(sequence.tokens.length, sequence.chosen));
    sequence.kind = 'tail';
    this.#room.use(sequence);
    if (sequence.tokens.length === 0 || this.#room.holdsElsewhere(sequence)) await this.release(sequence);
    await this.#room.limitTails(sequence);
  }

  /** Shortens a sequence. What is cut off is kept as a tail, except guessed tokens that were never chosen. */
  async #cut(sequence: CachedSequence, length: number): Promise<void> {
    if (length >= sequence.tokens.length) return;
    const worth = Math.min(sequence.tokens.length, sequence.chosen);
    if (length < worth) {
      await this.#cropTo(sequence, worth);
      if (!this.#room.holdsElsewhere(sequence)) {
        const tail = await this.#room.createIfFree('tail', [sequence]);
        if (tail) {
          await this.#share(sequence, tail, worth);
          // The sequence itself is newer than what it leaves.
          this.#room.use(sequence);
          await this.#room.limitTails(tail);
        }
      }
    }
    await this.#cropTo(sequence, length);
  }

  async #cropTo(sequence: CachedSequence, length: number): Promise<void> {
    if (length >= sequence.tokens.length) return;
    await this.#context.crop(sequence.id, length, -1);
    sequence.truncate(length);
  }

  async #share(from: CachedSequence, to: CachedSequence, length: number): Promise<void> {
    await this.#context.share(from.id, to.id, 0, length);
    to.copy(from, length);
  }

  /** Gives the schema a sequence of its own, so that it stays when its documents are closed. */
  async #keepSchema(sequence: CachedSequence, length: number): Promise<void> {
    const schemas = this.#room.ofKind('schema');
    const kept = schemas.find((schema) => sharedCells(schema, sequence) >= length);
    if (kept) {
      this.#room.use(kept);
      return;
    }
    const fresh = await this.#room.createIfFree('schema', [sequence]);
    if (!fresh) return;
    await this.#share(sequence, fresh, length);
    for (const old of schemas.slice(0, Math.max(0, schemas.length + 1 - schemaSequences)))
      await this.release(old);
  }

  /** Reads a saved schema from disk when that saves enough. @returns how many of its tokens the schema begins with */
  async #restore(schema: Int32Array, known: number): Promise<number> {
    if (!this.#options.restore || schema.length < known + worthRestoring) return 0;
    const saved = await this.#options.restore(schema, known + worthRestoring - 1);
    if (!saved) return 0;
    const sequence = await this.#room.create('schema');
    try {
      while (this.usedCells() + saved.tokens.length > this.#context.sizes().cells) {
        if (!(await this.#room.evict([sequence])))
          throw new SqlAheadError('ERR_CONTEXT_FULL', 'The cache is full.');
      }
      await this.#context.stateLoad(sequence.id, saved.state);
      sequence.push(saved.tokens, this.#evaluator.newCells(saved.tokens.length));
      return commonPrefix(saved.tokens, schema);
    } catch (error) {
      if (errorCode(error) === 'ERR_STATE') saved.drop();
      else if (errorCode(error) !== 'ERR_CONTEXT_FULL') throw error;
      await this.release(sequence);
      return 0;
    }
  }

  #evaluate(extensions: readonly Extension[], signal: AbortSignal, session: Session): Promise<number> {
    return this.#evaluator.evaluate(extensions, signal, (tokens) => (session.evaluated += tokens));
  }

  #session(name: string): Session {
    let session = this.#sessions.get(name);
    if (!session) this.#sessions.set(name, (session = { sequence: undefined, evaluated: 0 }));
    return session;
  }
}
