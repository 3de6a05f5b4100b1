/**
 * Types for what is wrong with a statement: the kind of problem, its place, and a key by which the same problem is found again
 * when the text has grown. The rules find the problems; this file only describes them.
 */
import type { Reading } from './reading';

export type ProblemKind =
  /** A name that nothing brings. */
  | 'unknown-name'
  /** A bracket that closes nothing, or one that is open at the end. */
  | 'bracket'
  /** A clause that begins before a bracket of the clause before it is closed. */
  | 'open-bracket'
  /** A list of names that holds something else: `USING (a = b`, `INSERT INTO t (count(*)`. */
  | 'name-list'
  /** Behind LIMIT stands a number. */
  | 'limit-operand'
  /** Behind `::` and in CAST stands a type. */
  | 'type-position'
  | 'blank-behind-dot'
  | 'value-count'
  | 'repeated-alias'
  | 'repeated-item'
  | 'ungrouped-column'
  | 'clause-order'
  | 'misplaced-word'
  /** Two tokens that cannot follow each other. */
  | 'token-pair'
  | 'repeated-condition'
  /** A condition that no row meets: `a = 1 AND a = 2`. */
  | 'impossible-condition'
  /** WHEN, THEN, ELSE or END without a CASE. */
  | 'stray-case-word'
  | 'stuttering-string'
  | 'misplaced-aggregate'
  | 'wrong-literal'
  | 'changing-verb'
  | 'odd-name'
  | 'mixed-case-word'
  | 'unconnected-join'
  | 'join-condition'
  /** Names used before FROM that no table can bring any more. */
  | 'lost-names'
  /** A FROM that begins with a table that lacks names used before, where another table has them all. */
  | 'better-table'
  /** The statement ends before its rest behind the cursor. */
  | 'end-before-rest'
  /** The rest begins with a clause that the statement has already, or that must come earlier. */
  | 'clause-before-rest';

export interface Problem {
  readonly kind: ProblemKind;
  /** Offset in the statement's text, in UTF-16 units. */
  readonly at: number;
  /** Tells this problem from others of its kind when the offset cannot, e.g. because text is typed before it. */
  readonly detail?: string;
}

/** A rule looks at one reading and tells what it finds; the array in violations.ts holds them all. */
export type Rule = (reading: Reading) => Problem[];

/** The same problem of the same statement has the same key, however the statement goes on. */
export function problemKey({ kind, at, detail }: Problem): string {
  return `${kind} ${detail ?? String(at)}`;
}
