// Formats figures and tables for the benchmark pages. A missing figure is a dash.
const there = (value) => typeof value === 'number' && Number.isFinite(value);

/** @param texts how many of the first columns contain words */
export function table(head, rows, texts = 1) {
  const rule = head.map((_, i) => (i < texts ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const cell = (value) => (there(value) ? String(value) : '–');
export const count = (value) => (there(value) ? Math.round(value).toLocaleString('en') : '–');
export const percent = (share) => (there(share) ? `${Number((100 * share).toPrecision(3))} %` : '–');
export const times = (value) => (there(value) ? `${value} ×` : '–');
export const rate = (perSecond) => (there(perSecond) ? `${count(perSecond)}/s` : '–');
export const megabytes = (bytes) => (there(bytes) ? `${Number((bytes / 2 ** 20).toPrecision(3))} MB` : '–');
export const ms = (value) =>
  !there(value) ? '–' : value >= 10_000 ? `${Number((value / 1000).toPrecision(3))} s` : `${value} ms`;
