/** What completion offers, as plain values; LSP's own items are made at the edge (handlers/completion.ts). */
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

/** What the documentation of an item is about; it is looked up only for the item a person stops at. */
export interface CompletionSubject {
  readonly kind: 'table' | 'column' | 'function';
  readonly namespace?: string;
  readonly table?: string;
  readonly name: string;
}

export interface CompletionItem {
  readonly kind: CompletionKind;
  /** As the list shows it. */
  readonly label: string;
  /** As it is written into the text. */
  readonly insert: string;
  /** `insert` with `$0` where the cursor goes, where that is not its end. Its other characters are escaped. */
  readonly snippet?: string;
  /** What the typed word is compared with; the label where it is missing. */
  readonly filter?: string;
  /** Right behind the label: a type, the arguments of a function. */
  readonly detail?: string;
  /** At the right edge: the table a column is of. */
  readonly description?: string;
  readonly subject?: CompletionSubject;
}

export interface CompletionList {
  /** Range of the text that an item replaces; the cursor is inside or at its end. */
  readonly from: number;
  readonly to: number;
  /** Whether the range is a quoted name or the content of a string: then it goes as a whole. */
  readonly isQuoted: boolean;
  /** Best first. */
  readonly items: readonly CompletionItem[];
  /** More would match: ask again when more was typed. */
  readonly isIncomplete: boolean;
  /** Whether the list answers what must come here, so that it may open without a letter typed. */
  readonly isAsked: boolean;
  /** Tables in scope whose columns the catalogue has not read yet: with them the list would hold more. */
  readonly pending: readonly Table[];
}

/** Text as a snippet writes it literally. */
export const snippetText = (text: string): string => text.replace(/[\\$}]/g, '\\$&');
