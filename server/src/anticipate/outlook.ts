/**
 * What is known of the text that may follow a place, line by line, and what to find out next. Pure: the trie and the
 * rules for walking it; session.ts does the work.
 */
import type { Plan } from '../features/inlineCompletion';
import { advance, type Place } from './place';
import { fitted, type Suggestion } from './suffix';
import { Continuations, type Continuation, type Rest } from './trie';

/** The next thing worth decoding on the way from a place. */
export type Step =
  /** Only the prompt: nothing is to be shown there. */
  | { readonly kind: 'prefill'; readonly place: Place }
  /** One line. `ahead`: nobody waits for it. */
  | { readonly kind: 'line'; readonly place: Place; readonly plan: Plan; readonly ahead: boolean };

export interface Answer {
  /** False while something is being decoded that decides what is shown. */
  readonly ready: boolean;
  /** Best first. */
  readonly suggestions: readonly Suggestion[];
}

/** Lines that are decoded ahead of the cursor. */
const linesAhead = 6;
const mostSuggestions = 4;

export class Outlook {
  readonly #known = new Continuations();

  add(place: Place, continuations: readonly Continuation[]): void {
    this.#known.add(place, continuations);
  }

  /** @param plan what to generate at a place, undefined where nothing is to be shown */
  next(place: Place, minimumConfidence: number, plan: (place: Place) => Plan | undefined): Step | undefined {
    let at = place;
    for (let line = 0; line < linesAhead; line++) {
      const known = this.#known.at(at);
      if (known === undefined) {
        const planned = plan(at);
        return planned && { kind: 'line', place: at, plan: planned, ahead: line > 0 };
      }
      const [best] = known;
      // What would not be shown is not built upon.
      if (!best || best.final || best.confidence < minimumConfidence) return undefined;
      at = advance(at, best.text);
    }
    return undefined;
  }

  answer(place: Place, minimumConfidence: number): Answer {
    const known = this.#known.at(place);
    if (known === undefined) return { ready: false, suggestions: [] };
    const sure = known.filter(({ confidence }) => confidence >= minimumConfidence);
    const suggestions: Suggestion[] = [];
    for (const rest of sure.slice(0, mostSuggestions)) {
      const suggestion = fitted(place, rest.text + this.#lines(place, rest, minimumConfidence));
      if (suggestion && !suggestions.some(({ text }) => text === suggestion.text))
        suggestions.push(suggestion);
    }
    return { ready: true, suggestions };
  }

  /** The lines that follow a continuation, as far as they are known. */
  #lines(place: Place, first: Rest, minimumConfidence: number): string {
    let text = '';
    let rest: Rest | undefined = first;
    for (let line = 1; line < linesAhead && rest && !rest.final; line++) {
      const known: readonly Rest[] | undefined = this.#known.at(advance(place, first.text + text));
      rest = known?.find(({ confidence }) => confidence >= minimumConfidence);
      text += rest?.text ?? '';
    }
    return text;
  }
}
