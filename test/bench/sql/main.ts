/**
 * `npm run bench:sql`: measures what a key costs before a model is asked. Types keys into a statement of 200 lines in a
 * text of 1 MB. For each key the statement is found, read and resolved, and its problems are looked for. Prints
 * percentiles of processor time for a key in milliseconds. Exits with 1 when the first three together take 5 ms or more
 * at p95. Options: --keys N (300), --dialect NAME (postgres), --out FILE.json.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { diagnoseStatements } from '../../../server/src/features/diagnostics/diagnostics';
import { parseDdl } from '../../../server/src/schema/ddl/readDdl';
import { dialects, type Dialect, type Schema } from '../../../server/src/schema/model';
import { resolveShape } from '../../../server/src/resolve/resolve';
import { readShape } from '../../../server/src/sql/shape/readShape';
import { statementAt } from '../../../server/src/sql/statements/statements';
import { percentile, round, spread, type Spread } from '../figures';
import { commandLine, machine, type Machine } from '../machine';
import { candidateCost } from './candidate';

const { values: options } = parseArgs({
  options: {
    keys: { type: 'string', default: '300' },
    dialect: { type: 'string', default: 'postgres' },
    out: { type: 'string' },
  },
});
const dialect: Dialect = dialects.find((name) => name === options.dialect) ?? 'postgres';
const size = 1024 * 1024;
const limit = 5;

const columnsOf = (table: number) => Array.from({ length: 12 }, (_, k) => `c${k}_${table}`);
const tables = Array.from({ length: 200 }, (_, table) => table);
const ddl = tables
  .map(
    (t) =>
      `CREATE TABLE t${t} (id int PRIMARY KEY, ${columnsOf(t)
        .map((c) => `${c} text`)
        .join(', ')});`,
  )
  .join('\n');
const schema: Schema = { dialect, source: 'bench', tables: parseDdl(ddl, dialect) };

/** A statement of 207 lines: ten common tables of twenty lines each and a query over them. */
function longStatement(): string {
  const parts = Array.from({ length: 10 }, (_, n) => {
    const columns = columnsOf(n).map((c) => `    a.${c},`);
    return [
      `part${n} AS (`,
      '  SELECT',
      ...columns,
      `    (SELECT max(b.id) FROM t${n + 1} b WHERE b.id = a.id) AS most,`,
      '    a.id',
      `  FROM t${n} a`,
      `  JOIN t${n + 2} c ON c.id = a.id`,
      `  WHERE a.id > ${n} AND c.c0_${n + 2} <> 'x'`,
      ')',
    ].join('\n');
  });
  const outputs = parts.map((_, n) => `part${n}.most`).join(', ');
  const joins = parts.slice(1).map((_, n) => `JOIN part${n + 1} USING (id)`);
  return `WITH ${parts.join(',\n')}\nSELECT ${outputs}\nFROM part0\n${joins.join('\n')}\nWHERE part0.most > 3;\n`;
}

function largeText(): { text: string; from: number; to: number } {
  const filler: string[] = [];
  let length = 0;
  for (let n = 0; length < size / 2; n++) {
    const line = `-- number ${n}\nSELECT a.c1_${n % 200}, 'it''s; ${n}' FROM t${n % 200} a\nWHERE a.id = ${n};\n\n`;
    filler.push(line);
    length += line.length;
  }
  const half = filler.join('');
  const statement = longStatement();
  return { text: half + statement + half, from: half.length, to: half.length + statement.length };
}

/** Processor time of this thread's work in milliseconds. */
function cost<T>(work: () => T): { value: T; milliseconds: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, milliseconds: (user + system) / 1000 };
}

const say = (line: string) => process.stdout.write(`${line}\n`);

const large = largeText();
let { text } = large;
let cursor = large.from + Math.floor((large.to - large.from) / 2);
const typed = ' AND a.id <> 17 AND EXISTS (SELECT 1 FROM t3 z WHERE z.id = a.id) ';
const costs = {
  find: [] as number[],
  read: [] as number[],
  resolve: [] as number[],
  diagnose: [] as number[],
};
const together: number[] = [];
cursor = text.indexOf('AND c.c0_', cursor) - 1;
const keys = Number(options.keys);
const warmUp = 30;
for (let k = 0; k < keys + warmUp; k++) {
  text = text.slice(0, cursor) + (typed[k % typed.length] ?? ' ') + text.slice(cursor);
  cursor++;
  const found = cost(() => statementAt(text, cursor, dialect));
  const read = cost(() => readShape(text, found.value, dialect));
  const resolved = cost(() => resolveShape(read.value, schema));
  const diagnosed = cost(() => diagnoseStatements(text, [found.value], schema, dialect, cursor));
  if (k < warmUp) continue;
  costs.find.push(found.milliseconds);
  costs.read.push(read.milliseconds);
  costs.resolve.push(resolved.milliseconds);
  costs.diagnose.push(diagnosed.milliseconds);
  together.push(found.milliseconds + read.milliseconds + resolved.milliseconds);
}
const lines = text.slice(large.from, large.to).split('\n').length - 1;
const before = machine();
const { processor, load } = before;
say(`${processor}, load ${load.join(' ')}`);
say(`${(text.length / size).toFixed(2)} MB, statement of ${lines} lines, ${keys} keys, ${dialect}`);
say('processor time a key, ms   p50    p95    max');
const row = (name: string, values: readonly number[]) => {
  const shown = [percentile(values, 50), percentile(values, 95), Math.max(...values)];
  say(`${name.padEnd(24)} ${shown.map((ms) => ms.toFixed(2).padStart(6)).join(' ')}`);
};
row('find', costs.find);
row('read', costs.read);
row('resolve', costs.resolve);
row('find + read + resolve', together);
row('diagnose as well', costs.diagnose);
const candidate = candidateCost(schema, 400);
say(`a candidate of ghost text read and judged: ${candidate.toFixed(0)} µs (median)`);
export interface SqlReport {
  readonly machine: Machine;
  readonly command: string;
  readonly megabytes: number;
  readonly statement_lines: number;
  /** Milliseconds of processor time a key. */
  readonly sql: Readonly<Record<'find' | 'read' | 'resolve' | 'find_read_resolve' | 'diagnose', Spread>>;
}
if (options.out !== undefined) {
  const report: SqlReport = {
    machine: before,
    command: commandLine('bench:sql'),
    megabytes: round(text.length / size),
    statement_lines: lines,
    sql: {
      find: spread(costs.find),
      read: spread(costs.read),
      resolve: spread(costs.resolve),
      find_read_resolve: spread(together),
      diagnose: spread(costs.diagnose),
    },
  };
  writeFileSync(options.out, `${JSON.stringify(report, undefined, 2)}\n`);
}
if (percentile(together, 95) >= limit) {
  say(`p95 of find + read + resolve is not under ${limit} ms`);
  process.exitCode = 1;
}
