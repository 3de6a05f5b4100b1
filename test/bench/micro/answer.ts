/**
 * Measures the first token, and sixteen tokens, after a key for which nothing was decoded ahead. Goes through the
 * language server, as a client does, with a schema of about 1,000 tokens in the cache.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { median, round } from '../figures';
import { Product } from '../typing/product';
import { tables } from '../typing/traces';

export interface Answer {
  readonly schema_tokens: number;
  /** Keys that had to be waited for. */
  readonly keys: number;
  readonly first_ms: number;
  /** The first token and fifteen more at the pace they came. */
  readonly sixteen_ms: number;
}

interface Options {
  readonly root: string;
  readonly model: string;
  readonly threads: number;
  readonly backend: 'cpu' | 'cuda';
}

const tableCount = 28;
const keys = 24;
/** A large model on a processor takes seconds for one key and what is decoded ahead of it: fewer keys then. */
const mostMs = 90_000;

export async function measureAnswer(options: Options): Promise<Answer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-bench-'));
  const product = new Product({
    ...options,
    contextTokens: 4096,
    maxTokens: 16,
    confidence: { minimumConfidence: 0 },
  });
  const [firsts, wholes]: [number[], number[]] = [[], []];
  try {
    writeFileSync(path.join(folder, 'schema.sql'), tables(tableCount));
    const file = 'a.sql';
    await product.open({ folder, files: { [file]: '' } });
    let text = '';
    const place = () => ({ file, text, cursor: text.length });
    const started = performance.now();
    const timeLeft = (): boolean => performance.now() - started < mostMs;
    for (let i = 0; i < 4 * keys && firsts.length < keys && timeLeft(); i++) {
      const line = `${text === '' ? '' : ';\n'}SELECT e.name FROM entity_${(i % tableCount).toString()} e WHERE e.amount > ${i.toString()} AND e.`;
      const change = { from: text.length, to: text.length, text: line };
      text += line;
      await product.change(place(), change);
      const { text: suggested } = await product.key(place(), undefined);
      await product.rest(place());
      // A column that is not the one suggested: what was decoded ahead does not lead there.
      const letter = ['a', 'p', 'n', 'i'].find((column) => !suggested.startsWith(column)) ?? 'a';
      const key = { from: text.length, to: text.length, text: letter };
      text += letter;
      const { zeroWait, firstMs, decoding } = await product.key(place(), key);
      if (zeroWait || !decoding || decoding.tokens === 0) continue;
      firsts.push(firstMs);
      wholes.push(firstMs + (15 * decoding.ms) / decoding.tokens);
    }
    return {
      schema_tokens: await product.schemaTokens(),
      keys: firsts.length,
      first_ms: round(median(firsts)),
      sixteen_ms: round(median(wholes)),
    };
  } finally {
    await product.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
