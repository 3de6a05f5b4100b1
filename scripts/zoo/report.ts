/** Writes the results of one model as Markdown. Pure. */
import type { CacheTypes } from '../../server/src/engine/host/cacheTypes';
import type { NeedleCell } from './needle';
import { cacheName } from './opened';
import type { Comparison } from './statistics';
import type { LowRank } from './lowRank';
import type { SnapshotRow } from './snapshot';
import type { Rates } from './speed';
import type { Tried, Tuning } from './tune';
import type { Validation } from './validate';

export type Row = readonly (string | number)[];

export function table(head: Row, rows: readonly Row[]): string {
  const line = (row: Row): string =>
    `| ${row.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(head),
    `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

export const percent = (share: number, digits = 2): string =>
  `${share > 0 ? '+' : ''}${(100 * share).toFixed(digits)} %`;
export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
const yes = (flag: boolean): string => (flag ? 'yes' : '**no**');

export function validationReport(name: string, { checks, sizes, ...rest }: Validation): string {
  const { usable, reasons, types, determinism, vocabulary, rates, firstTokens } = rest;
  return [
    `## ${name}`,
    usable ? 'It may be used.' : `It must not be used: ${reasons.join('; ')}.`,
    `Cache ${cacheName(types)}. Each mechanism against a fresh evaluation of the same tokens:`,
    table(
      ['', 'tokens', 'evaluated', 'positions', 'token ids', 'largest logit difference', 'greedy text'],
      checks.map((check) => [
        check.name,
        check.tokens,
        check.evaluated,
        yes(check.positions),
        yes(check.tokenIds),
        check.logitDifference.toFixed(4),
        yes(check.greedyEqual),
      ]),
    ),
    table(
      ['', ''],
      [
        ['bytes a token, as allocated', thousands(sizes.bytesPerToken)],
        ['by the formula (KV heads only)', thousands(sizes.formula)],
        ['with a key and a value for every query head', thousands(sizes.fullAttention)],
        ['less by', `${(100 * (1 - sizes.bytesPerToken / sizes.fullAttention)).toFixed(1)} %`],
        ['cache, allocated once', `${thousands(sizes.cacheBytes)} bytes`],
        ['the process grew while tokens came by', `${thousands(sizes.grownBytes)} bytes`],
        ['two evaluations equal, bit by bit', yes(determinism.runs)],
        ['with two threads, largest logit difference', determinism.threadsDifference.toFixed(4)],
        ['fill-in-the-middle tokens', vocabulary.fim ? 'yes' : 'no'],
        ['chat template', vocabulary.chatTemplate ? 'yes' : 'no'],
        ['tokens a character of SQL', vocabulary.tokensPerCharacter.toFixed(3)],
        [`prefill of ${rates.prompt.toString()} tokens`, `${thousands(rates.prefillPerSecond)} tokens/s`],
        [
          'decode behind them',
          `${rates.decodePerSecond.toFixed(1)} tokens/s, ${rates.msPerToken.toFixed(1)} ms a token`,
        ],
      ],
    ),
    table(
      ['first token behind', 'all read, ms', 'cached, ms', 'sooner by'],
      firstTokens.map(({ tokens, coldMs, cachedMs }) => [
        `${thousands(tokens)} tokens`,
        coldMs.toFixed(1),
        cachedMs.toFixed(1),
        `${(coldMs / cachedMs).toFixed(1)}×`,
      ]),
    ),
  ].join('\n\n');
}

/** "70.1 % (70.3 %)": with this cache, and with f16. */
export const rightShares = ([reference, own]: Comparison['right']): string =>
  `${(100 * own).toFixed(1)} % (${(100 * reference).toFixed(1)} %)`;

const comparisonHead = ['ΔPPL', 'KL mean', 'KL p99', 'same best token', 'right (f16)'];
function comparisonCells({ pplDelta, pplDeltaError, klMean, kl99, top1, right }: Comparison): string[] {
  return [
    `${percent(pplDelta)} ± ${(100 * pplDeltaError).toFixed(2)}`,
    klMean.toExponential(2),
    kl99.toExponential(2),
    `${(100 * top1).toFixed(2)} %`,
    rightShares(right),
  ];
}

/** One cache a row, over the text and over statements. */
export function comparisonTable(rows: readonly Tried[]): string {
  return table(
    ['keys/values', 'bytes a token', ...comparisonHead, ...comparisonHead.map((name) => `SQL: ${name}`)],
    rows.map(({ types, bytesPerToken, text, sql }) => [
      cacheName(types),
      thousands(bytesPerToken),
      ...comparisonCells(text),
      ...comparisonCells(sql),
    ]),
  );
}

export function needleReport(
  tables: readonly { readonly types: CacheTypes; readonly cells: readonly NeedleCell[] }[],
): string {
  const [first] = tables;
  const heads = (first?.cells ?? []).map(
    ({ length, depth }) => `${length.toString()} @ ${(100 * depth).toFixed(0)} %`,
  );
  return table(
    ['keys/values', ...heads],
    tables.map(({ types, cells }) => [
      cacheName(types),
      ...cells.map(({ found, asked }) => `${found.toString()}/${asked.toString()}`),
    ]),
  );
}

export function lowRankReport(rows: readonly LowRank[]): string {
  return table(
    ['rank', 'kept of the values', 'bits a value: f16', 'q8_0', 'q4_0', 'ΔPPL', 'SQL: ΔPPL'],
    rows.map(({ rank, headSize, kept, bits, text, sql }) => [
      `${rank.toString()} of ${headSize.toString()}`,
      `${(100 * kept).toFixed(2)} %`,
      ...[bits.f16, bits.q8_0, bits.q4_0].map((each) => each.toFixed(2)),
      ...[text, sql].map(
        ({ pplDelta, pplDeltaError }) => `${percent(pplDelta)} ± ${(100 * pplDeltaError).toFixed(2)}`,
      ),
    ]),
  );
}

export function ratesReport(rows: readonly (Partial<Rates> & { readonly types: CacheTypes })[]): string {
  return table(
    ['keys/values', 'read, tokens/s', 'written, ms a token'],
    rows.map(({ types, prefillPerSecond = NaN, msPerToken = NaN }) => [
      cacheName(types),
      thousands(prefillPerSecond),
      msPerToken.toFixed(2),
    ]),
  );
}

export function snapshotReport(rows: readonly SnapshotRow[]): string {
  return table(
    ['cache in memory', 'on disk', 'bytes a token', 'packed in, ms', 'restored in, ms', 'KL mean'],
    rows.map((row) => [
      row.cache,
      row.coding,
      thousands(row.bytesPerToken),
      row.packMs.toFixed(1),
      row.restoreMs.toFixed(1),
      row.klMean === 0 ? '0' : row.klMean.toExponential(2),
    ]),
  );
}

export function tuningReport(
  name: string,
  { best, reference, alone, tried, broken, positions, target }: Tuning,
): string {
  return [
    `## ${name}`,
    best
      ? `The smallest cache within ${percent(target)} is ${cacheName(best.types)}: ${(reference.bytesPerToken / best.bytesPerToken).toFixed(2)} times smaller than f16.`
      : `No cache smaller than f16 stays within ${percent(target)}.`,
    `Perplexity with f16: ${reference.ppl.toFixed(4)} over ${thousands(positions.text)} positions of text, ${reference.sqlPpl.toFixed(4)} over ${thousands(positions.sql)} of statements. Both must be within the target, with their standard errors.`,
    ...(broken.length > 0 ? [`A needle was lost by ${broken.map(cacheName).join(', ')}.`] : []),
    comparisonTable(tried.toSorted((a, b) => a.bytesPerToken - b.bytesPerToken)),
    'Keys alone and values alone, over half of it:',
    comparisonTable(alone.toSorted((a, b) => b.bytesPerToken - a.bytesPerToken)),
    needleReport([
      { types: { keyType: 'f16', valueType: 'f16', rotation: true }, cells: reference.needle },
      ...(best ? [{ types: best.types, cells: best.needle }] : []),
    ]),
  ].join('\n\n');
}
