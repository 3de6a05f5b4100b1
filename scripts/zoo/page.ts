/** Writes the tables of docs/zoo.md: what the commands measured for each model, beside published figures. Pure. */
import type { CacheTypes } from '../../server/src/engine/host/cacheTypes';
import type { Machine } from '../../test/bench/machine';
import type { LowRank } from './lowRank';
import { cacheName } from './opened';
import { lowRankReport, percent, ratesReport, snapshotReport, table, thousands, type Row } from './report';
import type { SnapshotRow } from './snapshot';
import type { Rates } from './speed';
import type { Comparison } from './statistics';
import type { Tuning } from './tune';
import type { Validation } from './validate';

/** What the engine reads of a preset, and how it was found. */
export interface Preset extends CacheTypes {
  readonly compression: number;
  readonly valueCompression: number;
  readonly bytesPerToken: number;
  readonly f16BytesPerToken: number;
  readonly text: Comparison;
  readonly sql: Comparison;
  readonly needle: { readonly f16: string; readonly found: string; readonly lengths: readonly number[] };
  readonly rates: { readonly f16?: Rates | undefined; readonly own?: Rates | undefined };
}

/** One JSON file of a command. */
export type Report = {
  readonly model: string;
  readonly command: string;
  readonly machine: Machine;
} & (
  | { readonly kind: 'validate'; readonly result: Validation }
  | { readonly kind: 'tune'; readonly result: Tuning & { readonly preset?: Preset } }
  | { readonly kind: 'rates'; readonly result: readonly (Partial<Rates> & { readonly types: CacheTypes })[] }
  | { readonly kind: 'lowrank'; readonly result: readonly LowRank[] }
  | { readonly kind: 'snapshot'; readonly result: readonly SnapshotRow[] }
  | { readonly kind: 'refused'; readonly result: { readonly reason: string } }
);

const none = '–';
/** Others' figures, as they published them; none of these models was run here. */
const published: readonly Row[] = [
  ['a KV model zoo, 7B', 'values: low rank and int8', none, '2.67×', '+0.99 %'],
  ['the same, Mistral-7B', 'values: low rank and int8', none, '2.42×', '+2.30 %'],
  ['the same, 1.5B', 'values: low rank and int8', none, '2.29×', '+3.06 %'],
  ['the same, 0.5B', 'values: low rank and int8', none, '2.29×', '+4.06 %'],
  ['Llama-3-8B', 'q8_0/q8_0', '1.88×', '1.88×', '+0.07 %'],
  ['Qwen2.5-7B', 'q8_0, values of 4 bits', '2.5×', none, '+1.0 %'],
].map((row) => [...row, ...Array<string>(6).fill(none)]);

/** Everything between the marks of the page. */
export function zooPage(reports: readonly Report[]): string {
  const of = <K extends Report['kind']>(kind: K) =>
    reports.filter((report): report is Report & { kind: K } => report.kind === kind);
  return [
    '## Caches',
    cacheTable(of('tune')),
    '## Models',
    validationTable(of('validate')),
    firstTokenTable(of('validate')),
    ...of('refused').map(({ model, result }) => `\`${model}\` is refused: ${result.reason}`),
    ...of('rates').flatMap(({ model, result }) => [`## Speed by cache: ${model}`, ratesReport(result)]),
    ...of('lowrank').flatMap(({ model, result }) => [`## Low-rank values: ${model}`, lowRankReport(result)]),
    ...of('snapshot').flatMap(({ model, result }) => [
      `## Snapshots on disk: ${model}`,
      snapshotReport(result),
    ]),
    '## Commands and machine',
    reports
      .map(
        ({ command, machine: { processor, cores, memoryGB, load, commit, date } }) =>
          `* \`${command}\`: ${processor}, ${cores.toString()} cores, ${memoryGB.toString()} GB, load before ${load.join(' ')}; ${commit}, ${date}`,
      )
      .join('\n'),
  ].join('\n\n');
}

