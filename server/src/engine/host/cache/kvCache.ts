/**
 * The KV cache as text: lines of tokens, and how to bring a session to a new prompt with the least evaluation. Any
 * session takes whatever line has the longest beginning of its prompt: its own, another document's, a tail that was
 * left behind, the schema's, one from disk. One caller at a time (see scheduler.ts); which cells lines share is in sequence.ts.
 *
 * Invariant: a line's `tokens` are exactly what the KV cache holds for its sequence, positions 0..n-1.
 */
import type { Candidates, Context } from '../../../../../native/types';
import { cancelled, errorCode, SqlAheadError } from '../../../errors';
import type { EngineLine } from '../../engine';
import { ChunkSize } from './chunkSize';
import { commonPrefix, isWithin, Line, sharedCells, usedCells } from './sequence';

/** Candidates fetched with every evaluated position; more of a position are fetched when they are asked for. */
export const topK = 64;
/** Positions whose candidates are remembered. */
const rememberedPositions = 4096;
/** A saved schema is read when it saves evaluating at least this many tokens. */
const worthRestoring = 32;
/** Schemas kept as lines of their own, so that they outlive their documents. */
const schemaLines = 4;
/** How long a chunk that nobody wants any more may go on; chunks are sized to end within about as much. */
const abortGraceMs = 30;

export interface LinesOptions {
  readonly maxSequences: number;
  /** Most tokens submitted at once; fewer where they take long (chunkSize.ts). */
  readonly chunkTokens: number;
  /** Sizes the chunks; one of its own where it is not given. */
  readonly chunkSize?: ChunkSize;
  /** Tokens one sequence may hold. */
  readonly contextTokens: number;
  /** Finds a saved line that has more than `atLeast` tokens in common with the schema's. */
  readonly restore?: (schema: Int32Array, atLeast: number) => Promise<SavedLine | undefined>;
}

/** A line as saved, e.g. on disk. */
export interface SavedLine {
  readonly tokens: Int32Array;
  readonly state: Uint8Array;
  /** Called when the addon refuses the state. */
  drop(): void;
}

export interface SyncResult {
  readonly reused: number;
  readonly cropped: number;
  readonly evaluated: number;
  /** Of the reused ones, those that came from a saved line. */
  readonly restored: number;
}

interface Session {
  line: Line | undefined;
  /** Tokens evaluated since the session was opened. */
  evaluated: number;
}

/** Tokens to evaluate behind a line's last one. */
export interface Extension {
  readonly line: Line;
  readonly tokens: Int32Array;
  /** Whether candidates are wanted after none, the last, or all of them. */
  readonly wanted: 'none' | 'last' | 'all';
}

export class Lines {
  readonly #context: Context;
  readonly #options: LinesOptions;
  readonly #chunkSize: ChunkSize;
  readonly #freeSequences: number[];
  /** In order of use, least recently used first. */
  readonly #lines = new Set<Line>();
  readonly #sessions = new Map<string, Session>();
  /** Best next tokens after a cell; cells are never numbered twice. */
  readonly #candidates = new Map<number, Candidates>();
  #nextCell = 1;

