/**
 * Tells whether a statement has the shape that its question asks for: "how many" wants COUNT, "for each" wants GROUP BY, "the
 * largest" wants an order. It compares the question's words with the statement's keywords. Pure.
 */
import type { Reading } from '../legality/reading';

/** One thing that questions ask for: words that ask, keywords that answer, what a mismatch costs. */
interface Wish {
  readonly asked: RegExp;
  readonly answered: RegExp;
  /** It is asked for and the statement has none. */
  readonly missing: number;
  /** The statement has it and it is not asked for. */
  readonly unasked: number;
}

const wishes: readonly Wish[] = [
  {
    asked: /\b(?:how many|numbers? of|count|counts|total number|amount of|how often|times)\b/,
    answered: /\b(?:count|sum) \(|num|count|total/,
    missing: 1,
    unasked: 0,
  },
  {
    asked: /\b(?:how many|numbers?|count|counts|total|amount|how often|times)\b/,
    answered: /^select (?:distinct )?count \( (?:\*|[^()]*) \)(?: as \w+)? from (?!.*\bgroup by\b)/,
    missing: 0,
    unasked: 1.5,
  },
  {
    asked: /\b(?:average|avg|mean)\b/,
    answered: /\bavg \(|avg|average|mean/,
    missing: 1,
    unasked: 1,
  },
  {
    asked: /\b(?:percent|percentage|rate|ratio|share|proportion|fraction)\b|%/,
    answered: /\* 100\b|\b100(?:\.0)? \*/,
    missing: 0,
    unasked: 1.5,
  },
  {
    asked:
      /\b(?:most|least|fewest|top|bottom|first|last|latest|earliest|newest|recent|recently|(?!(?:rest|test|west|east|best|forest|interest|guest|request|harvest|latest)s?\b)\w{2,}(?:est))\b|\b(?:maximum|minimum|best|worst|max|min)\b/,
    answered: /\b(?:order by|limit|max \(|min \(|top)\b|max \(|min \(/,
    missing: 0.7,
    unasked: 0,
  },
  {
    asked:
      /\b(?:most|least|fewest|top|bottom|first|last|one|two|three|four|five|ten|\d+|\w{2,}est|recent|maximum|minimum|best|worst)\b/,
    answered: /\blimit \d/,
    missing: 0,
    unasked: 0.7,
  },
  {
    asked:
      /\b(?:each|every|per|by|different|corresponding|for all)\b|\b(?:most|least|fewest|more than|at least|fewer than|less than)\b/,
    answered: /\bgroup by\b/,
    missing: 0,
    unasked: 0.7,
  },
  {
    asked: /\b(?:for each|for every|of each|in each|per|each)\b/,
    answered: /\bgroup by\b|\bover \(/,
    missing: 0.7,
    unasked: 0,
  },
  {
    asked:
      /\b(?:never|not|without|no|neither|nor|except|other than|excluding|\w+n't|none|nothing|nobody|any)\b/,
    answered: /\bnot\b|\bexcept\b|!=|<>|\bis null\b|\bleft\b/,
    missing: 0.7,
    unasked: 0.7,
  },
];

/** One row of all, and of it the first few: whatever is asked. */
const senseless =
  /^select (?:distinct )?(?:max|min|count|sum|avg) \( [^()]* \)(?: as \w+)? from (?!.*\bgroup by\b).*\blimit\b/;
const senselessCost = 1;

/** Characters of a question that are read. */
const longestQuestion = 500;

/** 0 when the statement has the shape that is asked for; below 0 for each thing that is missing, and each that nobody asked for. */
export function askedShape({ raw }: Reading, question: string): number {
  const asked = question.slice(0, longestQuestion).toLowerCase();
  const sql = raw.join(' ');
  let score = senseless.test(sql) ? -senselessCost : 0;
  for (const wish of wishes) {
    const isAsked = wish.asked.test(asked);
    if (isAsked !== wish.answered.test(sql)) score -= isAsked ? wish.missing : wish.unasked;
  }
  return score;
}
