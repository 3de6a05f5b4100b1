/** Types of a mark on a text and of the fixes for it. */
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
