// `npm run bench:page -- FILE.json…`: writes the figures of `npm run bench`, `bench:micro` and `bench:sql` into
// docs/performance.md, between its two marks, and draws docs/performance-<model>.svg. Models come in the order of the
// files; the fields of a file tell which benchmark it is from.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { chart } from './lib/bench-chart.mjs';
import { goals } from './lib/bench-goals.mjs';
import { cell, count, megabytes, ms, percent, rate, table, times } from './lib/bench-table.mjs';
import { root } from './lib/process.mjs';

const page = path.join(root, 'docs', 'performance.md');
const [begin, end] = ['<!-- figures -->', '<!-- end of figures -->'];
const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Give the JSON files that `npm run bench -- … --out FILE.json` and its like wrote.');
  process.exit(2);
}
const reports = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));

/** The figures of one model: the typing runs together, and the micro-benchmark. */
function modelOf(file) {
  const own = reports.filter(({ model }) => model === file);
  const typing = own.filter(({ rows }) => rows);
  return {
    name: path.basename(file, '.gguf'),
    description: typing[0]?.description ?? '',
    typing,
    rows: typing.flatMap(({ rows }) => rows),
    ratios: typing.flatMap(({ ghost_ratio }) => ghost_ratio),
    micro: own.find(({ addon }) => addon),
  };
}
const models = [...new Set(reports.map(({ model }) => model).filter((file) => file !== undefined))].map(
  modelOf,
);
const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** The command as anybody would type it: paths are cut to their last name. */
const plainNames = (command) => command.replace(/(?<=^|[\s=])(?:[A-Za-z]:)?[/\\]\S*[/\\]/g, '');

/** The command and the machine of one report, for the line above its table. */
function measured({ command, machine, threads, runs }) {
  const { processor, cores, memoryGB, gpu, load, date, commit } = machine;
  const on = [`${processor}, ${cores} cores, ${memoryGB} GB`, ...(gpu ? [gpu] : [])];
  const how = [
    ...(threads ? [`${threads} thread${threads > 1 ? 's' : ''}`] : []),
    ...(runs ? [`${runs} run${runs > 1 ? 's' : ''}`] : []),
  ];
  return `\`\`\`\n${plainNames(command.trim())}\n\`\`\`\n\n${[...on, ...how].join(', ')}; load before ${load.join(' ')}; ${commit}, ${date}.`;
}

function typing({ name, rows, typing: runs, ratios }) {
  if (runs.length === 0) return [];
  const head = [
    'trace',
    'system',
    'keys',
    'shown',
    'first token p50',
    'p95',
    'whole p50',
    'p95',
    'at once',
    'first when waiting',
    'tokens a key',
    'p95',
    'decode',
    'KV',
    'RSS',
  ];
  const body = rows.map((row) => [
    row.trace,
    row.system,
    count(row.keystrokes),
    percent(row.shown_rate),
    ms(row.ttft_ms.p50),
    ms(row.ttft_ms.p95),
    ms(row.ghost_ms.p50),
    ms(row.ghost_ms.p95),
    percent(row.zero_wait_rate),
    ms(row.ttft_waiting_ms?.p50),
    cell(row.tokens_per_keystroke.mean),
    cell(row.tokens_per_keystroke.p95),
    rate(row.decode_tps),
    megabytes(row.kv_bytes),
    row.rss_bytes > 0 ? megabytes(row.rss_bytes) : '–',
  ]);
  const peers = [...new Set(ratios.map(({ peer }) => peer))];
  const traces = [...new Set(ratios.map(({ trace }) => trace))];
  const between = traces.map((trace) => [
    trace,
    ...peers.map((peer) => {
      const found = ratios.find((ratio) => ratio.trace === trace && ratio.peer === peer);
      if (!found || !Number.isFinite(found.median)) return '–';
      return found.min === found.max ? found.median : `${found.median} (${found.min} to ${found.max})`;
    }),
  ]);
  const image = `performance-${slug(name)}.svg`;
  writeFileSync(path.join(root, 'docs', image), chart(rows));
  return [
    runs.map(measured).join('\n\n'),
    table(head, body, 2),
    ...(between.length > 0
      ? [
          `Time until the whole suggestion, the product's over each peer's: median of the runs (least to greatest).`,
          table(['trace', ...peers.map((peer) => `over ${peer}`)], between),
        ]
      : []),
    `![Time until the whole suggestion is there](${image})`,
  ];
}