function cacheTable(reports: readonly (Report & { kind: 'tune' })[]): string {
  const head = [
    'model',
    'keys/values',
    'keys and values',
    'values',
    'ΔPPL',
    'SQL: ΔPPL',
    'SQL: KL mean',
    'SQL: same best',
  ];
  const delta = ({ pplDelta, pplDeltaError }: Comparison): string =>
    `${percent(pplDelta)} ± ${(100 * pplDeltaError).toFixed(2)}`;
  const rows = reports.map(({ model, result: { preset, target, reference } }): Row => {
    const name = model.replace('.gguf', '');
    if (!preset) return [name, `none within ${percent(target)}`, '1×', '1×', ...Array<string>(7).fill(none)];
    const { f16, own } = preset.rates;
    const rate = (of: (rates: Rates) => number): string =>
      f16 && own ? `${thousands(of(own))} (${percent(of(own) / of(f16) - 1, 0)})` : none;
    return [
      name,
      cacheName(preset),
      `**${preset.compression.toFixed(2)}×**`,
      `**${preset.valueCompression.toFixed(2)}×**`,
      delta(preset.text),
      delta(preset.sql),
      preset.sql.klMean.toExponential(2),
      `${(100 * preset.sql.top1).toFixed(1)} %`,
      `${preset.needle.found} (f16: ${preset.needle.f16})`,
      `${thousands(preset.bytesPerToken)} (f16: ${thousands(reference.bytesPerToken)})`,
      `${rate(({ prefillPerSecond }) => prefillPerSecond)} / ${rate(({ decodePerSecond }) => decodePerSecond)}`,
    ];
  });
  return table(
    [...head, 'needle', 'bytes a token', 'tokens/s read / written (against f16)'],
    [...rows, ...published],
  );
}

function validationTable(reports: readonly (Report & { kind: 'validate' })[]): string {
  return table(
    ['', ...reports.map(({ model }) => model.replace('.gguf', ''))],
    (
      [
        ['may be used', ({ usable }) => (usable ? 'yes' : 'no')],
        ['cache', ({ types }) => cacheName(types)],
        ...(['extraction', 'extension', 'cropping', 'sharing', 'save and restore'] as const).map(
          (name) =>
            [
              `${name}: largest logit difference, greedy text equal`,
              ({ checks }: Validation) => {
                const check = checks.find((one) => one.name === name);
                return check
                  ? `${check.logitDifference.toFixed(4)}, ${check.greedyEqual ? 'yes' : 'no'}`
                  : none;
              },
            ] as const,
        ),
        [
          'bytes a token (formula)',
          ({ sizes }) => `${thousands(sizes.bytesPerToken)} (${thousands(sizes.formula)})`,
        ],
        [
          'less than with a key and value for every query head',
          ({ sizes }) => `${(100 * (1 - sizes.bytesPerToken / sizes.fullAttention)).toFixed(1)} %`,
        ],
        ['the process grew while tokens came by', ({ sizes }) => `${thousands(sizes.grownBytes)} bytes`],
        ['two runs equal, bit by bit', ({ determinism }) => (determinism.runs ? 'yes' : 'no')],
        ['two threads: largest difference', ({ determinism }) => determinism.threadsDifference.toFixed(4)],
        ['fill-in-the-middle tokens', ({ vocabulary }) => (vocabulary.fim ? 'yes' : 'no')],
        ['tokens a character of SQL', ({ vocabulary }) => vocabulary.tokensPerCharacter.toFixed(3)],
        ['read, tokens/s', ({ rates }) => thousands(rates.prefillPerSecond)],
        ['written, ms a token', ({ rates }) => rates.msPerToken.toFixed(1)],
      ] satisfies readonly (readonly [string, (result: Validation) => string])[]
    ).map(([name, cell]) => [name, ...reports.map(({ result }) => cell(result))]),
  );
}

function firstTokenTable(reports: readonly (Report & { kind: 'validate' })[]): string {
  const lengths = [
    ...new Set(reports.flatMap(({ result }) => result.firstTokens.map(({ tokens }) => tokens))),
  ];
  const claimed: Readonly<Record<number, string>> = { 10: '1.1×', 100: '1.5 to 2×', 1000: '3 to 5×' };
  return table(
    [
      'first token behind a cached prompt, sooner by',
      ...reports.map(({ model }) => model.replace('.gguf', '')),
      'published',
    ],
    lengths.map((length) => [
      `${thousands(length)} tokens`,
      ...reports.map(({ result }) => {
        const found = result.firstTokens.find(({ tokens }) => tokens === length);
        return found
          ? `${(found.coldMs / found.cachedMs).toFixed(1)}× (${found.coldMs.toFixed(0)} → ${found.cachedMs.toFixed(1)} ms)`
          : none;
      }),
      claimed[length] ?? none,
    ]),
  );
}

const [begin, end] = ['<!-- figures -->', '<!-- end of figures -->'];
/** The page with other figures between its marks. */
export function withFigures(page: string, figures: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new RangeError(`The page lacks its marks ${begin} and ${end}.`);
  return `${page.slice(0, from + begin.length)}\n\n${figures}\n\n${page.slice(to)}`;
}
