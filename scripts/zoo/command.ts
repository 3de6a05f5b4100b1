/**
 * `npm run zoo -- COMMAND --model FILE.gguf …` measures, on the product's own engine, whether a model can be used and which types
 * its KV cache should have. Each command has a file; this one reads the arguments and writes the results.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileHash, presetName, type CacheTypes } from '../../server/src/engine/host/cacheTypes';
import { NativeError, type KvType, type Model } from '../../native/types';
import { commandLine, machine } from '../../test/bench/machine';
import { calibrationText } from './calibration';
import { lowRank } from './lowRank';
import { chunks, documents, measure, type Passage } from './measure';
import { needleTable, sumFound } from './needle';
import { cacheName, cacheTypeNames, existing, openModel, plainCache, root, ZooError } from './opened';
import {
  comparisonTable,
  lowRankReport,
  needleReport,
  percent,
  ratesReport,
  snapshotReport,
  tuningReport,
  validationReport,
} from './report';
import { withFigures, zooPage, type Report } from './page';
import { worst } from './search';
import { rates } from './speed';
import { snapshots } from './snapshot';
import { compare, perplexity } from './statistics';
import { compression, tune, type Tuning } from './tune';
import { validate } from './validate';

const usage = `npm run zoo -- COMMAND --model FILE.gguf [options]

  validate   may the model be used: what the cache does against a fresh evaluation, sizes, rates
             --lengths 10,100,1000,4000   prompts whose first token is timed
  ppl        perplexity of a text, as llama-perplexity counts it
  kl         divergence from the f16 cache: mean, 99th percentile, same best token
  needle     --context-lengths 512,1024,2048,4096
  rates      tokens a second, read and written, by cache
  lowrank    --ranks 56,48,40,32: what values of fewer principal components cost, folded into the weights
  snapshot   a schema's state on disk: bytes, restore time and what is lost, by coding
  tune       --target-ppl-delta 0.01 [--types q8_0,q4_0] [--out models/caches/NAME.json]: the smallest cache within it

  folder DIR          all of it for every .gguf of a folder, results beside them, and docs/zoo.md
  page FILE.json …    results that --json wrote, into docs/zoo.md

  --keys T --values T --rotation on|off   the cache (${cacheTypeNames.join(', ')}); f16 where not given
  --text FILE   instead of text made by scripts/zoo/calibration.ts; --write-text FILE keeps that
  --context N --chunks N   tokens of a chunk (1,024, or what the model was trained for), and how many (8)
  --threads N   1
  --json FILE --markdown FILE   the result, besides what is printed`;

const text = { type: 'string' } as const;
const options = {
  ...{
    model: text,
    keys: text,
    values: text,
    rotation: text,
    text,
    'write-text': text,
    context: text,
    chunks: text,
  },
  ...{
    threads: text,
    lengths: text,
    'context-lengths': text,
    'target-ppl-delta': text,
    out: text,
    json: text,
  },
  ...{ markdown: text, types: text, ranks: text },
};
type Values = Partial<Record<keyof typeof options, string>>;

/** Where a command says its result, and what it does meanwhile. */
export interface Output {
  readonly out: (text: string) => void;
  readonly note: (text: string) => void;
}

interface Call extends Output {
  /** The model's file without its ending. */
  readonly name: string;
}

interface Result {
  readonly text: string;
  readonly json: unknown;
  readonly failed?: boolean;
}

