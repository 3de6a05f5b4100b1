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
}

/** The beginning of a text. */
export interface Beginning {
  readonly length: number;
  /** Mean probability of its tokens, 0 to 1. */
  readonly confidence: number;
}
