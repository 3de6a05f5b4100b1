/**
 * The needle test: does the cache still hold what stands far above? In a long schema one table has a column with an odd name. A
 * statement at the end begins that name, and the model must write the rest of it. The table is put at several depths.
 */
import type { Context, Model } from '../../native/types';
import type { CacheTypes } from '../../server/src/engine/host/cacheTypes';
import { CalibrationText, createTable } from './calibration';
import { greedy, read } from './evaluate';
import { openContext } from './opened';

/** Where the odd table stands: 0 first, 1 last. */
export const depths = [0, 0.25, 0.5, 0.75, 1] as const;
/** Invented names: none can be known, all must be read. */
const needles = [
  { table: 'quonvels', stem: 'zembrix', rest: '_hulp' },
  { table: 'tarplings', stem: 'ovendra', rest: '_moskit' },
  { table: 'ibsomars', stem: 'kwilten', rest: '_parro' },
  { table: 'dremolas', stem: 'yusting', rest: '_belfon' },
] as const;

export interface NeedleCell {
  /** Tokens of the prompt, at most. */
  readonly length: number;
  readonly depth: number;
  /** Of `asked` odd columns, those that came back letter by letter. */
  readonly found: number;
  readonly asked: number;
}

/** A prompt of at most `length` tokens with the odd table at `depth`, and what must come. */
export function needlePrompt(
  count: (text: string) => number,
  length: number,
  depth: number,
  which: number,
): { readonly schema: string; readonly statement: string; readonly expected: string } {
  const { table, stem, rest } = needles[which % needles.length] ?? needles[0];
  const odd = `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, ${stem}${rest} REAL);`;
  const statement = `SELECT * FROM ${table} WHERE ${stem}`;
  const head = '-- dialect: sqlite\n';
  // Room for the answer too, so that nothing is cut.
  let room = length - count(head) - count(`${odd}\n\n`) - count(statement) - count(rest) - 4;
  const lines: string[] = [];
  for (const line of new CalibrationText(7 + which).tables(200).map(createTable)) {
    room -= count(`${line}\n`);
    if (room < 0) break;
    lines.push(line);
  }
  lines.splice(Math.round(depth * lines.length), 0, odd);
  return { schema: `${head}${lines.join('\n')}\n\n`, statement, expected: rest };
}

/** @returns a cell for each length and depth, for each of the caches in their order */
export async function needleTable(
  model: Model,
  caches: readonly CacheTypes[],
  lengths: readonly number[],
): Promise<NeedleCell[][]> {
  const results: NeedleCell[][] = [];
  for (const types of caches) {
    const context = await openContext(model, types, { cells: Math.max(...lengths) });
    try {
      results.push(await cells(model, context, lengths));
    } finally {
      await context.dispose();
    }
  }
  return results;
}

async function cells(model: Model, context: Context, lengths: readonly number[]): Promise<NeedleCell[]> {
  const count = (text: string): number => model.tokenize(text, false).length;
  const done: NeedleCell[] = [];
  for (const length of lengths)
    for (const depth of depths) {
      let found = 0;
      for (const which of needles.keys()) {
        const { schema, statement, expected } = needlePrompt(count, length, depth, which);
        const tokens = Int32Array.of(...model.tokenize(schema, false), ...model.tokenize(statement, false));
        await context.crop(0, 0, -1);
        const logits = await read(context, tokens, 0);
        const answer = await greedy(model, context, logits, tokens.length, count(expected) + 2);
        if (Buffer.from(model.detokenize(answer)).toString().startsWith(expected)) found++;
      }
      done.push({ length, depth, found, asked: needles.length });
    }
  return done;
}

/** No cell that the reference finds is lost. */
export function isUnbroken(reference: readonly NeedleCell[], other: readonly NeedleCell[]): boolean {
  return reference.every(({ found }, i) => (other[i]?.found ?? 0) >= found);
}

export const sumFound = (all: readonly NeedleCell[]): string =>
  `${all.reduce((sum, { found }) => sum + found, 0).toString()}/${all.reduce((sum, { asked }) => sum + asked, 0).toString()}`;