const commands: Record<string, (model: Model, values: Values, call: Call) => Promise<Result>> = {
  async validate(model, values, { name }) {
    const lengths = numbers(values.lengths ?? '10,100,1000,4000', '--lengths');
    const result = await validate(model, { types: cacheOf(values), threads: threadsOf(values), lengths });
    return { text: validationReport(name, result), json: result, failed: !result.usable };
  },

  async ppl(model, values, { name }) {
    const types = cacheOf(values);
    const results = await measure(model, textOf(model, values), [types], threadsOf(values));
    const [plain, own] = results.map(({ nll }) => perplexity(nll));
    const positions = results[0]?.nll.length ?? 0;
    const text = `${name}: perplexity ${(own ?? NaN).toFixed(4)} (f16: ${(plain ?? NaN).toFixed(4)}) over ${positions.toString()} positions`;
    return { text, json: { ppl: own, f16: plain, positions, types } };
  },

  async kl(model, values, { name }) {
    const types = cacheOf(values);
    const [text, sql] = [textOf(model, values), statementsOf(model, values)];
    const compared = [];
    for (const passages of [text, sql]) {
      const [plain, own] = await measure(model, passages, [types], threadsOf(values));
      if (!plain || !own) throw new ZooError('Nothing was measured.');
      compared.push({ bytesPerToken: own.bytesPerToken, ...compare(plain, own) });
    }
    const [overText, overSql] = compared;
    if (!overText || !overSql) throw new ZooError('Nothing was measured.');
    const row = { types, bytesPerToken: overText.bytesPerToken, text: overText, sql: overSql };
    return { text: `${name}\n\n${comparisonTable([row])}`, json: row };
  },

  async needle(model, values, { name, note }) {
    const lengths = needleLengths(model, values, note);
    const caches = [plainCache, cacheOf(values)];
    const cells = await needleTable(model, caches, lengths);
    const tables = caches.map((types, i) => ({ types, cells: cells[i] ?? [] }));
    return { text: `${name}\n\n${needleReport(tables)}`, json: tables };
  },

  async rates(model, values, { name }) {
    const sample = textOf(model, { ...values, chunks: '2' })[0]?.tokens.slice(0, 512) ?? new Int32Array();
    const found = await rates(model, timedCaches, sample, { threads: threadsOf(values) });
    const rows = timedCaches.map((types, i) => ({ types, ...found[i] }));
    return { text: `${name}\n\n${ratesReport(rows)}`, json: rows };
  },

  async lowrank(model, values, { name }) {
    const ranks = numbers(values.ranks ?? '56,48,40,32', '--ranks');
    const rows = await lowRank(
      existing(values.model),
      textOf(model, values),
      statementsOf(model, values),
      ranks,
    );
    return { text: `${name}\n\n${lowRankReport(rows)}`, json: rows };
  },

  async snapshot(model, values, { name }) {
    const rows = await snapshots(
      model,
      documents(model, 3, chunkOf(model, values), countOf(values)),
      cacheOf(values),
    );
    return { text: `${name}\n\n${snapshotReport(rows)}`, json: rows };
  },

  async tune(model, values, { name, note }) {
    const target = Number(values['target-ppl-delta'] ?? 0.01);
    const threads = threadsOf(values);
    const text = textOf(model, values);
    const result = await tune(model, {
      ...{ text, sql: statementsOf(model, values), threads, target },
      kinds:
        values.types === undefined
          ? cacheTypeNames
          : values.types.split(',').map((type) => typeOf(type, '--types')),
      needleLengths: needleLengths(model, values, note),
      onTried: ({ types, text, sql }) =>
        note(`${cacheName(types)} ${percent(text.pplDelta)}, SQL ${percent(sql.pplDelta)}\n`),
    });
    const file = existing(values.model);
    const sample = text[0]?.tokens.slice(0, 512) ?? new Int32Array();
    const preset = await presetOf(model, file, result, sample, threads);
    if (preset) {
      const out = values.out ?? path.join(root, 'models', 'caches', presetName(file));
      mkdirSync(path.dirname(out), { recursive: true });
      writeFileSync(out, `${JSON.stringify(preset, undefined, 2)}\n`);
    }
    return { text: tuningReport(name, result), json: { ...result, preset }, failed: !preset };
  },
};

/** Caches whose speed is compared: each axis, and pairs. */
const timedCaches: readonly CacheTypes[] = (
  [
    ['f16', 'f16'],
    ['q8_0', 'f16'],
    ['f16', 'q8_0'],
    ['q8_0', 'q8_0'],
    ['q8_0', 'q4_0'],
    ['q4_0', 'q4_0'],
    ['iq4_nl', 'iq4_nl'],
  ] as const
).map(([keyType, valueType]) => ({ keyType, valueType, rotation: true }));

