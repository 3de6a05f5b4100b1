/** The KV cache in words and bars, for the inspector. No VS Code here. */
import type { KvCacheResult } from '../../../server/src/protocol';

type RequestRecord = KvCacheResult['requests'][number];

const barWidth = 24;
const columns = [
  ['time', 8],
  ['document', -16],
  ['what', -10],
  ['reused', 7],
  ['cropped', 8],
  ['prefilled', 10],
  ['decoded', 8],
  ['drafted', 8],
  ['prefill ms', 11],
  ['decode ms', 10],
] as const;

/** The whole page; newest request first. Ends with a line break. */
export function kvCacheText({ model, statistics, requests }: KvCacheResult): string {
  const lines: string[] = ['KV CACHE', ''];
  if (!model || !statistics) lines.push('The engine is not ready; the status bar says why.', '');
  else {
    const { cells, usedCells, kvBytes, totals } = statistics;
    lines.push(
      `${model.name} on ${model.backend} · a prompt may have ${count(model.contextTokens)} tokens · a token takes ${count(model.kvBytesPerToken)} bytes`,
      `${bar([[usedCells, '█']], cells)}  ${count(usedCells)} of ${count(cells)} tokens · ${bytes(usedCells * model.kvBytesPerToken)} of ${bytes(kvBytes)}`,
      '',
      'LINES, the last used first',
      '',
      ...[...statistics.lines]
        .reverse()
        .map(
          ({ kind, tokens }) => `${kind.padEnd(9)} ${bar([[tokens, '█']], cells)}  ${count(tokens)} tokens`,
        ),
      '',
      'SINCE THE ENGINE STARTED',
      '',
      `${count(totals.requests)} requests: ${count(totals.reused)} tokens reused (${percent(totals.reused, totals.reused + totals.evaluated)}), ${count(totals.restored)} of them from disk; ` +
        `${count(totals.cropped)} cropped, ${count(totals.evaluated)} prefilled in ${count(totals.prefillMs)} ms, ${count(totals.decoded)} decoded in ${count(totals.decodeMs)} ms, ${count(totals.accepted)} of ${count(totals.drafted)} drafted ones right`,
      '',
    );
  }
  lines.push('REQUESTS OF THIS WINDOW, the newest first', '');
  if (requests.length === 0) lines.push('None yet: type in an SQL file.');
  else {
    lines.push(
      columns.map(([name, width]) => pad(name, width)).join(' ') + '   █ reused  ▓ prefilled  ░ decoded',
    );
    const largest = Math.max(1, ...requests.map((request) => size(request)));
    for (const request of [...requests].reverse()) lines.push(row(request, largest));
  }
  return `${lines.join('\n')}\n`;
}

function row({ time, session, kind, end, milliseconds, statistics }: RequestRecord, largest: number): string {
  const first = [time.slice(11, 19), session, kind];
  if (!statistics) {
    const why = end === 'ERR_CANCELLED' ? 'ended by newer input' : end;
    const cells = first.map((text, i) => pad(text, columns[i]?.[1] ?? 0));
    return `${cells.join(' ')}   ${why} after ${milliseconds.toString()} ms`;
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
  return `${cells.join(' ')}   ${bar(parts, largest).replaceAll('·', '')}`;
}

function size({ statistics }: RequestRecord): number {
  return statistics ? statistics.reused + statistics.evaluated + statistics.decoded : 0;
}

type Part = readonly [amount: number, sign: string];

/** A bar of fixed width; what is there at all is seen. */
function bar(parts: readonly Part[], whole: number): string {
  const widths = parts.map(([amount]) =>
    amount === 0 ? 0 : Math.max(1, Math.round((barWidth * amount) / Math.max(1, whole))),
  );
  // What small parts were given too much, the largest gives back.
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

/** To the width's right end, or to its left where it is negative; too long text loses its beginning. */
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
