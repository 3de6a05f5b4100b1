/** A text that the model gave for a place, and how sure it was of it. Types only. */

/** A text that may stand at a place. */
export interface Continuation {
  readonly text: string;
  /** Mean probability of its tokens as the model gave it, 0 to 1. */
  readonly confidence: number;
  /** True when nothing follows it: the statement is whole, or the model had no more to say. */
  readonly final: boolean;
  /** It holds a literal that the model made up: shown only where the person is at it. */
  readonly madeUp?: boolean;
  /** A beginning that makes sense by itself and is surer than the whole, e.g. the part before a value that is made up. */
  readonly beginning?: Beginning;
  /** Where a shorter text may end, and how sure the model was up to there; undefined where it is not known piece by piece. */
  readonly ends?: Ends;
}

/** The places in a text at which it may be cut, and the probabilities that lead to them. */
export interface Ends {
  /** Lengths, ascending: behind a token, where the text makes sense so far. */
  readonly stops: readonly number[];
  /** Ascending; the last one ends with the text or behind it. */
  readonly pieces: readonly PieceEnd[];
}

/** The end of a piece that the model chose. */
export interface PieceEnd {
  readonly length: number;
  /** Natural log of the probability of all pieces up to here, given what stands before the text. */
  readonly logProbability: number;
}

/** The ends as seen from `typed` characters on: what is typed is certain. */
export function endsBehind({ stops, pieces }: Ends, typed: number): Ends {
  const certain = pieces.findLast(({ length }) => length <= typed)?.logProbability ?? 0;
  return {
    stops: stops.flatMap((length) => (length > typed ? [length - typed] : [])),
    pieces: pieces.flatMap(({ length, logProbability }) =>
      length > typed ? [{ length: length - typed, logProbability: logProbability - certain }] : [],
    ),
  };
}

/** The ends of a text followed by another one that the model wrote behind it. */
export function endsOfBoth(first: Ends, length: number, second: Ends): Ends {
  const whole = logProbabilityUpTo(first, length);
  return {
    stops: [...first.stops, length, ...second.stops.map((stop) => stop + length)],
    pieces: [
      ...first.pieces.filter((piece) => piece.length < length),
      { length, logProbability: whole },
      ...second.pieces.map((piece) => ({
        length: piece.length + length,
        logProbability: piece.logProbability + whole,
      })),
    ],
  };
}

/** Natural log of the probability that the text is right up to a length. */
export function logProbabilityUpTo({ pieces }: Ends, length: number): number {
  return (pieces.find((piece) => piece.length >= length) ?? pieces.at(-1))?.logProbability ?? 0;
}

/** The beginning of a text. */
export interface Beginning {
  readonly length: number;
  /** Mean probability of its tokens, 0 to 1. */
  readonly confidence: number;
}
