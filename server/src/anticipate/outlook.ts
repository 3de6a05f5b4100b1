/**
 * Remembers what may follow the cursor: the lines that the model wrote, and the database's verdicts on them. From that it
 * decides what to show, and names the next step: "decode the line behind this one", "ask the database about this statement".
 * Pure; steps.ts does the step.
 */
import type { Plan } from '../suggest/plan';
import type { Verdict } from '../schema/validate';
import { innermostStatementAt, routinePartAt } from '../sql/statements/routines';
import { advance, type Place } from '../suggest/place';
import { isChoicePoint } from '../suggest/positionKind';
import type { Suggestion } from '../suggest/suggestion';
import { suggestionAt } from '../suggest/suffix';
import { Continuations, sureOf, type Rest, type Sure } from './continuations';
import { endsOfBoth, logProbabilityUpTo, type Continuation, type Ends } from '../suggest/continuation';

/** The next thing worth finding out on the way from a place. */
export type Step =
  /** Only the prompt: nothing is to be shown there. */
  | { readonly kind: 'prefill'; readonly place: Place }
  /** One line. `ahead`: nobody waits for it. */
  | { readonly kind: 'line'; readonly place: Place; readonly plan: Plan; readonly ahead: boolean }
  /** All of what a question above the place asks for, as the database takes it. */
  | { readonly kind: 'statement'; readonly place: Place; readonly plan: Plan }
  /** What else may stand there. */
  | { readonly kind: 'alternatives'; readonly place: Place; readonly plan: Plan }
  /** Whether the database takes the statement. */
  | { readonly kind: 'verdict'; readonly place: Place; readonly statement: string }
  /** Another try at a statement that the database refused, told why. */
  | { readonly kind: 'repair'; readonly place: Place; readonly text: string; readonly message: string };

export interface Answer {
  /** False while something is being found out that decides what is shown. */
  readonly ready: boolean;
  /** Best first. */
  readonly suggestions: readonly Suggestion[];
}

/** Questions that the outlook asks of its caller. */
export interface Rules {
  /**
   * What to generate at a place, undefined where nothing is to be shown.
   * @param whole the text before ends with whole words
   */
  readonly plan: (place: Place, whole?: boolean) => Plan | undefined;
  /** Mean probability of its tokens, 0 to 1, below which nothing is shown by itself or built upon. */
  readonly minimumConfidence: (place: Place) => number;
  /** A database is there that can say whether a statement is right. */
  readonly checks: boolean;
}

/** Lines that follow one another from a place on. */
interface Path {
  readonly text: string;
  /** The statement is whole. */
  readonly final: boolean;
  /** The first place on it for which nothing was decoded; undefined when the path ends for another reason. */
  readonly gap: Place | undefined;
  readonly lines: number;
  /** Of the text, as far as the probabilities of all its lines are known. */
  readonly ends: Ends | undefined;
}

/** Most lines decoded ahead of the cursor, and most lines of a statement that a comment asks for. */
const linesAhead = 6;
const linesOfStatement = 24;
const mostSuggestions = 4;
const mostVerdicts = 256;
/**
 * What is shown by itself is right as a whole with this probability, as the model sees it: 7 in 10, which it is in 71 of
 * 100 cases on statements that are typed key by key (docs/quality.md).
 */
const leastLogProbability = Math.log(0.7);

export class Outlook {
  readonly #known = new Continuations();
  /** By epoch and statement. */
  readonly #verdicts = new Map<string, Verdict | undefined>();

  /** @param held the texts begin a whole statement that is shown only when the database takes it */
  add(place: Place, continuations: readonly Continuation[], held = false): void {
    this.#known.add(place, continuations, held);
  }

  addAlternatives(place: Place, continuations: readonly Continuation[]): void {
    this.#known.addAlternatives(place, continuations);
  }

