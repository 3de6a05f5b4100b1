/**
 * One continuation that is being written: its text so far, and the choice of the next token. It takes the likeliest candidate,
 * or the one that the caller chooses. As long as the text must begin with certain words (`mustBegin`), only tokens that agree
 * with them count. generate.ts and branches.ts let the model read the chosen token.
 */
import type { Candidates } from '../../../../../native/types';
import type { Choice, Choose, CompleteOptions, Completion } from '../../engine';
import { applyStops } from '../../stops';
import type { Vocabulary } from './vocabulary';

/** `Choose` of engine.ts, answered by another process. */
export type AskChoice = (...parameters: Parameters<Choose>) => Promise<Choice>;

/** How many candidates the caller is offered at first: it nearly always takes one of them, and fewer cross the socket faster. */
const offeredAtOnce = 40;
/** How many it is offered when it took none of the first. */
const offeredLater = 400;

/** What the model says about the next token at one position. */
export interface Position {
  readonly candidates: Candidates;
  /** Logits of some tokens of the whole vocabulary. */
  logitsOf(tokens: Int32Array): Promise<Float32Array>;
  /** The k best candidates. */
  best(k: number): Promise<Candidates>;
}

export class Decoding {
  readonly #vocabulary: Vocabulary;
  readonly #options: CompleteOptions;
  readonly #choose: AskChoice | undefined;
  /** Bytes that must come first. The first `#hidden` of them are the end of the prompt, and no part of the text. */
  readonly #forced: Uint8Array;
  readonly #hidden: number;
  readonly #utf8 = new TextDecoder();
  /** The first bytes of a character whose last ones have not come: it is not in the text yet. */
  #pending: Uint8Array = new Uint8Array();
  #bytes = 0;
  #logProbability = 0;
  tokens = 0;
  text = '';
  end: Completion['end'] | undefined;

  /** @param healed the end of the prompt's text that has no tokens yet; the first generated tokens contain it */
  constructor(vocabulary: Vocabulary, options: CompleteOptions, healed: string, choose?: AskChoice) {
    this.#vocabulary = vocabulary;
    this.#options = options;
    this.#choose = choose;
    this.#forced = Buffer.from(healed + (options.mustBegin ?? ''));
    this.#hidden = Buffer.byteLength(healed);
    if (options.maxTokens <= 0) this.end = 'limit';
  }

  isOver(): boolean {
    return this.end !== undefined;
  }

  get meanLogProbability(): number {
    return this.tokens > 0 ? this.#logProbability / this.tokens : 0;
  }

