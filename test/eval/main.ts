/**
 * `npm run eval`: measures quality on data that nobody of this project wrote. Gives typing positions and questions to
 * the product, scores the answers, and writes figures as JSON. With --out it also keeps every answer, and an
 * interrupted run goes on from there when program, model and options are the same.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Schema } from '../../server/src/schema/model';
import {
  byDatabase,
  readLines,
  sample,
  statementsOf,
  textBehind,
  type Question,
  type StatementToType,
  type TypingPosition,
} from './data';
import { summarizeKeys, typeStatement, type KeysResult } from './keysScore';
import { linkTable } from './links';
import { Judge, summarizeSql, type SqlResult } from './sqlScore';
import { plain, product, type System } from './systems';
import { scoreTyping, summarizeTyping, type TypingResult } from './typingScore';
import { defaultSettings } from '../../server/src/settings';
import { readOnce } from '../unit/support/reader';

const usage = `npm run eval -- --dbs DIR [--sql FILE] [--typing FILE] [--model PATH] [--limit N] [--no-constraint]
  [--behind] [--engine plain] [--confidence N] [--out FILE.json]
npm run eval -- --keys --typing FILE --dbs DIR [--limit N]
npm run eval -- --links [--show N] [--sql FILE --dbs DIR]
--sql and --typing are JSON lines, --dbs the folder of their SQLite files; --limit takes N of each, evenly spread.
--behind leaves what follows the next unit behind the cursor, so that a gap is filled; positions without such text are left out.
Suggestions are asked for by a key, so that all are seen; with --confidence as by typing, with that silence threshold.
--keys types N of the true statements key by key, takes what is right of what is shown, and counts keys.
--links measures what questions' links name; --show prints N questions of each training source with misses.`;

const { values } = parseArgs({
  options: {
    sql: { type: 'string' },
    typing: { type: 'string' },
    dbs: { type: 'string' },
    model: { type: 'string' },
    limit: { type: 'string' },
    'no-constraint': { type: 'boolean', default: false },
    engine: { type: 'string', default: 'product' },
    behind: { type: 'boolean', default: false },
    confidence: { type: 'string' },
    out: { type: 'string' },
    keys: { type: 'boolean', default: false },
    links: { type: 'boolean', default: false },
    show: { type: 'string' },
  },
});

const root = process.cwd();
const starter = path.join(root, 'models', 'starter', 'sql-ahead-starter-q8_0.gguf');
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** What was answered and scored already, by kind and id; remembered on disk where there is a file for it. */
class Progress {
  readonly #done = new Map<string, unknown>();
  readonly #file: string | undefined;
  #last = -1;