  /** A verdict of undefined says that nothing can check the statement. */
  addVerdict(place: Place, statement: string, verdict: Verdict | undefined): void {
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size >= mostVerdicts && oldest !== undefined) this.#verdicts.delete(oldest);
    this.#verdicts.set(verdictKey(place, statement), verdict);
  }

  /** Puts the repaired text, or silence, where the refused one was. */
  addRepair(place: Place, repaired: Continuation | undefined): void {
    this.#known.replace(place, repaired ? [repaired] : [], true);
  }

  /** True where the place has been decoded, or is on the way along what was. */
  knows(place: Place): boolean {
    return this.#known.at(place) !== undefined;
  }

  next(place: Place, rules: Rules): Step | undefined {
    const minimum = rules.minimumConfidence(place);
    const known = this.#known.at(place);
    const best = known?.find((rest) => sureOf(rest, minimum));
    const shown = best && sureOf(best, minimum);
    if (!shown) {
      // A text that was too unlikely to show may be likely now that the person has typed its beginning.
      if (known && (known.length === 0 || this.#known.isDecoded(place)))
        return this.#unsure(place, known, rules);
      const plan = rules.plan(place);
      if (!plan) return undefined;
      if (rules.checks && isAsked(place, plan)) return { kind: 'statement', place, plan };
      return { kind: 'line', place, plan, ahead: false };
    }
    const path = this.#path(place, shown, minimum);
    const plan = path.gap && rules.plan(path.gap, true);
    if (path.gap && plan) return { kind: 'line', place: path.gap, plan, ahead: !shown.held || !rules.checks };
    const isUnsure = best.confidence < minimum;
    return (
      this.#check(place, shown, path, rules) ??
      this.#others(place, minimum, rules) ??
      (isUnsure ? this.#unsure(place, [best], rules) : undefined)
    );
  }

  /** The next step for a suggestion that is too unsure to be shown by itself, but is shown when the person asks by a key. */
  #unsure(place: Place, [first]: readonly Rest[], rules: Rules): Step | undefined {
    if (!first) return undefined;
    const path = this.#path(place, first, 0);
    const plan = first.held && path.gap && rules.plan(path.gap, true);
    if (path.gap && plan) return { kind: 'line', place: path.gap, plan, ahead: true };
    return this.#check(place, first, path, rules);
  }

  /** The next step for alternatives: decode them, then ask the database about each. */
  #others(place: Place, minimum: number, rules: Rules): Step | undefined {
    const alternatives = this.#alternatives(place, rules);
    if (alternatives) return alternatives;
    for (const known of this.#known.at(place)?.slice(0, mostSuggestions) ?? []) {
      const rest = sureOf(known, minimum);
      if (!rest || rest.held) continue;
      const step = this.#check(place, rest, this.#path(place, rest, minimum), rules);
      if (step) return step;
    }
    return undefined;
  }

  answer(place: Place, rules: Rules, explicit = false): Answer {
    const minimum = rules.minimumConfidence(place);
    if (!explicit) return this.#answer(place, minimum, rules, true);
    const answer = this.#answer(place, minimum, rules, false);
    if (!answer.ready) return answer;
    // A person who asks by a key wants to see even a suggestion that the model is not sure of.
    if (answer.suggestions.length === 0) return this.#answer(place, 0, rules, false);
    const others = this.#others(place, minimum, rules);
    return others ? { ready: false, suggestions: [] } : answer;
  }

  /** @param begins whether the sure beginning of a suggestion is shown when the whole is too unsure */
  #answer(place: Place, minimum: number, rules: Rules, begins: boolean): Answer {
    const known = this.#known.at(place);
    if (known === undefined) return { ready: false, suggestions: [] };
    const sure = known.flatMap((rest) => {
      const found = begins || rest.confidence >= minimum ? sureOf(rest, minimum) : undefined;
      return found ? [found] : [];
    });
    if (sure.length === 0 && known.length > 0 && !this.#known.isDecoded(place) && !isBegun(known, minimum))
      return { ready: false, suggestions: [] };
    const suggestions: Suggestion[] = [];
    for (const rest of sure.slice(0, mostSuggestions)) {
      const text = this.#shown(place, rest, minimum, rules);
      // The first suggestion decides what is shown. An alternative that is not ready is left out for now.
      if (text === undefined && suggestions.length === 0) return { ready: false, suggestions: [] };
      const likely =
        text === undefined || !begins || minimum === 0 ? text : this.#likely(place, rest, minimum, text);
      const suggestion =
        likely === undefined ? undefined : suggestionAt(place, likely, rules.plan(place)?.schema);
      if (
        suggestion &&
        // An alternative that begins with the same name gives the person no choice.
        !suggestions.some((other) => firstName(other.text) === firstName(suggestion.text))
      )
        suggestions.push(suggestion);
    }
    return { ready: true, suggestions };
  }

  /** The part of a continuation that is shown; "" for nothing, undefined while we do not know yet. */
  #shown(place: Place, rest: Sure, minimum: number, rules: Rules): string | undefined {
    const path = this.#path(place, rest, minimum);
    if (!rules.checks || !isAlone(place)) return path.text;
    if (!path.final) {
      // The rest is still being decoded, so there is no verdict yet. Meanwhile the first line is shown, or nothing of a
      // statement that is shown whole.
      const goesOn = path.gap && rules.plan(path.gap, true);
      if (!goesOn) return path.text;
      return rest.held ? undefined : rest.text;
    }
    const statement = statementWith(place, path.text);
    const key = verdictKey(place, statement);
    const isWhole = rest.held || path.lines === 1;
    if (!this.#verdicts.has(key)) return isWhole ? undefined : rest.text;
    const verdict = this.#verdicts.get(key);
    if (verdict === undefined || verdict.ok || !blames(verdict, place, path.text)) return path.text;
    // The database refused a statement that a comment asked for: it is being repaired.
    if (rest.held && !this.#isRepaired(place)) return undefined;
    return isWhole ? '' : rest.text;
  }

  /** As much of a text as is probably right as a whole; "" for nothing. */
  #likely(place: Place, rest: Sure, minimum: number, text: string): string {
    const { ends } = this.#path(place, rest, minimum);
    if (rest.held || !ends) return text;
    const stops = [...ends.stops.filter((stop) => stop < text.length), text.length];
    // Where neither a question nor a table says what is wanted, more than one unit is a guess.
    const open = isOpening(place) ? stops.slice(0, 1) : stops;
    const length = open.findLast((stop) => logProbabilityUpTo(ends, stop) >= leastLogProbability) ?? 0;
    return text.slice(0, length);
  }

  #check(place: Place, best: Sure, path: Path, rules: Rules): Step | undefined {
    if (!rules.checks || !path.final || !isAlone(place)) return undefined;
    const statement = statementWith(place, path.text);
    const key = verdictKey(place, statement);
    if (!this.#verdicts.has(key)) return { kind: 'verdict', place, statement };
    const verdict = this.#verdicts.get(key);
    if (!verdict || verdict.ok || !best.held || this.#isRepaired(place)) return undefined;
    const from = best.origin;
    const typed = place.before.slice(from.before.length);
    return { kind: 'repair', place: from, text: typed + path.text, message: verdict.message };
  }

  #isRepaired(place: Place): boolean {
    return this.#known.isReplaced(place);
  }

  #alternatives(place: Place, rules: Rules): Step | undefined {
    if (!isChoicePoint(place.before) || this.#known.hasAlternatives(place) !== false) return undefined;
    const plan = rules.plan(place);
    return plan && { kind: 'alternatives', place, plan };
  }

  #path(place: Place, first: Sure, minimum: number): Path {
    let text = first.text;
    let rest: Sure = first;
    let ends = first.ends;
    for (let lines = 1; ; lines++) {
      if (rest.final) return { text, final: true, gap: undefined, lines, ends };
      if (rest.cut) return { text, final: false, gap: undefined, lines, ends };
      if (lines >= (first.held ? linesOfStatement : linesAhead))
        return { text, final: false, gap: undefined, lines, ends };
      const at = advance(place, text);
      const known = this.#known.at(at);
      if (known === undefined) return { text, final: false, gap: at, lines, ends };
      const next = known.find(({ confidence }) => confidence >= minimum);
      const sure = next && (first.held ? next : aheadOf(next, minimum));
      // A line that would not be shown is not continued.
      if (!sure) return { text, final: false, gap: undefined, lines, ends };
      rest = sure;
      ends = ends && rest.ends && endsOfBoth(ends, text.length, rest.ends);
      text += rest.text;
    }
  }
}