function micro({ micro: report }) {
  if (!report) return [];
  const { addon, server, llama_bench } = report;
  const lengths = addon.at.map(({ cached_tokens }) => `${count(cached_tokens)} tokens`);
  const line = (name, of, show) => [name, ...addon.at.map((at) => show(of(at)))];
  const single = [
    ['a token, addon', ms(addon.decode_ms)],
    ['a token, llama-bench', ms(llama_bench?.decode_ms)],
    ["the addon's overhead", percent(llama_bench?.overhead)],
    ['evaluating a prompt', rate(addon.prefill_tps)],
    ...Object.entries(addon.batch_ms).map(([size, value]) => [
      `a batch of ${size}, logits of all`,
      ms(value),
    ]),
    ...tokenLines(addon),
    ...(server ? serverLines(server) : []),
  ];
  return [
    measured(report),
    table(
      ['with a cache of', ...lengths],
      [
        line('decode a token', (at) => at.decode_ms, ms),
        ...(addon.at[0]?.one_ms === undefined
          ? []
          : [line('a key: crop one token, evaluate one', (at) => at.one_ms, ms)]),
        line('a key: crop one token, evaluate two', (at) => at.key_ms, ms),
        line('the same in tokens decoded', (at) => at.key_in_decode_steps, cell),
        line('copy the sequence', (at) => at.copy_ms, ms),
        line('save its state', (at) => at.save_ms, ms),
        line('restore it', (at) => at.restore_ms, ms),
        line('evaluate it', (at) => at.evaluate_ms, ms),
        line('restoring is faster by', (at) => at.restore_gain, times),
        line('size of the state', (at) => at.state_bytes, megabytes),
      ],
    ),
    table(['part', 'cost'], single),
  ];
}

function tokenLines({ tokenizing, speculation }) {
  const { tokens, plain_ms, drafted_ms, gain, drafted, accepted } = speculation;
  return [
    ['a key in 1 MB: text to prompt', ms(tokenizing.prompt_ms.p50)],
    [`prompt to its ${count(tokenizing.tokens)} tokens`, ms(tokenizing.tokens_ms.p50)],
    [`a token of ${count(tokens)} of given SQL, plain`, ms(plain_ms)],
    ['the same with guesses from the text', ms(drafted_ms)],
    ['faster by', times(gain)],
    ['guesses that were right', `${count(accepted)} of ${count(drafted)}`],
  ];
}

function serverLines({ initialize_ms, engine_ready_ms, cpu_ms_per_key, schema, answer }) {
  return [
    ['start of the language server until it answers', ms(initialize_ms)],
    ['until the engine is ready', ms(engine_ready_ms)],
    ["the language server's processor time a key, small file", ms(cpu_ms_per_key.small_file)],
    ['the same in a file of 1 MB', ms(cpu_ms_per_key.megabyte_file)],
    [`a schema of ${count(schema.tokens)} tokens, evaluated`, ms(schema.evaluate_ms)],
    ['the same after a restart, read from disk', ms(schema.restart_ms)],
    ['faster by', times(schema.restart_gain)],
    ['until a client that opens a document has it, evaluated', ms(schema.evaluate_at_client_ms)],
    ['the same after a restart', ms(schema.restart_at_client_ms)],
    [
      `a key nothing was decoded for, schema of ${count(answer.schema_tokens)} tokens: first token`,
      ms(answer.first_ms),
    ],
    ['sixteen tokens', ms(answer.sixteen_ms)],
  ];
}

function sql(report) {
  const names = {
    find: 'find the statement',
    read: 'read it',
    resolve: 'resolve its names',
    find_read_resolve: 'the three together',
    diagnose: 'look for problems',
  };
  return [
    '### Reading SQL, before any model',
    measured(report),
    `A key in a statement of ${report.statement_lines} lines in a text of ${report.megabytes} MB, milliseconds of processor time.`,
    table(
      ['part', 'p50', 'p95'],
      Object.entries(report.sql).map(([part, { p50, p95 }]) => [names[part], ms(p50), ms(p95)]),
    ),
  ];
}

const parts = [
  '## Goals',
  table(['goal', 'wanted', ...models.map(({ name }) => name)], goals(models)),
  ...models.flatMap((model) => [
    `## ${model.name}`,
    ...(model.description ? [`${model.description}.`] : []),
    ...typing(model),
    ...micro(model),
  ]),
  ...reports.filter((report) => report.sql && !report.rows).flatMap(sql),
];
const text = readFileSync(page, 'utf8');
const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
const filled = `${text.slice(0, from)}\n\n${parts.join('\n\n')}\n\n${text.slice(to)}`;
const options = await prettier.resolveConfig(page);
writeFileSync(page, await prettier.format(filled, { ...options, parser: 'markdown' }));
console.log(`${path.relative(root, page)} holds ${models.map(({ name }) => name).join(', ')}`);
