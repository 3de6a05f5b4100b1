/** The interface of every system that the typing benchmark measures. */

export interface Place {
  readonly file: string;
  /** The document as it is, and the cursor. */
  readonly text: string;
  readonly cursor: number;
}

export interface Change {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface Suggestion {
  /** Milliseconds from the key until the first token, and until all of it, was there. */
  readonly firstMs: number;
  readonly wholeMs: number;
  readonly text: string;
  /** Answered without waiting for anything to be computed. */
  readonly zeroWait: boolean;
  /** Tokens decoded behind the first one while it was waited for, and the time they took. */
  readonly decoding?: { readonly tokens: number; readonly ms: number };
}

export interface System {
  readonly name: string;
  /** Whether it works between keys: one that does not need not be given the time in between. */
  readonly anticipates: boolean;
  /** Every how many keys it is asked; the others cost it nothing and count for nothing. */
  readonly everyKey: number;
  /** Opens the documents of a trace. */
  open(trace: Opened): Promise<void>;
  /** One change, or none where only the cursor moved; `place` is how it is afterwards. */
  key(place: Place, change: Change | undefined): Promise<Suggestion>;
  /** A change that nothing is suggested on. */
  change(place: Place, change: Change): Promise<void>;
  /** Tokens of prompts evaluated since the last call. */
  evaluatedTokens(): Promise<number>;
  sizes(): Promise<{ readonly kvBytes: number; readonly rssBytes: number }>;
  close(): Promise<void>;
}

export interface Opened {
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
  /** The schema as the product's prompts begin with it. */
  readonly schemaText: string;
}

export interface SystemOptions {
  readonly root: string;
  readonly model: string;
  readonly threads: number;
  /** Tokens a prompt may have; 0 for the product: what it takes by itself. */
  readonly contextTokens: number;
  /** Tokens a suggestion may have. */
  readonly maxTokens: number;
  readonly backend: 'cpu' | 'cuda';
  /** Settings that make the product show what a model of random weights says; empty otherwise. */
  readonly confidence: { readonly minimumConfidence?: number };
}