/** What is kept of a tuning in models/caches/; the engine reads the first half of it (cacheTypes.ts). */
async function presetOf(model: Model, file: string, result: Tuning, tokens: Int32Array, threads: number) {
  const { best, reference, positions, target } = result;
  if (!best) return undefined;
  const { types, bytesPerToken, text, sql, needle } = best;
  const smaller = compression(types);
  const [plain, own] = await rates(model, [plainCache, types], tokens, { threads });
  return {
    model: {
      file: path.basename(file),
      bytes: statSync(file).size,
      sha256: await fileHash(file),
      ...{ name: model.info.name, architecture: model.info.architecture },
    },
    ...types,
    bytesPerToken,
    f16BytesPerToken: reference.bytesPerToken,
    compression: smaller.both,
    valueCompression: smaller.values,
    ppl: reference.ppl,
    sqlPpl: reference.sqlPpl,
    // The larger of both: over text as llama-perplexity reads it, and over statements.
    pplDelta: worst(best),
    ...{ target, positions, text, sql },
    needle: {
      f16: sumFound(reference.needle),
      found: sumFound(needle),
      lengths: [...new Set(needle.map(({ length }) => length))],
    },
    rates: { f16: plain, own },
    command: commandLine('zoo'),
    machine: machine(),
  };
}

function cacheOf({ keys = 'f16', values = 'f16', rotation = 'on' }: Values): CacheTypes {
  if (rotation !== 'on' && rotation !== 'off')
    throw new ZooError(`--rotation is on or off, not '${rotation}'.`);
  return {
    keyType: typeOf(keys, '--keys'),
    valueType: typeOf(values, '--values'),
    rotation: rotation === 'on',
  };
}

function typeOf(text: string, option: string): KvType {
  const found = cacheTypeNames.find((name) => name === text);
  if (!found) throw new ZooError(`${option} takes ${cacheTypeNames.join(', ')}, not '${text}'.`);
  return found;
}

function chunkOf(model: Model, values: Values): number {
  const trained = model.info.trainedContext || 1024;
  const chunk = values.context === undefined ? Math.min(1024, trained) : number(values.context, '--context');
  if (chunk > trained)
    throw new ZooError(`The model was trained for ${trained.toString()} tokens; --context takes no more.`);
  return chunk;
}

const countOf = (values: Values): number => number(values.chunks ?? '8', '--chunks');

/** Chunks of --text, or of as much of our own as they need. */
function textOf(model: Model, values: Values): Passage[] {
  const [length, count] = [chunkOf(model, values), countOf(values)];
  const isEnough = (text: string): boolean =>
    text.length > length * count && model.tokenize(text, false).length >= length * Math.max(2, count);
  const text =
    values.text === undefined ? calibrationText(1, isEnough) : readFileSync(existing(values.text), 'utf8');
  if (values['write-text'] !== undefined) writeFileSync(values['write-text'], text);
  return chunks(model, text, length, count);
}

/** Documents of our own, twice as many as chunks: they are shorter. */
function statementsOf(model: Model, values: Values): Passage[] {
  return documents(model, 2, chunkOf(model, values), 2 * countOf(values));
}

/** Lengths within what the model was trained for; those beyond are left out and named. */
function needleLengths(model: Model, values: Values, note: Output['note']): number[] {
  const text = values['context-lengths'] ?? '512,1024,2048,4096';
  const trained = model.info.trainedContext || Infinity;
  const all = numbers(text, '--context-lengths');
  const fitting = all.filter((length) => length <= trained);
  if (fitting.length === 0)
    throw new ZooError(
      `The model was trained for ${trained.toString()} tokens, fewer than every one of --context-lengths ${text}.`,
    );
  if (fitting.length < all.length)
    note(`Lengths above the ${trained.toString()} tokens that the model was trained for are left out.\n`);
  return fitting;
}

