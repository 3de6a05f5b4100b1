/**
 * What a document's session needs from the world around it: the document, the schema, the settings, the engine. Types, and
 * the defaults of the settings.
 */
import type { Engine, RequestStatistics } from '../engine/engine';
import type { Schema } from '../schema/model';
import type { Validate } from '../schema/validate';

/** What a session works on; the server's documents provide it. */
export interface SourceDocument {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
  readonly cursor: number;
  /** The last change only took text away: nothing is suggested on a deletion. */
  readonly deleted?: boolean;
}

export interface SchemaState {
  readonly schema: Schema;
  /** Rises with every change of the schema. */
  readonly epoch: number;
}

/** What a person set for inline completion. */
export interface SuggestionSettings {
  readonly enabled: boolean;
  /** Tokens one line may have. */
  readonly maxTokens: number;
  /** Mean probability of its tokens, 0 to 1, below which a suggestion is not shown. */
  readonly minimumConfidence: number;
}

export const defaultSuggestionSettings: SuggestionSettings = {
  enabled: true,
  maxTokens: 48,
  minimumConfidence: 0.1,
};

export interface SessionHost {
  readonly engine: Engine;
  /** The engine of questions, loaded at the first call; undefined where `engine` answers them as well. */
  questions?(): Engine | undefined;
  schemaState(): SchemaState;
  settings?(): SuggestionSettings;
  /** The silence threshold at a place, where it is another than the one set. */
  minimumConfidence?(before: string): number;
  /** Called after each request that reached the engine. */
  report(statistics: RequestStatistics): void;
  /** Called once for each kind of failure that is not a cancellation. */
  fail(error: unknown): void;
  /** Whether the database takes a statement; undefined where there is none to ask. */
  validator?(): Validate | undefined;
  /** Called when more is known of the suggestion that was last answered for this version: it goes on from there. */
  grew?(version: number, offset: number): void;
}

export interface SuggestRequest {
  readonly offset: number;
  /** Asked for by the person, not by typing. */
  readonly explicit?: boolean;
  /** The item that the completion list has selected, and the offsets it replaces: the suggestion continues it. */
  readonly selected?: { readonly from: number; readonly to: number; readonly text: string };
}
