/** Draws the KV cache in words and bars for the KV inspector. No VS Code here. */
import { plain } from '../../../server/src/plain';
import type { KvCacheResult } from '../../../server/src/protocol';

type RequestRecord = KvCacheResult['requests'][number];
type EngineStatistics = NonNullable<KvCacheResult['statistics']>;

const barWidth = 24;
const shownRequests = 20;
const columns = [
  ['time', -8],
  ['document', -14],
  ['what', -8],
  ['reused', 6],
  ['cropped', 7],
  ['prefilled', 9],
  ['decoded', 7],
  ['drafted', 7],
  ['prefill ms', 10],
  ['decode ms', 9],
] as const;

/** The whole page, newest request first. Ends with a line break. */
export function kvCacheText({ model, statistics, requests }: KvCacheResult): string {
  const lines: string[] = [];
  if (model && statistics) {
    const { cells, usedCells, kvBytes } = statistics;
    lines.push(
      `${plain(model.name)} on ${plain(model.backend)} · prompts of up to ${count(model.contextTokens)} tokens · ${count(model.kvBytesPerToken)} bytes a token`,
      `${bar([[usedCells, '█']], cells)}  ${count(usedCells)} of ${count(cells)} tokens · ${bytes(usedCells * model.kvBytesPerToken)} of ${bytes(kvBytes)}`,
      ...(model.cacheTypes === undefined ? [] : [plain(model.cacheTypes)]),
      '',
    );
  } else lines.push('The engine is not ready; the status bar says why.', '');
  if (requests.length === 0) lines.push('No request yet: type in an SQL file.');
  else lines.push(...requestTable(requests.slice(-shownRequests)));
  if (statistics) lines.push('', ...sequenceTable(statistics), '', ...sums(statistics));
  return `${lines.join('\n')}\n`;
}

function requestTable(requests: readonly RequestRecord[]): string[] {
  const heading = columns.map(([name, width]) => pad(name, width)).join(' ');
  const largest = Math.max(1, ...requests.map((request) => size(request)));
  return [
    `${heading}  █ reused ▓ prefilled ░ decoded`,
    ...[...requests].reverse().map((request) => row(request, largest)),
  ];
}

function sequenceTable({ sequences, cells }: EngineStatistics): string[] {
  const drawn = [...sequences]
    .reverse()
    .map(({ kind, tokens }) => `${kind.padEnd(8)} ${bar([[tokens, '█']], cells)}  ${count(tokens)} tokens`);
  return ['Sequences in the cache, the last used first', ...drawn];
}

function sums({ totals }: EngineStatistics): string[] {
  const { requests, reused, restored, cropped, evaluated, prefillMs, decoded, decodeMs } = totals;
  return [
    `Since the engine started, ${count(requests)} requests`,
    `reused    ${count(reused)} tokens (${percent(reused, reused + evaluated)}), ${count(restored)} of them from disk`,
    `cropped   ${count(cropped)} tokens`,
    `prefilled ${count(evaluated)} tokens in ${count(prefillMs)} ms`,
    `decoded   ${count(decoded)} tokens in ${count(decodeMs)} ms; ${count(totals.accepted)} of ${count(totals.drafted)} drafted ones were right`,
  ];
}

function row({ time, session, kind, end, milliseconds, statistics }: RequestRecord, largest: number): string {
  const first = [new Date(time).toTimeString().slice(0, 8), plain(session), kind];
  if (!statistics) {
    const why = end === 'ERR_CANCELLED' ? 'ended by newer input' : end;
    const cells = first.map((text, i) => pad(text, columns[i]?.[1] ?? 0));
    return `${cells.join(' ')}  ${why} after ${milliseconds.toString()} ms`;
  }
  const { reused, cropped, evaluated, decoded, drafted, prefillMs, decodeMs } = statistics;
  const cells = [
    ...first,
    ...[reused, cropped, evaluated, decoded, drafted].map(count),
    ...[prefillMs, decodeMs].map((ms) => ms.toFixed(1)),
  ].map((text, i) => pad(text, columns[i]?.[1] ?? 0));
  const parts: readonly Part[] = [
    [reused, '█'],
    [evaluated, '▓'],
    [decoded, '░'],
  ];
  return `${cells.join(' ')}  ${bar(parts, largest).replaceAll('·', '')}`;
}

function size({ statistics }: RequestRecord): number {
  return statistics ? statistics.reused + statistics.evaluated + statistics.decoded : 0;
}

type Part = readonly [amount: number, sign: string];

/** A bar of fixed width. Every part that is not empty gets at least one character. */
function bar(parts: readonly Part[], whole: number): string {
  const widths = parts.map(([amount]) =>
    amount === 0 ? 0 : Math.max(1, Math.round((barWidth * amount) / Math.max(1, whole))),
  );
  // Small parts got more than their share: take it from the largest.
  for (let over = sum(widths) - barWidth; over > 0; over--) {
    const largest = widths.indexOf(Math.max(...widths));
    widths[largest] = (widths[largest] ?? 1) - 1;
  }
  const drawn = parts.map(([, sign], i) => sign.repeat(widths[i] ?? 0));
  return drawn.join('').padEnd(barWidth, '·');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Pads on the left when `width` is negative. A text that is too long loses its beginning. */
function pad(text: string, width: number): string {
  const room = Math.abs(width);
  const fitting = text.length > room ? `…${text.slice(1 - room)}` : text;
  return width < 0 ? fitting.padEnd(room) : fitting.padStart(room);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(1)} %`;
}

function bytes(value: number): string {
  return `${(value / 1024 / 1024).toFixed(1)} MiB`;
}