  /**
   * Chooses the next token and adds it to the text; undefined when there is none, and `end` says why.
   * @param without tokens that may not be chosen, because other alternatives begin with them
   */
  async next(position: Position, without: ReadonlySet<number> = new Set()): Promise<number | undefined> {
    const { candidates } = position;
    const choice = await this.#next(position, without);
    if (!choice || this.#vocabulary.isEnd(choice.token)) {
      this.end = choice ? 'end-of-text' : 'no-choice';
      return undefined;
    }
    this.tokens++;
    this.#logProbability += choice.logit - candidates.logSumExp;
    const before = this.#bytes >= this.#hidden ? this.text : undefined;
    const bytes = this.#vocabulary.bytes(choice.token);
    const visible = bytes.subarray(Math.max(0, this.#hidden - this.#bytes));
    this.#bytes += bytes.length;
    this.text += this.#utf8.decode(visible, { stream: true });
    this.#pending = unfinishedCharacter(Buffer.concat([this.#pending, visible]));
    const stopped = applyStops(this.text, this.#options);
    if (stopped !== undefined) {
      const whole = stopped.length === this.text.length;
      this.text = stopped;
      this.end = 'stop';
      if (whole) return choice.token;
      // The stop cut the token; the part that is left may be a token, too.
      return before === undefined ? undefined : this.#vocabulary.exact(stopped.slice(before.length));
    }
    if (this.tokens >= this.#options.maxTokens) this.end = 'limit';
    return choice.token;
  }

  async #next(position: Position, without: ReadonlySet<number>): Promise<Scored | undefined> {
    const { logSumExp } = position.candidates;
    const remaining = this.#forced.subarray(this.#bytes);
    const forced = remaining.length > 0;
    const fit = (all: Scored[]): Scored[] =>
      all.filter(({ token }) => !without.has(token) && this.#isOffered(token, forced));
    let scored = fit(
      forced ? await this.#best(position, this.#vocabulary.through(remaining)) : scores(position.candidates),
    );
    if (this.#bytes < this.#hidden) {
      // The caller is not asked about tokens within the prompt's own text.
      const leaves = ({ token }: Scored): boolean =>
        this.#bytes + this.#vocabulary.bytes(token).length > this.#hidden;
      if (scored[0] && !leaves(scored[0])) return scored[0];
      scored = scored.filter(leaves);
    }
    if (!this.#choose) return scored[0];

    const offer = async (from: number, to: number): Promise<Choice> => {
      const offered = scored.slice(from, to);
      if (offered.length === 0) return undefined;
      const choice = await this.#choose?.(
        this.text,
        offered.map(({ token }) => this.#shown(token)),
        // Two digits are enough for a choice, and keep the message short.
        offered.map(({ logit }) => Math.round(100 * (logit - logSumExp)) / 100),
      );
      return typeof choice === 'number' ? from + choice : choice;
    };
    let choice = await offer(0, offeredAtOnce);
    if (choice === undefined && !forced)
      scored = fit(scores(await position.best(Math.min(offeredLater, this.#vocabulary.size))));
    if (choice === undefined) choice = await offer(offeredAtOnce, offeredLater);
    if (typeof choice === 'object') return this.#oneOf(choice.oneOf, position, remaining, without);
    return choice === undefined ? undefined : scored[choice];
  }

  /** Whether a token may come next: any with text, and the end of the text where nothing must follow; no other control token. */
  #isOffered(token: number, forced: boolean): boolean {
    return this.#vocabulary.isEnd(token) ? !forced : this.#vocabulary.bytes(token).length > 0;
  }

  /** What a token adds to the text. */
  #shown(token: number): string {
    if (this.#bytes >= this.#hidden) return this.#vocabulary.isEnd(token) ? '' : this.#vocabulary.text(token);
    return Buffer.from(this.#vocabulary.bytes(token).subarray(this.#hidden - this.#bytes)).toString();
  }

  /** The likeliest token of the whole vocabulary with which one of the texts begins. */
  async #oneOf(
    texts: readonly string[],
    position: Position,
    remaining: Uint8Array,
    without: ReadonlySet<number>,
  ): Promise<Scored | undefined> {
    const hidden = remaining.subarray(0, Math.max(0, this.#hidden - this.#bytes));
    const pending = this.#pending;
    const ways = texts
      .map((text) => Buffer.from(text))
      .filter((text) => text.subarray(0, pending.length).equals(pending))
      .map((text) => Buffer.concat([hidden, text.subarray(pending.length)]));
    const allowed = new Set(remaining.length > 0 ? this.#vocabulary.through(remaining) : []);
    const tokens = this.#vocabulary
      .into(ways)
      .filter((token) => !without.has(token) && (remaining.length === 0 || allowed.has(token)));
    return (await this.#best(position, tokens))[0];
  }

  /** The likeliest of these tokens, with their logits. */
  async #best(position: Position, tokens: readonly number[]): Promise<Scored[]> {
    if (tokens.length === 0) return [];
    const logits = await position.logitsOf(Int32Array.from(tokens));
    return tokens
      .map((token, i) => ({ token, logit: logits[i] ?? -Infinity }))
      .sort((a, b) => b.logit - a.logit)
      .slice(0, offeredLater);
  }
}

/** The bytes at the end that are the beginning of a character whose last bytes are missing. */
function unfinishedCharacter(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(bytes.length - back) : new Uint8Array();
  }
  return new Uint8Array();
}

interface Scored {
  readonly token: number;
  readonly logit: number;
}

function scores({ tokens, logits }: Candidates): Scored[] {
  return Array.from(tokens, (token, i) => ({ token, logit: logits[i] ?? -Infinity }));
}
