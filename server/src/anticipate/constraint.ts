/**
 * Legal by construction: while the engine decodes, takes the best candidate that keeps the statement free of invented
 * names and of nonsense (sense.ts). Pure text and schema; where the text does not tell, a candidate is taken as legal.
 */
import type { Choose } from '../engine/engine';
import type { Dialect, Schema } from '../schema/model';
import { unknownIdentifiers } from '../sql/identifiers';
import { isSensible } from './sense';

export interface ConstraintInput {
  /** The statement up to where generation begins: the cursor, or the start of the word before it. */
  readonly before: string;
  /** What is typed from there to the cursor: generation must begin with it (token healing). */
  readonly typed?: string;
  /** The rest of the statement behind the cursor. */
  readonly after: string;
  readonly schema: Schema;
  readonly dialect: Dialect;
}

/** Natural logarithm of the probability below which a legal candidate is not taken: 1 %. */
const leastLogProbability = Math.log(0.01);

export function legalChoice({ before, typed = '', after, schema, dialect }: ConstraintInput): Choose {
  const start = wordStart(before);
  const alreadyUnknown = countUnknown(before, start, schema, dialect);
  // What the person wrote is theirs: where it makes no sense already, sense is no measure for the rest.
  const senseless = !isSensible(before, schema, dialect);
  return (generated, candidates, logProbabilities) => {
    const reproducing = generated.length < typed.length;
    // At its first piece the best legal name is shown even where the model preferred an illegal one.
    const mayEnd = !reproducing && generated !== '';
    for (const [i, candidate] of candidates.entries()) {
      // What the model hardly believes in is only there because the rest is illegal: better to end here.
      if (mayEnd && (logProbabilities[i] ?? 0) < leastLogProbability) return undefined;
      // Control characters do not belong in a suggestion, whatever the schema.
      if (/(?![\t\n\r])\p{Cc}/u.test(candidate)) continue;
      if (!agrees(generated + candidate, typed)) continue;
      if (candidate === '' && reproducing) continue;
      const text = before + generated + candidate;
      // The end of the text closes the last word and the statement: a half name is then no name.
      const closed = candidate !== '' ? text : after === '' ? `${text};` : `${text} `;
      const whole = closed + (after === '' ? '' : ` ${after}`);
      const unknown = unknownIdentifiers(whole, start, closed.length, schema, dialect);
      if (unknown.length <= alreadyUnknown && (senseless || isSensible(closed, schema, dialect))) return i;
    }
    return undefined;
  };
}

/** True when the generated text is on its way through what is typed, or begins with it. */
function agrees(generated: string, typed: string): boolean {
  return typed.startsWith(generated) || generated.startsWith(typed);
}

/** A name the person misspelt in front of the cursor must not silence the rest. */
function countUnknown(before: string, start: number, schema: Schema, dialect: Dialect): number {
  return start === before.length
    ? 0
    : unknownIdentifiers(before, start, before.length, schema, dialect).length;
}

/** Start of the word the cursor stands in or behind, so that a half-typed name is judged as a whole. */
export function wordStart(before: string): number {
  return before.length - (/[\p{L}\p{N}_$]*$/u.exec(before)?.[0].length ?? 0);
}
