/** A mark on a text and the fixes for it. Types only. */
import type { Problem } from '../../resolve/resolved';

/** Replaces [from, to) of the text. */
export interface Fix {
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Offsets are document offsets, `to` is exclusive. */
export interface Diagnostic {
  readonly from: number;
  readonly to: number;
  readonly code: Problem | 'value-count';
  readonly message: string;
  /** Best first. */
  readonly fixes: readonly Fix[];
}
