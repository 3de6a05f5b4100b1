/**
 * Measures how much time guessing tokens from the text saves on SQL (engine/host/decode/drafts.ts). The statements are
 * given, and the model must produce them token by token: so the figures are about SQL, not about what a model happens
 * to say.
 */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Context, Model } from '../../../native/types';
import { Drafts } from '../../../server/src/engine/host/decode/drafts';
import { generate, type Decoder } from '../../../server/src/engine/host/decode/generate';
import { KvCache } from '../../../server/src/engine/host/cache/kvCache';
import { SegmentTokenizer } from '../../../server/src/engine/host/decode/tokenizer';
import { Vocabulary } from '../../../server/src/engine/host/decode/vocabulary';
import { round } from '../figures';

export interface Speculation {
  readonly tokens: number;
  /** Milliseconds a token, without guesses and with. */
  readonly plain_ms: number;
  readonly drafted_ms: number;
  /** How many times faster with them. */
  readonly gain: number;
  readonly drafted: number;
  readonly accepted: number;
}

/** A file as people write it: each statement takes up something of those before it. */
const statements = [
  'SELECT c.id, c.last_name, count(*) AS orders\nFROM customers c\nJOIN orders o ON o.customer_id = c.id\nGROUP BY c.id, c.last_name\nORDER BY orders DESC;',
  "SELECT c.id, c.last_name, sum(p.amount) AS paid\nFROM customers c\nJOIN orders o ON o.customer_id = c.id\nJOIN payments p ON p.order_id = o.id\nWHERE o.status = 'shipped'\nGROUP BY c.id, c.last_name\nORDER BY paid DESC;",
  'SELECT p.name, sum(i.quantity * i.unit_price) AS revenue\nFROM order_items i\nJOIN products p ON p.id = i.product_id\nGROUP BY p.name\nHAVING sum(i.quantity * i.unit_price) > 100\nORDER BY revenue DESC;',
  "UPDATE orders SET status = 'shipped' WHERE id IN (SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.status = 'paid');",
  'WITH paid AS (\n  SELECT o.customer_id, sum(p.amount) AS amount\n  FROM orders o\n  JOIN payments p ON p.order_id = o.id\n  GROUP BY o.customer_id\n)\nSELECT c.last_name, paid.amount\nFROM customers c\nJOIN paid ON paid.customer_id = c.id\nORDER BY paid.amount DESC;',
];

export async function measureSpeculation(root: string, model: Model, threads: number): Promise<Speculation> {
  const schema = schemaOf(path.join(root, 'samples', 'webshop', 'webshop.sqlite'));
  const plain = await Writer.create(model, threads);
  const drafting = await Writer.create(model, threads, new Drafts());
  try {
    // Both in turn, so that a busy moment falls on both.
    let before = '-- a file of SQL\n';
    for (const statement of statements) {
      for (const writer of [plain, drafting]) await writer.write([schema, before], statement);
      before += `${statement}\n\n`;
    }
  } finally {
    await plain.dispose();
    await drafting.dispose();
  }
  const [slow, fast] = [plain.milliseconds / plain.tokens, drafting.milliseconds / drafting.tokens];
  return {
    tokens: drafting.tokens,
    plain_ms: round(slow),
    drafted_ms: round(fast),
    gain: round(slow / fast),
    drafted: drafting.drafted,
    accepted: drafting.accepted,
  };
}

class Writer {
  readonly #context: Context;
  readonly #cache: KvCache;
  readonly #decoder: Decoder;
  readonly #tokenizer: SegmentTokenizer;
  #session = 0;
  tokens = 0;
  milliseconds = 0;
  drafted = 0;
  accepted = 0;

  private constructor(model: Model, context: Context, drafts: Drafts | undefined) {
    const vocabulary = new Vocabulary(model);
    this.#context = context;
    this.#cache = new KvCache(context, { maxSequences: 8, chunkTokens: 256, contextTokens: 4096 });
    this.#decoder = { cache: this.#cache, context, vocabulary, ...(drafts ? { drafts } : {}) };
    this.#tokenizer = new SegmentTokenizer(model, vocabulary);
  }

  static async create(model: Model, threads: number, drafts?: Drafts): Promise<Writer> {
    const context = await model.createContext({
      cells: 8192,
      maxSequences: 8,
      batchTokens: 256,
      microBatchTokens: 64,
      threads,
    });
    return new Writer(model, context, drafts);
  }

  async write(segments: readonly string[], statement: string): Promise<void> {
    const { signal } = new AbortController();
    const session = `window:${(this.#session++).toString()}`;
    const { tokens, healed } = this.#tokenizer.prompt({ segments });
    await this.#cache.sync(session, tokens, signal);
    const started = performance.now();
    const written = await generate(
      this.#decoder,
      session,
      tokens.length,
      { maxTokens: 512, stopBefore: [], stopAfter: [], healed },
      signal,
      (generated, candidates) => {
        const rest = statement.slice(generated.length);
        if (rest === '') return Promise.resolve(undefined);
        const found = candidates.findIndex((text) => text !== '' && rest.startsWith(text));
        return Promise.resolve(found < 0 ? { oneOf: [rest] } : found);
      },
    );
    this.milliseconds += performance.now() - started;
    if (written.text !== statement) throw new Error(`wrote ${JSON.stringify(written.text)}`);
    this.tokens += written.tokens.length - tokens.length;
    this.drafted += written.drafted;
    this.accepted += written.accepted;
  }

  dispose(): Promise<void> {
    return this.#context.dispose();
  }
}

function schemaOf(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL').all();
    return `${rows.map(({ sql }) => (typeof sql === 'string' ? `${sql.replace(/\s+/g, ' ')};\n` : '')).join('')}\n`;
  } finally {
    database.close();
  }
}
