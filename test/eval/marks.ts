/**
 * `npm run eval:marks [-- --dialect NAME] [-- --misses]`: how much of what a database refuses for an unknown name is
 * marked. Each name in each statement of the corpus is replaced by an unknown one; where the real database then says that a
 * table or a column is not there, a mark is wanted on what it names: from the text alone, and with the database's own
 * word behind it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { askedStatements, markOf, marksBeside } from '../../server/src/features/diagnostics/databaseMarks';
import { diagnostics } from '../../server/src/features/diagnostics/diagnostics';
import type { Schema } from '../../server/src/schema/model';
import type { Validate } from '../../server/src/schema/validate';
import { identifierName, tokenize } from '../../server/src/sql/tokens';
import { corpusSource, excused, judgedDialects, type JudgedDialect } from '../db/corpusDatabases';
import { corpusJudges, type Refusal } from '../db/corpusJudges';
import { startMariadb, startPostgres } from '../db/servers';
import { corpus } from '../unit/support/corpus';

const never = new AbortController().signal;

type Unknown = 'table' | 'column';
type Kind = 'query' | 'change' | 'other';
interface Count {
  refused: number;
  text: number;
  both: number;
}

/** What the database misses; undefined where it refuses for another reason. */
function unknownIn({ message, code }: Refusal, dialect: JudgedDialect): Unknown | undefined {
  switch (dialect) {
    case 'postgres':
      return code === '42P01' ? 'table' : code === '42703' ? 'column' : undefined;
    case 'mysql':
      if (['ER_NO_SUCH_TABLE', 'ER_UNKNOWN_TABLE', 'ER_BAD_TABLE_ERROR'].includes(code)) return 'table';
      return code === 'ER_BAD_FIELD_ERROR' ? 'column' : undefined;
    case 'sqlite':
      if (/^no such table/.test(message)) return 'table';
      return /^no such column|has no column named/.test(message) ? 'column' : undefined;
    case 'duckdb':
      if (/^Catalog Error: Table with name|Referenced table /.test(message)) return 'table';
      return /Referenced (?:update )?column|does not have a column (?:with name|named)|column named .* not exist/i.test(
        message,
      )
        ? 'column'
        : undefined;
  }
}

function kindOf(statement: string): Kind {
  const head = /^[\s(]*(\w+)/.exec(statement)?.[1]?.toLowerCase() ?? '';
  if (['insert', 'update', 'delete', 'merge', 'replace'].includes(head)) return 'change';
  if (head === 'with' && /\)\s*(?:insert|update|delete)\b/i.test(statement)) return 'change';
  return ['select', 'with', 'values', 'from', 'table', 'pivot', 'unpivot'].includes(head) ? 'query' : 'other';
}

/** The statement with each of its names replaced in turn. */
function* broken(statement: string, dialect: JudgedDialect): Iterable<string> {
  for (const { kind, from, to } of tokenize(statement, dialect)) {
    if (kind !== 'word' && kind !== 'quoted') continue;
    const quote = kind === 'quoted' ? statement.charAt(from) : '';
    const name = quote === '' ? 'zz_nowhere' : `${quote}zz_nowhere${statement.charAt(to - 1)}`;
    yield statement.slice(0, from) + name + statement.slice(to);
  }
}

/** Whether one of the ranges is a name that the database's message says. */
function areAbout(ranges: readonly { from: number; to: number }[], message: string, text: string): boolean {
  const words = message.toLowerCase().split(/[^\p{L}\p{N}_$]+/u);
  return ranges.some(({ from, to }) => {
    const tokens = tokenize(text.slice(from, to), 'sqlite');
    return tokens.some((token) => words.includes(identifierName(token, text.slice(from, to)).toLowerCase()));
  });
}

async function measure(
  dialect: JudgedDialect,
  schema: Schema,
  judge: (statement: string) => Promise<Refusal | undefined>,
  validate: Validate,
): Promise<{ counts: Map<string, Count>; misses: string[] }> {
  const counts = new Map<string, Count>();
  const misses: string[] = [];
  const isExcused = (statement: string) => excused[dialect]?.some((one) => one.test(statement)) === true;
  for (const { statement } of corpus.filter((one) => one.dialect === dialect && !isExcused(one.statement))) {
    for (const text of new Set(broken(statement, dialect))) {
      const refusal = await judge(text);
      const unknown = refusal && unknownIn(refusal, dialect);
      if (refusal === undefined || unknown === undefined) continue;
      const own = diagnostics(text, schema, dialect);
      const isMarked = areAbout(own, refusal.message, text);
      const said = [];
      if (!isMarked) {
        for (const asked of askedStatements(text, dialect)) {
          const mark = markOf(asked, await validate(asked.sql, never), dialect);
          if (mark !== undefined) said.push({ asked, mark });
        }
      }
      const isSaid = marksBeside(said, own, text).length > 0;
      const kind = kindOf(statement);
      for (const key of [`${kind} ${unknown}`, `all ${unknown}`]) {
        const count = counts.get(key) ?? { refused: 0, text: 0, both: 0 };
        counts.set(key, count);
        count.refused++;
        if (isMarked) count.text++;
        if (isMarked || isSaid) count.both++;
      }
      if (!isMarked) {
        const marks = own.map((one) => one.message).join(' ');
        const [line] = refusal.message.split('\n');
        misses.push(
          `${dialect} ${kind} ${unknown}${isSaid ? ' (said)' : ''}: ${line ?? ''} [${marks}]\n  ${text}`,
        );
      }
    }
  }
  return { counts, misses };
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { dialect: { type: 'string' }, misses: { type: 'boolean' } } });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sql-ahead-marks-'));
  const started: { stop(): Promise<void> }[] = [];
  const once = <T extends { stop(): Promise<void> }>(start: () => Promise<T>) => {
    let server: Promise<T> | undefined;
    return () =>
      (server ??= start().then((one) => {
        started.push(one);
        return one;
      }));
  };
  const servers = {
    postgres: once(startPostgres),
    mariadb: once(startMariadb),
    folder: () => mkdtempSync(path.join(folder, 'file-')),
  };
  const rows: string[] = [];
  try {
    for (const dialect of judgedDialects.filter(
      (one) => values.dialect === undefined || one === values.dialect,
    )) {
      const { judge, close } = await corpusJudges[dialect](servers);
      const source = await corpusSource(dialect, servers);
      const schema = await source.read(never);
      const validate: Validate = (sql, signal) =>
        source.validate?.(sql, signal) ?? Promise.resolve(undefined);
      const { counts, misses } = await measure(dialect, schema, judge, validate);
      if (values.misses === true) misses.forEach(say);
      const rate = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
      for (const [key, { refused, text, both }] of [...counts].sort())
        rows.push(
          `| ${dialect} | ${key.replace(' ', ' | ')} | ${refused} | ${rate(text, refused)} | ${rate(both, refused)} |`,
        );
      source.dispose?.();
      close();
    }
    say('| dialect | statements | unknown | refused | marked by the text | with the database |');
    say('|---|---|---|---|---|---|');
    rows.forEach(say);
  } finally {
    for (const one of started) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  },
);
