/**
 * Lists the rules that a generated statement must keep besides having known names: brackets close, no alias stands twice,
 * clauses come in their order, joins follow keys. Each rule is a file in rules/. Pure, and throws on no text.
 *
 * A new rule is a function (reading) → problems in a file of its own, a kind in problem.ts, a line in `rules` below, and
 * examples in test/unit/legality/violations.test.ts.
 */
import type { Schema } from '../schema/model';
import type { Problem, Rule } from './problem';
import { Reading } from './reading';
import { leftBrackets, openBrackets } from './rules/brackets';
import { changingVerbs } from './rules/changingVerbs';
import { misorderedClauses } from './rules/clauseOrder';
import { repeatedConditions, stutteringStrings } from './rules/conditions';
import { brokenNameLists } from './rules/nameLists';
import {
  blanksBehindDots,
  limitOperands,
  needlessConditions,
  typePositions,
  valueCounts,
} from './rules/operands';
import { joinConditions, unconnectedJoins } from './rules/joins';
import { wrongLiterals } from './rules/literals';
import { misplacedWords } from './rules/misplacedWords';
import { mixedWords, oddNames } from './rules/newNames';
import { lostNames } from './rules/pendingNames';
import { repeatedAliases, repeatedItems } from './rules/repetitions';
import { repeatedSelectItems, ungroupedColumns } from './rules/selectList';
import { brokenPairs, misplacedAggregates } from './rules/wordOrder';

/** All of them, in the order in which their problems are told. */
const rules: readonly Rule[] = [
  openBrackets,
  leftBrackets,
  brokenNameLists,
  limitOperands,
  typePositions,
  blanksBehindDots,
  needlessConditions,
  valueCounts,
  repeatedAliases,
  repeatedItems,
  repeatedSelectItems,
  ungroupedColumns,
  misorderedClauses,
  misplacedWords,
  brokenPairs,
  repeatedConditions,
  stutteringStrings,
  misplacedAggregates,
  wrongLiterals,
  changingVerbs,
  oddNames,
  mixedWords,
  unconnectedJoins,
  joinConditions,
  lostNames,
];

/** Everything in a statement that a rule finds. */
export function violations(reading: Reading): Problem[] {
  return rules.flatMap((rule) => rule(reading));
}

/**
 * True when no rule finds anything but a verb that changes data: what a whole statement does is the person's decision. A
 * name that ends with the text may still grow, so no rule judges it; end the text with a space to have it judged.
 */
export function isSensible(text: string, schema: Schema): boolean {
  return violations(new Reading(text, text.length, schema)).every(({ kind }) => kind === 'changing-verb');
}