  constructor(context: Context, options: LinesOptions) {
    this.#context = context;
    this.#options = options;
    this.#chunkSize = options.chunkSize ?? new ChunkSize(options.chunkTokens);
    this.#freeSequences = Array.from(
      { length: options.maxSequences },
      (_, i) => options.maxSequences - 1 - i,
    );
  }

  /** The session's line, empty at first. */
  async open(name: string): Promise<Line> {
    const session = this.#session(name);
    session.line ??= await this.#newLine('session');
    return session.line;
  }

  async close(name: string): Promise<void> {
    const line = this.#sessions.get(name)?.line;
    this.#sessions.delete(name);
    // It stays to be come back to, until its room is needed.
    if (line) await this.leave(line);
  }

  /** Tokens evaluated for a session since it was opened. */
  evaluated(name: string): number {
    return this.#session(name).evaluated;
  }

  /** Candidates after the first `length` tokens of a session's line, where they are known. */
  candidatesAfter(name: string, length: number): Candidates | undefined {
    const cell = this.#sessions.get(name)?.line?.cells[length - 1];
    return cell === undefined ? undefined : this.#candidates.get(cell);
  }

  /** Every line in the cache, least recently used first. */
  lines(): EngineLine[] {
    return [...this.#lines].map(({ kind, tokens }) => ({ kind, tokens: tokens.length }));
  }

  /** Cells taken by all lines, shared ones counted once. */
  usedCells(): number {
    return usedCells([...this.#lines]);
  }

  /** The line kept for this schema, if there is one. */
  schemaLine(schema: Int32Array): Line | undefined {
    return [...this.#lines].find(
      (line) => line.kind === 'schema' && commonPrefix(line.tokens, schema) >= schema.length,
    );
  }

  /**
   * Makes the session's line start with the prompt, with candidates after its last token. Tokens beyond the prompt
   * stay while they continue it; those that do not are left as a line of their own, to come back to.
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
    const known = this.#longest(prompt, session.line).common;
    const restored = await this.#restore(prompt.subarray(0, schemaTokens), known);
    const before = session.line?.tokens ?? [];
    const [length, kept] = [before.length, commonPrefix(before, prompt)];
    const { line: best, common: found } = this.#longest(prompt, session.line);
    const line = await this.#take(session, best, found);
    let common = found;
    line.chosen = Math.max(line.chosen, common);
    // A whole hit still needs the candidates after the last token: evaluate that one again where they are gone.
    if (common === prompt.length && !this.#candidates.has(line.cells[common - 1] ?? 0)) common--;
    const cropped = kept < prompt.length || common < prompt.length ? length - Math.min(kept, common) : 0;
    if (common < prompt.length) await this.#cut(line, common);
    while (line.tokens.length < prompt.length) {
      const from = line.tokens.length;
      const tokens = prompt.subarray(from, from + this.#chunkSize.tokens);
      const wanted = from + tokens.length === prompt.length ? 'last' : 'none';
      await this.#evaluate([{ line, tokens, wanted }], signal, session);
    }
    if (schemaTokens > 0) await this.#keepSchema(line, schemaTokens);
    return {
      reused: common,
      cropped,
      evaluated: prompt.length - common,
      restored: Math.min(common, restored),
    };
  }

  /**
   * Appends one token at `position`, and `draft` behind it in the same batch; costs nothing when it stands there
   * already. `evaluated` counts the tokens it took.
   */
  async append(
    name: string,
    position: number,
    token: number,
    signal: AbortSignal,
    draft: Int32Array = new Int32Array(),
  ): Promise<{ candidates: Candidates; evaluated: number; milliseconds: number }> {
    const line = await this.open(name);
    const known = line.tokens[position] === token ? this.candidatesAfter(name, position + 1) : undefined;
    if (known) {
      line.chosen = Math.max(line.chosen, position + 1);
      return { candidates: known, evaluated: 0, milliseconds: 0 };
    }
    if (position > line.tokens.length) throw new RangeError('append would leave a gap in the sequence');
    if (position >= this.#options.contextTokens)
      throw new SqlAheadError('ERR_CONTEXT_FULL', 'The context is full.');
    await this.#cut(line, position);
    const room = this.#options.contextTokens - position - 1;
    const tokens = Int32Array.of(token, ...draft.subarray(0, Math.max(0, room)));
    const milliseconds = await this.#evaluate([{ line, tokens, wanted: 'all' }], signal, this.#session(name));
    line.chosen = position + 1;
    const candidates = this.candidatesAfter(name, position + 1);
    if (!candidates) throw new Error('the evaluated position has no candidates');
    return { candidates, evaluated: tokens.length, milliseconds };
  }

  /** Lines that begin with the first `length` tokens of the session's, to be continued side by side. */
  async fork(name: string, length: number, count: number): Promise<Line[]> {
    const own = await this.open(name);
    const forks: Line[] = [];
    for (let i = 0; i < count; i++) {
      const fork = await this.#newLine('tail', [own, ...forks]);
      await this.#share(own, fork, length);
      forks.push(fork);
    }
    return forks;
  }

  /** Evaluates extensions of several lines in one batch. @returns the candidates after the last token of each */
  async extend(name: string, extensions: readonly Extension[], signal: AbortSignal): Promise<Candidates[]> {
    await this.#evaluate(extensions, signal, this.#session(name));
    return extensions.map(({ line }) => {
      const candidates = this.#candidates.get(line.cells.at(-1) ?? 0);
      if (!candidates) throw new Error('the evaluated position has no candidates');
      return candidates;
    });
  }

  /** A line that is no session's becomes the session's; the session's own is left. */
  async adopt(name: string, line: Line): Promise<void> {
    const session = this.#session(name);
    const own = session.line;
    session.line = line;
    line.kind = 'session';
    if (own && own !== line) await this.leave(own);
  }

  /** What is not wanted any more. */
  async release(line: Line): Promise<void> {
    if (!this.#lines.delete(line)) return;
    await this.#context.crop(line.sequence, 0, -1);
    line.clear();
    this.#freeSequences.push(line.sequence);
    for (const session of this.#sessions.values()) if (session.line === line) session.line = undefined;
  }

  /** Positions the KV cache itself reports; for the inspector. */
  async positions(name: string): Promise<{ min: number; max: number }> {
    return this.#context.positionRange((await this.open(name)).sequence);
  }

  /** Candidates at a position whose row of logits is no longer kept: evaluates its token again. */
  async again(name: string, length: number, signal: AbortSignal): Promise<Candidates> {
    const line = await this.open(name);
    const token = line.tokens[length - 1];
    if (token === undefined) throw new RangeError('no such position');
    await this.#cut(line, length - 1);
    return (await this.append(name, length - 1, token, signal)).candidates;
  }

  /** The line with the longest beginning of the prompt; the session's own among equals. */
  #longest(prompt: Int32Array, own: Line | undefined): { line: Line | undefined; common: number } {
    let line = own;
    let common = own ? commonPrefix(own.tokens, prompt) : 0;
    for (const other of this.#lines) {
      if (common === prompt.length || other === own) continue;
      // What it shares with the best so far need not be compared again.
      const start = line ? Math.min(sharedCells(line, other), common) : 0;
      const length = commonPrefix(other.tokens, prompt, start);
      if (length > common) [line, common] = [other, length];
    }
    return { line, common };
  }

  /** Makes a line that begins with `common` tokens of `best` the session's. */
  async #take(session: Session, best: Line | undefined, common: number): Promise<Line> {
    const own = session.line;
    if (own && (best === own || common === 0)) {
      this.#use(own);
      return own;
    }
    let line = best;
    if (line?.kind !== 'tail') {
      line = await this.#newLine('session', best && own ? [best, own] : best ? [best] : []);
      if (best) await this.#share(best, line, common);
    }
    line.kind = 'session';
    session.line = line;
    this.#use(line);
    if (own) await this.leave(own);
    return line;
  }

  #use(line: Line): void {
    this.#lines.delete(line);
    this.#lines.add(line);
  }

  /** A line nobody uses becomes a tail, or goes when another one holds all of it. */
  async leave(line: Line): Promise<void> {
    await this.#cropTo(line, Math.min(line.tokens.length, line.chosen));
    line.kind = 'tail';
    this.#use(line);
    if (line.tokens.length === 0 || [...this.#lines].some((other) => isWithin(line, other)))
      await this.release(line);
    await this.#limitTails(line);
  }

  /** Shortens a line; what is cut off stays reachable as a tail. Drafts that nobody chose are not worth one. */
  async #cut(line: Line, length: number): Promise<void> {
    if (length >= line.tokens.length) return;
    const worth = Math.min(line.tokens.length, line.chosen);
    if (length < worth) {
      await this.#cropTo(line, worth);
      if (![...this.#lines].some((other) => isWithin(line, other))) {
        const tail = await this.#newLine('tail', [line], false);
        if (tail) {
          await this.#share(line, tail, worth);
          // The line itself is newer than what it leaves.
          this.#use(line);
          await this.#limitTails(tail);
        }
      }
    }
    await this.#cropTo(line, length);
  }

  async #limitTails(newest: Line): Promise<void> {
    const tails = [...this.#lines].filter((line) => line.kind === 'tail' && line !== newest);
    const most = Math.floor(this.#options.maxSequences / 2) - 1;
    for (const tail of tails.slice(0, Math.max(0, tails.length - most))) await this.release(tail);
  }

  async #cropTo(line: Line, length: number): Promise<void> {
    if (length >= line.tokens.length) return;
    await this.#context.crop(line.sequence, length, -1);
    line.truncate(length);
  }

  async #share(from: Line, to: Line, length: number): Promise<void> {
    await this.#context.share(from.sequence, to.sequence, 0, length);
    to.copy(from, length);
  }

  /** Keeps the schema as a line of its own. */
  async #keepSchema(line: Line, length: number): Promise<void> {
    const schemas = [...this.#lines].filter(({ kind }) => kind === 'schema');
    const kept = schemas.find((schema) => sharedCells(schema, line) >= length);
    if (kept) {
      this.#use(kept);
      return;
    }
    const fresh = await this.#newLine('schema', [line], false);
    if (!fresh) return;
    await this.#share(line, fresh, length);
    for (const old of schemas.slice(0, Math.max(0, schemas.length + 1 - schemaLines)))
      await this.release(old);
  }

  /** Brings a saved line into the cache when it saves enough. @returns its tokens in common with the schema */
  async #restore(schema: Int32Array, known: number): Promise<number> {
    if (!this.#options.restore || schema.length < known + worthRestoring) return 0;
    const saved = await this.#options.restore(schema, known + worthRestoring - 1);
    if (!saved) return 0;
    const line = await this.#newLine('schema', []);
    try {
      while (this.usedCells() + saved.tokens.length > this.#context.sizes().cells) {
        if (!(await this.#evict([line]))) throw new SqlAheadError('ERR_CONTEXT_FULL', 'The cache is full.');
      }
      await this.#context.stateLoad(line.sequence, saved.state);
      line.push(saved.tokens, this.#newCells(saved.tokens.length));
      return commonPrefix(saved.tokens, schema);
    } catch (error) {
      if (errorCode(error) === 'ERR_STATE') saved.drop();
      else if (errorCode(error) !== 'ERR_CONTEXT_FULL') throw error;
      await this.release(line);
      return 0;
    }
  }

  /** Evaluates tokens behind the lines' last ones; makes room first. @returns milliseconds it took */
  async #evaluate(extensions: readonly Extension[], signal: AbortSignal, session: Session): Promise<number> {
    if (signal.aborted) throw cancelled();
    const rows = extensions.flatMap(({ line, tokens, wanted }) =>
      Array.from(tokens, (token, i) => ({
        line,
        token,
        position: line.tokens.length + i,
        wanted: wanted === 'all' || (wanted === 'last' && i === tokens.length - 1),
      })),
    );
    const batch = {
      tokens: Int32Array.from(rows, (row) => row.token),
      positions: Int32Array.from(rows, (row) => row.position),
      sequences: Int32Array.from(rows, (row) => row.line.sequence),
      logits: Uint8Array.from(rows, (row) => (row.wanted ? 1 : 0)),
    };
    // A chunk that is about to end is let end: what it evaluated stays, and fast typing cannot starve a long prefill.
    let grace: NodeJS.Timeout | undefined;
    const abort = (): void => {
      grace = setTimeout(() => this.#context.abort(), abortGraceMs);
    };
    signal.addEventListener('abort', abort);
    try {
      const result = await this.#context.decode(batch, topK);
      let next = 0;
      for (const { line, tokens } of extensions) line.push(tokens, this.#newCells(tokens.length));
      for (const { line, position, wanted } of rows) {
        if (wanted) this.#remember(line.cells[position], result.candidates[next++]);
      }
      session.evaluated += rows.length;
      this.#chunkSize.learn(rows.length, result.milliseconds);
      return result.milliseconds;
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ERR_ABORTED' && code !== 'ERR_CONTEXT_FULL') throw error;
      if (code === 'ERR_ABORTED') {
        for (const extension of extensions) await this.#adoptWhatStayed(extension, session);
        throw cancelled();
      }
      if (!(await this.#evict(extensions.map(({ line }) => line)))) {
        throw new SqlAheadError(
          'ERR_CONTEXT_FULL',
          'The cache is full; lower sqlAhead.engine.contextTokens, raise sqlAhead.engine.cacheMemory or close some SQL files.',
        );
      }
      return await this.#evaluate(extensions, signal, session);
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', abort);
    }
  }

  #newCells(count: number): number[] {
    return Array.from({ length: count }, () => this.#nextCell++);
  }

  #remember(cell: number | undefined, candidates: Candidates | undefined): void {
    if (cell === undefined || !candidates) return;
    this.#candidates.set(cell, candidates);
    if (this.#candidates.size <= rememberedPositions) return;
    const oldest = this.#candidates.keys().next();
    if (!oldest.done) this.#candidates.delete(oldest.value);
  }

  /** After an interrupted decode: finished micro-batches count, the rest is removed, so that the invariant holds. */
  async #adoptWhatStayed({ line, tokens }: Extension, session: Session): Promise<void> {
    const from = line.tokens.length;
    const { max } = await this.#context.positionRange(line.sequence);
    // The last token is given back even if it stayed: its logits did not come.
    const stayed = Math.max(0, Math.min(max + 1 - from, tokens.length - 1));
    await this.#context.crop(line.sequence, from + stayed, -1);
    line.push(tokens.subarray(0, stayed), this.#newCells(stayed));
    session.evaluated += stayed;
  }

  #session(name: string): Session {
    let session = this.#sessions.get(name);
    if (!session) this.#sessions.set(name, (session = { line: undefined, evaluated: 0 }));
    return session;
  }

  /** An empty line. Takes the sequence of the least useful one when none is free, of a tail only unless `must`. */
  async #newLine(kind: EngineLine['kind'], keep?: readonly Line[], must?: true): Promise<Line>;
  async #newLine(kind: EngineLine['kind'], keep: readonly Line[], must: boolean): Promise<Line | undefined>;
  async #newLine(
    kind: EngineLine['kind'],
    keep: readonly Line[] = [],
    must = true,
  ): Promise<Line | undefined> {
    if (this.#freeSequences.length === 0) await this.#evict(keep, must);
    const sequence = this.#freeSequences.pop();
    if (sequence === undefined) {
      if (!must) return undefined;
      throw new SqlAheadError('ERR_CONTEXT_FULL', 'Close some SQL files: every cache line is in use.');
    }
    const line = new Line(sequence, kind);
    this.#lines.add(line);
    return line;
  }

  /** Frees the least recently used line: a tail, else a document's, else a schema. False when there is none. */
  async #evict(keep: readonly Line[], must = true): Promise<boolean> {
    const kinds = must ? (['tail', 'session', 'schema'] as const) : (['tail'] as const);
    for (const kind of kinds) {
      for (const line of this.#lines) {
        if (line.kind !== kind || keep.includes(line)) continue;
        await this.release(line);
        return true;
      }
    }
    return false;
  }
}
