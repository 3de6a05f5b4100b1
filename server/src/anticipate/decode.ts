/**
 * Watches one running decode of a document: the text generated so far, whether the person's typing still agrees with it,
 * and how sure the model was. Starts nothing by itself; session.ts decides what to decode.
 */
import type { Choose, Completion } from '../engine/engine';
import type { PieceEnd } from '../suggest/continuation';
import { typedBetween, type Place } from '../suggest/place';

/** Natural log probability counted for a name that the model did not offer among its candidates. */
const rareLogProbability = -5;

export class Decode {
  readonly #controller = new AbortController();
  readonly #typed: string;
  /** Log probability of a piece by the text before it: the engine may ask out of order, for drafts. */
  readonly #pieces = new Map<string, { readonly text: string; readonly logProbability: number }>();
  #generated = '';

  /** @param typed text that the person typed already, and with which generation must begin */
  constructor(
    readonly place: Place,
    typed: string,
  ) {
    this.#typed = typed;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    this.#controller.abort();
  }

  /** Asks the caller to choose, and notes what it chose. */
  watching(choose: Choose): Choose {
    return (generated, candidates, logProbabilities) => {
      const choice = choose(generated, candidates, logProbabilities);
      if (generated.startsWith(this.#generated)) this.#generated = generated;
      if (typeof choice === 'number') {
        const text = candidates[choice] ?? '';
        const logProbability = logProbabilities[choice] ?? 0;
        this.#pieces.set(generated, { text, logProbability });
      }
      return choice;
    };
  }

  /** True when a person who is at `place` typed what is being generated: the decode goes on for them. */
  serves(place: Place): boolean {
    const typed = typedBetween(this.place, place);
    return (
      typed !== undefined && (this.#typed + typed === '' || this.#generated.startsWith(this.#typed + typed))
    );
  }

  /**
   * Geometric mean of the probabilities of the new pieces of a completion, 0 to 1.
   * @param from offset in the text up to which pieces do not count; what is typed never does
   */
  confidence(
    { text, meanLogProbability }: Pick<Completion, 'text' | 'meanLogProbability'>,
    from = this.#typed.length,
  ): number {
    let sum = 0;
    let count = 0;
    for (let at = 0; at < text.length;) {
      const piece = this.#pieces.get(text.slice(0, at));
      if (!piece) {
        // The model did not offer this piece among its candidates, or the engine does not ask for choices.
        if (this.#pieces.size === 0) return Math.exp(meanLogProbability);
        sum += rareLogProbability;
        count++;
        at = nextKnown(this.#pieces, text, at);
        continue;
      }
      if (piece.text === '') break;
      at += piece.text.length;
      if (at <= from) continue;
      sum += piece.logProbability;
      count++;
    }
    return count === 0 ? 1 : Math.exp(sum / count);
  }

  /** Where the new pieces of a completion end in its text, behind what is typed; none where the engine does not ask for choices. */
  pieces(text: string): readonly PieceEnd[] {
    const typed = this.#typed.length;
    const ends: PieceEnd[] = [];
    let sum = 0;
    for (let at = 0; at < text.length && this.#pieces.size > 0;) {
      const piece = this.#pieces.get(text.slice(0, at));
      if (piece?.text === '') break;
      at = piece ? at + piece.text.length : nextKnown(this.#pieces, text, at);
      if (at <= typed) continue;
      sum += piece?.logProbability ?? rareLogProbability;
      ends.push({ length: at - typed, logProbability: sum });
    }
    return ends;
  }
}

/** The next length of `text` at which a piece was chosen. */
function nextKnown(pieces: ReadonlyMap<string, unknown>, text: string, at: number): number {
  for (let next = at + 1; next < text.length; next++) if (pieces.has(text.slice(0, next))) return next;
  return text.length;
}
