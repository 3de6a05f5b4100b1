/**
 * Types without pauses in two windows on one engine, while things they rely on fail at random: the engine is stopped,
 * killed and restarted, the databases go away and come back. Prints figures as lines of JSON. Exits with 1 when an edit
 * was lost, a process remained, or the servers' memory grew.
 *
 * npm run soak -- [--minutes 60] [--seed 1]
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { restartEngineRequest } from '../../../server/src/protocol';
import { disposeAll, LspWindow, temporaryFolder } from '../../lsp/window';
import { residentBytes } from '../typing/memory';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const limitMs = Number(values.minutes) * 60_000;
const began = performance.now();
const left = (): number => limitMs - (performance.now() - began);

/** What a typist of the benchmark needs for a key. */
const keyMs = 160;
/** Fewer than the engine's ends within a minute after which it is given up. */
const pauseMs = { least: 16_000, most: 30_000 };
const samples = 24;
/** Growth of the servers' memory from the second quarter to the last that counts as flat. */
const flat = 1.2;

const ddl = `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), amount NUMERIC);
INSERT INTO customers (name, city) VALUES ('Ann', 'Paris'), ('Bob', 'Rome');`;
const statements = [
  "SELECT c.name, sum(o.amount) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = 'Paris' GROUP BY c.name;\n",
  'SELECT id, name FROM customers WHERE name IS NOT NULL ORDER BY name;\n',
  '-- how many orders are there\nSELECT count(*) FROM orders;\n',
  "UPDATE customers SET city = 'Rome' WHERE id = 7;\n",
];
const longestText = 6000;

let state = Number(values.seed) >>> 0;
/** A number in [0, 1), the same for the same seed (mulberry32). */
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(milliseconds, left()))));

const counts = { keys: 0, requests: 0, shown: 0, checks: 0, lost: 0, givenUp: 0, longestAnswerMs: 0 };
const faults: Record<string, number> = { stop: 0, kill: 0, restart: 0, away: 0 };

interface Typist {
  readonly window: LspWindow;
  readonly database: string;
}

async function open(runtimeDirectory: string): Promise<Typist> {
  const folder = temporaryFolder();
  const database = path.join(folder, 'shop.sqlite');
  const file = new DatabaseSync(database);
  file.exec(ddl);
  file.close();
  const window = await LspWindow.open({ folder, runtimeDirectory, settings: { database: 'shop.sqlite' } });
  await window.ready();
  return { window, database };
}

/** Types until the time is over; after every statement the server must hold the text, letter by letter. */
async function type({ window }: Typist): Promise<void> {
  for (let file = 0; left() > 0; file++) {
    const uri = await window.openDocument(`typed-${file.toString()}.sql`, '');
    let text = '';
    while (text.length < longestText && left() > 0) {
      for (const key of pick(statements)) {
        await window.edit(uri, text.length, text.length, key);
        text += key;
        counts.keys++;
        // A typo and its correction.
        if (random() < 0.05) {
          await window.edit(uri, text.length, text.length, 'x');
          await window.edit(uri, text.length, text.length + 1, '');
        }
        if (random() < 0.5) continue;
        const asked = performance.now();
        const items = await window.inlineCompletion(uri, text.length);
        counts.requests++;
        counts.shown += items.length > 0 ? 1 : 0;
        counts.longestAnswerMs = Math.max(counts.longestAnswerMs, performance.now() - asked);
      }
      await check(window, uri, text);
    }
    await window.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }
}

async function check(editor: LspWindow, uri: string, text: string): Promise<void> {
  for (;;) {
    if (editor.status.engine === 'failed') {
      counts.givenUp++;
      await editor.connection.sendRequest(restartEngineRequest);
    }
    await editor.until(({ engine }) => engine === 'ready' || engine === 'failed');
    const held = await editor.inspect(uri, text.length).catch(() => undefined);
    if (!held) continue; // the engine ended in the middle: asked again when it is back
    counts.checks++;
    // The prompt ends with a window of the document, which begins behind the schema's blank line. Names that a question
    // is about stand behind it in brackets; the document does not have them.
    const window = held.promptText
      .slice(held.promptText.lastIndexOf('\n\n') + 2)
      .trimStart()
      .replace(/^(-- [^()\n]*) \([^\n]*\)$/gm, '$1');
    if (window === '' || !text.endsWith(window)) counts.lost++;
    return;
  }
}

/** Pids of the engines of this run. */
function engines(runtimeDirectory: string): number[] {
  try {
    const found = execFileSync('pgrep', ['-f', `engineHost\\.js.*${runtimeDirectory}`], { encoding: 'utf8' });
    return found.trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

async function harm(typists: readonly Typist[], runtimeDirectory: string): Promise<void> {
  while (left() > 0) {
    await pause(pauseMs.least + random() * (pauseMs.most - pauseMs.least));
    const { window, database } = pick(typists);
    const fault = pick(Object.keys(faults));
    const [engine] = engines(runtimeDirectory);
    if (left() <= 0) return;
    faults[fault] = (faults[fault] ?? 0) + 1;
    if (fault === 'restart') await window.connection.sendRequest(restartEngineRequest);
    else if (fault === 'away') {
      fs.renameSync(database, `${database}.away`);
      await pause(3000);
      fs.renameSync(`${database}.away`, database);
    } else if (engine !== undefined) {
      try {
        process.kill(engine, fault === 'stop' ? 'SIGSTOP' : 'SIGKILL');
      } catch {
        // It has just ended by itself.
      }
    }
  }
}

const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
const ownBytes = (pid: number): number => {
  const status = fs.readFileSync(`/proc/${pid.toString()}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) * 1024;
};
const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

async function main(): Promise<number> {
  const runtimeDirectory = temporaryFolder();
  const typists = [await open(runtimeDirectory), await open(runtimeDirectory)];
  const pids = typists.map(({ window }) => window.process.pid ?? 0);
  const memory: { servers: number; engine: number }[] = [];
  const sample = async (): Promise<void> => {
    while (left() > 0) {
      await pause(limitMs / samples);
      const [engine] = engines(runtimeDirectory);
      memory.push({
        servers: pids.reduce((sum, pid) => sum + ownBytes(pid), 0),
        engine: engine === undefined ? 0 : residentBytes(engine),
      });
    }
  };
  await Promise.all([...typists.map(type), harm(typists, runtimeDirectory), sample()]);
  const errors = [...new Set(typists.flatMap(({ window }) => window.errors))];
  for (const { window } of typists) await window.close();
  // The engine leaves with its last window; a stopped one is for the next window to end.
  for (let i = 0; i < 100 && engines(runtimeDirectory).length > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const orphans = engines(runtimeDirectory);
  for (const pid of orphans) process.kill(pid, 'SIGKILL');
  await disposeAll();

  const quarter = memory.length / 4;
  const servers = memory.map((at) => at.servers);
  const growth =
    mean(servers.slice(-Math.ceil(quarter))) /
    mean(servers.slice(Math.floor(quarter), Math.ceil(2 * quarter)));
  const figures = {
    minutes: Number(values.minutes),
    typedHours: Number(((counts.keys * keyMs) / 3_600_000).toFixed(2)),
    ...counts,
    longestAnswerMs: Math.round(counts.longestAnswerMs),
    faults,
    serversMegabytes: servers.map(megabytes),
    engineMegabytes: memory.map(({ engine }) => megabytes(engine)),
    growth: Number(growth.toFixed(2)),
    orphans: orphans.length,
    errors,
  };
  process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
  return counts.lost > 0 || orphans.length > 0 || growth > flat || counts.checks === 0 ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
