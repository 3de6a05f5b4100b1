/**
 * Estimates how probable it is that a statement answers its question. Three things count: how likely the model held the
 * statement, whether it uses the tables and columns that the question means, and whether it has the shape that the question
 * asks for (a count, a group). The best of several statements is chosen by it, and too improbable ones are not shown. Pure.
 */
import { Reading } from '../legality/reading';
import type { Link } from '../prompt/linking/link';
import type { Schema } from '../schema/model';
import { askedShape } from './askedShape';
import { linkFit } from './linkFit';

export interface Candidate {
  readonly sql: string;
  /** Of the whole text, as the model gives it: natural logarithm. */
  readonly logLikelihood: number;
}

/**
 * The weights of a logistic regression. It was fitted to statements that version 4 of the starter model wrote for public
 * questions and that the databases accepted. docs/quality.md says how well it does on other databases.
 */
const weights = {
  /** Of the logarithm of likelihood by three characters: about a token. */
  likelihood: 2.19,
  /** Of the whole logarithm of likelihood of the question's likeliest statement: low for what the model does not understand. */
  best: 0.08,
  /** Of each table, column and value that the question names and the statement does not use. */
  missed: -0.64,
  /** Of each table and column that it uses and the question does not name. */
  unnamed: -0.55,
  /** Of what askedShape() finds wrong. */
  shape: 1.16,
  bias: 1.56,
};

/** A statement that is less probable than this is no answer. Of those above it about three in five are right. */
export const leastProbable = 0.3;

const lowest = -60;
const charactersPerToken = 3;

/** Probabilities, 0 to 1, of being right, in the order of the candidates. */
export function answerScores(
  candidates: readonly Candidate[],
  question: string,
  links: readonly Link[],
  schema: Schema,
): readonly number[] {
  const best = Math.max(lowest, ...candidates.map(({ logLikelihood }) => logLikelihood));
  return candidates.map(({ sql, logLikelihood }) => {
    const reading = new Reading(sql, sql.length, schema);
    const { missed, unnamed } = linkFit(reading, links);
    const sum =
      weights.bias +
      (weights.likelihood * charactersPerToken * logLikelihood) / sql.length +
      weights.best * best +
      weights.missed * missed +
      weights.unnamed * unnamed +
      weights.shape * askedShape(reading, question);
    return 1 / (1 + Math.exp(-sum));
  });
}