/** True behind the first words of a statement that has no comment above it. */
function isOpening({ before, dialect }: Place): boolean {
  const { from } = innermostStatementAt(before, before.length, dialect);
  return /^\s*[\p{L}_]*\s*(?:distinct\s+)?[\p{L}_]*$/iu.test(before.slice(from));
}

/** The name that a text begins with, qualified as it stands; the whole text where it begins with none. */
function firstName(text: string): string {
  const name = /^\s*(?:[\p{L}\p{N}_$]|["`[\].])+/u.exec(text)?.[0].trim();
  return (name ?? text).toLowerCase();
}

/** True on a fresh line below a question, where nothing of the statement stands yet. */
function isAsked({ before, after }: Place, { reach, fill, typed }: Plan): boolean {
  return (
    reach === 'statement' && !fill && typed === '' && /\n[ \t]*$/.test(before) && !/^[^\n]*\S/.test(after)
  );
}

/** The part of a line that may be shown before the cursor reaches it: up to the first value that the model made up. */
function aheadOf(rest: Rest, minimum: number): Sure | undefined {
  const sure = sureOf(rest, minimum);
  return rest.madeUp && !sure?.cut ? undefined : sure;
}

/** True when the model is sure enough of at least a beginning of one of the texts. */
function isBegun(known: readonly Rest[] | undefined, minimum: number): boolean {
  return known?.some((rest) => sureOf(rest, minimum)) ?? false;
}

/**
 * True when the statement ends at the cursor, so that the text before it and the continuation are the whole statement.
 * False in the body of a routine: outside of it the database does not know the routine's variables.
 */
function isAlone({ before, after, dialect }: Place): boolean {
  const text = before + after;
  const { to } = innermostStatementAt(text, before.length, dialect);
  return (
    text.slice(before.length, to).trim() === '' && routinePartAt(text, before.length, dialect) === undefined
  );
}

/** The statement with the continuation put in, without the brackets that the editor closed behind the cursor. */
export function statementWith({ before, dialect }: Place, text: string): string {
  return (before.slice(innermostStatementAt(before, before.length, dialect).from) + text).trim();
}

function verdictKey({ epoch }: Place, statement: string): string {
  return `${epoch.toString()}:${statement}`;
}

/** True when the database objects to the suggestion; false when it objects to what the person wrote. */
function blames(verdict: Verdict, place: Place, text: string): boolean {
  if (verdict.ok) return false;
  const written = place.before.slice(
    innermostStatementAt(place.before, place.before.length, place.dialect).from,
  );
  if (verdict.offset !== undefined) return verdict.offset >= written.trimStart().length;
  const named = /[\p{L}_][\p{L}\p{N}_$]*(?=\W*$)/u.exec(verdict.message)?.[0];
  return named === undefined || !written.includes(named) || text.includes(named);
}