const threadsOf = ({ threads = '1' }: Values): number => number(threads, '--threads');
const numbers = (text: string, option: string): number[] =>
  text.split(',').map((part) => number(part, option));
function number(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new ZooError(`${option} takes whole numbers above 0, not '${text}'.`);
  return value;
}

/** @returns the exit code: 0, 1 where the answer is no (a model that is refused, a target that nothing meets), 2 where it could not be run */
export async function runCommand(args: readonly string[], output: Output): Promise<number> {
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [name = ''] = positionals;
    if (name === 'folder' && positionals.length === 2)
      return await folder(positionals[1] ?? '', values, output);
    if (name === 'page' && positionals.length > 1) return page(positionals.slice(1), output);
    const run = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!run || positionals.length > 1) throw new ZooError(usage);
    const file = existing(values.model);
    const started = { command: commandLine('zoo'), machine: machine() };
    const model = await openModel(file);
    try {
      const {
        text,
        json,
        failed = false,
      } = await run(model, values, { name: path.basename(file, '.gguf'), ...output });
      output.out(`${text}\n`);
      if (values.markdown !== undefined) writeFileSync(values.markdown, `${text}\n`);
      if (values.json !== undefined) {
        const report = { kind: name, model: path.basename(file), ...started, result: json };
        writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
      }
      return failed ? 1 : 0;
    } finally {
      await model.dispose();
    }
  } catch (error) {
    // A model that is refused is a result; any other error is a wrong call or a bug.
    const said = error instanceof NativeError || error instanceof ZooError || isArgumentError(error);
    output.note(`${said ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    return error instanceof NativeError ? 1 : 2;
  }
}

/** What `folder` runs for each model. */
const inFolder: readonly (readonly [string, ...string[]])[] = [
  ['validate'],
  ['tune'],
  ['rates'],
  ['lowrank'],
  ['snapshot'],
];

/** Every GGUF of a folder through all that the page tells; a file of results for each beside it, then the page. */
async function folder(directory: string, values: Values, output: Output): Promise<number> {
  const files = readdirSync(directory).filter((name) => name.endsWith('.gguf'));
  if (files.length === 0) throw new ZooError(`There is no .gguf file in '${directory}'.`);
  const reports: string[] = [];
  const passedOn = (
    ['chunks', 'context', 'threads', 'lengths', 'context-lengths', 'target-ppl-delta'] as const
  ).flatMap((option) => (values[option] === undefined ? [] : [`--${option}=${values[option]}`]));
  for (const file of files.toSorted())
    for (const [command, ...more] of inFolder) {
      const model = path.join(directory, file);
      const json = path.join(directory, `${path.basename(file, '.gguf')}.${command}.json`);
      output.note(`${file}: ${command}\n`);
      let reason = '';
      const code = await runCommand([command, ...more, '--model', model, '--json', json, ...passedOn], {
        ...output,
        note: (text) => void (reason = text),
      });
      if (existsSync(json)) reports.push(json);
      if (code !== 0) output.note(`${file}: ${command} ended with ${code.toString()}. ${reason}`);
      if (command !== 'validate' || code === 0) continue;
      // A model that the product cannot use needs no preset.
      if (!existsSync(json)) {
        const refused = {
          kind: 'refused',
          model: file,
          command: `validate --model ${file}`,
          machine: machine(),
          result: { reason: reason.trim() },
        };
        writeFileSync(json, `${JSON.stringify(refused, undefined, 2)}\n`);
        reports.push(json);
      }
      break;
    }
  return page(reports, output);
}

/** Puts the reports' figures into docs/zoo.md. */
function page(files: readonly string[], { out }: Output): number {
  const reports = files.map((file) => JSON.parse(readFileSync(existing(file), 'utf8')) as Report);
  const target = path.join(root, 'docs', 'zoo.md');
  writeFileSync(target, withFigures(readFileSync(target, 'utf8'), zooPage(reports)));
  out(`docs/zoo.md holds ${files.length.toString()} reports.\n`);
  return 0;
}

function isArgumentError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
