/**
 * Whether a statement stays legal when text is added to it: no unknown name, no broken rule. A problem that the statement had
 * before does not count, because what a person wrote is theirs. Pure.
 */
import type { Schema } from '../schema/model';
import { deadEnds } from './deadEnds';
import { mayBecomeBetter, wantedNames } from './rules/pendingNames';
import { problemKey, type Problem } from './problem';
import { Reading } from './reading';
import { violations } from './violations';

export class Legality {
  readonly #ignored: Set<string>;

  /**
   * @param before the statement up to where something is added
   * @param after the rest of it behind the cursor
   * @param typed what is typed of the next word: its case is the person's
   */
  constructor(
    before: string,
    private readonly after: string,
    private readonly schema: Schema,
    typed = '',
  ) {
    const reading = new Reading(before, before.length, schema);
    this.#ignored = new Set([...unknownNames(reading), ...violations(reading)].map(problemKey));
    if (after !== '') for (const problem of deadEnds(this.#withRest(before))) this.#ignore(problem);
    if (typed === '') return;
    this.#ignore({ kind: 'mixed-case-word', at: before.length });
    // A person who began the name of another table wants that table.
    for (const wanted of wantedNames(reading.judged.pending))
      if (!mayBecomeBetter(reading, wanted, typed))
        this.#ignore({ kind: 'better-table', at: wanted.frame.from });
  }

  /** Whether the candidate may come behind the text; "" ends the last word and the statement. */
  allows(text: string, candidate: string): boolean {
    const longer = text + candidate;
    const closed = candidate !== '' ? longer : this.after === '' ? `${longer};` : `${longer} `;
    return this.firstProblem(closed) === undefined;
  }

  /** Offset of the first thing in the text, up to its end, that is wrong and was not before; undefined: all is well. */
  firstProblem(text: string): number | undefined {
    const { after, schema } = this;
    const whole = this.#withRest(text);
    const isNew = (problem: Problem): boolean => !this.#ignored.has(problemKey(problem));
    const unknown = unknownNames(whole).find(isNew);
    if (unknown !== undefined) return unknown.at;
    // The rules judge without the text behind the cursor: it may be anything that the person is about to change.
    const own = after === '' ? whole : new Reading(text, text.length, schema);
    return violations(own).find(isNew)?.at ?? deadEnds(whole).find(isNew)?.at;
  }

  /** The person's own text has the problem already. */
  #ignore(problem: Problem): void {
    this.#ignored.add(problemKey(problem));
  }

  #withRest(text: string): Reading {
    const { after, schema } = this;
    return new Reading(text + (after === '' ? '' : ` ${after}`), text.length, schema);
  }

  /** Whether the text ends in the middle of a name: it is legal as it stands, but not with a blank behind it. */
  isHalfName(text: string): boolean {
    return /[\p{L}\p{N}_$]$/u.test(text) && !this.allows(text, ' ');
  }
}

function unknownNames(reading: Reading): Problem[] {
  return reading.judged.unknown.map(({ from }) => ({ kind: 'unknown-name', at: from }));
}
