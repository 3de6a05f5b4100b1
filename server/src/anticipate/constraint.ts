/**
 * Legal by construction: while the engine decodes, takes the best candidate that keeps the statement free of invented
 * names and of nonsense (sense.ts). Pure text and schema; where the text does not tell, a candidate is taken as legal.
 */
import type { Choose } from '../engine/engine';
import type { Dialect, Schema } from '../schema/model';
import { unknownIdentifiers } from '../sql/identifiers';
import { isSensible } from './sense';

export interface ConstraintInput {
  /** The statement up to the cursor. */
  readonly before: string;
  /** The rest of the statement behind the cursor. */
  readonly after: string;
  readonly schema: Schema;
  readonly dialect: Dialect;
}

export function legalChoice({ before, after, schema, dialect }: ConstraintInput): Choose {
  const start = wordStart(before);
  const alreadyUnknown = countUnknown(before, start, schema, dialect);
  // What the person wrote is theirs: where it makes no sense already, sense is no measure for the rest.
  const senseless = !isSensible(before, schema, dialect);
  return (generated, candidates) => {
    for (const [i, candidate] of candidates.entries()) {
      // Control characters do not belong in a suggestion, whatever the schema.
      if (/(?![\t\n\r])\p{Cc}/u.test(candidate)) continue;
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
