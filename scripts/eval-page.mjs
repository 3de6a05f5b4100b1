// `npm run eval:page -- FILE.json…`: writes the figures of `npm run eval` into docs/quality.md, between its two marks,
// and draws docs/quality.svg. The files come in the order of the columns; the chart shows the first beside the last.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { root } from './lib/process.mjs';

const page = path.join(root, 'docs', 'quality.md');
const [begin, end] = ['<!-- figures -->', '<!-- end of figures -->'];
const files = process.argv.slice(2);
if (files.length === 0) {
  console.error(
    'Give the JSON files that `npm run eval -- … --out FILE.json` wrote, in the order of the columns.',
  );
  process.exit(2);
}
const runs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const names = runs.map((run) =>
  new Set(runs.map(({ model }) => model)).size > 1 ? `${run.system}, ${run.model}` : run.system,
);

const percent = (share) => (share === undefined ? '–' : `${(100 * share).toFixed(1)} %`);
const plain = (value, unit = '') => (value === undefined ? '–' : `${value}${unit}`);
const table = (head, rows) =>
  [
    `| ${[head, ...names].join(' | ')} |`,
    `| --- |${' ---: |'.repeat(names.length)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
const row = (name, of, show) => [name, ...runs.map((run) => show(of(run)))];
const keys = (of) => [...new Set(runs.flatMap((run) => Object.keys(of(run) ?? {})))].sort();

const kinds = keys((run) => run.typing?.exact_by_kind);
const typing = table('typing', [
  row('positions', (run) => run.typing?.n, plain),
  row('exact next unit', (run) => run.typing?.exact, percent),
  row('shown', (run) => run.typing?.shown_rate, percent),
  row('characters saved, mean', (run) => run.typing?.chars_saved, plain),
  row('identifiers valid', (run) => run.typing?.identifiers_valid, percent),
  row(
    'answer, p50',
    (run) => run.typing?.p50_ms,
    (ms) => plain(ms, ' ms'),
  ),
  row(
    'answer, p95',
    (run) => run.typing?.p95_ms,
    (ms) => plain(ms, ' ms'),
  ),
]);
const byKind = table(
  'exact by kind',
  kinds.map((kind) =>
    row(
      `${kind.replaceAll('_', ' ')} (${runs[0].typing?.exact_by_kind[kind]?.n ?? '–'})`,
      (run) => run.typing?.exact_by_kind[kind]?.exact,
      percent,
    ),
  ),
);
const groups = (group) =>
  keys((run) => run.sql?.[group]).map((name) =>
    row(`EX, ${name}`, (run) => run.sql?.[group][name]?.ex, percent),
  );
const sql = table('questions', [
  row('questions', (run) => run.sql?.n, plain),
  row('answered', (run) => run.sql?.answered, percent),
  row('executable', (run) => run.sql?.executable, percent),
  row('EX', (run) => run.sql?.ex, percent),
  row('EX on all copies', (run) => run.sql?.ex_suite, percent),
  ...groups('by_difficulty'),
  ...groups('by_source'),
]);

/** Bars by kind of place: how often the next unit was exactly right, one run beside another. */
function chart() {
  const shown = [...new Set([0, runs.length - 1])];
  const [left, width, line] = [150, 420, 12];
  const height = kinds.length * (shown.length * line + 8) + 34;
  const colours = ['#2f6fab', '#b9c4cf'];
  const parts = shown.map(
    (run, k) =>
      `<rect x="${left + 150 * k}" y="6" width="10" height="10" fill="${colours[k]}"/><text x="${left + 15 + 150 * k}" y="15">${names[run]}</text>`,
  );
  kinds.forEach((kind, i) => {
    const y = 28 + i * (shown.length * line + 8);
    parts.push(`<text x="${left - 8}" y="${y + line}" text-anchor="end">${kind.replaceAll('_', ' ')}</text>`);
    shown.forEach((run, k) => {
      const value = runs[run].typing?.exact_by_kind[kind]?.exact ?? 0;
      parts.push(
        `<rect x="${left}" y="${y + k * line}" width="${(value * width).toFixed(1)}" height="${line - 2}" fill="${colours[k]}"/>`,
        `<text x="${(left + value * width + 4).toFixed(1)}" y="${y + k * line + 9}" font-size="9">${(100 * value).toFixed(0)}</text>`,
      );
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 40} ${height}" font-family="sans-serif" font-size="11" fill="#444">\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`;
}

const text = readFileSync(page, 'utf8');
const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
const filled = `${text.slice(0, from)}\n\n${typing}\n\n${byKind}\n\n![Exact next unit by kind](quality.svg)\n\n${sql}\n\n${text.slice(to)}`;
const options = await prettier.resolveConfig(page);
writeFileSync(page, await prettier.format(filled, { ...options, parser: 'markdown' }));
if (kinds.length > 0) writeFileSync(path.join(root, 'docs', 'quality.svg'), chart());
console.log(`${path.relative(root, page)} holds ${names.join(', ')}`);
