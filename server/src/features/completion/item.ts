/** A completion list as plain values; handlers/completion.ts turns them into LSP's items. */
import type { Table } from '../../schema/model';

export type CompletionKind =
  | 'table'
  | 'view'
  | 'namespace'
  | 'column'
  | 'relation'
  | 'join'
  | 'function'
  | 'value'
  | 'type'
  | 'text'
  | 'keyword';

/** What the documentation of an item is about. The documentation itself is made only for the item that is selected. */
export interface CompletionSubject {
  readonly kind: 'table' | 'column' | 'function';
  readonly namespace?: string;
  readonly table?: string;
  readonly name: string;
}

export interface CompletionItem {
  readonly kind: CompletionKind;
  /** The text in the list. */
  readonly label: string;
  /** The text to insert. */
  readonly insert: string;
  /** `insert` with `$0` where the cursor goes, when that is not the end. Other special characters are escaped. */
  readonly snippet?: string;
  /** What the typed word is compared with, when that is not the label. */
  readonly filter?: string;
  /** Shown right behind the label: a type, or the arguments of a function. */
  readonly detail?: string;
  /** Shown at the right edge: the table of a column. */
  readonly description?: string;
  readonly subject?: CompletionSubject;
}

export interface CompletionList {
  /** Range of the text that an item replaces. The cursor is inside or at its end. */
  readonly from: number;
  readonly to: number;
  /** True when the range is a quoted name or the content of a string: items replace it as a whole. */
  readonly isQuoted: boolean;
  /** Best first. */
  readonly items: readonly CompletionItem[];
  /** There are more items than these: ask again when the person has typed more. */
  readonly isIncomplete: boolean;
  /** True when the list holds what must come here: it may open before a letter is typed. */
  readonly isAsked: boolean;
  /** Tables in scope whose columns the catalogue has not read yet: the list lacks their columns. */
  readonly pending: readonly Table[];
}

/** Text in the form that a snippet inserts literally. */
export const snippetText = (text: string): string => text.replace(/[\\$}]/g, '\\$&');
