/**
 * `npm run eval:accepted`: whether ghost text leaves a statement that the database accepts. Every statement of
 * test/fixtures/corpus that its database accepts is cut at token boundaries; the rest stays behind the cursor. What the
 * product would show there, with the starter model and no connection, is put in, and the real database is asked again.
 *
 * Options: --limit N positions a dialect (300; 0: all), --seed N, --dialects a,b, --holes (the token behind the cursor is
 * taken away, so that something is missing there), --out FILE.jsonl (one line for each position where something was shown).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DocumentSession } from '../../server/src/anticipate/session';
import type { HostEngine } from '../../server/src/engine/local/hostEngine';
import type { Schema } from '../../server/src/schema/model';
import { scopeAt } from '../../server/src/sql/shape/scope';
import { tokenize } from '../../server/src/sql/tokens';
import { excused, type JudgedDialect } from '../db/corpusDatabases';
import { corpusJudges, type Judge } from '../db/corpusJudges';
import { startMariadb, startPostgres, type TestServer } from '../db/servers';
import { corpus } from '../unit/support/corpus';
import { readyModel, startEngine } from './systems';

const { values } = parseArgs({
  options: {
    limit: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    dialects: { type: 'string', default: 'postgres,mysql,sqlite,duckdb' },
    holes: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

interface Position {
  readonly schema: Schema;
  readonly before: string;
  readonly after: string;
}

interface Shown extends Position {
  readonly inserted: string;
  readonly replaced: number;
  readonly clause: string;
  /** What the database says against the statement with the text put in. */
  readonly refusal: string | undefined;
}

/** Every cut of the statements that the database accepts as they are. */
async function positionsOf(dialect: JudgedDialect, judge: Judge): Promise<Position[]> {
  const positions: Position[] = [];
  for (const { dialect: of, statement, schema } of corpus) {
    if (of !== dialect || excused[dialect]?.some((pattern) => pattern.test(statement)) === true) continue;
    if ((await judge(statement)) !== undefined) continue;
    const tokens = tokenize(statement, dialect).filter(({ kind }) => kind !== 'whitespace');
    for (const [i, { from, to }] of tokens.entries()) {
      // In front of the token, where its white space ends; the first has nothing before it.
      if (i > 0)
        positions.push({
          schema,
          before: statement.slice(0, from),
          after: statement.slice(values.holes ? to : from),
        });
      if (i === tokens.length - 1) positions.push({ schema, before: statement, after: '' });
    }
  }
  return positions;
}

/** An even-handed choice that the same seed makes again (mulberry32). */
function sampled<T>(all: readonly T[], count: number, seed: number): T[] {
  if (count === 0 || all.length <= count) return [...all];
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const ranked = all.map((item, i) => ({ item, i, rank: random() })).sort((a, b) => a.rank - b.rank);
  return ranked
    .slice(0, count)
    .sort((a, b) => a.i - b.i)
    .map(({ item }) => item);
}

let documents = 0;

async function shownAt(
  engine: HostEngine,
  { schema, before, after }: Position,
): Promise<{ readonly text: string; readonly replaced: number } | undefined> {
  const text = before + after;
  const uri = `file:///accepted/${(documents++).toString()}.sql`;
  const session = new DocumentSession(
    {
      engine,
      schemaState: () => ({ schema, epoch: 1 }),
      report: () => undefined,
      fail: (error) => {
        throw error;
      },
    },
    { uri, version: 1, text, cursor: before.length },
  );
  try {
    return (await session.suggest({ offset: before.length }, new AbortController().signal))[0];
  } finally {
    session.close();
  }
}

function clauseOf({ schema, before, after }: Position): string {
  const text = before + after;
  return scopeAt(text, { from: 0, to: text.length }, before.length, schema.dialect).clause;
}

const percent = (part: number, all: number): string =>
  all === 0 ? '–' : `${((100 * part) / all).toFixed(1)} %`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const root = process.cwd();
  const engine = startEngine({
    root,
    model: path.join(root, 'models', 'starter', 'sql-ahead-starter-q8_0.gguf'),
  });
  await readyModel(engine);
  const started: TestServer[] = [];
  const starting = async (start: () => Promise<TestServer>): Promise<TestServer> => {
    const server = await start();
    started.push(server);
    return server;
  };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-accepted-'));
  const servers = {
    postgres: () => starting(startPostgres),
    mariadb: () => starting(startMariadb),
    folder: () => mkdtempSync(path.join(folder, 'file-')),
  };
  const lines: string[] = [];
  const total = { positions: 0, shown: 0, accepted: 0 };
  try {
    say('| dialect | positions | shown | accepted |');
    say('| --- | ---: | ---: | ---: |');
    for (const dialect of values.dialects.split(',') as JudgedDialect[]) {
      const { judge, close } = await corpusJudges[dialect](servers);
      const positions = sampled(await positionsOf(dialect, judge), Number(values.limit), Number(values.seed));
      const found: Shown[] = [];
      for (const position of positions) {
        const suggestion = await shownAt(engine, position);
        if (suggestion === undefined) continue;
        const { text: inserted, replaced } = suggestion;
        const { before, after } = position;
        const refusal = (await judge(before + inserted + after.slice(replaced)))?.message;
        found.push({ ...position, inserted, replaced, clause: clauseOf(position), refusal });
      }
      await close();
      const accepted = found.filter(({ refusal }) => refusal === undefined).length;
      total.positions += positions.length;
      total.shown += found.length;
      total.accepted += accepted;
      say(
        `| ${dialect} | ${positions.length.toString()} | ${percent(found.length, positions.length)} | ${percent(accepted, found.length)} |`,
      );
      lines.push(...found.map(({ schema: _, ...shown }) => JSON.stringify({ dialect, ...shown })));
    }
    const { positions, shown, accepted } = total;
    say(`| all | ${positions.toString()} | ${percent(shown, positions)} | ${percent(accepted, shown)} |`);
  } finally {
    for (const server of started) await server.stop();
    await engine.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
  if (values.out === undefined) return;
  mkdirSync(path.dirname(path.resolve(values.out)), { recursive: true });
  writeFileSync(values.out, `${lines.join('\n')}\n`);
}

process.env['SQL_AHEAD_ENGINE_LINGER_MS'] ??= '0';
main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