  constructor(out: string | undefined, key: string) {
    this.#file = out?.replace(/(\.json)?$/, '.items.jsonl');
    if (this.#file === undefined) return;
    const lines = existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n') : [];
    if (lines[0] !== key) {
      writeFileSync(this.#file, `${key}\n`);
      return;
    }
    for (const line of lines.slice(1)) {
      // The last line of a run that was killed may be half a line.
      if (!line.endsWith('}')) continue;
      const { part, result } = JSON.parse(line) as { part: string; result: { id: string } };
      this.#done.set(`${part} ${result.id}`, result);
    }
    if (this.#done.size > 0) say(`Going on behind ${this.#done.size.toString()} answers of an earlier run.`);
  }

  async each<T extends { readonly id: string }, R extends { readonly id: string }>(
    part: string,
    items: readonly T[],
    work: (item: T) => Promise<R>,
  ): Promise<R[]> {
    const results: R[] = [];
    for (const item of items) {
      const known = this.#done.get(`${part} ${item.id}`) as R | undefined;
      const result = known ?? (await work(item));
      if (known === undefined && this.#file !== undefined)
        appendFileSync(this.#file, `${JSON.stringify({ part, result })}\n`);
      results.push(result);
      this.#show(part, results.length, items.length);
    }
    this.#last = -1;
    return results;
  }

  /** A bar on a terminal, a line every tenth elsewhere. */
  #show(part: string, done: number, all: number): void {
    const tenths = Math.floor((10 * done) / all);
    const bar = `${part} ${'#'.repeat(tenths)}${'.'.repeat(10 - tenths)} ${done.toString()}/${all.toString()}`;
    if (process.stderr.isTTY) process.stderr.write(`\r${bar}${done === all ? '\n' : ''}`);
    else if (tenths !== this.#last) say(bar);
    this.#last = tenths;
  }
}

async function main(): Promise<void> {
  const { dbs, out } = values;
  if (values.links) {
    const questions = values.sql === undefined ? [] : readLines<Question>(values.sql);
    say(await linkTable(root, questions, dbs ?? '', Number(values.show ?? 0)));
    return;
  }
  if (dbs === undefined || (values.sql ?? values.typing) === undefined) throw new Error(usage);
  if (!['plain', 'product'].includes(values.engine)) throw new Error(usage);
  const model = values.model === undefined ? starter : path.resolve(values.model);
  const limit = values.limit === undefined ? undefined : Number(values.limit);
  const read = <T extends { readonly db_path: string }>(
    file: string | undefined,
    wanted: (item: T) => boolean = () => true,
  ): T[] => (file === undefined ? [] : byDatabase(sample(readLines<T>(file).filter(wanted), limit)));
  const behindOf = (position: TypingPosition): string | undefined =>
    values.behind ? textBehind(position) : '';
  const positions = read<TypingPosition>(values.typing, (position) => behindOf(position) !== undefined);
  const questions = read<Question>(values.sql);
  const progress = new Progress(out, runKey(model));

  const given =
    values.confidence ?? (values.keys ? defaultSettings.inlineCompletion.minimumConfidence : undefined);
  const confidence = given === undefined ? undefined : Number(given);
  const options = { root, model, ...(confidence === undefined ? {} : { confidence }) };
  const system =
    values.engine === 'plain' ? await plain(options) : await product(options, !values['no-constraint']);
  const { status } = system.engine;
  if (status.state !== 'ready') throw new Error('The engine is not ready.');
  const opened = new Opened(system, dbs);
  const described = {
    model: path.basename(model),
    system: values.engine === 'plain' ? 'plain' : values['no-constraint'] ? 'no constraint' : 'product',
    backend: status.model.backend,
    ...(confidence === undefined ? {} : { confidence }),
    ...(values.behind ? { behind: true } : {}),
  };

  if (values.keys) {
    const statements = sample(statementsOf(readLines<TypingPosition>(values.typing ?? '')), limit);
    const keys = await progress.each<StatementToType, KeysResult>(
      'keys',
      byDatabase(statements),
      async (one) => {
        await opened.schemaOf(one.db_path);
        return system.type((suggest) => typeStatement(one, suggest));
      },
    );
    await system.close();
    finish({ ...described, keys: summarizeKeys(keys) });
    return;
  }

  const typing = await progress.each<TypingPosition, TypingResult>('typing', positions, async (position) => {
    const schema = await opened.schemaOf(position.db_path);
    const { text, milliseconds } = await system.complete(position.prefix, behindOf(position) ?? '');
    const wanted = values.behind ? { ...position, rest: position.expected } : position;
    return scoreTyping(wanted, text, schema, milliseconds);
  });
  const judge = new Judge(path.join(root, 'out', 'eval', 'judge.js'));
  const sql = await progress.each<Question, SqlResult>('sql', questions, async (question) => {
    await opened.schemaOf(question.db_path);
    const text = question.hint === '' ? question.question : `${question.question} (${question.hint})`;
    const answer = await system.ask(text);
    const { isSure } = answer;
    return { ...(await judge.score(question, dbs, answer.text, answer.milliseconds)), isSure };
  });
  judge.close();
  await system.close();

  finish({
    ...described,
    ...(typing.length > 0 ? { typing: summarizeTyping(typing) } : {}),
    ...(sql.length > 0 ? { sql: summarizeSql(sql) } : {}),
  });
}

function finish(figures: object): void {
  const json = JSON.stringify(figures, undefined, 2);
  if (values.out !== undefined) writeFileSync(values.out, `${json}\n`);
  process.stdout.write(`${json}\n`);
}

/** The database the system works on, opened when it changes. */
class Opened {
  #path = '';
  #schema: Schema | undefined;

  constructor(
    private readonly system: System,
    private readonly folder: string,
  ) {}

  async schemaOf(databasePath: string): Promise<Schema> {
    if (this.#schema === undefined || databasePath !== this.#path) {
      const file = path.resolve(this.folder, path.basename(databasePath));
      this.#schema = await readOnce(file);
      await this.system.open(file);
      this.#path = databasePath;
    }
    return this.#schema;
  }
}

/** Says what the answers depend on: this program, the engine host, the model and the options. */
function runKey(model: string): string {
  const hash = createHash('sha256');
  for (const file of ['out/eval/main.js', 'dist/engineHost.js'])
    hash.update(readFileSync(path.join(root, file)));
  const { size, mtimeMs } = statSync(model);
  hash.update(
    JSON.stringify([
      size,
      mtimeMs,
      values.engine,
      values['no-constraint'],
      values.confidence,
      values.keys,
      values.behind,
    ]),
  );
  return `"${hash.digest('hex')}"`;
}

process.env['SQL_AHEAD_ENGINE_LINGER_MS'] ??= '0';
main().then(
  () => process.exit(0),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
